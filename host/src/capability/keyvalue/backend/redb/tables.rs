//! What the file holds. Names are columns of their own, so that no name can reach into another's place.

use ::redb::{
    Database, ReadOnlyTable, ReadTransaction, ReadableDatabase as _, ReadableTable as _, Table, TableDefinition,
    WriteTransaction,
};

use super::super::{AnswerSize, Changes, Page, Space, StoreError, Usage, Values, counted};
use crate::capability::keyvalue::PAGE_KEYS;

/// Plugin, bucket and key.
type Entry = (&'static str, &'static str, &'static str);
/// Plugin, bucket, and a number that grows with each new key of the bucket.
type Place = (&'static str, &'static str, u64);

/// The place of each key, and its value.
const ENTRIES: TableDefinition<'_, Entry, (u64, &[u8])> = TableDefinition::new("entries");
/// The keys in the order in which they came, for listing.
const ORDER: TableDefinition<'_, Place, &str> = TableDefinition::new("order");
/// For each plugin's bucket: its keys, its bytes, and the place of the last new key.
const BUCKETS: TableDefinition<'_, (&str, &str), (u64, u64, u64)> = TableDefinition::new("buckets");

const FORMAT: TableDefinition<'_, &str, u32> = TableDefinition::new("format");

/// The form of these tables. A file of another one is moved aside.
const FORMAT_KEY: &str = "keyvalue";
const FORMAT_NUMBER: u32 = 1;

/// One write.
pub(super) enum Work {
    Write(Changes),
    Increment(String, u64),
}

/// Any of the library's errors, as what it says.
pub(super) fn failed(error: impl Into<::redb::Error>) -> StoreError {
    StoreError::Failed(error.into().to_string())
}

/// Marks an empty file as ours, and looks for the mark in another one, which isn't written to.
pub(super) fn prepare(database: &Database) -> Result<(), String> {
    let found = format(database).map_err(|error| error.to_string())?;
    match found {
        Format::Empty => mark(database).map_err(|error| error.to_string()),
        Format::Number(FORMAT_NUMBER) => Ok(()),
        Format::Number(other) => Err(format!("the form of its tables is {other}, and this host reads {FORMAT_NUMBER}")),
        Format::None => Err("it has tables, and none of a key-value store".to_owned()),
    }
}

enum Format {
    Empty,
    None,
    Number(u32),
}

fn format(database: &Database) -> Result<Format, ::redb::Error> {
    let reading = database.begin_read()?;
    if reading.list_tables()?.next().is_none() {
        return Ok(Format::Empty);
    }
    let number = match reading.open_table(FORMAT) {
        Ok(table) => table.get(FORMAT_KEY)?.map(|number| number.value()),
        Err(::redb::TableError::TableDoesNotExist(_)) => None,
        Err(error) => return Err(error.into()),
    };
    Ok(number.map_or(Format::None, Format::Number))
}

fn mark(database: &Database) -> Result<(), ::redb::Error> {
    let writing = database.begin_write()?;
    writing.open_table(FORMAT)?.insert(FORMAT_KEY, FORMAT_NUMBER)?;
    writing.open_table(ENTRIES)?;
    writing.open_table(ORDER)?;
    writing.open_table(BUCKETS)?;
    Ok(writing.commit()?)
}

/// The tables as they were when reading began.
pub(super) struct Reading {
    entries: ReadOnlyTable<Entry, (u64, &'static [u8])>,
    order: ReadOnlyTable<Place, &'static str>,
}

impl Reading {
    pub(super) fn new(transaction: &ReadTransaction) -> Result<Self, StoreError> {
        let entries = transaction.open_table(ENTRIES).map_err(failed)?;
        Ok(Self { entries, order: transaction.open_table(ORDER).map_err(failed)? })
    }

    pub(super) fn get(&self, space: &Space, keys: &[String]) -> Result<Values, StoreError> {
        let mut size = AnswerSize::default();
        let find = |key: &String| {
            let found = self.entries.get((&*space.plugin, &*space.bucket, key.as_str())).map_err(failed)?;
            let value = found.as_ref().map(|found| found.value().1);
            size.add(value)?;
            Ok(value.map(<[u8]>::to_vec))
        };
        keys.iter().map(find).collect()
    }

    pub(super) fn exists(&self, space: &Space, key: &str) -> Result<bool, StoreError> {
        Ok(self.entries.get((&*space.plugin, &*space.bucket, key)).map_err(failed)?.is_some())
    }

    pub(super) fn page(&self, space: &Space, from: u64) -> Result<Page, StoreError> {
        let (plugin, bucket) = (&*space.plugin, &*space.bucket);
        let mut range = self.order.range((plugin, bucket, from)..=(plugin, bucket, u64::MAX)).map_err(failed)?;
        let mut keys = Vec::new();
        for entry in range.by_ref().take(PAGE_KEYS) {
            keys.push(entry.map_err(failed)?.1.value().to_owned());
        }
        let next = range.next().transpose().map_err(failed)?.map(|(place, _)| place.value().2);
        Ok(Page { keys, next })
    }
}

/// The tables within a transaction that writes.
pub(super) struct Writing<'a> {
    entries: Table<'a, Entry, (u64, &'static [u8])>,
    order: Table<'a, Place, &'static str>,
    buckets: Table<'a, (&'static str, &'static str), (u64, u64, u64)>,
}

impl<'a> Writing<'a> {
    pub(super) fn new(transaction: &'a WriteTransaction) -> Result<Self, StoreError> {
        let entries = transaction.open_table(ENTRIES).map_err(failed)?;
        let order = transaction.open_table(ORDER).map_err(failed)?;
        Ok(Self { entries, order, buckets: transaction.open_table(BUCKETS).map_err(failed)? })
    }

    /// Does the work, or nothing. Only after [`StoreError::Failed`] it may be half done.
    pub(super) fn run(&mut self, space: &Space, work: Work) -> Result<u64, StoreError> {
        match work {
            Work::Write(changes) => self.write(space, &changes).map(|()| 0),
            Work::Increment(key, delta) => {
                let sum = {
                    let found = self.entries.get((&*space.plugin, &*space.bucket, key.as_str())).map_err(failed)?;
                    counted(found.as_ref().map(|found| found.value().1), delta)?
                };
                self.write(space, &Changes::from([(key, Some(sum.to_string().into_bytes()))]))?;
                Ok(sum)
            }
        }
    }

    fn write(&mut self, space: &Space, changes: &Changes) -> Result<(), StoreError> {
        let name = (&*space.plugin, &*space.bucket);
        let row = self.buckets.get(name).map_err(failed)?.map(|row| row.value());
        let (keys, bytes, mut last) = row.unwrap_or_default();
        let before = Usage { keys, bytes };
        let after = self.usage_after(space, before, changes)?;
        after.check(before, space.bounds)?;
        for (key, value) in changes {
            match value {
                Some(value) => self.set(space, key, value, &mut last)?,
                None => self.delete(space, key)?,
            }
        }
        self.buckets.insert(name, (after.keys, after.bytes, last)).map_err(failed)?;
        Ok(())
    }

    fn usage_after(&self, space: &Space, mut usage: Usage, changes: &Changes) -> Result<Usage, StoreError> {
        for (key, value) in changes {
            let found = self.entries.get((&*space.plugin, &*space.bucket, key.as_str())).map_err(failed)?;
            let length = found.map(|found| found.value().1.len());
            usage = usage.changed(key, length, value.as_ref().map(Vec::len));
        }
        Ok(usage)
    }

    /// A key keeps its place when it is set again.
    fn set(&mut self, space: &Space, key: &str, value: &[u8], last: &mut u64) -> Result<(), StoreError> {
        let (plugin, bucket) = (&*space.plugin, &*space.bucket);
        let place = self.entries.get((plugin, bucket, key)).map_err(failed)?.map(|found| found.value().0);
        let place = match place {
            Some(place) => place,
            None => {
                *last = last.saturating_add(1);
                self.order.insert((plugin, bucket, *last), key).map_err(failed)?;
                *last
            }
        };
        self.entries.insert((plugin, bucket, key), (place, value)).map_err(failed)?;
        Ok(())
    }

    fn delete(&mut self, space: &Space, key: &str) -> Result<(), StoreError> {
        let (plugin, bucket) = (&*space.plugin, &*space.bucket);
        let place = self.entries.remove((plugin, bucket, key)).map_err(failed)?.map(|found| found.value().0);
        if let Some(place) = place {
            self.order.remove((plugin, bucket, place)).map_err(failed)?;
        }
        Ok(())
    }
}
