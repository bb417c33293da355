//! Where the newest snapshot is found. One writer replaces it whole; readers keep the one that they began with.

use std::sync::Arc;

use arc_swap::ArcSwap;
use tokio::sync::watch;

use super::Surface;

/// The current snapshot, and how far loading has come.
pub struct Published {
    current: ArcSwap<Surface>,
    loading: watch::Sender<Loading>,
}

/// How far loading has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Loading {
    /// It has just begun: who asks for a list should wait.
    Begun,
    /// It takes too long to wait for.
    Settled,
    /// Every plugin was loaded or refused.
    Complete,
}

impl Default for Published {
    fn default() -> Self {
        Self { current: ArcSwap::default(), loading: watch::Sender::new(Loading::Begun) }
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
        self.reached(Loading::Settled).await;
        self.current()
    }

    /// A snapshot that has a tool of this name, as soon as there is one; else the one that settles, which lacks it.
    pub async fn with_tool(&self, name: &str) -> Arc<Surface> {
        let is_there = |loading: &Loading| *loading >= Loading::Settled || self.current.load().tool(name).is_some();
        // Fails only if the sender is gone, and it lives in `self`.
        let _ = self.loading.subscribe().wait_for(is_there).await;
        self.current()
    }

    /// Returns when every plugin was loaded or refused.
    pub async fn completed(&self) {
        self.reached(Loading::Complete).await;
    }

    /// Whether the snapshot has settled: every plugin was loaded or refused, or takes too long to wait for.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        *self.loading.borrow() >= Loading::Settled
    }

    /// Replaces the snapshot.
    pub fn publish(&self, surface: Surface) {
        self.current.store(Arc::new(surface));
        // How far loading has come is the same; but those look again who wait for a tool.
        self.loading.send_modify(|_| {});
    }

    /// Lets those go on who wait for the first plugins.
    pub fn settle(&self) {
        self.loading.send_replace(Loading::Settled);
    }

    /// Says that there is nothing more to wait for.
    pub fn complete(&self) {
        self.loading.send_replace(Loading::Complete);
    }

    async fn reached(&self, wanted: Loading) {
        // Fails only if the sender is gone, and it lives in `self`.
        let _ = self.loading.subscribe().wait_for(|loading| *loading >= wanted).await;
    }
}
