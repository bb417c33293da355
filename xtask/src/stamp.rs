//! Stamps: what was made, and from what, so that a second run is instant and a broken-off one is done again.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// Makes a file or a folder, unless it was made from the same inputs before. The stamp, a file beside it, is written
/// last: whatever breaks off before that is made again from the beginning.
pub(crate) fn unless_made(output: &Path, key: &str, make: impl FnOnce() -> Result<()>) -> Result<()> {
    let mut stamp = output.as_os_str().to_owned();
    stamp.push(".key");
    let stamp = Path::new(&stamp);
    if output.exists() && fs::read_to_string(stamp).is_ok_and(|made| made == key) {
        return Ok(());
    }
    // Gone before the work begins: what is half made must not pass for what it replaces.
    if stamp.exists() {
        fs::remove_file(stamp).with_context(|| format!("cannot remove {}", stamp.display()))?;
    }
    make()?;
    fs::write(stamp, key).with_context(|| format!("cannot write {}", stamp.display()))
}

/// The key of some inputs: files (folders count with everything inside), and words that aren't in any file.
pub(crate) fn key(files: &[PathBuf], words: &[&str]) -> Result<String> {
    let mut hash = Hash::new();
    for word in words {
        hash.add(word.as_bytes());
    }
    for file in files {
        add(&mut hash, file, "")?;
    }
    Ok(format!("{:016x}", hash.0))
}

/// Names below `file` are part of the key, the way to it isn't: a moved checkout has the same key.
fn add(hash: &mut Hash, file: &Path, name: &str) -> Result<()> {
    let context = || format!("cannot read {}", file.display());
    hash.add(name.as_bytes());
    if !file.is_dir() {
        hash.add(&fs::read(file).with_context(context)?);
        return Ok(());
    }
    let mut entries = fs::read_dir(file).with_context(context)?.collect::<Result<Vec<_>, _>>().with_context(context)?;
    entries.sort_by_key(fs::DirEntry::file_name);
    entries.iter().try_for_each(|entry| add(hash, &entry.path(), &entry.file_name().to_string_lossy()))
}

/// FNV-1a, 64 bits. The inputs are our own files, nobody looks for a collision; and the standard library's hash may
/// change from one compiler to the next.
struct Hash(u64);

impl Hash {
    fn new() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }

    /// With the length in front, so that two inputs can't pass for two others.
    fn add(&mut self, bytes: &[u8]) {
        for byte in bytes.len().to_le_bytes().iter().chain(bytes) {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    fn scratch(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("wharf-stamp-{}-{name}", std::process::id()));
        fs::create_dir_all(folder.join("deep")).unwrap();
        folder
    }

    #[test]
    fn a_key_follows_contents_names_and_words_but_not_the_place() {
        let (one, other) = (scratch("one"), scratch("other"));
        for folder in [&one, &other] {
            fs::write(folder.join("a"), "1").unwrap();
            fs::write(folder.join("deep/b"), "2").unwrap();
        }
        let of = |folder: &PathBuf, words: &[&str]| key(std::slice::from_ref(folder), words).unwrap();
        let before = of(&one, &["x"]);
        assert_eq!(before, of(&other, &["x"]));
        assert_ne!(before, of(&one, &["y"]));
        assert_ne!(of(&one, &["ab", "c"]), of(&one, &["a", "bc"]));
        fs::write(other.join("deep/b"), "3").unwrap();
        assert_ne!(before, of(&other, &["x"]));
        fs::rename(one.join("a"), one.join("c")).unwrap();
        assert_ne!(before, of(&one, &["x"]));
        fs::remove_dir_all(one).unwrap();
        fs::remove_dir_all(other).unwrap();
    }

    #[test]
    fn made_once_per_key_and_again_after_breaking_off_or_removal() {
        let folder = scratch("made");
        let output = folder.join("output");
        let made = Cell::new(0);
        let make = |key: &str, good: bool| {
            unless_made(&output, key, || {
                made.set(made.get() + 1);
                fs::write(&output, key).unwrap();
                if good { Ok(()) } else { anyhow::bail!("broke off") }
            })
        };
        let steps = [("1", true, 1), ("1", true, 1), ("2", false, 2), ("2", true, 3), ("2", true, 3), ("1", false, 4)];
        for (key, good, expected) in steps.into_iter().chain([("2", true, 5)]) {
            assert_eq!(make(key, good).is_ok(), good);
            assert_eq!(made.get(), expected, "{key}");
        }
        fs::remove_file(&output).unwrap();
        make("2", true).unwrap();
        assert_eq!(made.get(), 6, "a stamp without what it stands for");
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_missing_input_is_named() {
        let error = key(&[PathBuf::from("no/such/file")], &[]).unwrap_err().to_string();
        assert!(error.contains("no/such/file"), "{error}");
    }
}
