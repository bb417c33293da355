//! A client's request that a plugin may answer with questions and pauses: driven until it is done, or until the client
//! has to come back with answers.

use rmcp::service::{Peer, RoleServer};
use tokio::time::{sleep, timeout};

use super::question;
use crate::plugin::types::{Asking, Pause, Resumption};
use crate::plugin::{Arguments, Attempt, CallError, Filled, Outcome, Reading, Tool, ToolResult, limits, pause_time};

/// One of the requests that can be made again with answers.
pub(super) trait Step: Sync {
    /// What it is for.
    type Done: Send;

    /// Calls the guest once.
    fn take(
        &self,
        attempt: &mut Attempt,
        resumed: Option<Resumption>,
    ) -> impl Future<Output = Result<Outcome<Self::Done>, CallError>> + Send;
}

/// Calls a tool.
pub(super) struct CallTool<'a> {
    pub(super) tool: &'a Tool,
    pub(super) arguments: &'a Arguments,
}

/// Reads a resource.
pub(super) struct Read<'a> {
    /// The plugin's own URI.
    pub(super) uri: &'a str,
    /// The same, or the template that it fits.
    pub(super) listed: &'a str,
}

/// Fills in a prompt, by the plugin's own name.
pub(super) struct Fill<'a> {
    pub(super) name: &'a str,
    pub(super) arguments: &'a [(String, String)],
}

impl Step for CallTool<'_> {
    type Done = ToolResult;

    async fn take(&self, attempt: &mut Attempt, resumed: Option<Resumption>) -> Result<Outcome<ToolResult>, CallError> {
        attempt.tool(self.tool, self.arguments, resumed).await
    }
}

impl Step for Read<'_> {
    type Done = Reading;

    async fn take(&self, attempt: &mut Attempt, resumed: Option<Resumption>) -> Result<Outcome<Reading>, CallError> {
        attempt.read(self.uri, self.listed, resumed).await
    }
}

impl Step for Fill<'_> {
    type Done = Filled;

    async fn take(&self, attempt: &mut Attempt, resumed: Option<Resumption>) -> Result<Outcome<Filled>, CallError> {
        attempt.prompt(self.name, self.arguments.to_vec(), resumed).await
    }
}

/// Where a request has come to.
pub(super) enum Ended<R> {
    /// It is done.
    Done(R),
    /// The client has to come back with answers.
    Asks(Attempt, Asking),
    /// It goes on later, as a task.
    Pauses(Attempt, Pause),
}

/// How to wait.
#[derive(Clone, Copy)]
pub(super) struct Waiting<'a> {
    /// Whom to ask at once. None: the client comes back.
    pub(super) peer: Option<&'a Peer<RoleServer>>,
    /// Whether a pause ends the request, which then goes on as a task.
    pub(super) pauses_end: bool,
}

/// Calls the guest until the request has come to an end.
///
/// # Errors
/// See [`CallError`].
pub(super) async fn drive<S: Step>(
    step: &S,
    attempt: Attempt,
    resumed: Option<Resumption>,
    waiting: Waiting<'_>,
) -> Result<Ended<S::Done>, CallError> {
    let held = hold(step, attempt, resumed, waiting);
    timeout(limits::HOLD_TIME, held).await.unwrap_or(Err(CallError::TimedOut(limits::HOLD_TIME)))
}

async fn hold<S: Step>(
    step: &S,
    mut attempt: Attempt,
    mut resumed: Option<Resumption>,
    waiting: Waiting<'_>,
) -> Result<Ended<S::Done>, CallError> {
    loop {
        let (state, answers) = match (step.take(&mut attempt, resumed.take()).await?, waiting.peer) {
            (Outcome::Done(done), _) => return Ok(Ended::Done(done)),
            (Outcome::Ask(asking), None) => return Ok(Ended::Asks(attempt, asking)),
            (Outcome::Ask(asking), Some(peer)) => (asking.state, question::ask(peer, &asking.asks).await?),
            (Outcome::Pause(pause), _) if waiting.pauses_end => return Ok(Ended::Pauses(attempt, pause)),
            (Outcome::Pause(mut pause), _) => {
                pause.progress.take().into_iter().for_each(|progress| attempt.report(progress));
                sleep(pause_time(&pause)).await;
                (pause.state, Vec::new())
            }
        };
        resumed = Some(Resumption { state, answers });
    }
}
