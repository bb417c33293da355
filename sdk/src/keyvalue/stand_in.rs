//! Buckets in native tests, which the thread keeps.

use std::cell::RefCell;
use std::collections::BTreeMap;

use super::{Error, Keys};

type Values = BTreeMap<String, Vec<u8>>;

thread_local! {
    static BUCKETS: RefCell<BTreeMap<String, Values>> = const { RefCell::new(BTreeMap::new()) };
}

#[derive(Debug)]
pub(super) struct Bucket(String);

#[expect(clippy::unnecessary_wraps, reason = "the host's side may fail")]
impl Bucket {
    pub(super) fn open(name: &str) -> Result<Self, Error> {
        Ok(Self(name.to_owned()))
    }

    pub(super) fn get(&self, key: &str) -> Result<Option<Vec<u8>>, Error> {
        Ok(self.with(|values| values.get(key).cloned()))
    }

    pub(super) fn set(&self, key: &str, value: &[u8]) -> Result<(), Error> {
        self.with(|values| values.insert(key.to_owned(), value.to_vec()));
        Ok(())
    }

    pub(super) fn delete(&self, key: &str) -> Result<(), Error> {
        self.with(|values| values.remove(key));
        Ok(())
    }

    pub(super) fn exists(&self, key: &str) -> Result<bool, Error> {
        Ok(self.with(|values| values.contains_key(key)))
    }

    pub(super) fn keys(&self, _: Option<u64>) -> Result<Keys, Error> {
        Ok(Keys { keys: self.with(|values| values.keys().cloned().collect()), next: None })
    }

    /// As the host keeps it: in decimal digits.
    pub(super) fn increment(&self, key: &str, by: u64) -> Result<u64, Error> {
        self.with(|values| {
            let before = match values.get(key) {
                None => Some(0),
                Some(value) => std::str::from_utf8(value).ok().and_then(|digits| digits.parse::<u64>().ok()),
            };
            let no_number = || Error::Failed("the value isn't a number".into());
            let sum = before.and_then(|before| before.checked_add(by)).ok_or_else(no_number)?;
            values.insert(key.to_owned(), sum.to_string().into_bytes());
            Ok(sum)
        })
    }

    pub(super) fn get_many(&self, keys: &[String]) -> Result<Vec<Option<Vec<u8>>>, Error> {
        Ok(self.with(|values| keys.iter().map(|key| values.get(key).cloned()).collect()))
    }

    pub(super) fn set_many(&self, new: &[(String, Vec<u8>)]) -> Result<(), Error> {
        self.with(|values| values.extend(new.iter().cloned()));
        Ok(())
    }

    pub(super) fn delete_many(&self, keys: &[String]) -> Result<(), Error> {
        self.with(|values| values.retain(|key, _| !keys.contains(key)));
        Ok(())
    }

    fn with<T>(&self, use_them: impl FnOnce(&mut Values) -> T) -> T {
        BUCKETS.with_borrow_mut(|buckets| use_them(buckets.entry(self.0.clone()).or_default()))
    }
}
