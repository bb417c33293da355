//! Suggestions while a person types: functions with [`#[completion]`](macro@crate::completion), or a type that
//! implements [`Completion`], for what is known only at run time. There is an example in [`prompts`](crate::prompts).

use std::collections::BTreeMap;
use std::fmt::Display;

use crate::{Call, Failure, error};

pub use crate::bindings::completion::exports::wharf::plugin::completion::{
    Guest as Completion, Reference, Suggestions,
};

/// The most suggestions that the contract allows in one answer.
pub const MAX_VALUES: usize = 100;

/// What was typed so far.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Typed {
    /// In the argument that is completed. Empty: nothing yet.
    pub text: String,
    /// The arguments that are settled, by name.
    pub others: BTreeMap<String, String>,
}

/// What `#[completion]` completes an argument of.
#[doc(hidden)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Of {
    Prompt(&'static str),
    Template(&'static str),
}

impl Of {
    fn is(self, reference: &Reference) -> bool {
        match (self, reference) {
            (Self::Prompt(own), Reference::Prompt(asked)) | (Self::Template(own), Reference::Template(asked)) => {
                own == asked
            }
            _ => false,
        }
    }
}

/// What `#[completion]` makes of a function: `language::definition()` for a function `language`.
#[derive(Debug, Clone, Copy)]
pub struct Definition {
    #[doc(hidden)]
    pub of: Of,
    /// The name of the argument or variable.
    pub argument: &'static str,
    #[doc(hidden)]
    pub run: fn(&Call, Typed) -> Result<Suggestions, Failure>,
}

impl Definition {
    /// Suggests as for the host.
    ///
    /// # Errors
    /// When the function fails.
    pub fn suggest(&self, call: &Call, typed: Typed) -> Result<Suggestions, Failure> {
        (self.run)(call, typed)
    }
}

/// What the function of a completion may return, alone or as the `Ok` of a `Result`: a `Vec` of texts, best first, or
/// [`Suggestions`]. Of texts, the first 100 are shown and the others are counted.
pub trait Suggest: Sized {
    /// # Errors
    /// When there are no suggestions to be had.
    fn into_suggestions(self) -> Result<Suggestions, Failure>;
}

impl<T: Into<String>> FromIterator<T> for Suggestions {
    fn from_iter<I: IntoIterator<Item = T>>(values: I) -> Self {
        let mut values: Vec<String> = values.into_iter().map(Into::into).collect();
        let total = u32::try_from(values.len()).ok();
        let more = values.len() > MAX_VALUES;
        values.truncate(MAX_VALUES);
        Self { values, total, more, meta: None }
    }
}

impl Suggest for Suggestions {
    fn into_suggestions(self) -> Result<Suggestions, Failure> {
        Ok(self)
    }
}

impl<T: Into<String>> Suggest for Vec<T> {
    fn into_suggestions(self) -> Result<Suggestions, Failure> {
        Ok(self.into_iter().collect())
    }
}

impl<T: Suggest, E: Display + 'static> Suggest for Result<T, E> {
    fn into_suggestions(self) -> Result<Suggestions, Failure> {
        self.map_err(error::into_failure)?.into_suggestions()
    }
}

/// What `plugin!` gives the list of a plugin's completions by.
#[doc(hidden)]
pub trait Defined {
    /// Each for one argument.
    const ALL: &'static [Definition];
}

impl<T: Defined> Completion for T {
    /// For an argument that nobody completes there are no suggestions, which is no failure.
    fn complete(
        of: Reference,
        argument: String,
        typed: String,
        others: Vec<(String, String)>,
    ) -> Result<Suggestions, Failure> {
        match T::ALL.iter().find(|one| one.argument == argument && one.of.is(&of)) {
            Some(definition) => {
                let typed = Typed { text: typed, others: others.into_iter().collect() };
                definition.suggest(&Call::current(None), typed)
            }
            None => Ok(std::iter::empty::<String>().collect()),
        }
    }
}

#[cfg(test)]
mod tests;
