//! Tasks as the protocol shows them.

use std::time::{SystemTime, UNIX_EPOCH};

use chrono::{DateTime, SecondsFormat};
use rmcp::ErrorData;
use rmcp::model::{DetailedTask, InputRequests, InputResponses, JsonObject, Task as WireTask, TaskPayload, TaskStatus};

use crate::task::{Current, Status, Task};

/// How often clients should ask, in milliseconds.
const POLL_MS: u64 = 1_000;

/// A task without what it has come to.
pub(super) fn task(task: &Task) -> WireTask {
    let status = match &task.current.status {
        Status::Working => TaskStatus::Working,
        Status::InputRequired => TaskStatus::InputRequired,
        Status::Completed(_) => TaskStatus::Completed,
        Status::Failed(_) => TaskStatus::Failed,
        Status::Cancelled => TaskStatus::Cancelled,
    };
    let wire = WireTask::new(task.id.to_string(), status, date(task.created), date(task.updated))
        .with_ttl_ms(task.ttl)
        .with_poll_interval_ms(POLL_MS);
    match message(&task.current) {
        Some(message) => wire.with_status_message(message),
        None => wire,
    }
}

/// A task with what it has come to.
///
/// # Errors
/// When what is stored can't be read.
pub(super) fn detailed(from: &Task) -> Result<DetailedTask, ErrorData> {
    let object = |json: &str| {
        serde_json::from_str::<JsonObject>(json).map_err(|error| {
            ErrorData::internal_error(format!("what is kept of the task can't be read: {error}"), None)
        })
    };
    let payload = match &from.current.status {
        Status::Working => TaskPayload::Working,
        Status::InputRequired => TaskPayload::InputRequired { input_requests: questions(&from.current) },
        Status::Completed(result) => TaskPayload::Completed { result: object(result)? },
        Status::Failed(error) => TaskPayload::Failed { error: object(error)? },
        Status::Cancelled => TaskPayload::Cancelled,
    };
    Ok(DetailedTask::new(task(from), payload))
}

/// What a task has asked.
pub(super) fn asked(current: &Current) -> InputRequests {
    current.questions.as_deref().and_then(|json| serde_json::from_str(json).ok()).unwrap_or_default()
}

/// What was answered so far.
pub(super) fn answered(current: &Current) -> InputResponses {
    current.answers.as_deref().and_then(|json| serde_json::from_str(json).ok()).unwrap_or_default()
}

/// What a task still asks.
pub(super) fn questions(current: &Current) -> InputRequests {
    let answered = answered(current);
    asked(current).into_iter().filter(|(key, _)| !answered.contains_key(key)).collect()
}

fn message(current: &Current) -> Option<String> {
    let progress = current.progress.map(|progress| match progress.total {
        Some(total) => format!("{} of {total}", progress.done),
        None => progress.done.to_string(),
    });
    match (&current.message, progress) {
        (Some(message), Some(progress)) => Some(format!("{message} ({progress})")),
        (Some(message), None) => Some(message.clone()),
        (None, progress) => progress,
    }
}

/// Milliseconds since 1970.
pub(super) fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

fn date(milliseconds: u64) -> String {
    let milliseconds = i64::try_from(milliseconds).unwrap_or(i64::MAX);
    let date = DateTime::from_timestamp_millis(milliseconds).unwrap_or(DateTime::UNIX_EPOCH);
    date.to_rfc3339_opts(SecondsFormat::Millis, true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::task::Progress;

    #[test]
    fn dates_and_messages_are_for_people() {
        assert_eq!(date(1_700_000_000_123), "2023-11-14T22:13:20.123Z");
        assert_eq!(date(u64::MAX), "1970-01-01T00:00:00.000Z");
        let progress = Some(Progress { done: 1.0, total: Some(3.0) });
        let current = Current { message: Some("Building".into()), progress, ..Current::default() };
        assert_eq!(message(&current).as_deref(), Some("Building (1 of 3)"));
    }
}
