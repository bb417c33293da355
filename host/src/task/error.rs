//! Every way to fail.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

use super::{BYTES, OWNER_BYTES, OWNER_TASKS, RECORD_BYTES, TASKS};

/// Why the store isn't there.
#[derive(Debug, Error)]
pub enum OpenError {
    /// Two hosts must not run the same tasks.
    #[error("{}: another process uses this task store: stop it, or give this host a store of its own", .path.display())]
    InUse {
        /// The file.
        path: PathBuf,
    },
    /// The file, or its folder, can't be used.
    #[error("{}: the task store cannot be opened: {error}: check the folder, its rights and its free space", .path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// The file is unusable, and couldn't be moved out of the way either.
    #[error("{}: not a task store ({why}), and it cannot be moved aside: {error}: move it yourself", .path.display())]
    Stuck {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
        /// Why it wasn't moved.
        error: io::Error,
    },
    /// The store failed after its file had been found good, or was new.
    #[error("{}: the task store cannot be set up: {why}: check the disk", .path.display())]
    Failed {
        /// The file; empty in memory.
        path: PathBuf,
        /// What the store says.
        why: String,
    },
}

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
