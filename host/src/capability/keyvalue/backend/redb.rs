//! The embedded store: one file, which one thread writes to.
//!
//! A write waits for the disk, and each wait costs the same, however much is written. So the writes that came during one
//! wait share the next. A guest that gave up may find its write made: nobody takes it back once it is in line.

mod tables;

use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;

use ::redb::{Database, ReadableDatabase as _};
use tokio::sync::{mpsc, oneshot};

use self::tables::{Reading, Work, Writing, failed, prepare};
use super::{Backend, Changes, Page, Pending, Space, StoreError, Values};
use crate::database::{self, MovedAside, OpenError};

/// Writes that wait in line, over all plugins; further ones wait for a place there. Each holds its values.
const WRITES_WAITING: usize = 256;

/// Writes that share one wait for the disk. All of them fail if the disk does.
const GROUP: usize = 64;

/// What the file is called in errors.
const WHAT: &str = "key-value store";

/// The open file. Dropping it waits until the writes in line are made.
pub(crate) struct Redb {
    database: Arc<Database>,
    /// None only while this is dropped.
    writes: Option<mpsc::Sender<Job>>,
    writer: Option<JoinHandle<()>>,
}

/// A write in line.
struct Job {
    space: Space,
    work: Work,
    answer: oneshot::Sender<Result<u64, StoreError>>,
}

impl Redb {
    /// Opens the file, or makes it; see [`database::open`]. Blocks on the disk.
    pub(crate) fn open(path: &Path) -> Result<(Self, Option<MovedAside>), OpenError> {
        let opened = database::open(path, WHAT, prepare)?;
        let database = Arc::new(opened.database);
        let (writes, jobs) = mpsc::channel(WRITES_WAITING);
        let writer = {
            let database = Arc::clone(&database);
            std::thread::Builder::new().name("wharf-keyvalue".to_owned()).spawn(move || write_all(&database, jobs))
        };
        let io = |error| OpenError::Io { what: WHAT, path: path.to_owned(), error };
        let store = Self { database, writes: Some(writes), writer: Some(writer.map_err(io)?) };
        Ok((store, opened.moved))
    }

    /// Reads on a thread that may wait for the disk.
    async fn read<T: Send + 'static>(
        &self,
        space: &Space,
        work: impl FnOnce(&Reading, &Space) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (database, space) = (Arc::clone(&self.database), space.clone());
        let read = move || work(&Reading::new(&database.begin_read().map_err(failed)?)?, &space);
        tokio::task::spawn_blocking(read).await.map_err(|error| StoreError::Failed(error.to_string()))?
    }

    async fn queue(&self, space: Space, work: Work) -> Result<u64, StoreError> {
        let ended = || StoreError::Failed("the thread that writes has ended: restart the host".to_owned());
        let (answer, answered) = oneshot::channel();
        let writes = self.writes.as_ref().ok_or_else(ended)?;
        writes.send(Job { space, work, answer }).await.map_err(|_| ended())?;
        answered.await.map_err(|_| ended())?
    }
}

impl Drop for Redb {
    fn drop(&mut self) {
        drop(self.writes.take());
        if let Some(writer) = self.writer.take() {
            // A panic of it was reported when it happened.
            let _ = writer.join();
        }
    }
}

/// What the writing thread does.
fn write_all(database: &Database, mut jobs: mpsc::Receiver<Job>) {
    let mut group = Vec::with_capacity(GROUP);
    while jobs.blocking_recv_many(&mut group, GROUP) > 0 {
        let (works, answers): (Vec<_>, Vec<_>) =
            group.drain(..).map(|Job { space, work, answer }| ((space, work), answer)).unzip();
        let mut outcomes = commit(database, works).map(Vec::into_iter);
        for answer in answers {
            let outcome = match &mut outcomes {
                Ok(each) => each.next().unwrap_or_else(|| Err(StoreError::Failed("no outcome".to_owned()))),
                Err(error) => Err(error.clone()),
            };
            // Whoever asked may be gone.
            let _ = answer.send(outcome);
        }
    }
}

/// Each work's own outcome, after the whole group is on the disk. An error is that of the whole group, of which nothing
/// was written then.
fn commit(database: &Database, group: Vec<(Space, Work)>) -> Result<Vec<Result<u64, StoreError>>, StoreError> {
    let transaction = database.begin_write().map_err(failed)?;
    let mut outcomes = Vec::with_capacity(group.len());
    {
        let mut tables = Writing::new(&transaction)?;
        for (space, work) in group {
            outcomes.push(match tables.run(&space, work) {
                // The transaction may be half of a change now.
                Err(StoreError::Failed(why)) => return Err(StoreError::Failed(why)),
                outcome => outcome,
            });
        }
    }
    if outcomes.iter().any(Result::is_ok) {
        transaction.commit().map_err(failed)?;
    }
    Ok(outcomes)
}

impl Backend for Redb {
    fn get<'a>(&'a self, space: &'a Space, keys: &'a [String]) -> Pending<'a, Values> {
        let keys = keys.to_owned();
        Box::pin(self.read(space, move |reading, space| reading.get(space, &keys)))
    }

    fn exists<'a>(&'a self, space: &'a Space, key: &'a str) -> Pending<'a, bool> {
        let key = key.to_owned();
        Box::pin(self.read(space, move |reading, space| reading.exists(space, &key)))
    }

    fn list_keys<'a>(&'a self, space: &'a Space, cursor: Option<u64>) -> Pending<'a, Page> {
        Box::pin(self.read(space, move |reading, space| reading.page(space, cursor.unwrap_or(0))))
    }

    fn write<'a>(&'a self, space: &'a Space, changes: Changes) -> Pending<'a, ()> {
        let written = self.queue(space.clone(), Work::Write(changes));
        Box::pin(async { written.await.map(drop) })
    }

    fn increment<'a>(&'a self, space: &'a Space, key: String, delta: u64) -> Pending<'a, u64> {
        Box::pin(self.queue(space.clone(), Work::Increment(key, delta)))
    }
}

#[cfg(test)]
mod tests;
