//! Tools that run only after a person has agreed. The operator decides which; the question is the host's own, so no plugin
//! can answer it, and none runs before it is answered.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use rmcp::model::InputRequiredResult;
use rmcp::service::{Peer, RoleServer};
use serde_json::{Value, json};
use tokio::time::timeout;

use super::client::Client;
use super::exchange::{Exchange, Given, Request};
use super::question;
use crate::caller::CallId;
use crate::plugin::types::{Answer, Ask, Form, Question, Reply};
use crate::plugin::{Abilities, CallError, one_line};
use crate::seal::Carried;

/// How long a question stands. Whoever takes longer has forgotten what it was about.
const TIME: Duration = Duration::from_secs(10 * 60);

/// Most questions that are open at once. Beyond it, new ones aren't asked: a client that asks without end must not take
/// memory without end.
const OPEN: usize = 10_000;

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

/// The questions that were asked and not answered, each good for one answer: who agreed once hasn't agreed for ever.
#[derive(Default)]
pub(super) struct Approvals(Mutex<HashMap<CallId, Instant>>);

impl Approvals {
    fn open(&self) -> Option<CallId> {
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        if open.len() >= OPEN {
            open.retain(|_, asked| now.duration_since(*asked) < TIME);
        }
        let call = CallId::new();
        (open.len() < OPEN).then(|| open.insert(call, now)).map(|_| call)
    }

    fn close(&self, call: CallId) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&call).is_some_and(|asked| asked.elapsed() < TIME)
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
        let ask = ask(request);
        if let Some(peer) = peer {
            let forgotten = |_| CallError::NotApproved(format!("nobody answered within {} s", TIME.as_secs()));
            let answers = timeout(TIME, question::ask(peer, std::slice::from_ref(&ask))).await.map_err(forgotten)??;
            return agreed(&answers).map(|()| Approval::Given);
        }
        match request.given.state.clone() {
            None => self.ask_for_approval(request, client, &ask).map(Approval::Asked),
            Some(state) => self.take_approval(request, client, &state).map(|()| Approval::Given),
        }
    }

    fn ask_for_approval(
        &self,
        request: &Request<'_>,
        client: &Client,
        ask: &Ask,
    ) -> Result<InputRequiredResult, CallError> {
        let busy = || CallError::NotApproved("too many questions are open: try again later".into());
        let call = self.approvals.open().ok_or_else(busy)?;
        let asks = std::slice::from_ref(ask);
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

    /// Looks at what a client came back with. A state of the plugin's own was sealed after somebody had agreed.
    fn take_approval(&self, request: &mut Request<'_>, client: &Client, state: &str) -> Result<(), CallError> {
        let carried = self.unseal(request, &client.caller, state)?;
        if !carried.is_approval {
            return Ok(());
        }
        let mut responses = std::mem::take(&mut request.given).responses.unwrap_or_default();
        let answers = question::answers(&carried.asks, |key| responses.remove(key));
        if !self.approvals.close(carried.call) {
            let why = "the question was answered before, or is too old: call the tool again to be asked anew";
            return Err(CallError::NotApproved(why.into()));
        }
        agreed(&answers)?;
        request.given = Given::default();
        Ok(())
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

    #[test]
    fn a_question_is_good_for_one_answer() {
        let approvals = Approvals::default();
        let call = approvals.open().unwrap();
        assert!(approvals.close(call));
        assert!(!approvals.close(call));
        assert!(!approvals.close(CallId::new()));
        let open: Vec<CallId> = std::iter::from_fn(|| approvals.open()).collect();
        assert_eq!(open.len(), OPEN, "no more are asked at once");
        assert!(approvals.close(open[0]) && approvals.open().is_some());
    }
}
