//! A file of this machine.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use super::SourceError;

/// Reads a regular file, never more than `limit` bytes: the size is looked at first, and again while reading, since a
/// file may grow.
pub(super) fn read(path: &Path, limit: u64) -> Result<Vec<u8>, SourceError> {
    let failed = |problem: String| SourceError::Read { path: path.to_owned(), problem };
    // Before opening: opening a named pipe would wait for a writer.
    let kind = std::fs::metadata(path).map_err(|error| failed(error.to_string()))?;
    if !kind.is_file() {
        return Err(failed("it is not a regular file".into()));
    }
    if kind.len() > limit {
        return Err(SourceError::TooLarge { path: path.to_owned(), size: kind.len(), limit });
    }
    let file = File::open(path).map_err(|error| failed(error.to_string()))?;
    let mut bytes = Vec::new();
    file.take(limit.saturating_add(1)).read_to_end(&mut bytes).map_err(|error| failed(error.to_string()))?;
    let size = bytes.len() as u64;
    if size > limit { Err(SourceError::TooLarge { path: path.to_owned(), size, limit }) } else { Ok(bytes) }
}
