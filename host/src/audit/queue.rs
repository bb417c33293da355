//! Records on their way to the thread that writes them.

use std::mem;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use super::record::{Record, Stamped};

/// Records that may wait: more than a second of the fastest calls, so that a disk may stall for a moment.
const RECORDS: usize = 32_768;

/// Bytes that may wait, roughly: arguments are kept until they are written, or digested.
const BYTES: usize = 32 << 20;

/// How long records are gathered before they are taken: so the writer wakes up a hundred times a second, and not for each
/// record, which would cost each call a switch between threads; and it never has so many at once that calls wait for a
/// processor meanwhile.
const GATHER_TIME: Duration = Duration::from_millis(10);

/// From many to one. Whoever adds never waits for the disk.
///
/// A full queue loses the newest record, and counts it, rather than to hold up the call: a disk that doesn't answer
/// would else stop every plugin, and a plugin that floods the record could stop every other one. The count is written
/// as soon as there is room again.
#[derive(Default)]
pub(super) struct Queue {
    waiting: Mutex<Waiting>,
    more: Condvar,
}

#[derive(Default)]
struct Waiting {
    records: Vec<Stamped>,
    bytes: usize,
    lost: u64,
    is_closed: bool,
}

impl Queue {
    /// Adds a record, or counts it as lost.
    pub(super) fn push(&self, record: Record) {
        let (at, bytes) = (SystemTime::now(), record.bytes());
        let mut waiting = self.lock();
        let total = waiting.bytes.saturating_add(bytes);
        if waiting.is_closed || waiting.records.len() >= RECORDS || total > BYTES {
            waiting.lost = waiting.lost.saturating_add(1);
            return;
        }
        waiting.bytes = total;
        waiting.records.push(Stamped { at, record });
        let is_awaited = waiting.records.len() == 1 || waiting.records.len() == RECORDS / 2;
        drop(waiting);
        if is_awaited {
            self.more.notify_one();
        }
    }

    /// Waits for records, and takes all. `into` is empty, and its memory is used again. How many were lost meanwhile;
    /// none when the queue is closed and empty.
    pub(super) fn take(&self, into: &mut Vec<Stamped>) -> Option<u64> {
        let is_idle = |waiting: &mut Waiting| waiting.records.is_empty() && !waiting.is_closed;
        let is_calm = |waiting: &mut Waiting| waiting.records.len() < RECORDS / 2 && !waiting.is_closed;
        let waiting = self.more.wait_while(self.lock(), is_idle).unwrap_or_else(PoisonError::into_inner);
        let gathered = self.more.wait_timeout_while(waiting, GATHER_TIME, is_calm);
        let (mut waiting, _) = gathered.unwrap_or_else(PoisonError::into_inner);
        if waiting.records.is_empty() && waiting.lost == 0 {
            return None;
        }
        mem::swap(&mut waiting.records, into);
        waiting.bytes = 0;
        Some(mem::take(&mut waiting.lost))
    }

    /// Takes no more records.
    pub(super) fn close(&self) {
        self.lock().is_closed = true;
        self.more.notify_one();
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::audit::record::Unlisted;
    use crate::caller::CallId;

    fn record() -> Record {
        let (call, plugin) = (CallId::new(), Arc::from("a"));
        Record::Unlisted(Box::new(Unlisted { call, plugin, allowed: 1, refused: 0 }))
    }

    #[test]
    fn what_does_not_fit_is_counted_and_there_is_room_again() {
        let queue = Queue::default();
        (0..RECORDS + 3).for_each(|_| queue.push(record()));
        let mut taken = Vec::new();
        assert_eq!((queue.take(&mut taken), taken.len()), (Some(3), RECORDS));
        taken.clear();
        queue.push(record());
        assert_eq!((queue.take(&mut taken), taken.len()), (Some(0), 1));
    }

    #[test]
    fn what_came_before_the_end_is_still_taken() {
        let queue = Queue::default();
        queue.push(record());
        queue.close();
        queue.push(record());
        let mut taken = Vec::new();
        assert_eq!((queue.take(&mut taken), taken.len()), (Some(1), 1));
        taken.clear();
        assert_eq!(queue.take(&mut taken), None);
    }
}
