//! One bucket of a plugin: what is asked of it is held to the bounds that need no look at what is stored, and then handed
//! to its store.

use std::sync::Arc;

use super::stores::Store;
use super::{Bound, Changes, Page, Space, StoreError, Values};
use crate::capability::keyvalue::{BATCH_KEYS, KEY_BYTES};

/// A bucket that was granted.
pub(crate) struct Bucket {
    pub(in crate::capability::keyvalue) space: Space,
    /// The grant, as it is shown.
    pub(in crate::capability::keyvalue) rule: String,
    pub(in crate::capability::keyvalue) store: Arc<Store>,
}

impl Bucket {
    pub(crate) async fn get(&self, keys: &[String]) -> Result<Values, StoreError> {
        check_keys(keys.iter())?;
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        self.store.backend.get(&self.space, keys).await
    }

    pub(crate) async fn exists(&self, key: &str) -> Result<bool, StoreError> {
        check_key(key)?;
        self.store.backend.exists(&self.space, key).await
    }

    pub(crate) async fn list_keys(&self, cursor: Option<u64>) -> Result<Page, StoreError> {
        self.store.backend.list_keys(&self.space, cursor).await
    }

    /// Of two values for the same key the later one counts.
    pub(crate) async fn write(&self, changes: Vec<(String, Option<Vec<u8>>)>) -> Result<(), StoreError> {
        check_keys(changes.iter().map(|(key, _)| key))?;
        changes.iter().try_for_each(|(_, value)| self.check_value(value.as_deref()))?;
        if changes.is_empty() {
            return Ok(());
        }
        self.store.backend.write(&self.space, Changes::from_iter(changes)).await
    }

    pub(crate) async fn increment(&self, key: String, delta: u64) -> Result<u64, StoreError> {
        check_key(&key)?;
        self.store.backend.increment(&self.space, key, delta).await
    }

    fn check_value(&self, value: Option<&[u8]>) -> Result<(), Bound> {
        let (bytes, most) = (value.map_or(0, <[u8]>::len), self.space.bounds.value_bytes);
        if bytes > most { Err(Bound::Value { bytes, most }) } else { Ok(()) }
    }
}

fn check_keys<'a>(mut keys: impl ExactSizeIterator<Item = &'a String>) -> Result<(), Bound> {
    if keys.len() > BATCH_KEYS {
        return Err(Bound::Batch(keys.len()));
    }
    keys.try_for_each(|key| check_key(key))
}

fn check_key(key: &str) -> Result<(), Bound> {
    if key.len() > KEY_BYTES { Err(Bound::Key(key.len())) } else { Ok(()) }
}
