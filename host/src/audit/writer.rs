//! The thread that writes: records into lines, lines into the file, and what could not be written into a count.

use std::io;

use rustix::rand::{GetRandomFlags, getrandom};

use super::Keep;
use super::file::LogFile;
use super::line::{self, Liner};
use super::queue::Queue;
use super::record::Stamped;

/// Lines that are written at once, in bytes: what a full disk may cost at a time.
const PIECE_BYTES: usize = 64 << 10;

/// Makes lines of records, and writes them.
pub(super) struct Writer {
    liner: Liner,
    file: LogFile,
    /// Whole lines that wait to be written, and how many they are.
    piece: Vec<u8>,
    lines: u64,
    /// Lost since the file last said so.
    queue_full: u64,
    not_written: u64,
    is_failing: bool,
}

impl Writer {
    /// Into this file.
    pub(super) fn new(file: LogFile, keep: Keep) -> io::Result<Self> {
        let mut key = [0; blake3::KEY_LEN];
        if getrandom(&mut key, GetRandomFlags::empty())? != key.len() {
            return Err(io::Error::other("the system has no random bytes"));
        }
        let liner = Liner::new(keep, key);
        Ok(Self { liner, file, piece: Vec::new(), lines: 0, queue_full: 0, not_written: 0, is_failing: false })
    }

    /// Writes until the queue is closed and empty.
    pub(super) fn run(mut self, queue: &Queue) {
        let mut records = Vec::new();
        while let Some(lost) = queue.take(&mut records) {
            if lost > 0 {
                tracing::warn!("{lost} records of the audit were lost: the disk is slower than the calls");
                self.queue_full = self.queue_full.saturating_add(lost);
            }
            self.write(&records);
            records.clear();
        }
        let lost = self.queue_full.saturating_add(self.not_written);
        if lost > 0 {
            tracing::error!("{lost} records of the audit are lost, and the file {} doesn't say so", self.file.name());
        }
    }

    fn write(&mut self, records: &[Stamped]) {
        if let Err(error) = self.file.begin() {
            self.not_written = self.not_written.saturating_add(u64::try_from(records.len()).unwrap_or(u64::MAX));
            return self.failed(&error);
        }
        self.add_lost();
        for record in records {
            let begun = self.piece.len();
            match self.liner.add(&mut self.piece, record) {
                Ok(()) => self.lines += 1,
                Err(error) => {
                    tracing::error!("a record of the audit can't be written as JSON: {error}");
                    self.piece.truncate(begun);
                    self.not_written = self.not_written.saturating_add(1);
                }
            }
            let is_due = self.piece.len() >= PIECE_BYTES;
            self.make_room(begun);
            if is_due {
                self.flush();
            }
        }
        self.flush();
        // What was lost just now, if the disk takes it.
        self.add_lost();
        self.flush();
        self.file.end();
    }

    /// Puts the file aside if the newest line, which begins there, doesn't fit.
    fn make_room(&mut self, newest: usize) {
        if self.file.has_room(self.piece.len()) || (newest == 0 && self.file.is_empty()) {
            return;
        }
        let line = self.piece.split_off(newest.min(self.piece.len()));
        self.lines = self.lines.saturating_sub(1);
        self.flush();
        self.file.rotate();
        self.piece = line;
        self.lines = self.lines.saturating_add(1);
    }

    /// Says how many are missing.
    fn add_lost(&mut self) {
        if self.queue_full == 0 && self.not_written == 0 {
            return;
        }
        let begun = self.piece.len();
        match line::lost(&mut self.piece, self.queue_full, self.not_written) {
            Ok(()) => self.flush_lost(),
            Err(_) => self.piece.truncate(begun),
        }
    }

    fn flush_lost(&mut self) {
        match self.file.append(&self.piece) {
            Ok(()) => {
                (self.queue_full, self.not_written) = (0, 0);
                self.written();
            }
            Err(error) => self.failed(&error),
        }
        self.piece.clear();
    }

    fn flush(&mut self) {
        if self.piece.is_empty() {
            return;
        }
        match self.file.append(&self.piece) {
            Ok(()) => self.written(),
            Err(error) => {
                self.not_written = self.not_written.saturating_add(self.lines);
                self.failed(&error);
            }
        }
        self.piece.clear();
        self.lines = 0;
    }

    /// Says once that the file takes nothing, and not for each record.
    fn failed(&mut self, error: &io::Error) {
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
