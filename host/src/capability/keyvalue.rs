//! State that a plugin keeps from one call to the next: named buckets of keys and values, as `wasi:keyvalue`.
//!
//! **Gives** the buckets that the operator names, each with bounds, in the embedded store or in Redis: get, set, delete,
//! list, increment, and batches of them, which happen as a whole or not at all. What was written is on the disk when the
//! plugin hears so, as far as the store can tell. **Never gives** another plugin's buckets, whatever a bucket or a key is
//! called: two plugins that both have a bucket `default` have two. Nor does a plugin learn where its store is, or why it
//! failed: that is in the log. Changes aren't told (`watcher`). The operator writes:
//!
//! ```toml
//! [plugins.catalog.grants]
//! keyvalue = [
//!     { bucket = "default" },
//!     { bucket = "shared", access = "read", store = "team", keys = 100, bytes = 1_000_000, value-bytes = 10_000 },
//! ]
//!
//! [stores.team]
//! redis = { url-secret = "team-redis" }
//! ```
//!
//! The embedded store is called `local` and needs no table; with one, it says where the file is: `file = "…"`. One
//! process uses that file at a time. A Redis may serve several hosts, whose plugins of the same id then share their
//! buckets. It must not evict (`maxmemory-policy noeviction`), and it isn't a cluster.

mod backend;
#[cfg(test)]
mod fake;
mod grant;
mod host;

pub use backend::stores::{Buckets, NoSecret, Secrets, StoreOpenError, Stores};
pub use grant::{
    Access, Bounds, Grant, GrantError, LOCAL, Operation, RedisAddress, Rules, StoreConfig, UrlSecret, Want,
};
pub(crate) use host::{KeyValue, link};

/// What the audit and the configuration call it.
pub(crate) const NAME: &str = "keyvalue";

/// A line that grants it.
pub(crate) const EXAMPLE: &str = "keyvalue = [{ bucket = \"default\" }]";

/// Longest key, in bytes. A path or a URL fits, and pages of keys stay small.
pub const KEY_BYTES: usize = 1 << 10;

/// Largest value, in bytes, unless the operator says otherwise. State is small; files are another capability.
pub const VALUE_BYTES: usize = 1 << 20;

/// Most keys of a bucket, unless the operator says otherwise.
pub const KEYS: u64 = 10_000;

/// Most bytes of a bucket, its keys and values together, unless the operator says otherwise: a hundred plugins that fill
/// theirs still fit on a small disk.
pub const BYTES: u64 = 64 << 20;

/// Keys that are listed at once: with the longest keys, a page has a megabyte.
pub const PAGE_KEYS: usize = 1_000;

/// Keys of one batch. As many as a page of keys, so that a page can be fetched, or deleted, at once.
pub const BATCH_KEYS: usize = 1_000;

/// Most bytes of the values that one answer carries, and so the largest value that an operator may allow. The host holds
/// them in memory until the guest has them, which itself has no more than 128 MiB.
pub const ANSWER_BYTES: usize = 16 << 20;

/// Longest name of a bucket, in bytes. People write and read it.
pub const BUCKET_NAME_BYTES: usize = 64;

/// The largest number that can be counted to: Redis counts to this.
pub const COUNT: u64 = i64::MAX.unsigned_abs();

fn length(bytes: usize) -> u64 {
    u64::try_from(bytes).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
