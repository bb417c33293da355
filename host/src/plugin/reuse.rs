//! Instances that serve more than one call, for plugins whose operator chose so.

use std::sync::{Mutex, PoisonError};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use wasmtime::Store;
use wasmtime::component::Instance;

use super::limits;
use super::store::State;

/// How long an instance of a plugin lives.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Isolation {
    /// For one call: nothing survives from one caller to the next.
    #[default]
    Call,
    /// For many calls, one at a time, of whatever callers: the plugin can keep a cache in memory, and so could leak from
    /// one caller to another. Ends with a trap, a bound or [`limits::CALLS_PER_INSTANCE`].
    Plugin,
}

/// A store, and the instance in it once there is one.
pub(super) struct Resident {
    pub(super) store: Store<State>,
    pub(super) instance: Option<Instance>,
    served: u32,
}

impl Resident {
    pub(super) fn new(store: Store<State>) -> Self {
        Self { store, instance: None, served: 0 }
    }
}

/// The instances of one plugin that wait for their next call.
pub(super) struct Residents {
    isolation: Isolation,
    waiting: Mutex<Vec<Resident>>,
}

impl Residents {
    pub(super) fn new(isolation: Isolation) -> Self {
        Self { isolation, waiting: Mutex::default() }
    }

    /// The one that served last: its memory is the likeliest to be in the processor's cache.
    pub(super) fn take(&self) -> Option<Resident> {
        match self.isolation {
            Isolation::Call => None,
            Isolation::Plugin => self.waiting.lock().unwrap_or_else(PoisonError::into_inner).pop(),
        }
    }

    /// Keeps an instance that has served a call well, unless it has served enough.
    pub(super) fn keep(&self, mut resident: Resident) {
        resident.served = resident.served.saturating_add(1);
        if self.isolation == Isolation::Plugin && resident.served < limits::CALLS_PER_INSTANCE {
            self.waiting.lock().unwrap_or_else(PoisonError::into_inner).push(resident);
        }
    }
}
