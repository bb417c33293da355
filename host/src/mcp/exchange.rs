//! One request of a client from beginning to end, where a plugin may answer it with questions: begun or taken up again,
//! driven, and sealed when the client has to come back.

use std::sync::Arc;
use std::time::Duration;

use rmcp::model::{InputRequiredResult, InputResponses};
use rmcp::service::{Peer, RequestContext, RoleServer};
use serde_json::Value;
use tokio::sync::mpsc;

use super::approval::Approvals;
use super::client::Client;
use super::dialogue::{Ended, Step, Waiting, drive};
use super::open_questions::OpenQuestions;
use super::session::Session;
use super::{events, question};
use crate::caller::Caller;
use crate::plugin::types::{Asking, Pause, Resumption};
use crate::plugin::{Attempt, CallContext, CallError, Event, Failure, Parked, Plugin};
use crate::seal::{Binding, Carried, Sealer, digest};

/// How long a client may take to come back with answers: a person may be at lunch.
const ANSWER_TIME: Duration = Duration::from_secs(60 * 60);

/// What exchanges have in common.
pub(super) struct Exchange {
    endpoint: Arc<str>,
    sealer: Arc<Sealer>,
    open: OpenQuestions,
    pub(super) approvals: Approvals,
}

/// What a client asks for.
pub(super) struct Request<'a> {
    pub(super) method: &'static str,
    /// The client's name or URI for what it asks.
    pub(super) name: &'a str,
    /// A client that comes back must bring the same.
    pub(super) arguments: &'a Value,
    pub(super) plugin: &'a Arc<Plugin>,
    pub(super) given: Given,
    /// Whether a pause makes a task of it.
    pub(super) may_pause: bool,
    /// Whether somebody had to agree to it, and did.
    pub(super) is_approved: bool,
}

/// What a client that comes back brings.
#[derive(Default)]
pub(super) struct Given {
    pub(super) responses: Option<InputResponses>,
    pub(super) state: Option<String>,
}

/// The answer to a request.
pub(super) enum Response<R> {
    Done(R),
    /// The client has to come back.
    InputRequired(InputRequiredResult),
    /// It goes on as a task.
    Paused(Attempt, Pause),
}

impl Exchange {
    pub(super) fn new(endpoint: Arc<str>, sealer: Arc<Sealer>) -> Self {
        Self { endpoint, sealer, open: OpenQuestions::default(), approvals: Approvals::default() }
    }

    /// Serves a request that came through rmcp. None: the client has cancelled it.
    pub(super) async fn run<S: Step>(
        &self,
        step: &S,
        request: Request<'_>,
        session: &Session,
        context: &RequestContext<RoleServer>,
    ) -> Option<Result<Response<S::Done>, CallError>> {
        let client = Client::of(context);
        let (sender, receiver) = mpsc::channel(request.plugin.limits().events_waiting.max(1));
        let peer = (!client.is_stateless).then_some(&context.peer);
        let running = self.serve(step, request, client, Some(sender), peer);
        events::pass_on(running, receiver, context, session).await
    }

    /// Serves a request. With a peer, questions are asked of it at once; else the client has to come back.
    pub(super) async fn serve<S: Step>(
        &self,
        step: &S,
        mut request: Request<'_>,
        client: Client,
        events: Option<mpsc::Sender<Event>>,
        peer: Option<&Peer<RoleServer>>,
    ) -> Result<Response<S::Done>, CallError> {
        let (caller, given) = (Arc::clone(&client.caller), std::mem::take(&mut request.given));
        let Client { caller: calling, abilities, meta, .. } = client;
        let call = CallContext { caller: calling, endpoint: Arc::clone(&self.endpoint), abilities, meta, events };
        let mut unasked = None;
        let (mut attempt, mut resumed) = match given.state {
            Some(state) => self.take_up(&request, &caller, call, &state, given.responses)?,
            None => {
                unasked = given.responses;
                (request.plugin.begin(call), None)
            }
        };
        let waiting = Waiting { peer, pauses_end: request.may_pause };
        loop {
            let asking = match drive(step, attempt, resumed.take(), waiting).await? {
                Ended::Done(done) => return Ok(Response::Done(done)),
                Ended::Pauses(attempt, pause) => return Ok(Response::Paused(attempt, pause)),
                Ended::Asks(waits, asking) => {
                    attempt = waits;
                    asking
                }
            };
            // Answers that came without a state are for what this very call asks first, if they are for anything.
            let answers = unasked.take().map_or_else(Vec::new, |mut given| {
                question::answers(&question::open(&asking.asks), |key| given.remove(key))
            });
            if answers.is_empty() {
                return self.come_back(&request, &caller, attempt, asking);
            }
            resumed = Some(Resumption { state: asking.state, answers });
        }
    }

    /// Has the client come back with answers.
    fn come_back<R>(
        &self,
        request: &Request<'_>,
        caller: &Arc<Caller>,
        attempt: Attempt,
        asking: Asking,
    ) -> Result<Response<R>, CallError> {
        let requests = question::requests(&asking.asks)?;
        let parked = attempt.park();
        let context =
            CallContext { caller: Arc::clone(caller), endpoint: Arc::clone(&self.endpoint), ..CallContext::default() };
        self.open.keep(request.plugin, context, &parked, ANSWER_TIME);
        if request.is_approved && !self.approvals.open(parked.call_id, caller, ANSWER_TIME) {
            return Err(CallError::NotApproved("too many questions are open: try again later".into()));
        }
        let carried = Carried {
            state: asking.state,
            call: parked.call_id,
            abandon: parked.abandon,
            asks: question::open(&asking.asks),
            is_task: false,
            is_approval: false,
        };
        let state = self.seal(request, caller, &carried, ANSWER_TIME)?;
        let requests = (!requests.is_empty()).then_some(requests);
        Ok(Response::InputRequired(InputRequiredResult::new(requests, Some(state))))
    }

    /// Seals what a client carries until it comes back.
    pub(super) fn seal(
        &self,
        request: &Request<'_>,
        caller: &Caller,
        carried: &Carried,
        time: Duration,
    ) -> Result<String, CallError> {
        let sealed = self.sealer.seal(&request.binding(caller), carried, time);
        sealed.map_err(|problem| CallError::BadResult(problem.to_string()))
    }

    /// Opens what a client came back with.
    pub(super) fn unseal(&self, request: &Request<'_>, caller: &Caller, state: &str) -> Result<Carried, CallError> {
        self.sealer.open(&request.binding(caller), state).map_err(|problem| {
            tracing::debug!(plugin = request.plugin.id(), "a request state was refused: {problem:?}");
            CallError::Failed { failure: Failure::InvalidParams, message: problem.to_string() }
        })
    }

    /// Goes on with a call to which its client came back.
    fn take_up(
        &self,
        request: &Request<'_>,
        caller: &Caller,
        call: CallContext,
        state: &str,
        responses: Option<InputResponses>,
    ) -> Result<(Attempt, Option<Resumption>), CallError> {
        let carried = self.unseal(request, caller, state)?;
        if carried.is_approval {
            // The operator changed their mind about the tool meanwhile: there is nothing to go on with.
            let message = "the question needs no answer any more: call the tool again".to_owned();
            return Err(CallError::Failed { failure: Failure::InvalidParams, message });
        }
        let mut responses = responses.unwrap_or_default();
        let answers = question::answers(&carried.asks, |key| responses.remove(key));
        self.open.settle(carried.call);
        let parked = Parked { call_id: carried.call, abandon: carried.abandon };
        Ok((request.plugin.resume(parked, call), Some(Resumption { state: carried.state, answers })))
    }
}

impl Request<'_> {
    /// What a state that is sealed for this request is bound to.
    fn binding<'a>(&'a self, caller: &'a Caller) -> Binding<'a> {
        Binding {
            caller,
            method: self.method,
            target: self.name,
            arguments: digest(self.arguments),
            plugin: self.plugin.id(),
            state_version: Some(self.plugin.state_version()),
        }
    }
}
