//! What is wrong with a value that the parser takes: where it is, and the right word.

use toml::Spanned;

use super::super::suggest;

/// A value that is no good.
pub(super) struct Fault {
    /// Where it begins, in bytes.
    pub(super) at: usize,
    pub(super) problem: String,
    /// The word that was probably meant.
    pub(super) suggestion: Option<String>,
}

impl Fault {
    pub(super) fn of<T>(value: &Spanned<T>, problem: impl Into<String>) -> Self {
        Self { at: value.span().start, problem: problem.into(), suggestion: None }
    }

    /// For a word that should be one of those known.
    pub(super) fn unknown(word: &Spanned<String>, problem: impl Into<String>, known: &[&str]) -> Self {
        let suggestion = suggest::closest(word.get_ref(), known).map(str::to_owned);
        Self { suggestion, ..Self::of(word, problem) }
    }
}

/// Reads or checks a value that has a place in the file.
pub(super) fn checked<T, R>(value: &Spanned<T>, check: impl FnOnce(&T) -> Result<R, String>) -> Result<R, Fault> {
    check(value.get_ref()).map_err(|problem| Fault::of(value, problem))
}
