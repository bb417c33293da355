//! The file itself: lines are added to its end, and when it is full it is put aside. Several processes may write into
//! one file, each line whole, and whoever rotates logs may put it aside as well.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use super::Settings;

/// How often a file is looked for that others put aside just then.
const TRIES: usize = 3;

/// A file that lines are added to.
pub(super) struct LogFile {
    path: PathBuf,
    file: File,
    largest: u64,
    keep: u32,
    /// Of the file, in bytes, while it is locked.
    bytes: u64,
    /// Terminals, pipes and the like have no size and can't be put aside.
    is_regular: bool,
    cannot_rotate: bool,
}

impl LogFile {
    /// Opens the file, or makes it, for this user alone to read.
    pub(super) fn open(settings: &Settings) -> io::Result<Self> {
        let path = settings.file.clone();
        let file = open(&path)?;
        let is_regular = file.metadata()?.is_file();
        let (largest, keep) = (settings.largest_bytes, settings.keep);
        Ok(Self { path, file, largest, keep, bytes: 0, is_regular, cannot_rotate: false })
    }

    /// For messages.
    pub(super) fn name(&self) -> String {
        self.path.display().to_string()
    }

    /// Takes the file for a few lines: the one that has the name now, for this process alone.
    pub(super) fn begin(&mut self) -> io::Result<()> {
        self.cannot_rotate = false;
        if !self.is_regular {
            return Ok(());
        }
        for _ in 0..TRIES {
            // Fails where there are no locks: then only whoever writes alone is sure of its lines.
            let _ = self.file.lock();
            if self.has_its_name() {
                break;
            }
            self.file = open(&self.path)?;
        }
        self.bytes = self.file.metadata()?.len();
        Ok(())
    }

    /// Lets others write.
    pub(super) fn end(&mut self) {
        if self.is_regular {
            let _ = self.file.unlock();
        }
    }

    /// Bytes that still fit.
    pub(super) fn room(&self) -> usize {
        if !self.is_regular || self.cannot_rotate {
            return usize::MAX;
        }
        usize::try_from(self.largest.saturating_sub(self.bytes)).unwrap_or(usize::MAX)
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.bytes == 0
    }

    /// Adds whole lines, or nothing.
    pub(super) fn append(&mut self, lines: &[u8]) -> io::Result<()> {
        match self.file.write_all(lines) {
            Ok(()) => {
                self.bytes = self.bytes.saturating_add(u64::try_from(lines.len()).unwrap_or(u64::MAX));
                Ok(())
            }
            Err(error) => {
                if self.is_regular {
                    // What was written of it is taken back, so that no line is torn.
                    let _ = self.file.set_len(self.bytes);
                }
                Err(error)
            }
        }
    }

    /// Puts the file aside, and begins another one. Where that fails, this one grows: a large record is better than
    /// none.
    pub(super) fn rotate(&mut self) {
        match self.put_aside().and_then(|()| open(&self.path)) {
            Ok(newer) => {
                let _ = newer.lock();
                // Dropping the older one unlocks it.
                self.file = newer;
                self.bytes = 0;
            }
            Err(error) => {
                tracing::error!("the audit file {} can't be put aside, and grows: {error}", self.name());
                self.cannot_rotate = true;
            }
        }
    }

    fn put_aside(&self) -> io::Result<()> {
        if self.keep == 0 {
            return fs::remove_file(&self.path);
        }
        for number in (1..self.keep).rev() {
            match fs::rename(self.numbered(number), self.numbered(number + 1)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        fs::rename(&self.path, self.numbered(1))
    }

    fn numbered(&self, number: u32) -> PathBuf {
        let mut name = self.path.clone().into_os_string();
        name.push(format!(".{number}"));
        name.into()
    }

    /// Whether nobody has put the open file aside.
    fn has_its_name(&self) -> bool {
        let (Ok(open), Ok(named)) = (self.file.metadata(), fs::metadata(&self.path)) else { return false };
        (open.dev(), open.ino()) == (named.dev(), named.ino())
    }
}

fn open(path: &Path) -> io::Result<File> {
    // Opening a pipe would wait for a reader.
    if fs::metadata(path).is_ok_and(|found| found.file_type().is_fifo()) {
        return Err(io::Error::other("it is a pipe"));
    }
    OpenOptions::new().append(true).create(true).mode(0o600).open(path)
}
