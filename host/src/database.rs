//! Files of the embedded database: opened, told from what isn't one, and moved out of the way.

use std::fs::{DirBuilder, File, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use redb::backends::FileBackend;
use redb::{Builder, Database, DatabaseError, StorageError};
use rustix::fs::{CWD, RenameFlags, renameat_with};
use thiserror::Error;

/// The user's folder for state, made if it isn't there, as the base directories of the XDG say; none without a home.
#[must_use]
pub fn folder() -> Option<PathBuf> {
    let state = std::env::var_os("XDG_STATE_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    let state = state.or_else(|| std::env::home_dir().map(|home| home.join(".local/state")))?;
    let folder = state.join("wharf");
    DirBuilder::new().recursive(true).mode(0o700).create(&folder).ok()?;
    Some(folder)
}

/// What the library keeps of a file in memory: records are read one by one.
const CACHE_BYTES: usize = 16 << 20;

/// What is in a file belongs to callers and plugins, and to nobody else on the machine.
const MODE: u32 = 0o600;

/// Files moved aside within one second that each get a name of their own.
const NAMES_TRIED: u32 = 100;

/// A database, what was read from it at first, and what had to make room for it.
pub struct Opened<T> {
    /// The database.
    pub database: Database,
    /// What was read.
    pub contents: T,
    /// The file that was there before, if it was of no use: to be told to the operator.
    pub moved: Option<MovedAside>,
}

/// A file that was of no use was renamed. The new one begins empty.
#[derive(Debug, Error)]
#[error(
    "{}: not a usable {what} ({why}): it was moved to {}, and all that was in it is gone; the host goes on with a new one",
    .path.display(), .aside.display()
)]
pub struct MovedAside {
    /// What the file should be.
    pub what: &'static str,
    /// Where it was, and where the new one is.
    pub path: PathBuf,
    /// Where it is now.
    pub aside: PathBuf,
    /// What is wrong with it.
    pub why: String,
}

/// Why a file isn't opened.
#[derive(Debug, Error)]
pub enum OpenError {
    /// Two processes must not write to the same file.
    #[error("{}: another process uses this {what}: stop it, or give this host a file of its own", .path.display())]
    InUse {
        /// What the file is.
        what: &'static str,
        /// Where it is.
        path: PathBuf,
    },
    /// The file, or its folder, can't be used.
    #[error("{}: the {what} cannot be opened: {error}: check the folder, its rights and its free space", .path.display())]
    Io {
        /// What the file is.
        what: &'static str,
        /// Where it is.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// The file is unusable, and couldn't be moved out of the way either.
    #[error("{}: not a {what} ({why}), and it cannot be moved aside: {error}: move it yourself", .path.display())]
    Stuck {
        /// What the file should be.
        what: &'static str,
        /// Where it is.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
        /// Why it wasn't moved.
        error: io::Error,
    },
    /// It failed after its file had been found good, or was new.
    #[error("{}: the {what} cannot be set up: {why}: check the disk", .path.display())]
    Failed {
        /// What the file is.
        what: &'static str,
        /// Where it is.
        path: PathBuf,
        /// What the library says.
        why: String,
    },
}

/// Why a file isn't opened, as far as it matters for what becomes of it.
enum Refused {
    /// It stays where it is.
    Stays(OpenError),
    /// It is of no use, for this reason.
    Unusable(String),
}

/// Opens the file, or makes it, and its folder; `read` says what is in it, or why it isn't what it should be. One that is
/// damaged or something else is renamed, and a new one made. Blocks on the disk.
///
/// # Errors
/// When another process has the file, or the system doesn't let it be opened, or moved.
pub fn open<T>(
    path: &Path,
    what: &'static str,
    read: impl Fn(&Database) -> Result<T, String>,
) -> Result<Opened<T>, OpenError> {
    let attempt = || {
        let database = open_file(path, what)?;
        let contents = read(&database).map_err(Refused::Unusable)?;
        Ok((database, contents))
    };
    match attempt() {
        Ok((database, contents)) => Ok(Opened { database, contents, moved: None }),
        Err(Refused::Stays(error)) => Err(error),
        Err(Refused::Unusable(why)) => {
            let moved = Some(move_aside(path, what, why)?);
            match attempt() {
                Ok((database, contents)) => Ok(Opened { database, contents, moved }),
                Err(Refused::Stays(error)) => Err(error),
                Err(Refused::Unusable(why)) => Err(OpenError::Failed { what, path: path.to_owned(), why }),
            }
        }
    }
}

/// How every database is opened.
#[must_use]
pub fn builder() -> Builder {
    let mut builder = Database::builder();
    builder.set_cache_size(CACHE_BYTES);
    builder
}

fn open_file(path: &Path, what: &'static str) -> Result<Database, Refused> {
    let io = |error| Refused::Stays(OpenError::Io { what, path: path.to_owned(), error });
    let file = open_private(path).map_err(io)?;
    let refused = |error| match error {
        DatabaseError::DatabaseAlreadyOpen => Refused::Stays(OpenError::InUse { what, path: path.to_owned() }),
        // The file ends too early, or begins with something else: a fault of the file, not of the disk.
        DatabaseError::Storage(StorageError::Io(error)) if !is_of_the_file(&error) => io(error),
        other => Refused::Unusable(other.to_string()),
    };
    let backend = FileBackend::new(file).map_err(refused)?;
    let mut builder = builder();
    // Every page is read once here, so that a damaged one is found now, and not within a call.
    builder.set_check_integrity_on_open(true);
    builder.create_with_backend(backend).map_err(refused)
}

fn is_of_the_file(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof)
}

fn open_private(path: &Path) -> io::Result<File> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(MODE).open(path)?;
    if !file.metadata()?.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is not a regular file"));
    }
    file.set_permissions(Permissions::from_mode(MODE))?;
    Ok(file)
}

/// Renames the file to one that isn't there yet, beside it.
fn move_aside(path: &Path, what: &'static str, why: String) -> Result<MovedAside, OpenError> {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let mut last = io::Error::from(io::ErrorKind::AlreadyExists);
    for number in 0..NAMES_TRIED {
        let mut aside = path.as_os_str().to_owned();
        aside.push(format!(".damaged-{seconds}-{number}"));
        let aside = PathBuf::from(aside);
        match renameat_with(CWD, path, CWD, &aside, RenameFlags::NOREPLACE) {
            Ok(()) => return Ok(MovedAside { what, path: path.to_owned(), aside, why }),
            Err(error) => last = error.into(),
        }
        if last.kind() != io::ErrorKind::AlreadyExists {
            break;
        }
    }
    Err(OpenError::Stuck { what, path: path.to_owned(), why, error: last })
}
