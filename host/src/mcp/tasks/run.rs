//! The run of one task: the guest called, and called again after each pause and each answer.

use std::sync::Arc;
use std::time::{Duration, Instant};

use rmcp::ErrorData;
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio::time::sleep;

use super::super::{convert, failure, question};
use super::{TaskDesk, paused, wire};
use crate::caller::Caller;
use crate::plugin::types::{Asking, Resumption};
use crate::plugin::{
    Arguments, Attempt, CallContext, CallError, Event, Outcome, Parked, Plugin, Tool, ToolResult, pause_time,
};
use crate::surface::{Surface, SurfaceTool};
use crate::task::{Current, Progress, Status, StoreError, Task, TaskId, Tasks};

/// How often at most progress is written down: each time is a write to the disk.
const NOTE_EVERY: Duration = Duration::from_secs(1);

/// What it takes to call the guest.
pub(super) struct Job {
    plugin: Arc<Plugin>,
    /// The client's name for the tool, and the plugin's.
    client_tool: String,
    tool: String,
    arguments: Arguments,
    attempt: Attempt,
}

impl Job {
    /// A call that was just made.
    pub(super) fn of(offered: &SurfaceTool, described: &Tool, arguments: &Arguments, attempt: Attempt) -> Self {
        Self {
            plugin: Arc::clone(&offered.plugin),
            client_tool: offered.name.clone(),
            tool: described.name.clone(),
            arguments: arguments.clone(),
            attempt,
        }
    }

    /// A call that an earlier process has begun. None if its plugin can't go on with it.
    pub(super) fn again(surface: &Surface, task: &Task) -> Option<Self> {
        let offered = surface.tool(&task.call.client_tool)?;
        let described = offered.described()?;
        let plugin = &offered.plugin;
        let is_same = plugin.id() == task.call.plugin
            && described.name == task.call.tool
            && task.call.state_version.as_deref() == Some(plugin.state_version());
        let arguments = read_arguments(plugin, described, &task.call.arguments).filter(|_| is_same)?;
        let caller =
            Caller { subject: task.owner.subject.clone(), issuer: task.owner.issuer.clone(), ..Caller::default() };
        let context = CallContext {
            caller: Arc::new(caller),
            endpoint: task.call.endpoint.as_str().into(),
            abilities: super::abilities(task.call.abilities),
            meta: task.call.meta.clone(),
            events: None,
        };
        let parked = Parked { call_id: task.call.id.parse().ok()?, abandon: task.current.abandon.clone() };
        Some(Self::of(offered, described, &arguments, plugin.resume(parked, context)))
    }

    /// Cleans up after a call whose time is over.
    pub(super) fn expire(self) {
        self.attempt.expire();
    }

    /// Runs until the task has ended. Dropping the future cancels the call.
    pub(super) async fn run(mut self, desk: Arc<TaskDesk>, id: TaskId, current: Current) {
        let store = desk.store.clone();
        let status = match self.run_to_end(&desk, &store, id, current).await {
            Ok(result) => Status::Completed(result.to_string()),
            Err(Ended::Failed(error)) => Status::Failed(json!(error).to_string()),
            // Somebody else has ended it.
            Err(Ended::Elsewhere) => return,
        };
        if let Err(error) = store.update(None, id, move |current| current.status = status).await {
            tracing::warn!(task = %id, "the end of a task was not kept: {error}");
        }
    }

    async fn run_to_end(
        &mut self,
        desk: &TaskDesk,
        store: &Tasks,
        id: TaskId,
        current: Current,
    ) -> Result<Value, Ended> {
        let mut resumed = None;
        if let Some(at) = current.resume_at {
            sleep(Duration::from_millis(at.saturating_sub(wire::now()))).await;
            resumed = Some(Resumption { state: current.state, answers: Vec::new() });
        } else if current.questions.is_some() {
            resumed = Some(self.answered(store, id, current.state).await?);
        }
        loop {
            match self.step(store, id, resumed.take()).await {
                Ok(Outcome::Done(result)) => return Ok(self.shown(desk, result)),
                Ok(Outcome::Ask(asking)) => resumed = Some(self.ask(store, id, asking).await?),
                Ok(Outcome::Pause(pause)) => {
                    let (next, abandon) = (paused(&pause), self.attempt.parked().abandon);
                    let time = pause_time(&pause);
                    keep(store, id, move |current| {
                        let (progress, message) = (current.progress, current.message.take());
                        *current = next;
                        current.progress = current.progress.or(progress);
                        current.message = current.message.take().or(message);
                        current.abandon = abandon;
                    })
                    .await?;
                    sleep(time).await;
                    resumed = Some(Resumption { state: pause.state, answers: Vec::new() });
                }
                Err(error) => return failed(&error),
            }
        }
    }

    /// Calls the guest once, and notes what it says of its progress.
    async fn step(
        &mut self,
        store: &Tasks,
        id: TaskId,
        resumed: Option<Resumption>,
    ) -> Result<Outcome<ToolResult>, CallError> {
        let (sender, receiver) = mpsc::channel(self.plugin.limits().events_waiting.max(1));
        self.attempt.listen(Some(sender));
        let offers = self.plugin.offers();
        let described = offers.tools.iter().find(|tool| tool.name == self.tool).ok_or_else(gone)?;
        let calling = self.attempt.tool(described, &self.arguments, resumed);
        tokio::select! {
            outcome = calling => outcome,
            never = note(store, id, receiver) => never,
        }
    }

    /// Shows what the guest asks, and waits for answers.
    async fn ask(&self, store: &Tasks, id: TaskId, asking: Asking) -> Result<Resumption, Ended> {
        let requests = match question::requests(&asking.asks) {
            Ok(requests) => json!(requests).to_string(),
            Err(error) => return failed(&error).map(|_| Resumption { state: Vec::new(), answers: Vec::new() }),
        };
        let (state, abandon) = (asking.state.clone(), self.attempt.parked().abandon);
        keep(store, id, move |current| {
            current.status = Status::InputRequired;
            (current.questions, current.answers) = (Some(requests), None);
            (current.state, current.abandon, current.resume_at) = (state, abandon, None);
        })
        .await?;
        self.answered(store, id, asking.state).await
    }

    async fn answered(&self, store: &Tasks, id: TaskId, state: Vec<u8>) -> Result<Resumption, Ended> {
        let mut changes = store.watch(id);
        loop {
            let task = store.get(None, id).await.map_err(|_| Ended::Elsewhere)?;
            if task.current.status.is_end() {
                return Err(Ended::Elsewhere);
            }
            if task.current.status == Status::Working {
                let mut given = wire::answered(&task.current);
                let asked = question::opened(&wire::asked(&task.current));
                let answers = question::answers(&asked, |key| given.remove(key));
                keep(store, id, |current| {
                    (current.questions, current.answers) = (None, None);
                })
                .await?;
                return Ok(Resumption { state, answers });
            }
            changes.changed().await;
        }
    }

    fn shown(&self, desk: &TaskDesk, result: ToolResult) -> Value {
        let surface = desk.published.current();
        let uris = |uri: &str| surface.uri_for_clients(self.plugin.id(), uri);
        tracing::debug!(tool = self.client_tool, "a task is done");
        json!(convert::tool_result(result, &uris))
    }
}

/// Why a task has no result.
enum Ended {
    Failed(ErrorData),
    Elsewhere,
}

fn failed(error: &CallError) -> Result<Value, Ended> {
    failure::of_tool(error, true).map(|result| json!(result)).map_err(Ended::Failed)
}

fn gone() -> CallError {
    CallError::BadResult("the plugin no longer has this tool".into())
}

fn read_arguments(plugin: &Plugin, tool: &Tool, json: &str) -> Option<Arguments> {
    plugin.check_arguments(tool, &serde_json::from_str(json).ok()?).ok()
}

async fn keep(store: &Tasks, id: TaskId, change: impl FnOnce(&mut Current) + Send + 'static) -> Result<(), Ended> {
    match store.update(None, id, change).await {
        Ok(_) => Ok(()),
        Err(StoreError::Ended | StoreError::NotFound) => Err(Ended::Elsewhere),
        Err(error) => Err(Ended::Failed(ErrorData::internal_error(error.to_string(), None))),
    }
}

/// Writes down how far the guest says it is, for as long as it is polled.
async fn note<R>(store: &Tasks, id: TaskId, mut events: mpsc::Receiver<Event>) -> R {
    let mut last: Option<Instant> = None;
    while let Some(event) = events.recv().await {
        let Event::Progress(progress) = event else { continue };
        if last.is_some_and(|last| last.elapsed() < NOTE_EVERY) {
            continue;
        }
        last = Some(Instant::now());
        let noted = store.update(None, id, move |current| {
            current.progress = Some(Progress { done: progress.done, total: progress.total });
            current.message = progress.message;
        });
        if let Err(error) = noted.await {
            tracing::debug!(task = %id, "the progress of a task was not kept: {error}");
        }
    }
    std::future::pending().await
}

/// Ends a task that this process can't go on with.
pub(super) async fn give_up(store: &Tasks, task: &Task) {
    let text = "the plugin was replaced or removed while the task waited: make the call again";
    let error = json!(ErrorData::internal_error(text, None)).to_string();
    if let Err(error) = store.update(None, task.id, move |current| current.status = Status::Failed(error)).await {
        tracing::debug!(task = %task.id, "a task could not be ended: {error}");
    }
}
