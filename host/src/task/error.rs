//! Every way to fail.

use thiserror::Error;

use super::{BYTES, OWNER_BYTES, OWNER_TASKS, RECORD_BYTES, TASKS};

/// Why a task was not stored, changed or found.
#[derive(Debug, Error, Clone, PartialEq, Eq)]
pub enum StoreError {
    /// There is none of this id, or it is another caller's, or its time is over.
    #[error("there is no such task: it may have expired; make the call again")]
    NotFound,
    /// It ended before: an end is final.
    #[error("the task has ended already: ask for its result")]
    Ended,
    /// It would be too large, or there would be too many.
    #[error("the task cannot be kept: {0}")]
    Beyond(Bound),
    /// The file or the disk failed.
    #[error("the task store failed ({0}): check the disk, and restart the host")]
    Storage(String),
    /// The operating system gave no random bytes for an id.
    #[error("no random bytes for the id of a task: make the call again")]
    NoRandom,
    /// The host is shutting down, or the work on the task panicked. Nothing was changed.
    #[error("the host is stopping: make the call again later")]
    Stopped,
}

/// Which bound would be exceeded.
#[derive(Debug, Error, Clone, Copy, PartialEq, Eq)]
pub enum Bound {
    /// One task.
    #[error("it has {bytes} bytes, beyond {RECORD_BYTES}: return less, or a link to it")]
    Record {
        /// How many it has.
        bytes: usize,
    },
    /// One caller's.
    #[error("you have {OWNER_TASKS} tasks: wait until older ones expire")]
    OwnerTasks,
    /// One caller's.
    #[error("your tasks have {OWNER_BYTES} bytes together: wait until older ones expire")]
    OwnerBytes,
    /// All callers' together.
    #[error("the host has {TASKS} tasks: try again later")]
    Tasks,
    /// All callers' together.
    #[error("the host's tasks have {BYTES} bytes together: try again later")]
    Bytes,
}

/// Any of the library's errors, as what it says.
pub(super) fn storage(error: impl Into<redb::Error>) -> StoreError {
    StoreError::Storage(error.into().to_string())
}
