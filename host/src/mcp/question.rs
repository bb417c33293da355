//! Questions of plugins as requests to clients, and clients' answers as the contract has them. The same for both eras:
//! only the way they travel differs.

use rmcp::model::{InputRequest, InputRequests, ServerRequest};
use rmcp::service::{Peer, RoleServer};
use serde_json::{Map, Value, json};

use super::convert;
use crate::plugin::types::{Answer, Ask, Question, Reply, Root};
use crate::plugin::{CallError, form_fits};
use crate::seal::{OpenAsk, Wanted};

/// The questions, each by its key.
///
/// # Errors
/// When a question isn't what the protocol allows: the plugin's fault.
pub(super) fn requests(asks: &[Ask]) -> Result<InputRequests, CallError> {
    asks.iter().map(|ask| Ok((ask.key.clone(), request(ask)?))).collect()
}

fn request(ask: &Ask) -> Result<InputRequest, CallError> {
    let unfit = |error: serde_json::Error| {
        CallError::BadResult(format!("its question {:?} is not what the protocol allows: {error}", ask.key))
    };
    let object = |text: &str| serde_json::from_str::<Map<String, Value>>(text).map_err(unfit);
    let mut message = match &ask.question {
        Question::Form(form) => json!({
            "method": "elicitation/create",
            "params": { "mode": "form", "message": form.message, "requestedSchema": object(&form.schema)? },
        }),
        Question::Url(page) => json!({
            "method": "elicitation/create",
            "params": { "mode": "url", "message": page.message, "url": page.url, "elicitationId": ask.key },
        }),
        Question::Sample(request) => json!({ "method": "sampling/createMessage", "params": object(request)? }),
        Question::Roots => json!({ "method": "roots/list" }),
    };
    convert::guard_meta(&mut message);
    serde_json::from_value(message).map_err(unfit)
}

/// What a client answered to those questions that were asked. An answer that can't be made sense of, or that doesn't fit
/// its form, is as good as none: what is still needed is asked again.
pub(super) fn answers(asked: &[OpenAsk], mut responses: impl FnMut(&str) -> Option<Value>) -> Vec<Answer> {
    let answer =
        |ask: &OpenAsk| Some(Answer { key: ask.key.clone(), reply: reply(&ask.wanted, &responses(&ask.key)?)? });
    asked.iter().filter_map(answer).collect()
}

/// The questions of requests that were kept.
pub(super) fn opened(requests: &InputRequests) -> Vec<OpenAsk> {
    let wanted = |request: &InputRequest| match request {
        InputRequest::CreateMessage(_) => Wanted::Sample,
        InputRequest::Elicitation(request) => {
            let schema = serde_json::to_value(request).ok().and_then(|request| request.pointer(SCHEMA).cloned());
            schema.map_or(Wanted::Url, |schema| Wanted::Form(schema.to_string()))
        }
        _ => Wanted::Roots,
    };
    requests.iter().map(|(key, request)| OpenAsk { key: key.clone(), wanted: wanted(request) }).collect()
}

/// Where a request for a form has its schema.
const SCHEMA: &str = "/params/requestedSchema";

/// The questions as they are kept until the client comes back.
pub(super) fn open(asks: &[Ask]) -> Vec<OpenAsk> {
    asks.iter().map(|ask| OpenAsk { wanted: wanted(&ask.question), key: ask.key.clone() }).collect()
}

fn wanted(question: &Question) -> Wanted {
    match question {
        Question::Form(form) => Wanted::Form(form.schema.clone()),
        Question::Url(_) => Wanted::Url,
        Question::Sample(_) => Wanted::Sample,
        Question::Roots => Wanted::Roots,
    }
}

fn reply(wanted: &Wanted, response: &Value) -> Option<Reply> {
    match wanted {
        Wanted::Form(schema) => elicited(response, |content| form_fits(schema, content)),
        Wanted::Url => elicited(response, |_| true),
        Wanted::Sample => {
            let is_message = response.get("role").is_some() && response.get("content").is_some();
            is_message.then(|| Reply::Sampled(response.to_string()))
        }
        Wanted::Roots => response.get("roots")?.as_array()?.iter().map(root).collect::<Option<_>>().map(Reply::Roots),
    }
}

fn elicited(response: &Value, fits: impl Fn(&Value) -> bool) -> Option<Reply> {
    let content = response.get("content").filter(|content| !content.is_null());
    match response.get("action")?.as_str()? {
        "accept" => match content {
            None => fits(&json!({})).then_some(Reply::Accepted(None)),
            Some(content) => fits(content).then(|| Reply::Accepted(Some(content.to_string()))),
        },
        "decline" => Some(Reply::Declined),
        "cancel" => Some(Reply::Cancelled),
        _ => None,
    }
}

fn root(root: &Value) -> Option<Root> {
    let text = |key| root.get(key).and_then(Value::as_str).map(str::to_owned);
    Some(Root { uri: text("uri")?, name: text("name") })
}

/// Asks a client of the older era, one question after the other: a person answers them.
///
/// # Errors
/// When a question isn't what the protocol allows. A client that can't answer is an answer.
pub(super) async fn ask(peer: &Peer<RoleServer>, asks: &[Ask]) -> Result<Vec<Answer>, CallError> {
    let mut answers = Vec::with_capacity(asks.len());
    for ask in asks {
        let asked = match request(ask)? {
            InputRequest::CreateMessage(request) => ServerRequest::CreateMessageRequest(request),
            InputRequest::Elicitation(request) => ServerRequest::ElicitRequest(request),
            InputRequest::ListRoots(request) => ServerRequest::ListRootsRequest(request),
            _ => return Err(CallError::BadResult("its question is of an unknown kind".into())),
        };
        let answered = peer.send_request(asked).await.map_err(|error| error.to_string());
        let answered = answered.and_then(|result| serde_json::to_value(result).map_err(|error| error.to_string()));
        let reply = match answered {
            Ok(response) => reply(&wanted(&ask.question), &response),
            Err(problem) => Some(Reply::Failed(problem)),
        };
        answers.extend(reply.map(|reply| Answer { key: ask.key.clone(), reply }));
    }
    Ok(answers)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plugin::types::Form;

    fn form() -> Wanted {
        Wanted::Form(r#"{"type":"object","properties":{"n":{"type":"integer"}},"required":["n"]}"#.into())
    }

    #[test]
    fn an_answer_is_taken_that_fits_its_question() {
        let accepted = |json: &str| Some(Reply::Accepted(Some(json.into())));
        let message = json!({ "role": "assistant", "content": { "type": "text", "text": "Paris" }, "model": "m" });
        let roots = vec![Root { uri: "file:///a".into(), name: Some("a".into()) }];
        let cases = [
            (form(), json!({ "action": "accept", "content": { "n": 3 } }), accepted(r#"{"n":3}"#)),
            (form(), json!({ "action": "accept", "content": { "n": "x" } }), None),
            (form(), json!({ "action": "accept" }), None),
            (form(), json!({ "action": "decline" }), Some(Reply::Declined)),
            (form(), json!({ "action": "cancel", "content": null }), Some(Reply::Cancelled)),
            (form(), json!({ "action": "perhaps" }), None),
            (form(), json!(3), None),
            (Wanted::Url, json!({ "action": "accept" }), Some(Reply::Accepted(None))),
            (Wanted::Sample, message.clone(), Some(Reply::Sampled(message.to_string()))),
            (Wanted::Sample, json!({ "action": "accept" }), None),
            (Wanted::Roots, json!({ "roots": [{ "uri": "file:///a", "name": "a" }] }), Some(Reply::Roots(roots))),
            (Wanted::Roots, json!({ "roots": [{ "name": "a" }] }), None),
        ];
        for (wanted, response, expected) in cases {
            assert_eq!(reply(&wanted, &response), expected, "{response}");
        }
    }

    #[test]
    fn only_what_was_asked_is_answered() {
        let asks = ["a", "b"].map(|key| OpenAsk { key: key.into(), wanted: form() });
        let response = json!({ "action": "decline" });
        let given = answers(&asks, |key| (key != "b").then(|| response.clone()));
        assert_eq!(given, [Answer { key: "a".into(), reply: Reply::Declined }]);
    }

    #[test]
    fn a_question_becomes_a_request_as_it_was_written() {
        let schema = json!({ "type": "object", "properties": { "colour": {
            "type": "string", "enum": ["r", "g"], "enumNames": ["Red", "Green"], "default": "r",
        } } });
        let question = Question::Form(Form { message: "Which?".into(), schema: schema.to_string() });
        let request = request(&Ask { key: "k".into(), question }).unwrap();
        assert_eq!(serde_json::to_value(request).unwrap()["params"]["requestedSchema"], schema);
    }
}
