//! A store in memory, for tests.

use std::collections::{BTreeMap, HashMap};
use std::future::ready;
use std::sync::{Mutex, MutexGuard};

use super::PAGE_KEYS;
use super::backend::{AnswerSize, Backend, Changes, Page, Pending, Space, StoreError, Usage, Values, counted};

/// A store that is gone with this process, and may be told to fail.
#[derive(Default)]
pub(crate) struct Fake {
    shelves: Mutex<HashMap<(String, String), Shelf>>,
    /// What it says from now on, whatever is asked of it.
    pub(crate) failure: Mutex<Option<StoreError>>,
}

#[derive(Default, Clone)]
struct Shelf {
    entries: BTreeMap<String, (u64, Vec<u8>)>,
    usage: Usage,
    next: u64,
}

impl Fake {
    fn on<T>(&self, space: &Space, work: impl FnOnce(&mut Shelf) -> Result<T, StoreError>) -> Result<T, StoreError> {
        if let Some(failure) = lock(&self.failure).clone() {
            return Err(failure);
        }
        let mut shelves = lock(&self.shelves);
        work(shelves.entry((space.plugin.to_string(), space.bucket.to_string())).or_default())
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap()
}

impl Shelf {
    fn write(&mut self, space: &Space, changes: Changes) -> Result<(), StoreError> {
        let after = changes.iter().fold(self.usage, |usage, (key, value)| {
            let before = self.entries.get(key).map(|(_, value)| value.len());
            usage.changed(key, before, value.as_ref().map(Vec::len))
        });
        after.check(self.usage, space.bounds)?;
        self.usage = after;
        for (key, value) in changes {
            let Some(value) = value else {
                self.entries.remove(&key);
                continue;
            };
            self.next += 1;
            let new = self.next;
            self.entries.entry(key).or_insert((new, Vec::new())).1 = value;
        }
        Ok(())
    }

    fn page(&self, cursor: Option<u64>) -> Page {
        let from = cursor.unwrap_or(0);
        let mut keys: Vec<_> = self.entries.iter().map(|(key, (order, _))| (*order, key)).collect();
        keys.retain(|(order, _)| *order >= from);
        keys.sort_unstable();
        let next = keys.get(PAGE_KEYS).map(|(order, _)| *order);
        Page { keys: keys.into_iter().take(PAGE_KEYS).map(|(_, key)| key.clone()).collect(), next }
    }
}

impl Backend for Fake {
    fn get<'a>(&'a self, space: &'a Space, keys: &'a [String]) -> Pending<'a, Values> {
        Box::pin(ready(self.on(space, |shelf| {
            let mut size = AnswerSize::default();
            let values = keys.iter().map(|key| shelf.entries.get(key).map(|(_, value)| value.clone()));
            values.map(|value| Ok(size.add(value.as_deref()).map(|()| value)?)).collect()
        })))
    }

    fn exists<'a>(&'a self, space: &'a Space, key: &'a str) -> Pending<'a, bool> {
        Box::pin(ready(self.on(space, |shelf| Ok(shelf.entries.contains_key(key)))))
    }

    fn list_keys<'a>(&'a self, space: &'a Space, cursor: Option<u64>) -> Pending<'a, Page> {
        Box::pin(ready(self.on(space, |shelf| Ok(shelf.page(cursor)))))
    }

    fn write<'a>(&'a self, space: &'a Space, changes: Changes) -> Pending<'a, ()> {
        Box::pin(ready(self.on(space, |shelf| shelf.write(space, changes))))
    }

    fn increment<'a>(&'a self, space: &'a Space, key: String, delta: u64) -> Pending<'a, u64> {
        Box::pin(ready(self.on(space, |shelf| {
            let sum = counted(shelf.entries.get(&key).map(|(_, value)| value.as_slice()), delta)?;
            shelf.write(space, Changes::from([(key, Some(sum.to_string().into_bytes()))]))?;
            Ok(sum)
        })))
    }
}
