//! Who waits for a change of a task.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use super::record::TaskId;

/// A sender for each task that somebody waits for.
#[derive(Default)]
pub(super) struct Watchers(Mutex<HashMap<TaskId, watch::Sender<()>>>);

/// The changes of one task since this was made.
pub struct Changes {
    id: TaskId,
    receiver: watch::Receiver<()>,
    watchers: Arc<Watchers>,
}

impl Watchers {
    pub(super) fn subscribe(self: &Arc<Self>, id: TaskId) -> Changes {
        let receiver = self.lock().entry(id).or_default().subscribe();
        Changes { id, receiver, watchers: Arc::clone(self) }
    }

    /// Lets those go on who wait for this task.
    pub(super) fn tell(&self, id: TaskId) {
        if let Some(sender) = self.lock().get(&id) {
            sender.send_replace(());
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<TaskId, watch::Sender<()>>> {
        // No code of others runs under the lock: what a panic leaves behind is whole.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.lock().len()
    }
}

impl Changes {
    /// Returns when the task changed or was removed since this was made, or since this last returned. Take it before
    /// reading the task: then no change is missed. May be dropped and waited for again.
    pub async fn changed(&mut self) {
        // The sender lives as long as this receiver does.
        let _ = self.receiver.changed().await;
    }
}

impl Drop for Changes {
    fn drop(&mut self) {
        let mut senders = self.watchers.lock();
        // This receiver still counts.
        if senders.get(&self.id).is_some_and(|sender| sender.receiver_count() <= 1) {
            senders.remove(&self.id);
        }
    }
}
