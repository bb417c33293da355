//! Why a plugin isn't served, and why a call has no result.

use std::time::Duration;

use super::bindings::context::Abilities;
use crate::policy::Refusal;
use crate::source::SourceError;

/// Why a plugin isn't served. The others are.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// There are no bytes to load.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The bytes are no WebAssembly.
    #[error("this is not a WebAssembly component: {0}")]
    Corrupt(String),
    /// A core module, not a component.
    #[error("this is a core WebAssembly module, not a component")]
    CoreModule,
    /// Nothing of the contract is exported.
    #[error("the component exports no interface of {contract}", contract = super::inspect::CONTRACT)]
    NoContract,
    /// Made for a contract that this host doesn't speak.
    #[error("the component exports {export}, and this host speaks {contract}", contract = super::inspect::CONTRACT_SPOKEN)]
    ContractVersion {
        /// The first such export.
        export: String,
    },
    /// The contract has no such interface, in the version that this host speaks.
    #[error("the component exports {export}, which the contract does not have")]
    UnknownExport {
        /// Its name.
        export: String,
    },
    /// The policy refuses it.
    #[error(transparent)]
    Refusal(#[from] Refusal),
    /// The request section isn't what its schema says.
    #[error("the section `{section}` is not valid: {problem}", section = crate::policy::SECTION)]
    Claim {
        /// What is wrong, and where.
        problem: String,
    },
    /// Wasmtime refuses to compile it.
    #[error("the component does not compile: {0}")]
    Compile(String),
    /// Its imports or exports have another shape than the interfaces of their names.
    #[error("the component does not fit the contract: {0}")]
    Link(String),
    /// Listing what it offers failed.
    #[error("listing what it offers failed: {0}")]
    Describe(#[source] CallError),
    /// Something that it lists is not acceptable.
    #[error("{item} is refused: {problem}")]
    Refused {
        /// What, by name.
        item: String,
        /// Why.
        problem: String,
    },
}

impl LoadError {
    /// What the operator can do about it, as a sentence or as the line to write.
    #[must_use]
    pub fn hint(&self) -> &str {
        match self {
            Self::Corrupt(_) => "build the plugin again, and check that the file was copied whole",
            Self::CoreModule => {
                "build for the target wasm32-wasip2, or make a component of it with wasm-tools component new"
            }
            Self::UnknownExport { .. } => "the contract has tools, resources, prompts, completion and cleanup",
            Self::NoContract | Self::ContractVersion { .. } => "build the plugin against this host's wit/plugin",
            Self::Source(error) => error.hint(),
            Self::Refusal(refusal) => refusal.hint(),
            Self::Claim { .. } => "write it anew with `wharf plugin embed`",
            Self::Compile(_) | Self::Link(_) => {
                "build the plugin again, with current tools, against this host's wit/plugin"
            }
            Self::Describe(_) | Self::Refused { .. } => "this is for the plugin's author to correct",
        }
    }
}

/// Why a call has no result. Each kind has a name of its own that clients can tell from the others.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// The arguments don't satisfy the tool's input schema; the guest never ran.
    #[error("{0}")]
    BadArguments(String),
    /// The result isn't what the contract, or the tool's output schema, promises.
    #[error("the plugin's result is not acceptable: {0}")]
    BadResult(String),
    /// The bound on wall-clock time was reached.
    #[error("the call was stopped after {0:?}")]
    TimedOut(Duration),
    /// The bound on CPU time was reached.
    #[error("the call was stopped: it used more than {0:?} of CPU time")]
    OutOfCpuTime(Duration),
    /// Too many calls run and wait already; the guest never ran.
    #[error("the plugin is overloaded: {running} of its calls run and {waiting} wait; try again later")]
    Overloaded {
        /// Calls of this plugin that run.
        running: usize,
        /// Calls of this plugin that wait.
        waiting: usize,
    },
    /// Every place for an instance is taken, by whatever plugins.
    #[error("the host is overloaded: every place for an instance of a plugin is taken; try again later")]
    NoPlace,
    /// A bound on memory or tables was reached.
    #[error("the plugin wanted more {0}")]
    OutOfMemory(Exceeded),
    /// The guest trapped: a bug in the plugin.
    #[error("the plugin crashed: {0}")]
    Trapped(String),
    /// The plugin itself says why.
    #[error("{message}")]
    Failed {
        /// Which of the contract's failures.
        failure: Failure,
        /// The plugin's text.
        message: String,
    },
    /// The policy refused something that the call needed.
    #[error("refused: {refusal} (and then: {problem})")]
    Denied {
        /// What was refused, by whom and why.
        refusal: String,
        /// How the call ended thereupon.
        problem: String,
        /// It ended with a trap.
        is_crash: bool,
    },
    /// Nobody agreed to the call, and the operator has somebody agree.
    #[error("{0}")]
    NotApproved(String),
    /// The plugin asks what this client can't be asked.
    #[error("the plugin asks something that this client can't be asked: {}", named(*missing).join(", "))]
    Unasked {
        /// What the client would have to be able to do.
        missing: Abilities,
    },
}

/// What a guest wanted more of than it may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Exceeded {
    /// Linear memory, in bytes.
    #[error("memory than the {0} bytes it may have")]
    Memory(usize),
    /// Elements of one table.
    #[error("elements in a table than the {0} it may have")]
    Table(usize),
}

/// The kind of errors that come from the policy.
pub const DENIED: &str = "denied";

/// The contract's `failure`, without its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// No tool, prompt or resource of that name.
    UnknownName,
    /// The parameters can't be understood.
    InvalidParams,
    /// Nothing behind the URI.
    NotFound,
    /// Something that the plugin relies on doesn't answer.
    Unavailable,
    /// A fault of the plugin.
    Internal,
    /// A JSON-RPC error, passed on as it is.
    Protocol {
        /// The error's code.
        code: i32,
        /// JSON text.
        data: Option<String>,
    },
}

impl CallError {
    /// The stable name of this kind of error.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::BadArguments(_) => "bad-arguments",
            Self::BadResult(_) => "bad-result",
            Self::TimedOut(_) | Self::OutOfCpuTime(_) => "timed-out",
            Self::Overloaded { .. } | Self::NoPlace => "overloaded",
            Self::OutOfMemory(_) => "out-of-memory",
            Self::Trapped(_) => "trapped",
            Self::Failed { .. } => "failed",
            Self::Denied { .. } | Self::NotApproved(_) => DENIED,
            Self::Unasked { .. } => "unsupported",
        }
    }
}

/// Abilities in words, as the protocol names them.
fn named(abilities: Abilities) -> Vec<&'static str> {
    let all = [
        (Abilities::FORM, "a form (elicitation)"),
        (Abilities::URL, "to open a page (elicitation of mode url)"),
        (Abilities::SAMPLE, "its model (sampling)"),
        (Abilities::SAMPLE_WITH_TOOLS, "its model with tools (sampling.tools)"),
        (Abilities::ROOTS, "its folders (roots)"),
        (Abilities::TASKS, "tasks"),
    ];
    all.into_iter().filter(|(one, _)| abilities.contains(*one)).map(|(_, name)| name).collect()
}
