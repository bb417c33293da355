//! Every bound on a guest, each with its reason. Nothing else in the host decides how much a plugin may take.

use std::time::Duration;

/// Largest component file, in bytes. Python's whole interpreter makes one of 18 MB and JavaScript's one of 12 MB; four
/// times that leaves room for what such a plugin brings along, and a mistaken path to a disk image is refused early.
pub const COMPONENT_BYTES: u64 = 64 << 20;

/// Most linear memory of one instance, in bytes. A fresh Python instance needs about 40 MB.
pub const MEMORY_BYTES: usize = 128 << 20;

/// Most linear memories of one instance. A component that was linked from a language runtime, an adapter and libraries
/// has a handful.
pub const MEMORIES: usize = 16;

/// Most tables of one instance; as for memories.
pub const TABLES: usize = 16;

/// Most elements of one table: function pointers, of which the largest language runtimes have some 30,000.
pub const TABLE_ELEMENTS: usize = 100_000;

/// Most core instances within one instance of a component. Adapters and shims make about ten, shared libraries more.
pub const CORE_INSTANCES: usize = 64;

/// Stack of a guest, in bytes. Wasmtime's own default, which language runtimes are tested with.
pub const STACK_BYTES: usize = 512 << 10;

/// Stack that a guest and the host functions below it share, in bytes: it must exceed [`STACK_BYTES`].
pub const ASYNC_STACK_BYTES: usize = 2 << 20;

/// Wall-clock time of one call. Clients give up after 30 to 60 seconds; longer work pauses.
pub const CALL_TIME: Duration = Duration::from_secs(30);

/// Wall-clock time for listing what a plugin offers. It is done at load and computes nothing of note, but the first
/// run of an interpreter may be slow on a busy machine.
pub const LIST_TIME: Duration = Duration::from_secs(10);

/// Wall-clock time for cleaning up after a call that was abandoned: time for one or two requests to a remote side.
pub const CLEANUP_TIME: Duration = Duration::from_secs(10);

/// Length of an epoch: how long a spinning guest may hold a thread before it yields, and thereby the precision of
/// every time bound. Shorter ones cost measurable time in tight loops.
pub const TICK: Duration = Duration::from_millis(10);

/// Largest arguments of a call, in bytes of JSON. A model writes them token by token; a megabyte is a large document.
pub const ARGUMENT_BYTES: usize = 1 << 20;

/// Largest result of a call, in bytes of text and data. What a model can read is far smaller; images are not.
pub const RESULT_BYTES: usize = 8 << 20;

/// Largest amount of data that one call across the border may carry from the guest into the host's memory, in bytes.
/// Above [`RESULT_BYTES`], so that a result which is too large gets an error that says so.
pub const HOSTCALL_BYTES: usize = 32 << 20;

/// Largest state that a plugin may ask the host to keep, in bytes. It travels with clients, as text, inside of requests.
pub const STATE_BYTES: usize = 64 << 10;

/// Most tools of one plugin. Clients take in about a hundred in all; a thousand is a generated interface.
pub const TOOLS: usize = 1_000;

/// Longest description of a tool, in bytes. It is read by the model with every conversation.
pub const DESCRIPTION_BYTES: usize = 16 << 10;

/// Longest title, in bytes.
pub const TITLE_BYTES: usize = 256;

/// Largest JSON Schema of a tool, in bytes.
pub const SCHEMA_BYTES: usize = 256 << 10;

/// Deepest nesting of a JSON Schema. Generated schemas reach about 20; validators recurse as deep.
pub const SCHEMA_DEPTH: usize = 64;

/// Longest line that a guest's output is logged as, in bytes; the rest of the line is dropped and counted.
pub const LOG_LINE_BYTES: usize = 4 << 10;

/// Most lines of output that are logged for one call; the rest is counted.
pub const LOG_LINES: usize = 200;

/// Events (progress, messages) of one call that wait to be sent. A guest that is faster loses some, and never waits.
pub const EVENTS_WAITING: usize = 64;

/// Least time between a pause and the next call, so that a plugin can't turn waiting into a busy loop.
pub const LEAST_PAUSE: Duration = Duration::from_millis(50);

/// Longest time that a request is kept open for a plugin which pauses. Proxies and clients cut off earlier.
pub const HOLD_TIME: Duration = Duration::from_secs(15 * 60);

/// The bounds of one plugin. The default is the constants of this module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// See [`COMPONENT_BYTES`].
    pub component_bytes: u64,
    /// See [`MEMORY_BYTES`].
    pub memory_bytes: usize,
    /// See [`CALL_TIME`].
    pub call_time: Duration,
    /// See [`ARGUMENT_BYTES`].
    pub argument_bytes: usize,
    /// See [`RESULT_BYTES`].
    pub result_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            component_bytes: COMPONENT_BYTES,
            memory_bytes: MEMORY_BYTES,
            call_time: CALL_TIME,
            argument_bytes: ARGUMENT_BYTES,
            result_bytes: RESULT_BYTES,
        }
    }
}
