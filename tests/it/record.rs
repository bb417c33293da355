//! The audit's file, as a test reads it.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::Value;

/// How long records may take to the disk. Generous: a bound is there so that nothing hangs.
const PATIENCE: Duration = Duration::from_secs(60);

const LOOK: Duration = Duration::from_millis(10);

/// The lines that are whole.
pub(crate) fn lines(file: &Path) -> Vec<Value> {
    let text = fs::read_to_string(file).unwrap_or_default();
    let whole = text.rsplit_once('\n').map_or("", |(whole, _)| whole);
    whole.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))).collect()
}

/// What is looked for among the lines, once it is there.
pub(crate) fn once<T>(file: &Path, mut found: impl FnMut(&[Value]) -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let lines = lines(file);
        if let Some(found) = found(&lines) {
            return found;
        }
        assert!(Instant::now() < deadline, "it never comes: {lines:?}");
        std::thread::sleep(LOOK);
    }
}

/// So many lines, once they are there.
pub(crate) fn once_there_are(file: &Path, count: usize) -> Vec<Value> {
    once(file, |lines| (lines.len() >= count).then(|| lines.to_vec()))
}
