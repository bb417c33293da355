//! What a tool may return, and how it shows in the result.

use std::fmt::Display;
use std::marker::PhantomData;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use crate::schema::{self, Shape, Wrapped};
use crate::tool::ToolResult;
use crate::{Content, ContentList, Failure, Step, error};

/// What a tool may return, alone or as the `Ok` of a `Result`. The error of such a `Result` has a text (`Display`), which
/// becomes a result that is marked as an error. A [`Failure`] does not: then the call has no result, and the client gets
/// an error of the protocol.
///
/// | type | result | output schema |
/// | --- | --- | --- |
/// | any string | one text | none |
/// | `()` | no content | none |
/// | `Serialize + JsonSchema` whose schema is an object | structured; the host adds it as text | that of the type |
/// | any other `Serialize + JsonSchema`, as `Vec<T>`, `Option<T>`, `u32` | structured as `{"result": …}` | likewise |
/// | [`Structured<T>`] | structured, and content of its own | as for `T` |
/// | [`Content`], [`ContentList`] | that content | none |
/// | [`Step<T>`] | as for `T` once it is done | as for `T` |
/// | [`ToolResult`] | as it is | none |
///
/// An enum whose variants are all objects is an object. A string with further rules, as an enum without data, counts as
/// "any other".
pub trait Output: Sized {
    /// The schema of the structured content. None: there isn't any.
    fn output_schema() -> Option<Value>;

    /// # Errors
    /// When the value has no form in JSON, which is a fault of the plugin.
    fn into_step(self) -> Result<Step<ToolResult>, Failure>;
}

/// A structured result with content of its own, in place of the JSON text that the host would add.
#[derive(Debug, Clone, PartialEq)]
pub struct Structured<T> {
    /// What programs read.
    pub value: T,
    /// What the model reads.
    pub content: Vec<Content>,
}

impl<T> Structured<T> {
    /// Without content yet.
    pub fn new(value: T) -> Self {
        Self { value, content: Vec::new() }
    }

    /// Adds a text for the model.
    #[must_use]
    pub fn say(self, text: impl Into<String>) -> Self {
        self.with(Content::text(text))
    }

    /// Adds content for the model.
    #[must_use]
    pub fn with(mut self, content: Content) -> Self {
        self.content.push(content);
        self
    }
}

impl<T: Serialize + JsonSchema> Output for T {
    fn output_schema() -> Option<Value> {
        match schema::shape_of::<T>() {
            Shape::Text | Shape::Nothing => None,
            Shape::Object | Shape::Other => Some(schema::of_structured::<T>()),
        }
    }

    fn into_step(self) -> Result<Step<ToolResult>, Failure> {
        let shape = schema::shape_of::<T>();
        if shape == Shape::Nothing {
            return Ok(Step::Done(content(Vec::new())));
        }
        if shape == Shape::Text {
            let value = serde_json::to_value(self).map_err(|error| unwritable(&error))?;
            let text = value.as_str().map_or_else(|| value.to_string(), String::from);
            return Ok(Step::Done(content(vec![Content::text(text)])));
        }
        structured(self, shape).map(Step::Done)
    }
}

impl<T: Serialize + JsonSchema> Output for Structured<T> {
    fn output_schema() -> Option<Value> {
        Some(schema::of_structured::<T>())
    }

    fn into_step(self) -> Result<Step<ToolResult>, Failure> {
        let result = structured(self.value, schema::shape_of::<T>())?;
        Ok(Step::Done(ToolResult { content: self.content, ..result }))
    }
}

impl Output for Content {
    fn output_schema() -> Option<Value> {
        None
    }

    fn into_step(self) -> Result<Step<ToolResult>, Failure> {
        Ok(Step::Done(content(vec![self])))
    }
}

impl Output for ContentList {
    fn output_schema() -> Option<Value> {
        None
    }

    fn into_step(self) -> Result<Step<ToolResult>, Failure> {
        Ok(Step::Done(content(self.0)))
    }
}

impl Output for ToolResult {
    fn output_schema() -> Option<Value> {
        None
    }

    fn into_step(self) -> Result<Step<ToolResult>, Failure> {
        Ok(Step::Done(self))
    }
}

impl<T: Output> Output for Step<T> {
    fn output_schema() -> Option<Value> {
        T::output_schema()
    }

    fn into_step(self) -> Result<Step<ToolResult>, Failure> {
        match self {
            Self::Done(value) => value.into_step(),
            Self::Ask(asking) => Ok(Step::Ask(asking)),
            Self::Pause(pause) => Ok(Step::Pause(pause)),
        }
    }
}

/// How a function ends, by the type that it returns: an associated function of the type itself comes before one of a
/// trait, so a `Result`, under whatever alias, is told from everything else, although it could be serialized as well.
pub struct Ended<T>(PhantomData<T>);

impl<T, E> Ended<Result<T, E>> {
    /// The output schema of what is returned.
    pub fn output_schema() -> Option<Value>
    where
        T: Output,
    {
        T::output_schema()
    }

    /// How the call ends with what was returned.
    ///
    /// # Errors
    /// As [`Output::into_step`].
    pub fn into_step(returned: Result<T, E>) -> Result<Step<ToolResult>, Failure>
    where
        T: Output,
        E: Display + 'static,
    {
        match returned {
            Ok(output) => output.into_step(),
            Err(error) => match error::as_failure(&error) {
                Some(failure) => Err(failure),
                None => failed(error),
            },
        }
    }
}

/// As [`Ended`], for functions that can't fail.
pub trait EndedWell<T> {
    /// The output schema of what is returned.
    fn output_schema() -> Option<Value>
    where
        T: Output,
    {
        T::output_schema()
    }

    /// How the call ends with what was returned.
    ///
    /// # Errors
    /// As [`Output::into_step`].
    fn into_step(returned: T) -> Result<Step<ToolResult>, Failure>
    where
        T: Output,
    {
        returned.into_step()
    }
}

impl<T> EndedWell<T> for Ended<T> {}

/// The result of a tool that ran and failed: the model reads why, and can do better.
///
/// # Errors
/// None; it has the form of [`Output::into_step`].
pub fn failed(error: impl Display) -> Result<Step<ToolResult>, Failure> {
    // The alternate form has the causes too, where the error type knows the difference.
    let text = format!("{error:#}");
    Ok(Step::Done(ToolResult { is_error: true, ..content(vec![Content::text(text)]) }))
}

fn structured<T: Serialize>(value: T, shape: Shape) -> Result<ToolResult, Failure> {
    let json = match shape {
        Shape::Object => serde_json::to_string(&value),
        _ => serde_json::to_string(&Wrapped { result: value }),
    };
    let json = json.map_err(|error| unwritable(&error))?;
    Ok(ToolResult { structured: Some(json), ..content(Vec::new()) })
}

fn content(content: Vec<Content>) -> ToolResult {
    ToolResult { content, structured: None, is_error: false, meta: None }
}

fn unwritable(error: &serde_json::Error) -> Failure {
    Failure::Internal(format!("the result can't be written as JSON: {error}"))
}

#[cfg(test)]
mod tests;
