//! Calls that outlast their request: each is a task, kept in one file, until its client has had the time to ask for its
//! result.
//!
//! This room stores; who calls the guest again, and when, is decided above it. [`Store`] blocks; [`Tasks`] is the same for
//! asynchronous callers. A commit is on the disk when it returns, so nothing that was told to a client is lost.

mod contents;
mod error;
mod ledger;
mod record;
mod store;
mod tasks;
mod watch;

pub use self::error::{Bound, StoreError};
pub use self::record::{Call, Current, New, Owner, Progress, Status, Task, TaskId};
pub use self::store::{Opened, Store, Who};
pub use self::tasks::Tasks;
pub use self::watch::Changes;
pub use crate::database::{MovedAside, OpenError};

use std::time::Duration;

/// Bytes of one record: a result of the largest size that a plugin may return, its arguments, and its states and questions.
pub const RECORD_BYTES: usize = 10 << 20;

/// Tasks that one caller may have, ended ones among them: a model that starts jobs in a loop meets it before others do.
pub const OWNER_TASKS: usize = 256;

/// Bytes that one caller's tasks may have together: several of the largest results, and an eighth of the whole.
pub const OWNER_BYTES: u64 = 64 << 20;

/// Tasks in all: what one process can poll, and what is read within seconds when it starts.
pub const TASKS: usize = 10_000;

/// Bytes in all. The file grows to about this, and is read as a whole when the host starts.
pub const BYTES: u64 = 512 << 20;

/// How long a task may be kept from its beginning: longer than a long week-end, so that no file only grows.
pub const LONGEST_TTL: Duration = Duration::from_secs(7 * 24 * 3_600);

/// Tasks that [`Store::expire`] removes at a time: its caller holds all of them in memory.
pub const EXPIRED_AT_ONCE: usize = 16;

#[cfg(test)]
mod tests;
