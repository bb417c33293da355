//! The thread that writes: lines into the file, and what could not be written into a count.

use std::io;

use super::file::LogFile;
use super::line;
use super::queue::{Queue, Taken};

/// Writes lines.
pub(super) struct Writer {
    file: LogFile,
    /// Lost since the file last said so.
    queue_full: u64,
    not_written: u64,
    is_failing: bool,
}

impl Writer {
    /// Into this file.
    pub(super) const fn new(file: LogFile) -> Self {
        Self { file, queue_full: 0, not_written: 0, is_failing: false }
    }

    /// Writes until the queue is closed and empty.
    pub(super) fn run(mut self, queue: &Queue) {
        while let Some(Taken { blocks, full, unmade }) = queue.take() {
            if full > 0 {
                tracing::warn!("{full} records of the audit were lost: the disk is slower than the calls");
            }
            self.queue_full = self.queue_full.saturating_add(full);
            self.not_written = self.not_written.saturating_add(unmade);
            self.write(&blocks);
            if let Some(block) = blocks.into_iter().next() {
                queue.give_back(block);
            }
        }
        let lost = self.queue_full.saturating_add(self.not_written);
        if lost > 0 {
            tracing::error!("{lost} records of the audit are lost, and the file {} doesn't say so", self.file.name());
        }
    }

    fn write(&mut self, blocks: &[Vec<u8>]) {
        if let Err(error) = self.file.begin() {
            return blocks.iter().for_each(|lines| self.failed(lines, &error));
        }
        self.add_lost();
        for mut lines in blocks.iter().map(Vec::as_slice) {
            // A block at once, where the file has room: that is what a full disk may cost at a time.
            while !lines.is_empty() {
                let (piece, rest) = lines.split_at_checked(self.piece(lines)).unwrap_or((lines, &[]));
                self.append(piece);
                lines = rest;
            }
        }
        // What was lost just now, if the disk takes it.
        self.add_lost();
        self.file.end();
    }

    /// How many bytes of these lines are written next: whole lines, and at least one. Puts the file aside if not even that
    /// one fits.
    fn piece(&mut self, lines: &[u8]) -> usize {
        let is_end = |byte: &u8| *byte == b'\n';
        let first = lines.iter().position(is_end).map_or(lines.len(), |end| end + 1);
        if self.file.room() < first && !self.file.is_empty() {
            self.file.rotate();
        }
        let most = self.file.room().min(lines.len());
        let last = lines.get(..most).unwrap_or_default().iter().rposition(is_end);
        last.map_or(first, |end| end + 1)
    }

    fn append(&mut self, lines: &[u8]) {
        match self.file.append(lines) {
            Ok(()) => self.written(),
            Err(error) => self.failed(lines, &error),
        }
    }

    /// Says how many are missing.
    fn add_lost(&mut self) {
        if self.queue_full == 0 && self.not_written == 0 {
            return;
        }
        let mut lost = Vec::new();
        let made = line::lost(&mut lost, self.queue_full, self.not_written).map_err(io::Error::from);
        match made.and_then(|()| self.file.append(&lost)) {
            Ok(()) => {
                (self.queue_full, self.not_written) = (0, 0);
                self.written();
            }
            Err(error) => self.failed(&[], &error),
        }
    }

    /// Counts lines that aren't written, and says once that the file takes nothing, and not for each of them.
    fn failed(&mut self, lines: &[u8], error: &io::Error) {
        let count = lines.iter().filter(|byte| **byte == b'\n').count();
        self.not_written = self.not_written.saturating_add(u64::try_from(count).unwrap_or(u64::MAX));
        if !self.is_failing {
            let name = self.file.name();
            tracing::error!("the audit file {name} takes nothing ({error}): calls go on, and what is lost is counted");
        }
        self.is_failing = true;
    }

    fn written(&mut self) {
        if self.is_failing {
            tracing::warn!("the audit file {} is written again", self.file.name());
        }
        self.is_failing = false;
    }
}
