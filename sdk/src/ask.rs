//! Asking and waiting: how a call ends before it is done, and what it finds when it is made again.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use crate::{Ask, Asking, Error, Form, Page, Pause, Progress, Question, Reply, Resumption, schema, state};

/// How a call ends. A tool that asks or waits returns this instead of its plain result.
///
/// After [`Step::Ask`] and [`Step::Pause`] the same call is made again, with the same arguments;
/// [`Call::resumed`](crate::Call::resumed) then has the state and the answers. Nothing in memory survives in between.
#[derive(Debug, Clone, PartialEq)]
pub enum Step<T> {
    /// The result.
    Done(T),
    /// "I need to know this first."
    Ask(Asking),
    /// "Not done yet, call me again." The tool says `tasks = "optional"` or `"required"`.
    Pause(Pause),
}

impl<T> From<Asking> for Step<T> {
    fn from(asking: Asking) -> Self {
        Self::Ask(asking)
    }
}

impl<T> From<Pause> for Step<T> {
    fn from(pause: Pause) -> Self {
        Self::Pause(pause)
    }
}

impl Asking {
    /// Without questions yet. `state` is handed back with the answers.
    ///
    /// # Errors
    /// As [`state::pack`].
    pub fn new(state: &impl Serialize) -> Result<Self, Error> {
        Ok(Self { asks: Vec::new(), state: state::pack(state)? })
    }

    /// Asks the person at the client to fill in a form with the fields of `T`, which are strings, numbers, booleans or
    /// enums without data. `key` names the question towards [`Resumption::form`].
    #[must_use]
    pub fn form<T: JsonSchema>(self, key: impl Into<String>, message: impl Into<String>) -> Self {
        self.ask(key, Question::Form(Form::of::<T>(message)))
    }

    /// Asks the person at the client to open a page, for what must not pass through the client.
    #[must_use]
    pub fn page(self, key: impl Into<String>, message: impl Into<String>, url: impl Into<String>) -> Self {
        self.ask(key, Question::Url(Page { message: message.into(), url: url.into() }))
    }

    /// Asks the client's language model. `params` are those of MCP's `sampling/createMessage`, an object.
    #[must_use]
    pub fn sample(self, key: impl Into<String>, params: &Value) -> Self {
        self.ask(key, Question::Sample(params.to_string()))
    }

    /// Asks which folders the client works in.
    #[must_use]
    pub fn roots(self, key: impl Into<String>) -> Self {
        self.ask(key, Question::Roots)
    }

    /// Any question, under a key that is unique within this `Asking`.
    #[must_use]
    pub fn ask(mut self, key: impl Into<String>, question: Question) -> Self {
        self.asks.push(Ask { key: key.into(), question });
        self
    }
}

impl Form {
    /// A form with the fields of `T`; their doc comments are shown beside them. An `Option` is a field that may stay
    /// empty.
    pub fn of<T: JsonSchema>(message: impl Into<String>) -> Self {
        Self { message: message.into(), schema: schema::of_form::<T>().to_string() }
    }
}

impl Pause {
    /// Waits at least this long, up to 49 days. `state` is handed back then.
    ///
    /// # Errors
    /// As [`state::pack`].
    pub fn new(wait: Duration, state: &impl Serialize) -> Result<Self, Error> {
        let resume_after_ms = u32::try_from(wait.as_millis()).unwrap_or(u32::MAX);
        Ok(Self { state: state::pack(state)?, resume_after_ms, progress: None })
    }

    /// Says how far it is, for whoever waits.
    #[must_use]
    pub fn progress(mut self, progress: Progress) -> Self {
        self.progress = Some(progress);
        self
    }
}

impl Progress {
    /// `done` grows from one report to the next, in a unit of the plugin's choice.
    pub fn new(done: f64) -> Self {
        Self { done, total: None, message: None }
    }

    /// What `done` counts towards.
    #[must_use]
    pub fn of(mut self, total: f64) -> Self {
        self.total = Some(total);
        self
    }

    /// What is going on, for a person.
    #[must_use]
    pub fn message(mut self, message: impl Into<String>) -> Self {
        self.message = Some(message.into());
        self
    }
}

impl Resumption {
    /// The state that the call ended with before.
    ///
    /// # Errors
    /// As [`state::unpack`].
    pub fn state<T: DeserializeOwned>(&self) -> Result<T, Error> {
        state::unpack(&self.state)
    }

    /// The reply to the question of that key. None: it wasn't asked, or the answer isn't there yet and is asked again.
    pub fn reply(&self, key: &str) -> Option<&Reply> {
        self.answers.iter().find(|answer| answer.key == key).map(|answer| &answer.reply)
    }

    /// What was filled in to the form of that key. None: there is no answer, or the person declined or closed it
    /// ([`reply`](Self::reply) tells which).
    ///
    /// # Errors
    /// When what was filled in isn't of this type.
    pub fn form<T: DeserializeOwned>(&self, key: &str) -> Result<Option<T>, Error> {
        let Some(Reply::Accepted(Some(json))) = self.reply(key) else {
            return Ok(None);
        };
        serde_json::from_str(json).map(Some).map_err(|source| Error::Read { what: key.into(), source })
    }
}

#[cfg(test)]
mod tests;
