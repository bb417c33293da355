//! The file of a store: opened, told from what isn't one, and moved out of the way.

use std::fs::{File, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use redb::backends::FileBackend;
use redb::{Builder, Database, DatabaseError, StorageError};
use rustix::fs::{CWD, RenameFlags, renameat_with};
use thiserror::Error;

use super::error::OpenError;

/// What the library keeps of the file in memory: records are read seldom, and one by one.
const CACHE_BYTES: usize = 16 << 20;

/// Arguments and results are their callers' alone.
const MODE: u32 = 0o600;

/// Files moved aside within one second that each get a name of their own.
const NAMES_TRIED: u32 = 100;

/// A file that was no store, or a broken one, was renamed. The store begins empty.
#[derive(Debug, Error)]
#[error(
    "{}: not a usable task store ({why}): it was moved to {}, and all tasks in it are gone; the host goes on with a new one",
    .path.display(), .aside.display()
)]
pub struct MovedAside {
    /// Where it was, and where the new one is.
    pub path: PathBuf,
    /// Where it is now.
    pub aside: PathBuf,
    /// What is wrong with it.
    pub why: String,
}

/// Why a file isn't opened.
pub(super) enum Refused {
    /// It stays where it is.
    Error(OpenError),
    /// It is no usable store, for this reason.
    Unusable(String),
}

/// Opens the file, or makes it.
pub(super) fn open(path: &Path) -> Result<Database, Refused> {
    let file = open_private(path).map_err(|error| refused_io(path, error))?;
    let backend = FileBackend::new(file).map_err(|error| refused(path, error))?;
    let mut builder = builder();
    // Every page is read once here, so that a damaged one is found now, and not within a task.
    builder.set_check_integrity_on_open(true);
    builder.create_with_backend(backend).map_err(|error| refused(path, error))
}

/// How every store is opened.
pub(super) fn builder() -> Builder {
    let mut builder = Database::builder();
    builder.set_cache_size(CACHE_BYTES);
    builder
}

fn open_private(path: &Path) -> io::Result<File> {
    let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(MODE).open(path)?;
    if !file.metadata()?.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is not a regular file"));
    }
    file.set_permissions(Permissions::from_mode(MODE))?;
    Ok(file)
}

fn refused(path: &Path, error: DatabaseError) -> Refused {
    match error {
        DatabaseError::DatabaseAlreadyOpen => Refused::Error(OpenError::InUse { path: path.to_owned() }),
        // The file ends too early, or begins with something else: a fault of the file, not of the disk.
        DatabaseError::Storage(StorageError::Io(error))
            if matches!(error.kind(), io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof) =>
        {
            Refused::Unusable(error.to_string())
        }
        DatabaseError::Storage(StorageError::Io(error)) => refused_io(path, error),
        other => Refused::Unusable(other.to_string()),
    }
}

fn refused_io(path: &Path, error: io::Error) -> Refused {
    Refused::Error(OpenError::Io { path: path.to_owned(), error })
}

/// Renames the file to one that isn't there yet, beside it.
pub(super) fn move_aside(path: &Path, why: String) -> Result<MovedAside, OpenError> {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let mut last = io::Error::from(io::ErrorKind::AlreadyExists);
    for number in 0..NAMES_TRIED {
        let mut aside = path.as_os_str().to_owned();
        aside.push(format!(".damaged-{seconds}-{number}"));
        let aside = PathBuf::from(aside);
        match renameat_with(CWD, path, CWD, &aside, RenameFlags::NOREPLACE) {
            Ok(()) => return Ok(MovedAside { path: path.to_owned(), aside, why }),
            Err(error) => last = error.into(),
        }
        if last.kind() != io::ErrorKind::AlreadyExists {
            break;
        }
    }
    Err(OpenError::Stuck { path: path.to_owned(), why, error: last })
}
