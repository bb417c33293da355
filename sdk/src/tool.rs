//! Tools as `#[tool]` describes them, and the interface `tools` of the contract made of them.

use serde_json::{Map, Value};

pub use crate::bindings::tools::exports::wharf::plugin::tools::{Hints, Outcome, TaskSupport, Tool, ToolResult};
use crate::{Call, Failure, Icon, Resumption, Step};

/// What `#[tool]` makes of a function: `greet::definition()` for a function `greet`.
///
/// The schemas are functions, since a call, which gets an instance of its own, has no use for them.
#[derive(Debug, Clone, Copy)]
pub struct Definition {
    /// 1 to 64 characters of `A-Z a-z 0-9 _ -`.
    pub name: &'static str,
    /// For people.
    pub title: Option<&'static str>,
    /// For the model.
    pub description: &'static str,
    /// The schema of the arguments.
    pub input_schema: fn() -> Result<Value, String>,
    /// The schema of what is structured in the result.
    pub output_schema: fn() -> Option<Value>,
    /// What to expect of it.
    pub hints: Hints,
    /// Whether a call may, or must, run as a task.
    pub tasks: TaskSupport,
    /// A call usually takes longer than a few seconds.
    pub long_running: bool,
    /// Pictures of it.
    pub icons: fn() -> Vec<Icon>,
    /// Its `_meta`.
    pub meta: fn() -> Option<Map<String, Value>>,
    /// Runs it with arguments in JSON.
    pub run: fn(&Call, &str) -> Result<Step<ToolResult>, Failure>,
}

impl Definition {
    /// The tool as the host lists it.
    ///
    /// # Errors
    /// When it can't be listed, as where its arguments aren't an object.
    pub fn describe(&self) -> Result<Tool, Failure> {
        let input_schema = (self.input_schema)().map_err(|why| self.fault(&why))?;
        Ok(Tool {
            name: self.name.into(),
            title: self.title.map(String::from),
            description: self.description.into(),
            input_schema: input_schema.to_string(),
            output_schema: (self.output_schema)().map(|schema| schema.to_string()),
            hints: self.hints,
            icons: (self.icons)(),
            tasks: self.tasks,
            long_running: self.long_running,
            meta: (self.meta)().map(|meta| Value::Object(meta).to_string()),
        })
    }

    /// Calls it as the host does. Arguments that can't be understood are a result that is marked as an error.
    ///
    /// # Errors
    /// When there is no result, by a fault of the plugin.
    pub fn call(&self, call: &Call, arguments: &str) -> Result<Outcome, Failure> {
        match (self.run)(call, arguments)? {
            Step::Done(result) => Ok(Outcome::Done(result)),
            Step::Ask(asking) => Ok(Outcome::Ask(asking)),
            Step::Pause(_) if self.tasks == TaskSupport::Forbidden => {
                Err(self.fault("it pauses, so it must say `tasks = \"optional\"` or `\"required\"`"))
            }
            Step::Pause(pause) => Ok(Outcome::Pause(pause)),
        }
    }

    fn fault(&self, why: &str) -> Failure {
        Failure::Internal(format!("tool `{}`: {why}", self.name))
    }
}

/// The function `list-tools` of the contract.
///
/// # Errors
/// When one of the tools can't be listed.
#[doc(hidden)]
pub fn list_tools(all: &[Definition]) -> Result<Vec<Tool>, Failure> {
    all.iter().map(Definition::describe).collect()
}

/// The function `call-tool` of the contract.
///
/// # Errors
/// When there is no tool of that name, or it has no result.
#[doc(hidden)]
pub fn call_tool(
    all: &[Definition],
    name: String,
    arguments: &str,
    resumed: Option<Resumption>,
) -> Result<Outcome, Failure> {
    match all.iter().find(|definition| definition.name == name) {
        Some(definition) => definition.call(&Call::current(resumed), arguments),
        None => Err(Failure::UnknownName(name)),
    }
}

#[cfg(test)]
mod tests;
