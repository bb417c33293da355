//! Where the newest snapshot is found. One writer replaces it whole; readers keep the one that they began with.

use std::sync::Arc;

use arc_swap::ArcSwap;
use tokio::sync::watch;

use super::Surface;

/// The current snapshot, and whether there has been a first one.
pub struct Published {
    current: ArcSwap<Surface>,
    settled: watch::Sender<bool>,
}

impl Default for Published {
    fn default() -> Self {
        Self { current: ArcSwap::default(), settled: watch::Sender::new(false) }
    }
}

impl Published {
    /// The newest snapshot; empty until the first one is there.
    #[must_use]
    pub fn current(&self) -> Arc<Surface> {
        self.current.load_full()
    }

    /// The newest snapshot, once there is one: a client that connects early waits, rather than to see nothing.
    pub async fn settled(&self) -> Arc<Surface> {
        // Fails only if the sender is gone, and it lives in `self`.
        let _ = self.settled.subscribe().wait_for(|settled| *settled).await;
        self.current()
    }

    /// Whether there has been a first snapshot.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        *self.settled.borrow()
    }

    /// Replaces the snapshot.
    pub fn publish(&self, surface: Surface) {
        self.current.store(Arc::new(surface));
        self.settled.send_replace(true);
    }
}
