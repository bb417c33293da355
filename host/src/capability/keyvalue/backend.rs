//! A store as this host sees it, and what all stores have in common: how much a bucket holds, how it counts, and how it
//! fails.

pub(super) mod bucket;
pub(super) mod redb;
pub(super) mod redis;
pub(super) mod stores;

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::Arc;

use super::grant::Bounds;
use super::{ANSWER_BYTES, BATCH_KEYS, COUNT, KEY_BYTES, length};

/// Where a bucket's keys are, and how much they may be. A store keeps the spaces of any two names apart.
#[derive(Debug, Clone)]
pub(crate) struct Space {
    pub(crate) plugin: Arc<str>,
    pub(crate) bucket: Arc<str>,
    pub(crate) bounds: Bounds,
}

/// The keys to be changed, each once: to a value, or away.
pub(crate) type Changes = BTreeMap<String, Option<Vec<u8>>>;

/// What was found, in the order of the keys that were asked for.
pub(crate) type Values = Vec<Option<Vec<u8>>>;

/// Some of a bucket's keys, in the order in which they were first set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Page {
    pub(crate) keys: Vec<String>,
    /// Where the next page begins. It stays so, whatever is set or deleted meanwhile.
    pub(crate) next: Option<u64>,
}

/// An answer on its way.
pub(crate) type Pending<'a, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'a>>;

/// A store. Keys, values and batches have been held to the bounds of their size; what depends on the rest of the bucket is
/// for the store to hold, in one step with the change.
pub(crate) trait Backend: Send + Sync {
    /// The values of these keys; an error where they are more than an answer carries. At least one key.
    fn get<'a>(&'a self, space: &'a Space, keys: &'a [String]) -> Pending<'a, Values>;

    /// Whether the key has a value.
    fn exists<'a>(&'a self, space: &'a Space, key: &'a str) -> Pending<'a, bool>;

    /// The keys, a page at a time; the first page without a cursor.
    fn list_keys<'a>(&'a self, space: &'a Space, cursor: Option<u64>) -> Pending<'a, Page>;

    /// Makes all changes, or none.
    fn write<'a>(&'a self, space: &'a Space, changes: Changes) -> Pending<'a, ()>;

    /// Adds to a number, which is decimal digits and 0 at first, and returns what it is then.
    fn increment<'a>(&'a self, space: &'a Space, key: String, delta: u64) -> Pending<'a, u64>;
}

/// Why a store didn't do what was asked of it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum StoreError {
    /// It would be too much.
    #[error(transparent)]
    Beyond(#[from] Bound),
    /// What should be counted up isn't a number.
    #[error("the value is no number of decimal digits up to {COUNT}: set it to one, or use another key")]
    NoNumber,
    /// There is no such number.
    #[error("the sum would exceed {COUNT}: set the key to a lower number")]
    Overflow,
    /// The store itself failed. The text is for the operator.
    #[error("{0}")]
    Failed(String),
}

/// Which bound would be exceeded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Bound {
    #[error("a key has {0} bytes, beyond {KEY_BYTES}: use shorter keys")]
    Key(usize),
    #[error("a value has {bytes} bytes, beyond the bucket's {most}: split it")]
    Value { bytes: usize, most: usize },
    #[error("a batch has {0} keys, beyond {BATCH_KEYS}: use several")]
    Batch(usize),
    #[error("the values have more than {ANSWER_BYTES} bytes together: ask for fewer keys at once")]
    Answer,
    #[error("the bucket would have more than {0} keys: delete some first")]
    Keys(u64),
    #[error("the bucket would have more than {0} bytes: delete something first")]
    Bytes(u64),
}

impl Bound {
    /// The key of the grant that sets it, if one does.
    pub(crate) fn key(self) -> Option<&'static str> {
        match self {
            Self::Value { .. } => Some("value-bytes"),
            Self::Keys(_) => Some("keys"),
            Self::Bytes(_) => Some("bytes"),
            Self::Key(_) | Self::Batch(_) | Self::Answer => None,
        }
    }
}

/// What is in a bucket.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Usage {
    pub(crate) keys: u64,
    /// Of keys and values.
    pub(crate) bytes: u64,
}

impl Usage {
    /// After a key changed from a value of one length to one of another; none where there is no value.
    pub(crate) fn changed(self, key: &str, before: Option<usize>, after: Option<usize>) -> Self {
        let entry = |value: Option<usize>| value.map_or(0, |value| length(key.len().saturating_add(value)));
        Self {
            keys: self.keys.saturating_sub(u64::from(before.is_some())).saturating_add(u64::from(after.is_some())),
            bytes: self.bytes.saturating_sub(entry(before)).saturating_add(entry(after)),
        }
    }

    /// Whether it may become this. A bucket whose bounds were lowered may still shrink.
    pub(crate) fn check(self, before: Self, bounds: Bounds) -> Result<(), Bound> {
        if self.keys > before.keys && self.keys > bounds.keys {
            return Err(Bound::Keys(bounds.keys));
        }
        if self.bytes > before.bytes && self.bytes > bounds.bytes {
            return Err(Bound::Bytes(bounds.bytes));
        }
        Ok(())
    }
}

/// The number after this one. Only one form of a number is one, so that all stores agree: Redis has no others.
pub(crate) fn counted(before: Option<&[u8]>, delta: u64) -> Result<u64, StoreError> {
    let number = before.map_or(Some(0), number).ok_or(StoreError::NoNumber)?;
    number.checked_add(delta).filter(|sum| *sum <= COUNT).ok_or(StoreError::Overflow)
}

fn number(text: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(text).ok()?;
    let number = text.parse::<u64>().ok().filter(|number| *number <= COUNT)?;
    (number.to_string() == text).then_some(number)
}

/// Adds up the values of an answer.
#[derive(Default)]
pub(crate) struct AnswerSize(usize);

impl AnswerSize {
    pub(crate) fn add(&mut self, value: Option<&[u8]>) -> Result<(), Bound> {
        self.0 = self.0.saturating_add(value.map_or(0, <[u8]>::len));
        if self.0 > ANSWER_BYTES { Err(Bound::Answer) } else { Ok(()) }
    }
}
