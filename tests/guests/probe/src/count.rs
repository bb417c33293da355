//! Tools that tell how many calls an instance has served: a number in its memory says so.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::sleep;
use std::time::Duration;

use wharf_sdk::prelude::*;

static CALLS: AtomicU64 = AtomicU64::new(0);

/// Between two looks at a file that isn't there.
const LOOK: Duration = Duration::from_millis(10);

/// Counts the calls that this memory has seen: 1, unless an instance serves more than one call.
#[tool]
pub(crate) fn count_calls() -> u64 {
    CALLS.fetch_add(1, Ordering::Relaxed) + 1
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct When {
    /// Whatever tells this call from others.
    name: String,
    /// The call ends once there is a file at this path.
    path: String,
}

/// Counts as `count_calls` does, says so, waits for a file, and then tells the number.
#[tool]
#[expect(clippy::print_stdout, reason = "the tests look into the host's log to know that the call is in progress")]
pub(crate) fn count_when(args: When) -> u64 {
    CALLS.fetch_add(1, Ordering::Relaxed);
    println!("counted for {}", args.name);
    while !Path::new(&args.path).exists() {
        sleep(LOOK);
    }
    // What it is by now: another call in this memory would show.
    CALLS.load(Ordering::Relaxed)
}
