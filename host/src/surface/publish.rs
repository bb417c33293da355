//! Where the newest snapshot is found. One writer replaces it whole; readers keep the one that they began with.

use std::sync::Arc;

use arc_swap::ArcSwap;
use tokio::sync::watch;

use super::Surface;

/// The current snapshot, and whether it has settled: every plugin was loaded or refused, or took too long to wait for.
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
    /// The newest snapshot; empty at first.
    #[must_use]
    pub fn current(&self) -> Arc<Surface> {
        self.current.load_full()
    }

    /// The newest snapshot, once it has settled: a client that connects early waits, rather than to see little.
    pub async fn settled(&self) -> Arc<Surface> {
        // Fails only if the sender is gone, and it lives in `self`.
        let _ = self.settled.subscribe().wait_for(|settled| *settled).await;
        self.current()
    }

    /// A snapshot that has a tool of this name: the newest, or the one that settles, which may lack it.
    pub async fn with_tool(&self, name: &str) -> Arc<Surface> {
        let current = self.current();
        if current.tool(name).is_some() { current } else { self.settled().await }
    }

    /// Whether the snapshot has settled.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        *self.settled.borrow()
    }

    /// Replaces the snapshot.
    pub fn publish(&self, surface: Surface) {
        self.current.store(Arc::new(surface));
    }

    /// Lets those go on who wait for the first plugins.
    pub fn settle(&self) {
        self.settled.send_replace(true);
    }
}
