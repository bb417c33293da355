//! What happened, for whoever has to answer for it: one JSON line for each call of a plugin and for each use that it made
//! of a capability, tied by the call's id.
//!
//! Whoever reports never waits for the disk: it makes the line, which goes into a bounded queue, and one thread writes. What
//! doesn't fit is lost, and how much was lost is a record itself. Text from clients and plugins is bounded, and no control
//! character of it reaches the file. Arguments are kept as a digest, unless the operator wants them whole.

mod file;
mod line;
mod queue;
mod record;
mod witness;
mod writer;

use std::cell::Cell;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;

use self::file::LogFile;
use self::line::Liner;
use self::queue::Queue;
use self::record::{Record, Unlisted};
use self::writer::Writer;

pub use self::record::{Arguments, Call, Use};
pub use self::witness::{Denied, REFUSALS, Refusal, USES, Witness};

/// Largest file before another one is begun, where the operator says nothing else: some 150,000 calls.
pub const LARGEST_BYTES: u64 = 64 << 20;

/// Older files that are kept beside the newest, where the operator says nothing else.
pub const KEPT: u32 = 4;

/// How long the end of the process waits for the last records. Beyond it the disk doesn't answer.
const LAST_TIME: Duration = Duration::from_secs(5);

/// Memory for a line that a thread keeps for the next, in bytes. Longer ones are rare: they have whole arguments.
const LINE_BYTES: usize = 4 << 10;

thread_local! {
    /// Where this thread makes its lines: so it allocates nothing for them, and nobody waits for another's line.
    static LINE: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

/// Where records go, and what is in them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The newest file. Older ones have `.1`, `.2` and so on behind its name.
    pub file: PathBuf,
    /// A file that would become larger than this is put aside.
    pub largest_bytes: u64,
    /// How many files that were put aside are kept.
    pub keep: u32,
    /// How much of the arguments is kept.
    pub arguments: Keep,
}

impl Settings {
    /// The usual ones, for this file.
    #[must_use]
    pub const fn of(file: PathBuf) -> Self {
        Self { file, largest_bytes: LARGEST_BYTES, keep: KEPT, arguments: Keep::Digest }
    }
}

/// How much of a call's arguments is kept.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Keep {
    /// A digest with a key that only this process has: the same arguments have the same digest until it ends, and
    /// nobody can find out by trying which arguments a digest stands for.
    #[default]
    Digest,
    /// All of them.
    Whole,
}

/// Why nothing can be recorded.
#[derive(Debug, thiserror::Error)]
pub enum AuditError {
    /// The file can't be opened for writing.
    #[error("the audit file {} can't be opened: {problem}", file.display())]
    Open {
        /// As configured.
        file: PathBuf,
        /// What the operating system says.
        problem: std::io::Error,
    },
    /// There is no thread, or no random key.
    #[error("the audit can't begin: {0}")]
    Begin(#[source] std::io::Error),
}

impl AuditError {
    /// What the operator can do about it.
    #[must_use]
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::Open { .. } => {
                "name a file that this user may write with `file` below [audit], or write `enabled = false` there"
            }
            Self::Begin(_) => "let this user start more threads, or write `enabled = false` below [audit]",
        }
    }
}

/// Takes records. Cheap to clone; when the last one is dropped, what was recorded is still written.
#[derive(Clone, Default)]
pub struct Audit(Option<Arc<Open>>);

struct Open {
    liner: Liner,
    queue: Arc<Queue>,
    writer: Mutex<Option<JoinHandle<()>>>,
}

impl Audit {
    /// Takes nothing.
    #[must_use]
    pub const fn off() -> Self {
        Self(None)
    }

    /// Begins to record into a file, which is made if it isn't there. Blocks on the disk.
    ///
    /// # Errors
    /// When the file can't be opened, or no thread can be started.
    pub fn open(settings: &Settings) -> Result<Self, AuditError> {
        let file =
            LogFile::open(settings).map_err(|problem| AuditError::Open { file: settings.file.clone(), problem })?;
        let queue = Arc::new(Queue::default());
        let (liner, writer) = (Liner::new(settings.arguments).map_err(AuditError::Begin)?, Writer::new(file));
        let taking = Arc::clone(&queue);
        let thread = std::thread::Builder::new().name("audit".into()).spawn(move || writer.run(&taking));
        let writer = Mutex::new(Some(thread.map_err(AuditError::Begin)?));
        Ok(Self(Some(Arc::new(Open { liner, queue, writer }))))
    }

    /// Whether anybody takes what is recorded: else nobody needs to gather it.
    #[must_use]
    pub const fn is_on(&self) -> bool {
        self.0.is_some()
    }

    /// Records a step of a call.
    pub fn call(&self, call: &Call) {
        self.record(Record::Call(call));
    }

    /// Records that a capability was used, or refused.
    pub fn used(&self, used: Use<'_>) {
        self.record(Record::Use(used));
    }

    fn unlisted(&self, more: Unlisted<'_>) {
        self.record(Record::Unlisted(more));
    }

    fn record(&self, record: Record<'_>) {
        let Some(open) = &self.0 else { return };
        // A thread that ends has none any more.
        let mut line = LINE.try_with(Cell::take).unwrap_or_default();
        match open.liner.add(&mut line, record) {
            Ok(()) => open.queue.push(&line),
            Err(error) => {
                tracing::error!("a record of the audit can't be written as JSON: {error}");
                open.queue.lose();
            }
        }
        line.clear();
        line.shrink_to(LINE_BYTES);
        let _ = LINE.try_with(|kept| kept.set(line));
    }

    /// Ends recording, and returns when everything is written, or the disk doesn't answer.
    pub async fn closed(&self) {
        let Some(open) = &self.0 else { return };
        open.queue.close();
        let Some(writer) = open.writer.lock().unwrap_or_else(PoisonError::into_inner).take() else { return };
        let ended = tokio::task::spawn_blocking(move || writer.join().is_ok());
        match tokio::time::timeout(LAST_TIME, ended).await {
            Ok(Ok(true)) => {}
            Ok(_) => tracing::error!("the audit ended early: its writer failed"),
            Err(_) => tracing::error!("the last records of the audit are not written after {LAST_TIME:?}"),
        }
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        // The thread goes on until the queue is empty. Nobody waits here: this may be a thread of the runtime.
        self.queue.close();
    }
}

#[cfg(test)]
mod tests;
