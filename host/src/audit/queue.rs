//! Lines on their way to the thread that writes them.

use std::mem;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Bytes that may wait: more than a second of the fastest calls, so that a disk may stall for a moment.
const BYTES: usize = 32 << 20;

/// Bytes of a block of lines. A queue that grows begins another block, and nobody waits while lines are moved.
const BLOCK_BYTES: usize = 64 << 10;

/// How long lines are gathered before they are taken: so the writer of a busy host doesn't wake up for each line, which
/// would cost each call a switch between threads, and what it then writes is little enough that no call waits long for its processor.
const GATHER_TIME: Duration = Duration::from_millis(2);

/// From many to one. Whoever adds never waits for the disk.
///
/// A full queue loses the newest line, and counts it, rather than to hold up the call: a disk that doesn't answer
/// would else stop every plugin, and a plugin that floods the record could stop every other one. The count is written
/// as soon as there is room again.
#[derive(Default)]
pub(super) struct Queue {
    waiting: Mutex<Waiting>,
    more: Condvar,
}

/// What has gathered.
#[derive(Debug, Default)]
pub(super) struct Taken {
    /// Whole lines, each with its end, in blocks of whole lines.
    pub(super) blocks: Vec<Vec<u8>>,
    /// Lines for which there was no room.
    pub(super) full: u64,
    /// Lines that nobody could make.
    pub(super) unmade: u64,
}

#[derive(Default)]
struct Waiting {
    taken: Taken,
    /// A block that was written: its memory is used again, and is likely to be in the processor's cache.
    spare: Vec<u8>,
    bytes: usize,
    is_closed: bool,
}

impl Queue {
    /// Adds a line, or counts it as lost.
    pub(super) fn push(&self, line: &[u8]) {
        let mut waiting = self.lock();
        let (before, after) = (waiting.bytes, waiting.bytes.saturating_add(line.len()));
        if waiting.is_closed || after > BYTES {
            waiting.taken.full = waiting.taken.full.saturating_add(1);
            return;
        }
        waiting.bytes = after;
        waiting.add(line);
        drop(waiting);
        if before == 0 || (before < BYTES / 2 && after >= BYTES / 2) {
            self.more.notify_one();
        }
    }

    /// Counts a line that nobody could make.
    pub(super) fn lose(&self) {
        let mut waiting = self.lock();
        waiting.taken.unmade = waiting.taken.unmade.saturating_add(1);
    }

    /// Waits for lines, and takes all; none when the queue is closed and empty.
    pub(super) fn take(&self) -> Option<Taken> {
        let is_idle = |waiting: &mut Waiting| waiting.bytes == 0 && !waiting.is_closed;
        let is_calm = |waiting: &mut Waiting| waiting.bytes < BYTES / 2 && !waiting.is_closed;
        let waiting = self.more.wait_while(self.lock(), is_idle).unwrap_or_else(PoisonError::into_inner);
        let gathered = self.more.wait_timeout_while(waiting, GATHER_TIME, is_calm);
        let (mut waiting, _) = gathered.unwrap_or_else(PoisonError::into_inner);
        waiting.bytes = 0;
        let taken = mem::take(&mut waiting.taken);
        (!taken.is_empty()).then_some(taken)
    }

    /// Gives back a block that was written.
    pub(super) fn give_back(&self, mut block: Vec<u8>) {
        block.clear();
        // A larger one had a single line that was longer.
        if block.capacity() <= BLOCK_BYTES {
            self.lock().spare = block;
        }
    }

    /// Takes no more lines.
    pub(super) fn close(&self) {
        self.lock().is_closed = true;
        self.more.notify_one();
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Waiting {
    fn add(&mut self, line: &[u8]) {
        let blocks = &mut self.taken.blocks;
        if let Some(block) = blocks.last_mut().filter(|block| block.len() + line.len() <= BLOCK_BYTES) {
            return block.extend_from_slice(line);
        }
        let mut block = mem::take(&mut self.spare);
        // Exactly, so that it can be told from one that had to be larger.
        block.reserve_exact(line.len().max(BLOCK_BYTES));
        block.extend_from_slice(line);
        blocks.push(block);
    }
}

impl Taken {
    const fn is_empty(&self) -> bool {
        self.blocks.is_empty() && self.full == 0 && self.unmade == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_counted_and_there_is_room_again() {
        let queue = Queue::default();
        (0..7).for_each(|_| queue.push(&vec![b' '; BYTES / 4]));
        queue.lose();
        let taken = queue.take().unwrap();
        assert_eq!((taken.full, taken.unmade, taken.blocks.concat().len()), (3, 1, BYTES));
        queue.push(b"a\n");
        let taken = queue.take().unwrap();
        assert_eq!((taken.full, taken.unmade, taken.blocks), (0, 0, vec![b"a\n".to_vec()]));
    }

    #[test]
    fn a_block_has_whole_lines() {
        let queue = Queue::default();
        let line = |number: usize| {
            let letter = b'a' + u8::try_from(number % 26).unwrap();
            [vec![letter; BLOCK_BYTES / 10 + number], b"\n".to_vec()].concat()
        };
        (0..100).for_each(|number| queue.push(&line(number)));
        queue.push(&line(10 * BLOCK_BYTES));
        let blocks = queue.take().unwrap().blocks;
        assert_eq!(blocks.concat(), (0..100).chain([10 * BLOCK_BYTES]).flat_map(line).collect::<Vec<_>>());
        assert!(blocks.iter().all(|block| block.ends_with(b"\n")));
        assert!(blocks.iter().rev().skip(1).all(|block| block.len() <= BLOCK_BYTES) && blocks.len() < 15);
    }

    #[test]
    fn a_block_that_was_written_is_used_again_without_what_was_in_it() {
        let queue = Queue::default();
        for line in [b"a\n", b"b\n"] {
            queue.push(line);
            let [block] = queue.take().unwrap().blocks.try_into().unwrap();
            assert_eq!((block.as_slice(), block.capacity()), (line.as_slice(), BLOCK_BYTES));
            let address = block.as_ptr();
            queue.give_back(block);
            assert_eq!(queue.lock().spare.as_ptr(), address);
        }
        queue.give_back(vec![b'x'; 2 * BLOCK_BYTES]);
        assert_eq!(queue.lock().spare.capacity(), BLOCK_BYTES);
    }

    #[test]
    fn what_came_before_the_end_is_still_taken() {
        let queue = Queue::default();
        queue.push(b"a\n");
        queue.close();
        queue.push(b"b\n");
        let taken = queue.take().unwrap();
        assert_eq!((taken.full, taken.blocks), (1, vec![b"a\n".to_vec()]));
        assert!(queue.take().is_none());
    }
}
