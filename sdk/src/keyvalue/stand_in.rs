//! Buckets in native tests, which the thread keeps.

use std::cell::RefCell;
use std::collections::BTreeMap;

use super::{Error, Keys};

type Values = BTreeMap<String, Vec<u8>>;

/// The largest number that the host counts to.
const COUNT: u64 = i64::MAX.unsigned_abs();

/// Only one form of a number is one: no sign, and no zeros in front.
fn number(value: &[u8]) -> Option<u64> {
    let digits = std::str::from_utf8(value).ok()?;
    let number = digits.parse::<u64>().ok().filter(|number| *number <= COUNT)?;
    (number.to_string() == digits).then_some(number)
}

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

    /// As the host does it.
    pub(super) fn increment(&self, key: &str, by: u64) -> Result<u64, Error> {
        self.with(|values| {
            let failed = |why: &str| Error::Failed(why.to_owned());
            let before = values.get(key).map_or(Some(0), |value| number(value));
            let before = before.ok_or_else(|| failed("the value isn't a number in plain decimal digits"))?;
            let sum = before.checked_add(by).filter(|sum| *sum <= COUNT);
            let sum = sum.ok_or_else(|| failed("the sum would exceed what can be counted to"))?;
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
