//! Every bound on a guest, each with its reason. Nothing else in the host decides how much a plugin may take.
//!
//! Those of [`Limits`] can be set for each plugin, below `[plugins.<id>.limits]`; the others belong to the engine that
//! all plugins share, or to the contract.

mod settable;

use std::time::Duration;

pub use self::settable::Limits;
use super::admission::Lane;

/// Largest component file, in bytes. Python's whole interpreter makes one of 18 MB and JavaScript's one of 12 MB; four
/// times that leaves room for what such a plugin brings along, and a mistaken path to a disk image is refused early.
pub const COMPONENT_BYTES: u64 = 64 << 20;

/// Most linear memory of one instance, in bytes, all its memories taken together. A fresh Python instance needs about
/// 40 MB.
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

/// CPU time of one call. A tool asks and formats: seconds of computing are a mistake, or an attack.
pub const CPU_TIME: Duration = Duration::from_secs(10);

/// CPU time after which a call goes on at lower priority, on threads of its own. Ordinary calls need less than a
/// millisecond, so whoever has used this much may wait for those who haven't.
pub const HEAVY_AFTER: Duration = Duration::from_millis(5);

/// Calls that may run at once, over all plugins. Each holds a slot of the instance pool.
pub const CALLS_RUNNING: usize = 1_024;

/// Calls of one plugin that may run at once: half of all, so that no plugin can take every place.
pub const PLUGIN_CALLS_RUNNING: usize = 512;

/// Calls of one plugin that may wait for a place. At a millisecond each, the last one waits about a second.
pub const PLUGIN_CALLS_WAITING: usize = 1_024;

/// Plugins that are read and mapped at once: enough to keep disks and processors busy, and few enough that a thousand need no
/// more memory on their way in than they keep.
pub const LOADS_RUNNING: usize = 8;

/// How long a plugin's turn to be read and mapped lasts: that takes milliseconds, and whoever waits for a disk that doesn't
/// answer must not hold others up.
pub const LOAD_TURN_TIME: Duration = Duration::from_millis(500);

/// Instances of one plugin whose granted directories are opened at once: it takes microseconds, but for a disk that doesn't
/// answer, and then the threads that wait for it are lost to others.
pub const OPENINGS: usize = 8;

/// Clean-ups that may run at once, over all plugins. With the running calls they fit into the pool.
pub const CLEANUPS_RUNNING: usize = 128;

/// Clean-ups of one plugin that may run, and wait. Beyond that they are dropped: they are best effort, and a client that
/// calls and cancels without end must not be able to gather them.
pub(super) const CLEANUP_LANE: Lane = Lane { running: 16, waiting: 256 };

/// Calls that one instance serves where a plugin's instances are reused: it bounds what a leak can gather.
pub const CALLS_PER_INSTANCE: u32 = 1_000;

/// Instances that wait for their next call, over all plugins whose instances are reused: each holds slots of the pool.
pub const INSTANCES_WAITING: usize = 64;

/// The same, of one plugin: as many as serve calls at once on a large machine.
pub const PLUGIN_INSTANCES_WAITING: usize = 16;

/// Instances that the pool has room for: the running calls, the clean-ups, those that wait, and some for listing at once.
pub const POOL_INSTANCES: u32 = 1_280;

/// Core instances, memories and tables that the pool has room for, for each component instance: plugins in Rust have
/// four and one and one; those with a language runtime and shared libraries more, but they are few at a time.
pub const POOL_PER_INSTANCE: u32 = 4;

/// Core instances that the pool counts to: all that all of its instances may have.
pub const POOL_CORE_INSTANCES: usize = 1_280 * CORE_INSTANCES;

/// Memories, or tables, that the calls of one plugin may hold at once: half of those in the pool.
pub const PLUGIN_POOL_PARTS: usize = 2_560;

/// Linear memory that a pool's slot keeps from one call to the next, in bytes: it is cleared, rather than given back and
/// faulted in again. As large as the memory of a usual Rust guest.
pub const MEMORY_KEPT_BYTES: usize = 2 << 20;

/// As for memories: what a slot for a table keeps, in bytes.
pub const TABLE_KEPT_BYTES: usize = 64 << 10;

/// As for memories: what a slot for a stack keeps, in bytes.
pub const STACK_KEPT_BYTES: usize = 64 << 10;

/// Slots that were used and are free which the pool keeps warm. Beyond these, the oldest is taken for another plugin.
pub const POOL_WARM_SLOTS: u32 = 64;

/// Wall-clock and CPU time for compiling one component, in a process of its own. Python's 18 MB take 17 s on two cores.
pub const COMPILE_TIME: Duration = Duration::from_secs(180);

/// Address space of a process that compiles, in bytes. The largest components seen need about one gigabyte.
pub const COMPILE_MEMORY_BYTES: u64 = 4 << 30;

/// Most handles to resources that a guest may hold, on either side of the border. Wasmtime's own bound is a million.
pub const HANDLES: usize = 4_096;

/// Most random bytes that a guest may get with one request. Wasmtime's own bound is 64 MiB.
pub const RANDOM_BYTES: u64 = 64 << 10;

/// Wall-clock time for listing what a plugin offers. It is done at load and computes nothing of note, but the first
/// run of an interpreter may be slow on a busy machine.
pub const LIST_TIME: Duration = Duration::from_secs(10);

/// Plugins that are asked at once what they offer: each holds an instance, for which the pool has room beside calls.
pub const LISTS_RUNNING: usize = 32;

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

/// Most resources of one plugin, listed one by one. More are a family, and have a template.
pub const RESOURCES: usize = 10_000;

/// Most templates of resources of one plugin. Each URI that is asked for may be compared with all.
pub const TEMPLATES: usize = 100;

/// Most prompts of one plugin. People choose from them.
pub const PROMPTS: usize = 1_000;

/// Most arguments of one prompt: people fill them in.
pub const PROMPT_ARGUMENTS: usize = 64;

/// Longest URI, in bytes: what web servers and clients commonly take.
pub const URI_BYTES: usize = 8 << 10;

/// Least time between two readings of a resource that somebody is subscribed to.
pub const LEAST_POLL: Duration = Duration::from_secs(1);

/// Most questions that a call may ask at once. A person answers them.
pub const QUESTIONS: usize = 16;

/// Longest message of a question, or name of its key, in bytes: it fits on a screen.
pub const QUESTION_BYTES: usize = 4 << 10;

/// Most suggestions of a completion that are passed on: what the protocol allows.
pub const SUGGESTIONS: usize = 100;

/// Most changed resources that one call may announce. More than this, and the list itself has changed.
pub const UPDATES: usize = 256;

/// Longest description of a tool, in bytes. It is read by the model with every conversation.
pub const DESCRIPTION_BYTES: usize = 16 << 10;

/// Longest title, in bytes.
pub const TITLE_BYTES: usize = 256;

/// Most icons of one tool: a few sizes, for two themes.
pub const ICONS: usize = 16;

/// Longest source of an icon, in bytes: a small picture as a `data:` address.
pub const ICON_BYTES: usize = 64 << 10;

/// Largest metadata of a tool, in bytes of JSON.
pub const META_BYTES: usize = 64 << 10;

/// Largest JSON Schema of a tool, in bytes.
pub const SCHEMA_BYTES: usize = 256 << 10;

/// Deepest nesting of a JSON Schema. Generated schemas reach about 20; validators recurse as deep.
pub const SCHEMA_DEPTH: usize = 64;

/// Longest line that a guest's output is logged as, in bytes; the rest of the line is dropped and counted.
pub const LOG_LINE_BYTES: usize = 4 << 10;

/// Most lines of output that are logged for one call; the rest is counted.
pub const LOG_LINES: usize = 200;

/// Lines that one plugin may write into the log in a second, over all its calls and beyond what one call may write at
/// once; the rest is counted. So many are more than
/// anybody reads, and a log that can't keep up would hold up the calls of others.
pub const LOG_LINES_PER_SECOND: u32 = 200;

/// Events (progress, messages) of one call that wait to be sent. A guest that is faster loses some, and never waits.
pub const EVENTS_WAITING: usize = 64;

/// Longest message of a progress event, and largest data of a logged one, in bytes: a client shows a line of it. As many as
/// wait of each call are in memory.
pub const EVENT_BYTES: usize = 16 << 10;

/// Longest name of the part of a plugin that logs, in bytes.
pub const LOGGER_BYTES: usize = 256;

/// Longest text in which a plugin says why it failed, and largest data that belongs to it, in bytes. A model reads it.
pub const FAILURE_BYTES: usize = 16 << 10;

/// Least time between a pause and the next call, so that a plugin can't turn waiting into a busy loop.
pub const LEAST_PAUSE: Duration = Duration::from_millis(50);

/// Longest time that a request is kept open for a plugin which pauses. Proxies and clients cut off earlier.
pub const HOLD_TIME: Duration = Duration::from_secs(15 * 60);

/// Time for connecting to another machine: looking its name up, shaking hands, agreeing on how to be private. Beyond a few
/// seconds nobody is there.
pub const HTTP_CONNECT_TIME: Duration = Duration::from_secs(5);

/// Time until the answer to a request begins. Slow interfaces think for some seconds, and a call has 30.
pub const HTTP_FIRST_BYTE_TIME: Duration = Duration::from_secs(20);

/// Time until the answer to a request has ended: as long as a call may take by default.
pub const HTTP_TOTAL_TIME: Duration = Duration::from_secs(30);

/// Largest body of a request, in bytes. It streams through, so this bounds what a plugin can carry off, not memory.
pub const HTTP_REQUEST_BYTES: u64 = 16 << 20;

/// Largest body of an answer, in bytes; as for requests. What is larger won't fit into the guest's memory either.
pub const HTTP_RESPONSE_BYTES: u64 = 64 << 20;

/// Most headers of a request, and of an answer. Servers usually take a hundred.
pub const HTTP_HEADERS: usize = 100;

/// Most bytes of all headers of a request, and of an answer: twice what servers usually take.
pub const HTTP_HEADER_BYTES: usize = 16 << 10;

/// Requests of one plugin in progress at once. More than this, and a plugin floods its other side.
pub const HTTP_RUNNING: usize = 64;

/// Requests of one plugin that wait for others to end. At 50 ms each, the last one waits about a second.
pub const HTTP_WAITING: usize = 1_024;

/// Requests that one plugin may begin in one second. An assistant needs a few; a loop that went wrong, thousands.
pub const HTTP_PER_SECOND: u32 = 200;
