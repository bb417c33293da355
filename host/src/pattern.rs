//! Patterns of names, as operators write them.

use std::fmt;

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

/// A pattern of names: `*` is any characters, `?` one, `[ab]` one of these, `{get,list}` one of these words.
#[derive(Debug, Clone)]
pub struct Pattern {
    text: String,
    set: GlobSet,
}

/// Longest pattern, in bytes. Names have at most 64 characters; this leaves room for a list of a dozen.
const PATTERN_BYTES: usize = 1 << 10;

impl Pattern {
    /// Reads one.
    ///
    /// # Errors
    /// What is wrong with it, for the operator.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.is_empty() {
            return Err("a pattern is empty, and no name is; `*` matches every name".into());
        }
        if text.len() > PATTERN_BYTES {
            return Err(format!("a pattern has {} bytes, and {PATTERN_BYTES} are allowed", text.len()));
        }
        let glob = GlobBuilder::new(text).build().map_err(|error| error.kind().to_string());
        // As a set of one, because a single matcher has no error for patterns that are too large.
        let set =
            glob.and_then(|glob| GlobSetBuilder::new().add(glob).build().map_err(|error| error.kind().to_string()));
        let set = set.map_err(|problem| format!("this is no pattern of names: {problem}"))?;
        Ok(Self { text: text.to_owned(), set })
    }

    /// Whether a name is one of these.
    #[must_use]
    pub fn matches(&self, name: &str) -> bool {
        self.set.is_match(name)
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Pattern {}

impl fmt::Display for Pattern {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::Pattern;

    #[test]
    fn what_is_no_pattern_is_refused() {
        let giant = "{a,b}*".repeat(20_000);
        for text in ["", "[", "[z-a]", "{a", "a}", "\\", &giant] {
            assert!(Pattern::parse(text).is_err(), "{}", text.chars().take(20).collect::<String>());
        }
    }
}
