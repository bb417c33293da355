//! Buckets as the host gives them.

use super::{Error, Keys};
use crate::bindings::keyvalue::wasi::keyvalue::{atomics, batch, store};

#[derive(Debug)]
pub(super) struct Bucket(store::Bucket);

impl Bucket {
    pub(super) fn open(name: &str) -> Result<Self, Error> {
        store::open(name).map(Self).map_err(error)
    }

    pub(super) fn get(&self, key: &str) -> Result<Option<Vec<u8>>, Error> {
        self.0.get(key).map_err(error)
    }

    pub(super) fn set(&self, key: &str, value: &[u8]) -> Result<(), Error> {
        self.0.set(key, value).map_err(error)
    }

    pub(super) fn delete(&self, key: &str) -> Result<(), Error> {
        self.0.delete(key).map_err(error)
    }

    pub(super) fn exists(&self, key: &str) -> Result<bool, Error> {
        self.0.exists(key).map_err(error)
    }

    pub(super) fn keys(&self, cursor: Option<u64>) -> Result<Keys, Error> {
        let page = self.0.list_keys(cursor).map_err(error)?;
        Ok(Keys { keys: page.keys, next: page.cursor })
    }

    pub(super) fn increment(&self, key: &str, by: u64) -> Result<u64, Error> {
        atomics::increment(&self.0, key, by).map_err(error)
    }

    pub(super) fn get_many(&self, keys: &[String]) -> Result<Vec<Option<Vec<u8>>>, Error> {
        let found = batch::get_many(&self.0, keys).map_err(error)?;
        Ok(found.into_iter().map(|pair| pair.map(|(_, value)| value)).collect())
    }

    pub(super) fn set_many(&self, values: &[(String, Vec<u8>)]) -> Result<(), Error> {
        batch::set_many(&self.0, values).map_err(error)
    }

    pub(super) fn delete_many(&self, keys: &[String]) -> Result<(), Error> {
        batch::delete_many(&self.0, keys).map_err(error)
    }
}

fn error(error: store::Error) -> Error {
    match error {
        store::Error::NoSuchStore => Error::NoSuchBucket,
        store::Error::AccessDenied => Error::Denied,
        store::Error::Other(why) => Error::Failed(why),
    }
}
