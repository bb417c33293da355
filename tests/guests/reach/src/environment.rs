//! What a program finds around itself.

use std::env;

use wharf_sdk::prelude::*;

#[derive(Serialize, JsonSchema)]
pub(crate) struct Environment {
    /// As `NAME=value`.
    variables: Vec<String>,
    arguments: Vec<String>,
    /// The working directory. None: there is none.
    folder: Option<String>,
}

/// Tells environment variables, arguments and working directory.
#[tool(read_only)]
pub(crate) fn environment() -> Environment {
    Environment {
        variables: env::vars_os().map(|(name, value)| format!("{}={}", name.display(), value.display())).collect(),
        arguments: env::args_os().map(|argument| argument.display().to_string()).collect(),
        folder: env::current_dir().ok().map(|folder| folder.display().to_string()),
    }
}
