//! Reads a tool's arguments, and says where they are wrong.

mod path;

use serde::{Deserialize, de::DeserializeOwned};

/// What a tool without parameters takes: an object with nothing in it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoArguments {}

/// Reads the arguments.
///
/// # Errors
/// When they aren't of this type. The text says in which field and why, for the model to correct.
pub fn parse<T: DeserializeOwned>(json: &str) -> Result<T, String> {
    serde_json::from_str(json).map_err(|error| explain(json, &error))
}

fn explain(json: &str, error: &serde_json::Error) -> String {
    // The place in a text that the caller never saw is of no help: its path is.
    let place = format!(" at line {} column {}", error.line(), error.column());
    let text = error.to_string();
    let reason = text.strip_suffix(&place).unwrap_or(&text);
    match path::at(json, error.line(), error.column()) {
        path if path.is_empty() => format!("invalid arguments: {reason}"),
        path => format!("invalid arguments: in `{path}`: {reason}"),
    }
}

#[cfg(test)]
mod tests;
