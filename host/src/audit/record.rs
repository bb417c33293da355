//! What is recorded, small and as it is at hand: lines are made of it by the thread that writes them.

use std::mem::size_of;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use crate::caller::{CallId, Caller};

/// One step of a call: a plugin was entered once for it, or refused it before.
#[derive(Debug, Clone)]
pub struct Call {
    /// Names the call through all of its steps.
    pub id: CallId,
    /// Who calls.
    pub caller: Arc<Caller>,
    /// The endpoint by which it came; empty for none.
    pub endpoint: Arc<str>,
    /// The protocol's, as in `tools/call`; or `cleanup`.
    pub method: &'static str,
    /// Whether an earlier step of it has asked, or paused.
    pub resumed: bool,
    /// The plugin's id.
    pub plugin: Arc<str>,
    /// Of the plugin's file.
    pub digest: Arc<str>,
    /// The tool, prompt, resource or template, as the plugin names it.
    pub name: String,
    /// What it was called with.
    pub arguments: Arguments,
    /// `done`, `failed`, `asked`, `paused`, `cancelled`, or the kind of the error.
    pub outcome: &'static str,
    /// By the clock, with waiting for a place.
    pub time: Duration,
    /// Of the guest.
    pub cpu: Duration,
    /// The most linear memory that the instance had.
    pub memory_bytes: usize,
    /// Of arguments, and of the state that it goes on with.
    pub bytes_in: usize,
    /// Of the result, or of the state that it waits with.
    pub bytes_out: usize,
}

/// What a call was made with.
#[derive(Debug, Clone, Default)]
pub enum Arguments {
    /// Nothing.
    #[default]
    None,
    /// A JSON object, as text.
    Json(Arc<String>),
    /// Names and texts.
    Texts(Vec<(String, String)>),
}

impl Arguments {
    /// How many bytes they have.
    #[must_use]
    pub fn bytes(&self) -> usize {
        match self {
            Self::None => 0,
            Self::Json(json) => json.len(),
            Self::Texts(texts) => texts.iter().map(|(name, text)| name.len() + text.len()).sum(),
        }
    }
}

/// One use of a capability.
#[derive(Debug, Clone)]
pub struct Use {
    /// The call that it belongs to.
    pub call: CallId,
    /// The plugin's id.
    pub plugin: Arc<str>,
    /// The capability's name.
    pub capability: &'static str,
    /// What was to be done, and with what.
    pub what: String,
    /// The rule that decided, if one did.
    pub rule: Option<String>,
    /// Who refused it, and why. None: it was allowed.
    pub refusal: Option<(&'static str, String)>,
}

/// Uses of one call beyond those that are recorded one by one.
#[derive(Debug, Clone)]
pub(super) struct Unlisted {
    pub(super) call: CallId,
    pub(super) plugin: Arc<str>,
    pub(super) allowed: u64,
    pub(super) refused: u64,
}

/// Any of them. Boxed, so that the queue takes little when it is empty.
#[derive(Debug)]
pub(super) enum Record {
    Call(Box<Call>),
    Use(Box<Use>),
    Unlisted(Box<Unlisted>),
}

/// A record, and when it was made.
#[derive(Debug)]
pub(super) struct Stamped {
    pub(super) at: SystemTime,
    pub(super) record: Record,
}

impl Record {
    /// What it takes in memory, roughly.
    pub(super) fn bytes(&self) -> usize {
        match self {
            Self::Call(call) => size_of::<Call>() + call.name.len() + call.arguments.bytes(),
            Self::Use(used) => {
                let why = used.refusal.as_ref().map_or(0, |(_, why)| why.len());
                size_of::<Use>() + used.what.len() + used.rule.as_ref().map_or(0, String::len) + why
            }
            Self::Unlisted(_) => size_of::<Unlisted>(),
        }
    }
}
