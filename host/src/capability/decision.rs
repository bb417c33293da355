//! What the check of a capability answers: allowed, or refused, by whom, why, and what would allow it.

use std::fmt;

use serde::Serialize;

use crate::text::one_line;

/// Methods of HTTP that only read: what a plugin may send that is held to reading.
pub const READING: [&str; 2] = ["GET", "HEAD"];

/// Whether a method only reads.
#[must_use]
pub fn is_reading(method: &str) -> bool {
    READING.contains(&method)
}

/// The answer to one use of a capability.
pub type Decision<R> = Result<R, Refused>;

/// A use of a capability that isn't allowed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("{by}: {why}")]
pub struct Refused {
    /// Who refuses.
    pub by: By,
    /// What was asked for, and why it isn't allowed, on one line and without secrets.
    pub why: String,
    /// What to do next: the line to write, wherever a line would allow it.
    pub hint: String,
}

impl Refused {
    /// A refusal. Texts of guests may be in it: whatever would break the line is escaped.
    #[must_use]
    pub fn new(by: By, why: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { by, why: one_line(&why.into()), hint: one_line(&hint.into()) }
    }

    /// What to do next.
    #[must_use]
    pub fn hint(&self) -> &str {
        &self.hint
    }
}

/// Who refuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum By {
    /// The plugin itself: its request section doesn't ask for it.
    Plugin,
    /// The operator, who didn't grant it.
    Operator,
    /// The operator, who made the plugin or the host read-only.
    ReadOnly,
    /// A bound on how much, how many or how long.
    Bound,
    /// The check of addresses: the name is granted, and leads where it may not.
    Address,
    /// The host: what was asked for means different things to different readers, so that no grant can allow it.
    Malformed,
}

impl By {
    /// In one word, for records.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Plugin => "plugin",
            Self::Operator => "operator",
            Self::ReadOnly => "read-only",
            Self::Bound => "bound",
            Self::Address => "address",
            Self::Malformed => "malformed",
        }
    }
}

impl fmt::Display for By {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Plugin => "not asked for by the plugin",
            Self::Operator => "not granted by the operator",
            Self::ReadOnly => "refused because it is read-only",
            Self::Bound => "refused by a bound",
            Self::Address => "refused because of the address",
            Self::Malformed => "refused as malformed",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_one_line_that_begins_with_who() {
        let cases = [
            (By::Plugin, "a", "not asked for by the plugin: a"),
            (By::Operator, "a\r\nb", "not granted by the operator: a\\u{d} b"),
            (By::ReadOnly, "\u{1b}[2J", "refused because it is read-only: \\u{1b}[2J"),
            (By::Bound, "é\u{85}", "refused by a bound: é\\u{85}"),
            (By::Address, "a", "refused because of the address: a"),
            (By::Malformed, "a", "refused as malformed: a"),
        ];
        for (by, why, expected) in cases {
            let refused = Refused::new(by, why, "do\nthis");
            assert_eq!(refused.to_string(), expected);
            assert_eq!(refused.hint(), "do this");
        }
    }
}
