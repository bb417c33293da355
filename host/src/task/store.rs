//! The embedded store. Every function blocks, and those that change something wait for the disk.

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use redb::backends::InMemoryBackend;
use redb::{Database, ReadableDatabase as _, WriteTransaction};

use super::contents::{RECORDS, decode, encode, prepare, read_all};
use super::error::{StoreError, storage};
use super::ledger::Ledger;
use super::record::{Current, New, Owner, Task, TaskId};
use super::watch::{Changes, Watchers};
use super::{EXPIRED_AT_ONCE, LONGEST_TTL};
use crate::database::{self, MovedAside, OpenError};

/// What messages call the file.
const WHAT: &str = "task store";

/// All tasks. One process uses a file at a time.
pub struct Store {
    database: Database,
    /// Held while something is written, so that it always agrees with the file.
    ledger: Mutex<Ledger>,
    watchers: Arc<Watchers>,
}

/// A store, and what had to make room for it.
pub struct Opened {
    /// The store.
    pub store: Store,
    /// The file that was there before, if it was of no use: to be told to the operator.
    pub moved: Option<MovedAside>,
}

/// On whose behalf a task is looked for.
#[derive(Debug, Clone, Copy)]
pub enum Who<'a> {
    /// A caller, who finds its own only.
    Owner(&'a Owner),
    /// The host itself, which runs them all.
    Host,
}

impl Store {
    /// Opens the file, or makes it. One that is damaged or no task store is renamed, and a new one made.
    pub fn open(path: &Path) -> Result<Opened, OpenError> {
        let opened = database::open(path, WHAT, contents)?;
        Ok(Opened { store: Self::over(opened.database, opened.contents), moved: opened.moved })
    }

    /// One that is gone with this process.
    pub fn in_memory() -> Result<Self, OpenError> {
        let failed = |why| OpenError::Failed { what: WHAT, path: "memory".into(), why };
        let database = database::builder().create_with_backend(InMemoryBackend::new());
        let database = database.map_err(|error| failed(error.to_string()))?;
        let ledger = contents(&database).map_err(failed)?;
        Ok(Self::over(database, ledger))
    }

    fn over(database: Database, ledger: Ledger) -> Self {
        Self { database, ledger: Mutex::new(ledger), watchers: Arc::default() }
    }

    /// Stores a task under a new id.
    pub fn insert(&self, new: New) -> Result<Task, StoreError> {
        let now = now();
        let ttl = u64::try_from(new.ttl.min(LONGEST_TTL).as_millis()).unwrap_or(u64::MAX);
        let New { owner, call, current, .. } = new;
        let task = Task { id: TaskId::random()?, owner, call, created: now, updated: now, ttl, current };
        let bytes = encode(&task)?;
        let mut ledger = self.ledger();
        self.write(&mut ledger, &task, &bytes, self.begin()?)?;
        Ok(task)
    }

    /// The task as it stands. To others than its owner it isn't there.
    pub fn get(&self, who: Who<'_>, id: TaskId) -> Result<Task, StoreError> {
        let reading = self.database.begin_read().map_err(storage)?;
        let table = reading.open_table(RECORDS).map_err(storage)?;
        let record = table.get(&id.0).map_err(storage)?.ok_or(StoreError::NotFound)?;
        visible(who, decode(record.value())?)
    }

    /// Changes the task: nobody else does so meanwhile, and `change` sees what is stored. If that ends the task, what only
    /// its run needed is forgotten: return it from `change` where it is still needed. A task that ended isn't changed.
    pub fn update<R>(
        &self,
        who: Who<'_>,
        id: TaskId,
        change: impl FnOnce(&mut Current) -> R,
    ) -> Result<(Task, R), StoreError> {
        let mut ledger = self.ledger();
        let before = self.get(who, id)?;
        if before.current.status.is_end() {
            return Err(StoreError::Ended);
        }
        let mut task = before.clone();
        let returned = change(&mut task.current);
        if task == before {
            return Ok((task, returned));
        }
        if task.current.status.is_end() {
            task.forget();
        }
        // A clock that goes backwards doesn't take the task with it.
        task.updated = now().max(before.updated);
        self.write(&mut ledger, &task, &encode(&task)?, self.begin()?)?;
        self.watchers.tell(id);
        Ok((task, returned))
    }

    /// Those that have not ended, the next to expire first: at start, to go on with.
    #[must_use]
    pub fn unfinished(&self) -> Vec<TaskId> {
        self.ledger().open().collect()
    }

    /// Removes tasks whose time is over, at most [`EXPIRED_AT_ONCE`], and returns them as they stood: those that had not
    /// ended are to be cleaned up after. Call it until it returns none.
    pub fn expire(&self) -> Result<Vec<Task>, StoreError> {
        let mut ledger = self.ledger();
        let ids: Vec<_> = ledger.expired(now()).take(EXPIRED_AT_ONCE).collect();
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let writing = self.begin()?;
        let removed = remove(&writing, &ids)?;
        writing.commit().map_err(storage)?;
        for id in ids {
            ledger.remove(id);
            self.watchers.tell(id);
        }
        Ok(removed)
    }

    /// The changes of a task from now on. It needn't be there.
    #[must_use]
    pub fn watch(&self, id: TaskId) -> Changes {
        self.watchers.subscribe(id)
    }

    fn begin(&self) -> Result<WriteTransaction, StoreError> {
        self.database.begin_write().map_err(storage)
    }

    fn write(
        &self,
        ledger: &mut Ledger,
        task: &Task,
        bytes: &[u8],
        writing: WriteTransaction,
    ) -> Result<(), StoreError> {
        let size = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        ledger.admit(task, size).map_err(StoreError::Beyond)?;
        writing.open_table(RECORDS).map_err(storage)?.insert(&task.id.0, bytes).map_err(storage)?;
        writing.commit().map_err(storage)?;
        ledger.put(task, size);
        Ok(())
    }

    fn ledger(&self) -> MutexGuard<'_, Ledger> {
        // It changes only after a commit, in one step: what a panic of a caller's change leaves behind is whole.
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }

    #[cfg(test)]
    pub(super) fn watched(&self) -> usize {
        self.watchers.len()
    }
}

fn remove(writing: &WriteTransaction, ids: &[TaskId]) -> Result<Vec<Task>, StoreError> {
    let mut table = writing.open_table(RECORDS).map_err(storage)?;
    let mut removed = Vec::with_capacity(ids.len());
    for id in ids {
        if let Some(record) = table.remove(&id.0).map_err(storage)? {
            removed.push(decode(record.value())?);
        }
    }
    Ok(removed)
}

/// Reads what is there. An error says why it is not a store of ours.
fn contents(database: &Database) -> Result<Ledger, String> {
    prepare(database)?;
    read_all(database)
}

fn visible(who: Who<'_>, task: Task) -> Result<Task, StoreError> {
    let is_visible = match who {
        Who::Owner(owner) => *owner == task.owner && task.expires() > now(),
        Who::Host => true,
    };
    if is_visible { Ok(task) } else { Err(StoreError::NotFound) }
}

/// Milliseconds since 1970.
fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
