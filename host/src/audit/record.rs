//! What is recorded.

use std::sync::Arc;
use std::time::Duration;

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
#[derive(Debug, Clone, Copy)]
pub struct Use<'a> {
    /// The call that it belongs to.
    pub call: CallId,
    /// The plugin's id.
    pub plugin: &'a str,
    /// The capability's name.
    pub capability: &'static str,
    /// What was to be done, and with what.
    pub what: &'a str,
    /// The rule that decided, if one did.
    pub rule: Option<&'a str>,
    /// Who refused it, and why. None: it was allowed.
    pub refusal: Option<(&'static str, &'a str)>,
}

/// Uses of one call beyond those that are recorded one by one.
#[derive(Debug, Clone, Copy)]
pub(super) struct Unlisted<'a> {
    pub(super) call: CallId,
    pub(super) plugin: &'a str,
    pub(super) allowed: u64,
    pub(super) refused: u64,
}

/// Any of them.
#[derive(Debug, Clone, Copy)]
pub(super) enum Record<'a> {
    Call(&'a Call),
    Use(Use<'a>),
    Unlisted(Unlisted<'a>),
}
