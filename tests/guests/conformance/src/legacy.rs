//! Tools that ask, as the suite calls them in the era of the handshake.

use serde_json::json;
use wharf_sdk::prelude::*;
use wharf_sdk::{Abilities, Error, Question, Reply};

const KEY: &str = "question";

#[derive(Deserialize, JsonSchema)]
pub(crate) struct Prompt {
    /// What the model is asked.
    prompt: String,
}

/// Asks the client's model.
#[tool]
pub(crate) fn test_sampling(args: Prompt, call: &Call) -> Result<Step<String>, String> {
    let Some(resumed) = call.resumed() else {
        if !call.client_can().contains(Abilities::SAMPLE) {
            return Err("the client has no model to ask".into());
        }
        let asking = Asking::new(&()).map_err(|error| error.to_string())?;
        return Ok(asking.sample(KEY, &sampling(&args.prompt, 100)).into());
    };
    match resumed.reply(KEY) {
        Some(Reply::Sampled(json)) => Ok(Step::Done(format!("LLM response: {}", said(json)))),
        other => Err(format!("the client's model gave no answer: {other:?}")),
    }
}

/// The parameters of `sampling/createMessage` for one text.
pub(crate) fn sampling(text: &str, max_tokens: u32) -> serde_json::Value {
    json!({ "messages": [{ "role": "user", "content": { "type": "text", "text": text } }], "maxTokens": max_tokens })
}

/// The text of a model's answer.
pub(crate) fn said(json: &str) -> String {
    let result: serde_json::Value = serde_json::from_str(json).unwrap_or_default();
    result.pointer("/content/text").and_then(serde_json::Value::as_str).unwrap_or_default().into()
}

#[derive(Deserialize, JsonSchema)]
pub(crate) struct Message {
    /// What the person is asked.
    message: String,
}

#[derive(JsonSchema)]
#[expect(dead_code, reason = "only its schema is of use: what comes back is shown as it is")]
struct User {
    /// User's response
    username: String,
    /// User's email address
    email: String,
}

/// Asks the person for a name and an address.
#[tool]
pub(crate) fn test_elicitation(args: Message, call: &Call) -> Result<Step<String>, String> {
    match answer(call)? {
        Some(answer) => Ok(Step::Done(format!("User response: {answer}"))),
        None => ask(Form::of::<User>(args.message)).map_err(|error| error.to_string()),
    }
}

/// Asks the person with a form whose fields have defaults.
#[tool]
pub(crate) fn test_elicitation_sep1034_defaults(call: &Call) -> Result<Step<String>, String> {
    form(
        call,
        "Please review the values",
        json!({
            "name": { "type": "string", "default": "John Doe" },
            "age": { "type": "integer", "default": 30 },
            "score": { "type": "number", "default": 95.5 },
            "status": { "type": "string", "enum": ["active", "inactive", "pending"], "default": "active" },
            "verified": { "type": "boolean", "default": true },
        }),
    )
}

/// Asks the person with a form that has each kind of choice.
#[tool]
pub(crate) fn test_elicitation_sep1330_enums(call: &Call) -> Result<Step<String>, String> {
    let options = ["option1", "option2", "option3"];
    let titled = |word: &str| -> Vec<serde_json::Value> {
        let names = ["First", "Second", "Third"].into_iter().zip(1..);
        names
            .map(|(name, number)| json!({ "const": format!("value{number}"), "title": format!("{name} {word}") }))
            .collect()
    };
    form(
        call,
        "Please choose",
        json!({
            "untitledSingle": { "type": "string", "enum": options },
            "titledSingle": { "type": "string", "oneOf": titled("Option") },
            "legacyEnum": {
                "type": "string",
                "enum": ["opt1", "opt2", "opt3"],
                "enumNames": ["Option One", "Option Two", "Option Three"],
            },
            "untitledMulti": { "type": "array", "items": { "type": "string", "enum": options } },
            "titledMulti": { "type": "array", "items": { "anyOf": titled("Choice") } },
        }),
    )
}

fn form(call: &Call, message: &str, properties: serde_json::Value) -> Result<Step<String>, String> {
    match answer(call)? {
        Some(answer) => Ok(Step::Done(format!("Elicitation completed: {answer}"))),
        None => {
            let schema = json!({ "type": "object", "properties": properties, "required": [] }).to_string();
            ask(Form { message: message.into(), schema }).map_err(|error| error.to_string())
        }
    }
}

fn ask(form: Form) -> Result<Step<String>, Error> {
    Ok(Asking::new(&())?.ask(KEY, Question::Form(form)).into())
}

/// What the person did. None: nobody was asked yet.
fn answer(call: &Call) -> Result<Option<String>, String> {
    if call.resumed().is_none() && !call.client_can().contains(Abilities::FORM) {
        return Err("the client has nobody to ask".into());
    }
    let Some(reply) = call.resumed().and_then(|resumed| resumed.reply(KEY)) else { return Ok(None) };
    match reply {
        Reply::Accepted(json) => Ok(Some(format!("action=accept, content={}", json.as_deref().unwrap_or("{}")))),
        Reply::Declined => Ok(Some("action=decline, content={}".into())),
        Reply::Cancelled => Ok(Some("action=cancel, content={}".into())),
        other => Err(format!("the person gave no answer: {other:?}")),
    }
}
