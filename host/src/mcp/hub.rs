//! What all connections to one endpoint share.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::exchange::Exchange;
use super::tasks::TaskDesk;
use super::watch::Watches;
use crate::seal::{SealError, Sealer};
use crate::surface::{Endpoint, Published};
use crate::task::{OpenError, Store, Tasks};

/// What all connections to one endpoint share.
pub(super) struct Hub {
    pub(super) published: Arc<Published>,
    pub(super) exchange: Exchange,
    pub(super) watches: Watches,
    pub(super) tasks: Arc<TaskDesk>,
    /// Cancelled when the server stops.
    pub(super) stop: CancellationToken,
}

/// What seals states: what was given, or else a key that nobody else has.
pub(super) fn sealer_or_random(given: Option<Arc<Sealer>>) -> Result<Arc<Sealer>, SealError> {
    given.map_or_else(|| Sealer::random().map(Arc::new), Ok)
}

/// What keeps tasks: what was given, or else memory.
pub(super) fn tasks_or_memory(given: Option<Tasks>) -> Result<Tasks, OpenError> {
    given.map_or_else(|| Store::in_memory().map(Tasks::new), Ok)
}

impl Hub {
    pub(super) fn new(endpoint: &Endpoint, sealer: Arc<Sealer>, tasks: Tasks, stop: CancellationToken) -> Arc<Self> {
        let published = Arc::clone(&endpoint.published);
        let watches = Watches::new(Arc::clone(&published));
        let tasks = TaskDesk::new(endpoint.name.clone(), Arc::clone(&published), tasks);
        Arc::new(Self { published, exchange: Exchange::new(sealer), watches, tasks, stop })
    }
}
