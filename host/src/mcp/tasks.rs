//! Calls that outlast their request: tasks, as the protocol's extension has them. `run` calls the guest again after each
//! pause, and across restarts of this process; here is what clients ask of tasks, and how one begins.

mod run;
mod wire;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use rmcp::ErrorData;
use rmcp::model::{CreateTaskResult, GetTaskResult, InputResponses};
use serde_json::Value;
use tokio_util::task::AbortOnDropHandle;

use self::run::Job;
use super::client::Client;
use super::question;
use crate::caller::Caller;
use crate::plugin::types::Pause;
use crate::plugin::{Abilities, Arguments, Attempt, CallError, Failure, Tool, pause_time};
use crate::surface::{Published, SurfaceTool};
use crate::task::{Call, Current, New, Owner, Progress, Status, StoreError, Task, TaskId, Tasks};

/// How long a task is kept from its beginning, with its result: a client that was closed over night finds it.
const TASK_TIME: Duration = Duration::from_secs(24 * 60 * 60);

/// How often tasks whose time is over are looked for.
const SWEEP_EVERY: Duration = Duration::from_secs(30);

/// The tasks of one endpoint.
pub(super) struct TaskDesk {
    me: Weak<Self>,
    endpoint: Arc<str>,
    published: Arc<Published>,
    store: Tasks,
    running: Mutex<HashMap<TaskId, AbortOnDropHandle<()>>>,
}

/// A call that becomes a task.
pub(super) struct Begun<'a> {
    pub(super) offered: &'a SurfaceTool,
    pub(super) described: &'a Tool,
    pub(super) arguments: &'a Arguments,
    pub(super) client: &'a Client,
    pub(super) attempt: Attempt,
    /// Where it waits already; none if the guest wasn't called yet.
    pub(super) pause: Option<Pause>,
}

impl TaskDesk {
    /// Takes up the tasks that an earlier process has left, once their plugins are there.
    pub(super) fn new(endpoint: Arc<str>, published: Arc<Published>, store: Tasks) -> Arc<Self> {
        let desk =
            Arc::new_cyclic(|me| Self { me: Weak::clone(me), endpoint, published, store, running: Mutex::default() });
        tokio::spawn(look_after(Arc::downgrade(&desk)));
        desk
    }

    /// Makes a task of a call. It can be asked for before this returns.
    pub(super) async fn begin(&self, begun: Begun<'_>) -> Result<CreateTaskResult, CallError> {
        let Begun { offered, described, arguments, client, attempt, pause } = begun;
        let parked = attempt.parked();
        let new = New {
            owner: Owner::from(&*client.caller),
            call: Call {
                id: parked.call_id.to_string(),
                endpoint: self.endpoint.as_ref().to_owned(),
                plugin: offered.plugin.id().to_owned(),
                tool: described.name.clone(),
                client_tool: offered.name.clone(),
                arguments: arguments.text().to_owned(),
                meta: client.meta.clone(),
                abilities: bits(client.abilities),
                state_version: Some(offered.plugin.state_version().to_owned()),
            },
            current: Current { abandon: parked.abandon, ..pause.as_ref().map(paused).unwrap_or_default() },
            ttl: TASK_TIME,
        };
        let task = self.store.insert(new).await.map_err(|problem| unavailable(&problem))?;
        self.start(&task, Job::of(offered, described, arguments, attempt));
        Ok(CreateTaskResult::new(wire::task(&task)))
    }

    /// How a task stands.
    pub(super) async fn get(&self, caller: &Caller, id: &str) -> Result<GetTaskResult, ErrorData> {
        let task = self.find(caller, id).await?;
        wire::detailed(&task).map(GetTaskResult::new)
    }

    /// Takes answers to what a task asks. What wasn't asked, or was answered already, is ignored.
    pub(super) async fn answer(&self, caller: &Caller, id: &str, given: InputResponses) -> Result<(), ErrorData> {
        let task = self.find(caller, id).await?;
        let owner = Owner::from(caller);
        let answered = self.store.update(Some(&owner), task.id, move |current| take_answers(current, given));
        acknowledged(answered.await.map(drop))
    }

    /// Ends a task. One that has ended stays as it is.
    pub(super) async fn cancel(&self, caller: &Caller, id: &str) -> Result<(), ErrorData> {
        let task = self.find(caller, id).await?;
        let owner = Owner::from(caller);
        let cancelled = self.store.update(Some(&owner), task.id, |current| current.status = Status::Cancelled);
        let cancelled = cancelled.await.map(drop);
        // Dropping the run drops the call, which is then cleaned up after.
        self.jobs().remove(&task.id);
        acknowledged(cancelled)
    }

    async fn find(&self, caller: &Caller, id: &str) -> Result<Task, ErrorData> {
        let unknown = |error: StoreError| match error {
            StoreError::NotFound => ErrorData::invalid_params(error.to_string(), None),
            error => ErrorData::internal_error(error.to_string(), None),
        };
        let id: TaskId = id.parse().map_err(unknown)?;
        let task = self.store.get(Some(&Owner::from(caller)), id).await.map_err(unknown)?;
        // Tasks of other endpoints look as if they didn't exist: this one may not show their tools. And so do those of
        // tools that the caller may no longer use.
        let is_known = *task.call.endpoint == *self.endpoint && self.may_use(caller, &task);
        if is_known { Ok(task) } else { Err(unknown(StoreError::NotFound)) }
    }

    fn may_use(&self, caller: &Caller, task: &Task) -> bool {
        let surface = self.published.current().for_caller(caller);
        let tool = surface.tool(&task.call.client_tool);
        caller.permissions.is_none() || tool.is_some_and(|tool| tool.plugin.id() == task.call.plugin)
    }

    fn start(&self, task: &Task, job: Job) {
        let Some(desk) = self.me.upgrade() else { return };
        let id = task.id;
        let run = AbortOnDropHandle::new(tokio::spawn(job.run(desk, id, task.current.clone())));
        let mut jobs = self.jobs();
        jobs.retain(|_, job| !job.is_finished());
        jobs.insert(id, run);
    }

    fn jobs(&self) -> std::sync::MutexGuard<'_, HashMap<TaskId, AbortOnDropHandle<()>>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Goes on with what an earlier process has begun.
    async fn take_up(&self) {
        self.published.completed().await;
        let Ok(ids) = self.store.unfinished().await else { return };
        for id in ids {
            let Ok(task) = self.store.get(None, id).await else { continue };
            if *task.call.endpoint != *self.endpoint || self.jobs().contains_key(&id) {
                continue;
            }
            match Job::again(&self.published.current(), &task) {
                Some(job) => {
                    tracing::info!(task = %id, tool = task.call.client_tool, "going on with a task");
                    self.start(&task, job);
                }
                None => run::give_up(&self.store, &task).await,
            }
        }
    }

    /// Removes tasks whose time is over, and cleans up after those that had not ended.
    async fn sweep(&self) {
        while let Ok(expired) = self.store.expire().await {
            if expired.is_empty() {
                return;
            }
            for task in expired {
                self.jobs().remove(&task.id);
                if let Some(job) =
                    Job::again(&self.published.current(), &task).filter(|_| !task.current.status.is_end())
                {
                    job.expire();
                }
            }
        }
    }
}

async fn look_after(desk: Weak<TaskDesk>) {
    if let Some(desk) = desk.upgrade() {
        desk.take_up().await;
    }
    loop {
        tokio::time::sleep(SWEEP_EVERY).await;
        let Some(desk) = desk.upgrade() else { return };
        desk.sweep().await;
    }
}

/// Keeps the answers that fit what is still asked. With the last of them the task goes on.
fn take_answers(current: &mut Current, mut given: InputResponses) {
    let asked = question::opened(&wire::questions(current));
    if current.status != Status::InputRequired || asked.is_empty() {
        return;
    }
    let mut answered = wire::answered(current);
    for ask in &asked {
        let fits =
            |response: &Value| !question::answers(std::slice::from_ref(ask), |_| Some(response.clone())).is_empty();
        if let Some(response) = given.remove(&ask.key).filter(fits) {
            answered.insert(ask.key.clone(), response);
        }
    }
    current.answers = serde_json::to_string(&answered).ok();
    if wire::questions(current).is_empty() {
        current.status = Status::Working;
    }
}

fn acknowledged(done: Result<(), StoreError>) -> Result<(), ErrorData> {
    match done {
        Ok(()) | Err(StoreError::Ended) => Ok(()),
        Err(error) => Err(ErrorData::internal_error(error.to_string(), None)),
    }
}

fn unavailable(problem: &StoreError) -> CallError {
    CallError::Failed { failure: Failure::Unavailable, message: problem.to_string() }
}

/// How a task stands that waits.
fn paused(pause: &Pause) -> Current {
    let progress = pause.progress.as_ref();
    Current {
        status: Status::Working,
        message: progress.and_then(|progress| progress.message.clone()),
        progress: progress.map(|progress| Progress { done: progress.done, total: progress.total }),
        resume_at: Some(wire::now().saturating_add(u64::try_from(pause_time(pause).as_millis()).unwrap_or(u64::MAX))),
        state: pause.state.clone(),
        ..Current::default()
    }
}

/// Abilities as a store keeps them. Their order stays the same for ever.
const ABILITIES: [Abilities; 6] = [
    Abilities::FORM,
    Abilities::URL,
    Abilities::SAMPLE,
    Abilities::SAMPLE_WITH_TOOLS,
    Abilities::ROOTS,
    Abilities::TASKS,
];

fn bits(abilities: Abilities) -> u32 {
    let mut places = ABILITIES.into_iter().zip(0_u32..);
    places.try_fold(0, |bits, (one, place)| Some(bits | (u32::from(abilities.contains(one)) << place))).unwrap_or(0)
}

fn abilities(bits: u32) -> Abilities {
    let places = ABILITIES.into_iter().zip(0_u32..);
    places.filter(|(_, place)| bits & (1 << place) != 0).fold(Abilities::default(), |all, (one, _)| all | one)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn abilities_are_kept_as_they_are() {
        for kept in ABILITIES.into_iter().chain([Abilities::default(), Abilities::all()]) {
            assert_eq!(abilities(bits(kept)), kept);
        }
    }
}
