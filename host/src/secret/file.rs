//! A secret in a file, as container runtimes and credential managers of the system leave it.

use std::fmt;
use std::fs::{File, Metadata};
use std::io::{self, Read as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use zeroize::Zeroizing;

use super::MOST_BYTES;

/// Least time between two looks at a file: a rotated secret is noticed at once for people, and a thousand calls a second
/// don't touch the disk.
pub(super) const PERIOD: Duration = Duration::from_secs(1);

/// Longest line end after a secret.
const LINE_END: usize = "\r\n".len();

/// What a file looks like from outside. Another mark means other contents, or at least another look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Mark {
    file: (u64, u64),
    size: u64,
    modified: (i64, i64),
    /// Changes with owner and mode as well, and can't be set back.
    changed: (i64, i64),
}

/// Who else can read a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Exposure {
    /// Its mode lets others in.
    Mode(u32),
    /// It belongs to another user than this one and root.
    Owner(u32),
}

impl fmt::Display for Exposure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Mode(mode) => write!(formatter, "has the mode {mode:03o}, so that other users can use it"),
            Self::Owner(user) => write!(formatter, "belongs to another user (id {user}), who can read and change it"),
        }
    }
}

/// What reading brought.
pub(super) enum Reading {
    /// The file has the same mark as before.
    Unchanged,
    /// Its contents.
    Changed {
        /// Without the line end.
        bytes: Zeroizing<Vec<u8>>,
        /// Taken before reading, so that what is written meanwhile is noticed next time.
        mark: Mark,
        /// Why the operator should be warned.
        exposure: Option<Exposure>,
    },
}

/// Reads the file, unless it still has this mark. Takes a thread for it: the file may lie on a disk that sleeps, or in
/// the network.
///
/// # Errors
/// When it isn't there, isn't a regular file, or can't be read.
pub(super) async fn read(path: PathBuf, known: Option<Mark>) -> Result<Reading, String> {
    let reading = tokio::task::spawn_blocking(move || read_now(&path, known)).await;
    reading.map_err(|error| error.to_string())?.map_err(|error| error.to_string())
}

fn read_now(path: &Path, known: Option<Mark>) -> io::Result<Reading> {
    // Before opening: opening a named pipe would wait for a writer.
    check_kind(&std::fs::metadata(path)?)?;
    let file = File::open(path)?;
    let found = file.metadata()?;
    check_kind(&found)?;
    let mark = Mark::of(&found);
    if known == Some(mark) {
        return Ok(Reading::Unchanged);
    }
    Ok(Reading::Changed { bytes: contents(file, mark.size)?, mark, exposure: Exposure::of(&found) })
}

fn check_kind(found: &Metadata) -> io::Result<()> {
    if found.is_file() { Ok(()) } else { Err(io::Error::other("it is not a regular file")) }
}

/// At most one byte more than a secret may have, so that a larger file is told from one that fits. The room is taken at
/// once, so that growing leaves no copies behind; what is written meanwhile is read next time.
fn contents(file: File, size: u64) -> io::Result<Zeroizing<Vec<u8>>> {
    let most = usize::try_from(size).unwrap_or(usize::MAX).min(MOST_BYTES + LINE_END + 1);
    let mut bytes = Zeroizing::new(Vec::with_capacity(most));
    file.take(most as u64).read_to_end(&mut bytes)?;
    for end in [b'\n', b'\r'] {
        let Some(rest) = bytes.strip_suffix(&[end]).map(<[u8]>::len) else { break };
        bytes.truncate(rest);
    }
    Ok(bytes)
}

impl Mark {
    fn of(found: &Metadata) -> Self {
        Self {
            file: (found.dev(), found.ino()),
            size: found.size(),
            modified: (found.mtime(), found.mtime_nsec()),
            changed: (found.ctime(), found.ctime_nsec()),
        }
    }
}

impl Exposure {
    fn of(found: &Metadata) -> Option<Self> {
        let (owner, mode) = (found.uid(), found.mode() & 0o777);
        if owner != 0 && owner != rustix::process::geteuid().as_raw() {
            return Some(Self::Owner(owner));
        }
        (mode & 0o077 != 0).then_some(Self::Mode(mode))
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn exposure(path: &Path) -> Option<Exposure> {
        Exposure::of(&std::fs::metadata(path).unwrap())
    }

    #[test]
    fn a_file_that_others_can_use_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        std::fs::write(&path, "12345678").unwrap();
        let cases =
            [(0o600, None), (0o400, None), (0o640, Some(Exposure::Mode(0o640))), (0o602, Some(Exposure::Mode(0o602)))];
        for (mode, expected) in cases {
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
            assert_eq!(exposure(&path), expected, "{mode:o}");
        }
    }

    #[test]
    fn a_mark_tells_one_state_of_a_file_from_another() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        let mark = || Mark::of(&std::fs::metadata(&path).unwrap());
        std::fs::write(&path, "12345678").unwrap();
        let first = mark();
        assert_eq!(first, mark());
        std::fs::write(folder.path().join("new"), "87654321").unwrap();
        std::fs::rename(folder.path().join("new"), &path).unwrap();
        assert_ne!(first, mark());
    }

    #[tokio::test]
    async fn a_named_pipe_is_not_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pipe");
        assert!(std::process::Command::new("mkfifo").arg(&path).status().unwrap().success());
        let problem = read(path, None).await.err().unwrap();
        assert_eq!(problem, "it is not a regular file");
    }
}
