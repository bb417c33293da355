//! Calls that wait for their client to come back, and that have something to be cleaned up if it never does. Clients
//! carry the calls themselves; this is only for what must happen without them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::sleep;
use tokio_util::task::AbortOnDropHandle;

use crate::caller::CallId;
use crate::plugin::{CallContext, Parked, Plugin};

/// Most calls that are remembered. Cleaning up is best effort: beyond it, there is none.
const REMEMBERED: usize = 10_000;

/// See the module.
#[derive(Default)]
pub(super) struct OpenQuestions(Arc<Mutex<HashMap<CallId, AbortOnDropHandle<()>>>>);

impl OpenQuestions {
    /// Cleans up after a call if its client doesn't come back within this time.
    pub(super) fn keep(&self, plugin: &Arc<Plugin>, context: CallContext, parked: &Parked, time: Duration) {
        if parked.abandon.is_none() {
            return;
        }
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if open.len() >= REMEMBERED {
            tracing::warn!(plugin = plugin.id(), "too many calls wait for answers to clean up after all of them");
            return;
        }
        let (plugin, parked, waiting) = (Arc::clone(plugin), parked.clone(), Arc::downgrade(&self.0));
        let call = parked.call_id;
        let expiring = tokio::spawn(async move {
            sleep(time).await;
            plugin.resume(parked, context).expire();
            let Some(waiting) = waiting.upgrade() else { return };
            waiting.lock().unwrap_or_else(PoisonError::into_inner).remove(&call);
        });
        open.insert(call, AbortOnDropHandle::new(expiring));
    }

    /// The client has come back.
    pub(super) fn settle(&self, call: CallId) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&call);
    }
}
