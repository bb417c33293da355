//! What the bounds count, without reading a record.

use std::collections::{BTreeSet, HashMap};

use super::error::Bound;
use super::record::{Owner, Task, TaskId};
use super::{BYTES, OWNER_BYTES, OWNER_TASKS, TASKS};

/// One line for each stored task.
#[derive(Default)]
pub(super) struct Ledger {
    lines: HashMap<TaskId, Line>,
    by_expiry: BTreeSet<(u64, TaskId)>,
    owners: HashMap<Owner, Share>,
    bytes: u64,
}

struct Line {
    owner: Owner,
    bytes: u64,
    expires: u64,
    is_open: bool,
}

#[derive(Default, Clone, Copy)]
struct Share {
    tasks: usize,
    bytes: u64,
}

impl Ledger {
    /// Whether the task may be stored with so many bytes, in place of what is stored under its id.
    pub(super) fn admit(&self, task: &Task, bytes: u64) -> Result<(), Bound> {
        let before = self.lines.get(&task.id).map(|line| line.bytes);
        let share = self.owners.get(&task.owner).copied().unwrap_or_default();
        let grown = |sum: u64| sum.saturating_sub(before.unwrap_or_default()).saturating_add(bytes);
        // What doesn't grow is always stored: a task must be able to end.
        let grows = bytes > before.unwrap_or_default();
        if before.is_none() && share.tasks >= OWNER_TASKS {
            Err(Bound::OwnerTasks)
        } else if before.is_none() && self.lines.len() >= TASKS {
            Err(Bound::Tasks)
        } else if grows && grown(share.bytes) > OWNER_BYTES {
            Err(Bound::OwnerBytes)
        } else if grows && grown(self.bytes) > BYTES {
            Err(Bound::Bytes)
        } else {
            Ok(())
        }
    }

    /// Notes what is stored now.
    pub(super) fn put(&mut self, task: &Task, bytes: u64) {
        self.remove(task.id);
        let share = self.owners.entry(task.owner.clone()).or_default();
        share.tasks += 1;
        share.bytes += bytes;
        self.bytes += bytes;
        self.by_expiry.insert((task.expires(), task.id));
        let is_open = !task.current.status.is_end();
        self.lines.insert(task.id, Line { owner: task.owner.clone(), bytes, expires: task.expires(), is_open });
    }

    /// Notes that it isn't stored any more.
    pub(super) fn remove(&mut self, id: TaskId) {
        let Some(line) = self.lines.remove(&id) else { return };
        self.by_expiry.remove(&(line.expires, id));
        self.bytes = self.bytes.saturating_sub(line.bytes);
        if let Some(share) = self.owners.get_mut(&line.owner) {
            share.tasks = share.tasks.saturating_sub(1);
            share.bytes = share.bytes.saturating_sub(line.bytes);
            if share.tasks == 0 {
                self.owners.remove(&line.owner);
            }
        }
    }

    /// Those whose time is over, the oldest first.
    pub(super) fn expired(&self, now: u64) -> impl Iterator<Item = TaskId> {
        self.by_expiry.iter().take_while(move |(expires, _)| *expires <= now).map(|(_, id)| *id)
    }

    /// Those that have not ended, in the order in which they expire.
    pub(super) fn open(&self) -> impl Iterator<Item = TaskId> {
        let is_open = |id: &TaskId| self.lines.get(id).is_some_and(|line| line.is_open);
        self.by_expiry.iter().map(|(_, id)| *id).filter(is_open)
    }
}
