//! What all connections to one endpoint share.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::exchange::Exchange;
use super::list::Pages;
use super::tasks::TaskDesk;
use super::watch::Watches;
use crate::caller::Caller;
use crate::seal::{SealError, Sealer};
use crate::surface::{Endpoint, Published, Surface};
use crate::task::{OpenError, Store, Tasks};

/// What all connections to one endpoint share.
pub(super) struct Hub {
    pub(super) published: Arc<Published>,
    /// Its name.
    pub(super) endpoint: Arc<str>,
    pub(super) exchange: Exchange,
    pub(super) watches: Watches,
    pub(super) tasks: Arc<TaskDesk>,
    /// How many items a page of a list has.
    pub(super) page_items: usize,
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
    pub(super) fn new(
        endpoint: &Endpoint,
        page_items: usize,
        sealer: Arc<Sealer>,
        tasks: Tasks,
        stop: CancellationToken,
    ) -> Arc<Self> {
        let (published, name) = (Arc::clone(&endpoint.published), Arc::<str>::from(endpoint.name.as_str()));
        let watches = Watches::new(Arc::clone(&name), Arc::clone(&published));
        let tasks = TaskDesk::new(Arc::clone(&name), Arc::clone(&published), tasks);
        let exchange = Exchange::new(Arc::clone(&name), sealer);
        Arc::new(Self { published, endpoint: name, exchange, watches, tasks, page_items, stop })
    }

    /// The pages of this snapshot's lists.
    pub(super) const fn pages<'a>(&self, surface: &'a Surface) -> Pages<'a> {
        Pages { surface, size: self.page_items }
    }

    /// What this caller may use of what there is now: to it, nothing else is there.
    pub(super) fn current_for(&self, caller: &Caller) -> Arc<Surface> {
        self.published.current().for_caller(caller)
    }

    /// As [`Self::current_for`], once it has settled.
    pub(super) async fn settled_for(&self, caller: &Caller) -> Arc<Surface> {
        self.published.settled().await.for_caller(caller)
    }

    /// As [`Self::current_for`], as soon as a tool of this name is among it, or once it has settled without.
    pub(super) async fn with_tool_for(&self, caller: &Caller, name: &str) -> Arc<Surface> {
        let has = |surface: &Surface| surface.tool(name).is_some_and(|tool| tool.is_for(caller));
        self.published.with(has).await.for_caller(caller)
    }
}
