//! Tools that say something before they answer.

use std::thread::sleep;
use std::time::{Duration, SystemTime};

use serde_json::{Map, Value};
use wharf_sdk::prelude::*;

/// What the suite waits between two messages.
const BEAT: Duration = Duration::from_millis(50);

/// Reports progress in three steps.
#[tool(read_only)]
pub(crate) fn test_tool_with_progress(call: &Call) -> &'static str {
    call.report(Progress::new(0.0).of(100.0));
    sleep(BEAT);
    call.report(Progress::new(50.0).of(100.0));
    sleep(BEAT);
    call.report(Progress::new(100.0).of(100.0));
    "Reported progress"
}

/// Logs three messages.
#[tool(read_only)]
pub(crate) fn test_tool_with_logging(call: &Call) -> &'static str {
    call.info("Tool execution started");
    sleep(BEAT);
    call.info("Tool processing data");
    sleep(BEAT);
    call.info("Tool execution completed");
    "Logged three messages"
}

/// Logs one message, for whoever asked for it.
#[tool(read_only)]
pub(crate) fn test_logging_tool(call: &Call) -> &'static str {
    call.info("A message of the tool");
    "Logged one message"
}

/// Has the list of tools change.
#[tool(meta = listed())]
pub(crate) fn test_trigger_tool_change(call: &Call) -> &'static str {
    call.tools_changed();
    "The tools have changed"
}

/// Has the list of prompts change.
#[tool]
pub(crate) fn test_trigger_prompt_change(call: &Call) -> &'static str {
    call.prompts_changed();
    "The prompts have changed"
}

/// Takes long enough for a stream to be closed and taken up again.
#[tool(read_only, long_running)]
pub(crate) fn test_reconnection() -> &'static str {
    sleep(BEAT.saturating_mul(4));
    "Reconnection test completed"
}

/// When it was listed. A guest remembers nothing, so this is how a list differs from the one before: whenever it is made
/// anew, and never between.
pub(crate) fn listed() -> Map<String, Value> {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Map::from_iter([("example.com/listed-at".into(), since.as_nanos().to_string().into())])
}
