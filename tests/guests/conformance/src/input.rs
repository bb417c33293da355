//! Tools that ask, as the suite calls them in the stateless era.

use wharf_sdk::prelude::*;
use wharf_sdk::{Abilities, Error, Reply, Resumption};

use crate::legacy::{said, sampling};

type Answer = Result<Step<String>, Error>;

#[derive(Deserialize, JsonSchema)]
pub(crate) struct Name {
    pub(crate) name: String,
}

#[derive(Deserialize, JsonSchema)]
struct Confirm {
    ok: bool,
}

#[derive(Deserialize, JsonSchema)]
struct Color {
    color: String,
}

/// Asks the client's model, whether or not there is one: without one, the host refuses the call.
#[tool]
pub(crate) fn test_missing_capability(call: &Call) -> Answer {
    sampled(call)
}

/// Asks the person for a name.
#[tool]
pub(crate) fn test_streaming_elicitation(call: &Call) -> Answer {
    named(call)
}

/// Asks the person for a name, and greets.
#[tool]
pub(crate) fn test_input_required_result_elicitation(call: &Call) -> Answer {
    named(call)
}

fn named(call: &Call) -> Answer {
    match answered::<Name>(call, "user_name")? {
        Some(Name { name }) => Ok(Step::Done(format!("Hello, {name}!"))),
        None => Ok(Asking::new(&())?.form::<Name>("user_name", "What is your name?").into()),
    }
}

/// What was filled in. None: nobody was asked yet, or nobody said.
fn answered<T: serde::de::DeserializeOwned>(call: &Call, key: &str) -> Result<Option<T>, Error> {
    call.resumed().map_or(Ok(None), |resumed| resumed.form(key))
}

/// Asks the client's model for the capital of France.
#[tool]
pub(crate) fn test_input_required_result_sampling(call: &Call) -> Answer {
    sampled(call)
}

fn sampled(call: &Call) -> Answer {
    match reply(call, "capital_question") {
        Some(Reply::Sampled(json)) => Ok(Step::Done(said(json))),
        _ => {
            let params = sampling("What is the capital of France?", 100);
            Ok(Asking::new(&())?.sample("capital_question", &params).into())
        }
    }
}

fn reply<'a>(call: &'a Call, key: &str) -> Option<&'a Reply> {
    call.resumed().and_then(|resumed| resumed.reply(key))
}

/// Asks which folders the client works in.
#[tool]
pub(crate) fn test_input_required_result_list_roots(call: &Call) -> Answer {
    match reply(call, "client_roots") {
        Some(Reply::Roots(roots)) => {
            let uris: Vec<&str> = roots.iter().map(|root| root.uri.as_str()).collect();
            Ok(Step::Done(format!("Roots: {}", uris.join(", "))))
        }
        _ => Ok(Asking::new(&())?.roots("client_roots").into()),
    }
}

/// Asks for a confirmation, and says whether the state came back.
#[tool]
pub(crate) fn test_input_required_result_request_state(call: &Call) -> Answer {
    confirmed(call)
}

/// Asks for a confirmation. The host refuses a state that isn't its own.
#[tool]
pub(crate) fn test_input_required_result_tampered_state(call: &Call) -> Answer {
    confirmed(call)
}

fn confirmed(call: &Call) -> Answer {
    let state: Option<String> = call.resumed().map(Resumption::state).transpose()?;
    match (answered::<Confirm>(call, "confirm")?, state.as_deref()) {
        (Some(Confirm { ok }), Some("kept")) => Ok(Step::Done(format!("state-ok, confirmed: {ok}"))),
        _ => Ok(Asking::new(&"kept")?.form::<Confirm>("confirm", "Please confirm").into()),
    }
}

/// Asks three questions at once.
#[tool]
pub(crate) fn test_input_required_result_multiple_inputs(call: &Call) -> Answer {
    let (name, greeting, roots) =
        (answered::<Name>(call, "user_name")?, reply(call, "greeting"), reply(call, "client_roots"));
    if let (Some(Name { name }), Some(Reply::Sampled(greeting)), Some(Reply::Roots(roots))) = (name, greeting, roots) {
        return Ok(Step::Done(format!("{name}: {} ({} roots)", said(greeting), roots.len())));
    }
    let asking = Asking::new(&())?.form::<Name>("user_name", "What is your name?");
    Ok(asking.sample("greeting", &sampling("Generate a greeting", 50)).roots("client_roots").into())
}

/// How far the questions are.
#[derive(Serialize, Deserialize)]
enum Round {
    Name,
    Color { name: String },
}

/// Asks twice, one after the other.
#[tool]
pub(crate) fn test_input_required_result_multi_round(call: &Call) -> Answer {
    let round = call.resumed().map(Resumption::state).transpose()?.unwrap_or(Round::Name);
    let name = match round {
        Round::Name => match answered::<Name>(call, "step1")? {
            Some(Name { name }) => name,
            None => return Ok(Asking::new(&Round::Name)?.form::<Name>("step1", "Step 1: What is your name?").into()),
        },
        Round::Color { name } => match answered::<Color>(call, "step2")? {
            Some(Color { color }) => return Ok(Step::Done(format!("{name} likes {color}"))),
            None => name,
        },
    };
    let asking = Asking::new(&Round::Color { name })?;
    Ok(asking.form::<Color>("step2", "Step 2: What is your favorite color?").into())
}

/// Asks whatever this client can be asked.
#[tool]
pub(crate) fn test_input_required_result_capabilities(call: &Call) -> Answer {
    if call.resumed().is_some_and(|resumed| !resumed.answers.is_empty()) {
        return Ok(Step::Done("Answered".into()));
    }
    let (can, mut asking) = (call.client_can(), Asking::new(&())?);
    if can.contains(Abilities::FORM) {
        asking = asking.form::<Name>("user_name", "What is your name?");
    }
    if can.contains(Abilities::SAMPLE) {
        asking = asking.sample("capital_question", &sampling("What is the capital of France?", 100));
    }
    if can.contains(Abilities::ROOTS) {
        asking = asking.roots("client_roots");
    }
    if asking.asks.is_empty() { Ok(Step::Done("There is nobody to ask".into())) } else { Ok(asking.into()) }
}
