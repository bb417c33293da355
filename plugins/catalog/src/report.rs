//! What could not be read or mapped on the way in, for the operator and for the model. Nothing is dropped in silence,
//! and yet a registry with a thousand faults must not drown the answer: equal faults are counted, not repeated.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;
use wharf_sdk::prelude::{Call, Level as LogLevel};

/// How many notices an answer carries. Enough to see what is wrong; the rest is counted.
pub(crate) const MAX_SHOWN: usize = 20;
/// How many entries a notice names. The reader needs examples, not a list.
const MAX_NAMED: usize = 5;
/// How many different notices are kept. A file made of nothing but different faults must not fill the memory.
const MAX_KEPT: usize = 1000;

/// How many bytes of something from a file a notice repeats. It shall be recognised, not read.
pub(crate) const MAX_QUOTED: usize = 100;

/// The notices of one load.
#[derive(Debug, Default)]
pub(crate) struct Report {
    notices: BTreeMap<Key, Tally>,
    /// How many notices came after [`MAX_KEPT`].
    unkept: u64,
}

/// One fault, or one decision, and how often it came up.
#[derive(Clone, Debug, Eq, JsonSchema, PartialEq, Serialize)]
pub(crate) struct Notice {
    pub(crate) level: Level,
    /// Registry file, below the directory with the registries.
    pub(crate) file: String,
    /// What is wrong, or what was decided.
    pub(crate) reason: String,
    /// Names of the entries concerned, at most the first five. Empty: the file as a whole.
    pub(crate) entries: Vec<String>,
    /// How often it came up.
    pub(crate) count: u64,
}

/// `warning`: something is missing or wrong in the file. `info`: a decision that one may want to know of.
#[derive(Clone, Copy, Debug, Eq, JsonSchema, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub(crate) enum Level {
    Warning,
    Info,
}

/// In the order in which notices are shown.
type Key = (Level, String, String);

#[derive(Debug, Default)]
struct Tally {
    entries: Vec<String>,
    count: u64,
}

impl Report {
    /// Notes that something is wrong with `entry` of `file`, or with the file as a whole.
    pub(crate) fn warn(&mut self, file: &str, entry: Option<&str>, reason: impl Into<String>) {
        self.add(Level::Warning, file, entry, reason.into());
    }

    /// Notes a decision about `entry` of `file`, or about the file as a whole.
    pub(crate) fn info(&mut self, file: &str, entry: Option<&str>, reason: impl Into<String>) {
        self.add(Level::Info, file, entry, reason.into());
    }

    /// How many different notices there are, shown or not.
    pub(crate) fn count(&self) -> u64 {
        u64::try_from(self.notices.len()).unwrap_or(u64::MAX).saturating_add(self.unkept)
    }

    /// The first [`MAX_SHOWN`] notices, warnings before infos.
    pub(crate) fn shown(&self) -> Vec<Notice> {
        self.notices
            .iter()
            .take(MAX_SHOWN)
            .map(|((level, file, reason), tally)| Notice {
                level: *level,
                file: file.clone(),
                reason: reason.clone(),
                entries: tally.entries.clone(),
                count: tally.count,
            })
            .collect()
    }

    /// Sends the notices that are shown through the log of the call, too.
    pub(crate) fn log(&self, call: &Call) {
        for notice in self.shown() {
            let level = match notice.level {
                Level::Warning => LogLevel::Warning,
                Level::Info => LogLevel::Info,
            };
            call.log(level, Some("registries"), &notice);
        }
    }

    fn add(&mut self, level: Level, file: &str, entry: Option<&str>, reason: String) {
        let key = (level, file.to_owned(), reason);
        if self.notices.len() >= MAX_KEPT && !self.notices.contains_key(&key) {
            self.unkept = self.unkept.saturating_add(1);
            return;
        }
        let tally = self.notices.entry(key).or_default();
        tally.count = tally.count.saturating_add(1);
        if let Some(entry) = entry
            && tally.entries.len() < MAX_NAMED
        {
            tally.entries.push(cut(entry, MAX_QUOTED).to_owned());
        }
    }
}

/// The beginning of `text`, at most `bytes` long, without cutting a character in two.
pub(crate) fn cut(text: &str, bytes: usize) -> &str {
    text.get(..text.floor_char_boundary(bytes)).unwrap_or(text)
}
