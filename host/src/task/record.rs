//! What is known of a task. JSON is kept as text: nothing here looks into it.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use super::error::StoreError;
use crate::caller::Caller;
use crate::random::random_bytes;

/// Beyond the 16 that make guessing hopeless, and a multiple of three, so that each id has one form as text.
pub(super) const ID_BYTES: usize = 24;

/// Names a task to its client, as 32 characters of `A-Z a-z 0-9 - _`. Nobody can guess one.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct TaskId(pub(super) [u8; ID_BYTES]);

/// Whose a task is: the proven identity. Tasks of callers that proved none are one owner's.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Owner {
    /// Who vouches for the subject.
    pub issuer: Option<String>,
    /// The identity.
    pub subject: Option<String>,
}

/// A call that becomes a task.
#[derive(Debug, Clone)]
pub struct New {
    /// Whose it is.
    pub owner: Owner,
    /// What was called.
    pub call: Call,
    /// How it stands at first.
    pub current: Current,
    /// How long it is kept from now on; no longer than [`LONGEST_TTL`](super::LONGEST_TTL).
    pub ttl: Duration,
}

/// A call that became a task. Times are in milliseconds since 1970.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Task {
    /// Its name.
    pub id: TaskId,
    /// Whose it is.
    pub owner: Owner,
    /// What was called.
    pub call: Call,
    /// When it began.
    pub created: u64,
    /// When it last changed.
    pub updated: u64,
    /// Milliseconds from `created` to its removal, whether it ended or not.
    pub ttl: u64,
    /// What changes while it runs.
    pub current: Current,
}

/// What was called, and what it takes to call it again. It stays the same; when the task ends, its arguments and meta are
/// forgotten.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Call {
    /// The call's id, as text.
    pub id: String,
    /// The endpoint by which it came.
    pub endpoint: String,
    /// The plugin's id.
    pub plugin: String,
    /// The plugin's name for the tool.
    pub tool: String,
    /// The client's name for it.
    pub client_tool: String,
    /// A JSON object.
    pub arguments: String,
    /// The request's `_meta`, a JSON object.
    pub meta: String,
    /// What its client can be asked, as bits that the room above gives and reads.
    pub abilities: u32,
    /// The version that the plugin gives its states.
    pub state_version: Option<String>,
}

/// How a task stands.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Current {
    /// How far it is. After an end, nothing here changes any more.
    pub status: Status,
    /// For people.
    pub message: Option<String>,
    /// How much is done.
    pub progress: Option<Progress>,
    /// When to call the guest again; none while an answer is needed.
    pub resume_at: Option<u64>,
    /// What the plugin needs to go on. Forgotten when the task ends, as are the next three.
    pub state: Vec<u8>,
    /// What the plugin would clean up with.
    pub abandon: Option<Vec<u8>>,
    /// What it asked and got no answer to: JSON, in a form that the room above gives and reads.
    pub questions: Option<String>,
    /// What was answered: as the questions.
    pub answers: Option<String>,
}

/// How far a task is: MCP's five.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Status {
    /// The plugin does it, or waits to be called again.
    #[default]
    Working,
    /// Only its client's answers take it further.
    InputRequired,
    /// It ended with this result, a JSON object.
    Completed(String),
    /// It ended with this JSON-RPC error, a JSON object.
    Failed(String),
    /// Its client, or the host, gave it up.
    Cancelled,
}

/// How much is done, in a unit of the plugin's choice.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Progress {
    /// So much.
    pub done: f64,
    /// Of so much.
    pub total: Option<f64>,
}

impl TaskId {
    pub(super) fn random() -> Result<Self, StoreError> {
        random_bytes().map(Self).map_err(|_| StoreError::NoRandom)
    }
}

impl fmt::Display for TaskId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&URL_SAFE_NO_PAD.encode(self.0))
    }
}

impl fmt::Debug for TaskId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

/// A text that is no id names no task, and says so in the same words.
impl FromStr for TaskId {
    type Err = StoreError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut bytes = [0; ID_BYTES];
        match URL_SAFE_NO_PAD.decode_slice(text, &mut bytes) {
            Ok(ID_BYTES) => Ok(Self(bytes)),
            Ok(_) | Err(_) => Err(StoreError::NotFound),
        }
    }
}

impl From<&Caller> for Owner {
    fn from(caller: &Caller) -> Self {
        Self { issuer: caller.issuer.clone(), subject: caller.subject.clone() }
    }
}

impl Status {
    /// It is completed, failed or cancelled.
    #[must_use]
    pub const fn is_end(&self) -> bool {
        matches!(self, Self::Completed(_) | Self::Failed(_) | Self::Cancelled)
    }
}

impl Task {
    /// When it is removed.
    #[must_use]
    pub const fn expires(&self) -> u64 {
        self.created.saturating_add(self.ttl)
    }

    /// Once it ended, keeps only what its client may ask for.
    pub(super) fn forget(&mut self) {
        self.call.arguments.clear();
        self.call.meta.clear();
        let (status, message, progress) =
            (self.current.status.clone(), self.current.message.take(), self.current.progress);
        self.current = Current { status, message, progress, ..Current::default() };
    }
}
