//! Where the newest snapshot is found. One writer replaces it whole; readers keep the one that they began with.

use std::sync::Arc;

use arc_swap::ArcSwap;
use tokio::sync::{broadcast, watch};

use super::{Change, Surface};

/// The current snapshot, and how far loading has come.
pub struct Published {
    current: ArcSwap<Surface>,
    loading: watch::Sender<Loading>,
    changes: broadcast::Sender<Change>,
}

/// Changes that wait for whoever tells them to clients. Who falls further behind tells that everything has changed.
const CHANGES_WAITING: usize = 64;

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
        Self {
            current: ArcSwap::default(),
            loading: watch::Sender::new(Loading::Begun),
            changes: broadcast::Sender::new(CHANGES_WAITING),
        }
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

    /// A snapshot that has what a client asks for, as soon as there is one; else the one that settles, which lacks it.
    pub async fn with(&self, has: impl Fn(&Surface) -> bool) -> Arc<Surface> {
        let is_there = |loading: &Loading| *loading >= Loading::Settled || has(&self.current.load());
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

    /// What will have changed for clients from now on.
    #[must_use]
    pub fn changes(&self) -> broadcast::Receiver<Change> {
        self.changes.subscribe()
    }

    /// Makes known what has changed.
    pub fn announce(&self, change: Change) {
        if !change.is_nothing() {
            // Fails if nobody listens.
            let _ = self.changes.send(change);
        }
    }

    /// Replaces the snapshot, and makes known how the lists differ. Until it has settled nobody has seen a list.
    pub fn publish(&self, surface: Surface) {
        let change = self.is_settled().then(|| Change::between(&self.current.load(), &surface));
        self.current.store(Arc::new(surface));
        self.announce(change.unwrap_or_default());
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
