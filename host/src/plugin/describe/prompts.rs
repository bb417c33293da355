//! Prompts, checked.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::{Kind, check_each, check_icons, check_meta, check_name, check_text, check_title};
use crate::plugin::bindings::prompts::{Argument as GuestArgument, Prompt as GuestPrompt};
use crate::plugin::bindings::types::Icon;
use crate::plugin::error::LoadError;
use crate::plugin::limits;

/// A ready message, checked.
#[derive(Debug, Clone, PartialEq)]
pub struct Prompt {
    /// The plugin's own name for it.
    pub name: String,
    /// For people.
    pub title: Option<String>,
    /// For people.
    pub description: Option<String>,
    /// What it can be filled with.
    pub arguments: Vec<Argument>,
    /// Pictures of it.
    pub icons: Vec<Icon>,
    /// Metadata for clients.
    pub meta: Option<Map<String, Value>>,
}

/// What a prompt can be filled with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Argument {
    /// Unique within the prompt.
    pub name: String,
    /// For people.
    pub title: Option<String>,
    /// For people.
    pub description: Option<String>,
    /// The prompt can't do without.
    pub required: bool,
}

pub(super) fn check_prompts(listed: Vec<GuestPrompt>) -> Result<Vec<Prompt>, LoadError> {
    let kind = Kind { one: "prompt", many: "prompts", key: "name" };
    check_each(&kind, limits::PROMPTS, listed, |prompt| &prompt.name, check_prompt)
}

fn check_prompt(prompt: GuestPrompt) -> Result<Prompt, String> {
    check_name(&prompt.name)?;
    check_title(prompt.title.as_deref())?;
    if let Some(description) = &prompt.description {
        check_text("description", description, limits::DESCRIPTION_BYTES)?;
    }
    check_icons(&prompt.icons)?;
    if prompt.arguments.len() > limits::PROMPT_ARGUMENTS {
        let (count, most) = (prompt.arguments.len(), limits::PROMPT_ARGUMENTS);
        return Err(format!("it has {count} arguments, and {most} are allowed"));
    }
    let mut names = BTreeSet::new();
    for argument in &prompt.arguments {
        check_argument(argument).map_err(|problem| format!("argument {:?}: {problem}", argument.name))?;
        if !names.insert(&argument.name) {
            return Err(format!("it has two arguments {:?}", argument.name));
        }
    }
    Ok(Prompt {
        meta: check_meta(prompt.meta.as_deref())?,
        name: prompt.name,
        title: prompt.title,
        description: prompt.description,
        arguments: prompt.arguments.into_iter().map(argument).collect(),
        icons: prompt.icons,
    })
}

fn check_argument(argument: &GuestArgument) -> Result<(), String> {
    if argument.name.is_empty() {
        return Err("its name is empty".into());
    }
    check_text("name", &argument.name, limits::TITLE_BYTES)?;
    check_title(argument.title.as_deref())?;
    argument.description.as_ref().map_or(Ok(()), |text| check_text("description", text, limits::DESCRIPTION_BYTES))
}

fn argument(from: GuestArgument) -> Argument {
    Argument { name: from.name, title: from.title, description: from.description, required: from.required }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn argument(name: &str) -> GuestArgument {
        GuestArgument { name: name.into(), title: None, description: None, required: true }
    }

    fn prompt(name: &str, arguments: &[&str]) -> GuestPrompt {
        let arguments = arguments.iter().map(|name| argument(name)).collect();
        GuestPrompt { name: name.into(), title: None, description: None, arguments, icons: Vec::new(), meta: None }
    }

    #[test]
    fn a_listed_prompt_is_fit_to_be_shown() {
        let cases = [
            (vec![prompt("review", &["code", "style"])], ""),
            (vec![prompt("a b", &[])], "1 to 64 characters"),
            (vec![prompt("a", &["x", "x"])], "two arguments"),
            (vec![prompt("a", &[""])], "name is empty"),
            (vec![prompt("a", &["\u{202E}"])], "U+202E"),
            (vec![prompt("a", &["x"; 1000])], "1000 arguments"),
            (vec![prompt("a", &[]), prompt("a", &[])], "two prompts"),
            (vec![GuestPrompt { meta: Some("[]".into()), ..prompt("a", &[]) }], "metadata"),
        ];
        for (listed, expected) in cases {
            let problem = check_prompts(listed).map_or_else(|error| error.to_string(), |_| String::new());
            assert_eq!(problem.is_empty(), expected.is_empty(), "{problem}");
            assert!(problem.contains(expected), "{problem} should contain {expected}");
        }
    }
}
