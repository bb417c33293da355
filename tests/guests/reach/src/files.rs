//! Files, by the standard library.

use std::fs;
use std::io::{self, ErrorKind, Write as _};
use std::time::SystemTime;

use wharf_sdk::prelude::*;

use crate::Fault;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Files {
    op: Op,
    path: String,
    /// What `write` and `append` write.
    #[serde(default)]
    data: String,
    /// In place of data: this many bytes of `x`.
    data_bytes: Option<usize>,
    /// Where `rename` puts it, and what `symlink` and `hard_link` make at `path` point to.
    #[serde(default)]
    to: String,
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Op {
    Read,
    Write,
    Append,
    Truncate,
    List,
    Stat,
    Remove,
    RemoveDir,
    Rename,
    Mkdir,
    Symlink,
    HardLink,
    /// Says that a file was changed long ago, by a handle that is for reading.
    Touch,
}

/// What came of it.
#[derive(Serialize, JsonSchema, Default)]
pub(crate) struct FilesDone {
    /// Of `read`. What isn't UTF-8 became U+FFFD.
    text: Option<String>,
    /// Of `list`, sorted.
    names: Option<Vec<String>>,
    /// Of `stat`: `file`, `folder` or `symlink`.
    kind: Option<String>,
    /// Of `read` and `stat`.
    bytes: Option<u64>,
    /// The code is the kind of the error in the standard library, as `PermissionDenied`.
    error: Option<Fault>,
    /// It isn't permitted, or the file system is read-only.
    denied: bool,
}

/// Reads or changes files.
#[tool]
pub(crate) fn files(args: Files) -> FilesDone {
    args.perform()
}

impl Files {
    pub(crate) fn perform(self) -> FilesDone {
        self.attempt().unwrap_or_else(|error| FilesDone {
            denied: matches!(error.kind(), ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem),
            error: Some(Fault::new(format!("{:?}", error.kind()), error)),
            ..FilesDone::default()
        })
    }

    fn attempt(&self) -> io::Result<FilesDone> {
        let path = &self.path;
        let mut done = FilesDone::default();
        match self.op {
            Op::Read => {
                let bytes = fs::read(path)?;
                done.bytes = Some(bytes.len() as u64);
                done.text = Some(String::from_utf8_lossy(&bytes).into_owned());
            }
            Op::Write => fs::write(path, self.data())?,
            Op::Append => fs::OpenOptions::new().append(true).open(path)?.write_all(&self.data())?,
            Op::Truncate => fs::OpenOptions::new().write(true).open(path)?.set_len(0)?,
            Op::List => done.names = Some(names(path)?),
            Op::Stat => {
                let found = fs::symlink_metadata(path)?;
                let kind = if found.is_symlink() {
                    "symlink"
                } else if found.is_dir() {
                    "folder"
                } else {
                    "file"
                };
                (done.kind, done.bytes) = (Some(kind.into()), Some(found.len()));
            }
            Op::Remove => fs::remove_file(path)?,
            Op::RemoveDir => fs::remove_dir(path)?,
            Op::Rename => fs::rename(path, &self.to)?,
            Op::Mkdir => fs::create_dir(path)?,
            Op::Symlink => symlink(&self.to, path)?,
            Op::HardLink => fs::hard_link(&self.to, path)?,
            Op::Touch => fs::File::open(path)?.set_modified(SystemTime::UNIX_EPOCH)?,
        }
        Ok(done)
    }

    fn data(&self) -> Vec<u8> {
        self.data_bytes.map_or_else(|| self.data.clone().into_bytes(), |bytes| vec![b'x'; bytes])
    }
}

fn names(path: &str) -> io::Result<Vec<String>> {
    let entries = fs::read_dir(path)?;
    let names = entries.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()));
    let mut names = names.collect::<io::Result<Vec<_>>>()?;
    names.sort();
    Ok(names)
}

#[expect(deprecated, reason = "the functions that replace it aren't stable on WASI")]
fn symlink(to: &str, path: &str) -> io::Result<()> {
    fs::soft_link(to, path)
}
