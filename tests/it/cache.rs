//! Compiled components that are kept from one start to the next.

use std::fs;
use std::path::{Path, PathBuf};

use wharf_tests::{Part, TestHost, find};

/// Every compiled component below a folder.
fn compiled(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let path = entry.path();
        if entry.file_type().unwrap().is_dir() {
            found.extend(compiled(&path));
        } else if path.extension().is_some_and(|extension| extension == "cwasm") {
            found.push(path);
        }
    }
    found
}

#[test]
fn an_entry_that_is_not_what_was_written_is_compiled_anew() {
    let Some(echo) = find(Part::Guest("echo")) else { return };
    let host = TestHost::new().plugin("echo", echo).env("WHARF_LOG", "warn");
    let check = || {
        let checked = host.run(["check"]);
        assert_eq!(checked.code, Some(0), "{checked:?}");
        checked.stderr
    };
    assert_eq!(check(), "");
    let entries = compiled(&host.path(""));
    assert_eq!(entries.len(), 1, "one component, one entry: {entries:?}");
    assert_eq!(check(), "", "the entry is used as it is");
    let whole = fs::read(&entries[0]).unwrap();
    let flipped = |place: usize| {
        let mut bytes = whole.clone();
        bytes[place] ^= 1;
        bytes
    };
    let spoilt = [Vec::new(), whole[..whole.len() / 2].to_vec(), flipped(whole.len() / 2), flipped(whole.len() - 1)];
    for bytes in spoilt {
        fs::remove_file(&entries[0]).unwrap();
        fs::write(&entries[0], bytes).unwrap();
        assert!(check().contains("is not used, and compiled anew"), "a spoilt entry is noticed");
        assert_eq!(check(), "", "and replaced");
    }
}
