//! Tools that run only after a person has agreed. The operator decides which; the question is the host's own, so no plugin
//! can answer it, and none runs before it is answered.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rmcp::model::InputRequiredResult;
use rmcp::service::{Peer, RoleServer};
use serde_json::{Value, json};
use tokio::time::timeout;

use super::client::Client;
use super::exchange::{Exchange, Request};
use super::question;
use crate::caller::{CallId, Caller};
use crate::plugin::types::{Answer, Ask, Form, Question, Reply};
use crate::plugin::{Abilities, CallError, one_line};
use crate::seal::Carried;

/// How long a question stands. Whoever takes longer has forgotten what it was about.
const TIME: Duration = Duration::from_secs(10 * 60);

/// Most agreements that are open at once, for all callers together. Beyond it, nobody is asked: clients that ask without end
/// must not take memory without end.
const OPEN: usize = 10_000;

/// Most of them for one caller. Beyond it, the caller's oldest is void: whoever never answers is in nobody else's way.
const OPEN_PER_CALLER: usize = 100;

/// The name of the question, and of its one field.
const KEY: &str = "wharf-approval";
const FIELD: &str = "approve";

/// Longest part of the arguments that is shown, in characters: a person reads it.
const SHOWN: usize = 1_000;

/// Whether a call may go on.
pub(super) enum Approval {
    /// Somebody has agreed.
    Given,
    /// The client has to come back with the answer.
    Asked(InputRequiredResult),
}

/// What a client may come back with, each good for one time: the answer to a question, and the state of a plugin that paused
/// after somebody had agreed. Who agreed once hasn't agreed for ever.
#[derive(Default)]
pub(super) struct Approvals(Mutex<HashMap<CallId, Open>>);

struct Open {
    until: Instant,
    caller: Arc<Caller>,
}

impl Approvals {
    /// Whether the client may come back to this call within this time.
    pub(super) fn open(&self, call: CallId, caller: &Arc<Caller>, time: Duration) -> bool {
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        open.retain(|_, other| other.until > now);
        let own = || open.iter().filter(|(_, other)| other.caller.is_same_subject(caller));
        if own().count() >= OPEN_PER_CALLER {
            let oldest = own().min_by_key(|(_, other)| other.until).map(|(call, _)| *call);
            oldest.map(|oldest| open.remove(&oldest));
        }
        let is_free = open.len() < OPEN;
        if is_free {
            open.insert(call, Open { until: now + time, caller: Arc::clone(caller) });
        }
        is_free
    }

    fn close(&self, call: CallId) -> bool {
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        open.remove(&call).is_some_and(|open| open.until > Instant::now())
    }
}

impl Exchange {
    /// Has a person agree to a call, or finds that one has. With a peer, the question is asked of it at once.
    ///
    /// # Errors
    /// When nobody agrees, or the client can't ask anybody.
    pub(super) async fn approve(
        &self,
        request: &mut Request<'_>,
        client: &Client,
        peer: Option<&Peer<RoleServer>>,
    ) -> Result<Approval, CallError> {
        if !client.abilities.contains(Abilities::FORM) {
            let why = "the operator has a person agree before this tool runs, and this client can't ask one";
            return Err(CallError::NotApproved(why.into()));
        }
        if let Some(peer) = peer {
            let forgotten = |_| CallError::NotApproved(format!("nobody answered within {} s", TIME.as_secs()));
            let answers = timeout(TIME, question::ask(peer, &[ask(request)])).await.map_err(forgotten)??;
            return agreed(&answers).map(|()| Approval::Given);
        }
        match request.given.state.clone() {
            None => self.ask_for_approval(request, client).map(Approval::Asked),
            Some(state) => {
                self.take_approval(request, client, &state)?;
                request.is_approved = true;
                Ok(Approval::Given)
            }
        }
    }

    fn ask_for_approval(&self, request: &Request<'_>, client: &Client) -> Result<InputRequiredResult, CallError> {
        let call = CallId::new();
        if !self.approvals.open(call, &client.caller, TIME) {
            return Err(CallError::NotApproved("too many questions are open: try again later".into()));
        }
        let asks = &[ask(request)];
        let carried = Carried {
            state: Vec::new(),
            call,
            abandon: None,
            asks: question::open(asks),
            is_task: false,
            is_approval: true,
        };
        let sealed = self.seal(request, &client.caller, &carried, TIME)?;
        Ok(InputRequiredResult::new(Some(question::requests(asks)?), Some(sealed)))
    }

    /// Looks at what a client came back with: the answer, or the state of a plugin that paused after somebody had agreed. Either
    /// is taken once.
    fn take_approval(&self, request: &mut Request<'_>, client: &Client, state: &str) -> Result<(), CallError> {
        let carried = self.unseal(request, &client.caller, state)?;
        if !self.approvals.close(carried.call) {
            let why = "the question was answered before, or is too old: call the tool again to be asked anew";
            return Err(CallError::NotApproved(why.into()));
        }
        if !carried.is_approval {
            return Ok(());
        }
        let mut responses = std::mem::take(&mut request.given).responses.unwrap_or_default();
        let answers = question::answers(&carried.asks, |key| responses.remove(key));
        agreed(&answers)
    }
}

/// The question: which tool, and with what.
fn ask(request: &Request<'_>) -> Ask {
    let arguments = shown(&request.arguments.to_string());
    let message = format!("Run the tool `{}` of the plugin `{}` with {arguments}?", request.name, request.plugin.id());
    let schema = json!({
        "type": "object",
        "properties": { FIELD: { "type": "boolean", "title": "Run it", "default": false } },
        "required": [FIELD],
    });
    Ask { key: KEY.into(), question: Question::Form(Form { message, schema: schema.to_string() }) }
}

/// As much of the arguments as a person reads. That there is more is said: it may be what matters.
fn shown(arguments: &str) -> String {
    let line = one_line(arguments);
    let left_out = line.chars().count().saturating_sub(SHOWN);
    let shown: String = line.chars().take(SHOWN).collect();
    if left_out == 0 { shown } else { format!("{shown}… (and {left_out} characters more, which aren't shown)") }
}

fn agreed(answers: &[Answer]) -> Result<(), CallError> {
    let is_yes = answers.iter().filter(|answer| answer.key == KEY).any(|answer| match &answer.reply {
        Reply::Accepted(Some(content)) => {
            serde_json::from_str::<Value>(content).is_ok_and(|content| content.get(FIELD) == Some(&Value::Bool(true)))
        }
        _ => false,
    });
    if is_yes { Ok(()) } else { Err(CallError::NotApproved("nobody agreed that this tool runs".into())) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_clear_yes_is_an_agreement() {
        let accepted = |content: &str| Reply::Accepted(Some(content.into()));
        let cases = [
            (KEY, accepted(r#"{"approve":true}"#), true),
            (KEY, accepted(r#"{"approve":false}"#), false),
            (KEY, accepted(r#"{"approve":"true"}"#), false),
            (KEY, accepted("{}"), false),
            (KEY, Reply::Accepted(None), false),
            (KEY, Reply::Declined, false),
            (KEY, Reply::Cancelled, false),
            (KEY, Reply::Failed("gone".into()), false),
            ("another", accepted(r#"{"approve":true}"#), false),
        ];
        for (key, reply, expected) in cases {
            let answer = Answer { key: key.into(), reply };
            assert_eq!(agreed(std::slice::from_ref(&answer)).is_ok(), expected, "{answer:?}");
        }
        assert!(agreed(&[]).is_err());
    }

    #[test]
    fn long_arguments_are_cut_and_it_is_said_how_much_is_missing() {
        assert_eq!(shown(r#"{"a":1}"#), r#"{"a":1}"#);
        assert_eq!(shown(&"x".repeat(SHOWN)), "x".repeat(SHOWN));
        assert!(shown(&"é".repeat(SHOWN + 7)).ends_with("é… (and 7 characters more, which aren't shown)"));
    }

    fn caller(name: &str) -> Arc<Caller> {
        Arc::new(Caller { subject: Some(name.into()), ..Caller::default() })
    }

    #[test]
    fn a_question_is_good_for_one_answer() {
        let approvals = Approvals::default();
        let call = CallId::new();
        assert!(approvals.open(call, &caller("a"), TIME));
        assert!(approvals.close(call));
        assert!(!approvals.close(call));
        assert!(!approvals.close(CallId::new()));
        let late = CallId::new();
        assert!(approvals.open(late, &caller("a"), Duration::ZERO));
        assert!(!approvals.close(late), "it came too late");
    }

    #[test]
    fn a_caller_that_never_answers_is_in_nobody_elses_way() {
        let approvals = Approvals::default();
        let calls: Vec<CallId> = (0..=OPEN_PER_CALLER).map(|_| CallId::new()).collect();
        let of_another = CallId::new();
        assert!(approvals.open(of_another, &caller("b"), TIME));
        assert!(calls.iter().all(|call| approvals.open(*call, &caller("a"), TIME)));
        assert!(!approvals.close(calls[0]), "the oldest is void");
        assert!(approvals.close(calls[1]) && approvals.close(calls[OPEN_PER_CALLER]) && approvals.close(of_another));
    }

    #[test]
    fn all_callers_together_have_a_bound() {
        let approvals = Approvals::default();
        let mut opened = 0;
        for number in 0..=OPEN / OPEN_PER_CALLER {
            let caller = caller(&number.to_string());
            opened += (0..OPEN_PER_CALLER).filter(|_| approvals.open(CallId::new(), &caller, TIME)).count();
        }
        assert_eq!(opened, OPEN);
    }
}
