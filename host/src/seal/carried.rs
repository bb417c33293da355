//! What is within a sealed text.

use serde::{Deserialize, Serialize};

use crate::caller::CallId;

/// A call between a question and its answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Carried {
    /// What the plugin needs to go on.
    pub state: Vec<u8>,
    /// The call, which keeps its id.
    #[serde(with = "as_text")]
    pub call: CallId,
    /// What the plugin would clean up with, where it named something.
    pub abandon: Option<Vec<u8>>,
    /// What was asked. Answers to anything else aren't taken.
    pub asks: Vec<OpenAsk>,
    /// The call became a task before it asked.
    pub is_task: bool,
    /// The host itself asks whether the tool may run; nothing of the plugin has run.
    pub is_approval: bool,
}

/// One question that waits for its answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenAsk {
    /// The plugin's name for it.
    pub key: String,
    /// What an answer must be.
    pub wanted: Wanted,
}

/// The kind of answer that a question takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Wanted {
    /// What satisfies this JSON Schema, as JSON text.
    Form(String),
    /// That a page was opened.
    Url,
    /// What the client's language model says.
    Sample,
    /// The folders that the client works in.
    Roots,
}

mod as_text {
    use serde::de::Error as _;
    use serde::{Deserialize as _, Deserializer, Serializer};

    use crate::caller::CallId;

    pub(super) fn serialize<S: Serializer>(call: &CallId, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(call)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<CallId, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}
