//! Prompts as `#[prompt]` describes them, and the interface `prompts` of the contract made of them.

use schemars::JsonSchema;
use serde_json::{Map, Value};

use super::{Argument, Filled, Outcome, Prompt, Prompts};
use crate::completion::Of;
use crate::variables::Variables;
use crate::{Call, Failure, Icon, Resumption, Step, schema};

/// What `#[prompt]` makes of a function: `review::definition()` for a function `review`.
#[derive(Debug, Clone, Copy)]
pub struct Definition {
    /// 1 to 64 characters of `A-Z a-z 0-9 _ -`.
    pub name: &'static str,
    /// For people.
    pub title: Option<&'static str>,
    /// The doc comment.
    pub description: Option<&'static str>,
    /// What can be filled in.
    pub arguments: fn() -> Result<Vec<Argument>, String>,
    /// Pictures of it.
    pub icons: fn() -> Vec<Icon>,
    /// Its `_meta`.
    pub meta: fn() -> Option<Map<String, Value>>,
    /// Fills it.
    #[doc(hidden)]
    pub run: fn(&Call, Variables) -> Result<Step<Filled>, Failure>,
}

impl Definition {
    /// What `#[completion(of = …)]` completes.
    #[doc(hidden)]
    pub const fn reference(&self) -> Of {
        Of::Prompt(self.name)
    }

    /// The prompt as the host lists it.
    ///
    /// # Errors
    /// When it can't be listed, as where its arguments aren't an object.
    pub fn describe(&self) -> Result<Prompt, Failure> {
        Ok(Prompt {
            name: self.name.into(),
            title: self.title.map(String::from),
            description: self.description.map(String::from),
            arguments: (self.arguments)().map_err(|why| self.fault(&why))?,
            icons: (self.icons)(),
            meta: (self.meta)().map(|meta| Value::Object(meta).to_string()),
        })
    }

    /// Fills it as the host does.
    ///
    /// # Errors
    /// When the arguments can't be understood, or there are no messages.
    pub fn get(&self, call: &Call, arguments: Vec<(String, String)>) -> Result<Outcome, Failure> {
        match (self.run)(call, arguments.into())? {
            Step::Done(filled) => Ok(Outcome::Done(filled)),
            Step::Ask(asking) => Ok(Outcome::Ask(asking)),
            Step::Pause(_) => Err(self.fault("it pauses, but only tools can")),
        }
    }

    fn fault(&self, why: &str) -> Failure {
        Failure::Internal(format!("prompt `{}`: {why}", self.name))
    }
}

/// The fields of a struct, as the arguments of a prompt.
///
/// # Errors
/// When the type isn't an object.
pub fn arguments_of<T: JsonSchema>() -> Result<Vec<Argument>, String> {
    let schema = schema::of_arguments::<T>()?;
    let required = |name: &str| {
        schema.get("required").and_then(Value::as_array).is_some_and(|all| all.iter().any(|one| one == name))
    };
    let text = |field: &Value, key| field.get(key).and_then(Value::as_str).map(String::from);
    let fields = schema.get("properties").and_then(Value::as_object);
    let arguments = fields.into_iter().flatten().map(|(name, field)| Argument {
        name: name.clone(),
        title: text(field, "title"),
        description: text(field, "description"),
        required: required(name),
    });
    // Without an order of its own, what must be filled in comes first.
    let (mut first, others): (Vec<_>, Vec<_>) = arguments.partition(|argument| argument.required);
    first.extend(others);
    Ok(first)
}

/// What `plugin!` gives the list of a plugin's prompts by.
#[doc(hidden)]
pub trait Defined {
    /// In the order in which they are listed.
    const ALL: &'static [Definition];
}

impl<T: Defined> Prompts for T {
    fn list_prompts() -> Result<Vec<Prompt>, Failure> {
        T::ALL.iter().map(Definition::describe).collect()
    }

    fn get(name: String, arguments: Vec<(String, String)>, resumed: Option<Resumption>) -> Result<Outcome, Failure> {
        match T::ALL.iter().find(|one| one.name == name) {
            Some(definition) => definition.get(&Call::current(resumed), arguments),
            None => Err(Failure::UnknownName(name)),
        }
    }
}
