//! Instances that serve more than one call, for plugins whose operator chose so.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
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
    waiting: Mutex<Vec<Waiting>>,
    /// Places for waiting instances, of all plugins.
    places: Arc<Semaphore>,
}

/// An instance that waits, in its place.
struct Waiting {
    resident: Resident,
    _place: OwnedSemaphorePermit,
}

impl Residents {
    pub(super) fn new(isolation: Isolation, places: Arc<Semaphore>) -> Self {
        Self { isolation, waiting: Mutex::default(), places }
    }

    /// The one that served last: its memory is the likeliest to be in the processor's cache.
    pub(super) fn take(&self) -> Option<Resident> {
        match self.isolation {
            Isolation::Call => None,
            Isolation::Plugin => self.waiting().pop().map(|waiting| waiting.resident),
        }
    }

    /// Keeps an instance that has served a call well, unless it has served enough, or enough of them wait already.
    pub(super) fn keep(&self, mut resident: Resident) {
        resident.served = resident.served.saturating_add(1);
        if self.isolation == Isolation::Call || resident.served >= limits::CALLS_PER_INSTANCE {
            return;
        }
        let Ok(place) = Arc::clone(&self.places).try_acquire_owned() else { return };
        let mut waiting = self.waiting();
        if waiting.len() < limits::PLUGIN_INSTANCES_WAITING {
            waiting.push(Waiting { resident, _place: place });
        }
    }

    fn waiting(&self) -> MutexGuard<'_, Vec<Waiting>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
