//! The store for asynchronous callers.

use std::sync::Arc;

use tokio::sync::Semaphore;

use super::error::StoreError;
use super::record::{Current, New, Owner, Task, TaskId};
use super::store::{Store, Who};
use super::watch::Changes;

/// Threads that wait for the store at once. Writers follow one another anyway, and the runtime's threads for blocking work
/// serve others too.
const THREADS: usize = 16;

/// A handle on the one store. Its functions do what those of [`Store`] do, on a thread where that may block. What has
/// begun is finished even if the future is dropped.
#[derive(Clone)]
pub struct Tasks {
    store: Arc<Store>,
    threads: Arc<Semaphore>,
}

impl Tasks {
    /// Takes the store over.
    #[must_use]
    pub fn new(store: Store) -> Self {
        Self { store: Arc::new(store), threads: Arc::new(Semaphore::new(THREADS)) }
    }

    /// As [`Store::insert`].
    pub async fn insert(&self, new: New) -> Result<Task, StoreError> {
        self.run(move |store| store.insert(new)).await?
    }

    /// As [`Store::get`], for a caller; for the host itself where there is none.
    pub async fn get(&self, owner: Option<&Owner>, id: TaskId) -> Result<Task, StoreError> {
        let owner = owner.cloned();
        self.run(move |store| store.get(who(owner.as_ref()), id)).await?
    }

    /// As [`Store::update`], for a caller; for the host itself where there is none.
    pub async fn update<R: Send + 'static>(
        &self,
        owner: Option<&Owner>,
        id: TaskId,
        change: impl FnOnce(&mut Current) -> R + Send + 'static,
    ) -> Result<(Task, R), StoreError> {
        let owner = owner.cloned();
        self.run(move |store| store.update(who(owner.as_ref()), id, change)).await?
    }

    /// As [`Store::unfinished`].
    pub async fn unfinished(&self) -> Result<Vec<TaskId>, StoreError> {
        self.run(Store::unfinished).await
    }

    /// As [`Store::expire`].
    pub async fn expire(&self) -> Result<Vec<Task>, StoreError> {
        self.run(Store::expire).await?
    }

    /// As [`Store::watch`], which doesn't block.
    #[must_use]
    pub fn watch(&self, id: TaskId) -> Changes {
        self.store.watch(id)
    }

    async fn run<R: Send + 'static>(&self, work: impl FnOnce(&Store) -> R + Send + 'static) -> Result<R, StoreError> {
        let permit = Arc::clone(&self.threads).acquire_owned().await.map_err(|_| StoreError::Stopped)?;
        let store = Arc::clone(&self.store);
        let running = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            work(&store)
        });
        running.await.map_err(|_| StoreError::Stopped)
    }
}

fn who(owner: Option<&Owner>) -> Who<'_> {
    owner.map_or(Who::Host, Who::Owner)
}
