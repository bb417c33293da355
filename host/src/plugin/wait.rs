//! What a call waits for: answers to questions, and time. Checked before anybody sees it.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Map, Value};

use super::bindings::context::Abilities;
use super::bindings::types::{Ask, Asking, Pause, Question};
use super::error::CallError;
use super::limits;
use crate::text::forbidden_character;

/// What became of one step of a call.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome<R> {
    /// It has ended.
    Done(R),
    /// It goes on when these questions are answered.
    Ask(Asking),
    /// It goes on later.
    Pause(Pause),
}

/// What must be askable of a client for this question.
fn needed_for(question: &Question) -> Abilities {
    match question {
        Question::Form(_) => Abilities::FORM,
        Question::Url(_) => Abilities::URL,
        Question::Sample(request) if uses_tools(request) => Abilities::SAMPLE | Abilities::SAMPLE_WITH_TOOLS,
        Question::Sample(_) => Abilities::SAMPLE,
        Question::Roots => Abilities::ROOTS,
    }
}

/// How long to wait after a pause.
#[must_use]
pub fn pause_time(pause: &Pause) -> Duration {
    Duration::from_millis(pause.resume_after_ms.into()).max(limits::LEAST_PAUSE)
}

fn uses_tools(request: &str) -> bool {
    serde_json::from_str::<Map<String, Value>>(request).is_ok_and(|request| request.contains_key("tools"))
}

/// Only what the client can be asked is asked, and only what it can make sense of.
pub(super) fn check_asking(asking: &Asking, abilities: Abilities) -> Result<(), CallError> {
    check_state(&asking.state)?;
    if asking.asks.len() > limits::QUESTIONS {
        let (count, most) = (asking.asks.len(), limits::QUESTIONS);
        return Err(bad(format!("it asks {count} questions at once, and {most} are allowed")));
    }
    let mut keys = BTreeSet::new();
    for ask in &asking.asks {
        check_ask(ask).map_err(|problem| bad(format!("its question {:?}: {problem}", ask.key)))?;
        if !keys.insert(&ask.key) {
            return Err(bad(format!("it has two questions {:?}", ask.key)));
        }
    }
    let needed = asking.asks.iter().fold(Abilities::default(), |all, ask| all | needed_for(&ask.question));
    let missing = needed & !abilities;
    if missing == Abilities::default() { Ok(()) } else { Err(CallError::Unasked { missing }) }
}

pub(super) fn check_pause(pause: &Pause) -> Result<(), CallError> {
    check_state(&pause.state)
}

fn check_state(state: &[u8]) -> Result<(), CallError> {
    if state.len() <= limits::STATE_BYTES {
        return Ok(());
    }
    Err(bad(format!("a state has {} bytes, and {} are allowed", state.len(), limits::STATE_BYTES)))
}

fn check_ask(ask: &Ask) -> Result<(), String> {
    if ask.key.is_empty() {
        return Err("its key is empty".into());
    }
    check_words(&ask.key)?;
    match &ask.question {
        Question::Form(form) => {
            check_words(&form.message)?;
            let schema = parse_object(&form.schema)?;
            let properties = schema.get("properties").and_then(Value::as_object);
            let is_flat = |property: &Value| property.get("properties").is_none();
            match properties {
                Some(properties) if properties.values().all(is_flat) => Ok(()),
                _ => Err("its schema is not an object with flat properties".into()),
            }
        }
        Question::Url(page) => {
            check_words(&page.message)?;
            check_words(&page.url)?;
            let is_web = ["https://", "http://"].iter().any(|scheme| page.url.starts_with(scheme));
            if is_web { Ok(()) } else { Err(format!("{:?} is not a page of the web", page.url)) }
        }
        Question::Sample(request) => parse_object(request).map(drop),
        Question::Roots => Ok(()),
    }
}

/// A person reads it, and must not be deceived.
fn check_words(text: &str) -> Result<(), String> {
    if text.len() > limits::QUESTION_BYTES {
        return Err(format!("it has {} bytes, and {} are allowed", text.len(), limits::QUESTION_BYTES));
    }
    match forbidden_character(text) {
        None => Ok(()),
        Some(character) => Err(format!("it has the hidden or control character U+{:04X}", u32::from(character))),
    }
}

fn parse_object(json: &str) -> Result<Map<String, Value>, String> {
    if json.len() > limits::SCHEMA_BYTES {
        return Err(format!("it has {} bytes, and {} are allowed", json.len(), limits::SCHEMA_BYTES));
    }
    serde_json::from_str(json).map_err(|error| format!("it is not a JSON object: {error}"))
}

const fn bad(problem: String) -> CallError {
    CallError::BadResult(problem)
}

#[cfg(test)]
mod tests {
    use super::super::bindings::types::{Form, Page};
    use super::*;

    const FORM: &str = r#"{"type":"object","properties":{"name":{"type":"string"}}}"#;

    fn form(schema: &str) -> Question {
        Question::Form(Form { message: "Who?".into(), schema: schema.into() })
    }

    fn page(url: &str) -> Question {
        Question::Url(Page { message: "Log in".into(), url: url.into() })
    }

    fn asking(questions: Vec<(&str, Question)>) -> Asking {
        let asks = questions.into_iter().map(|(key, question)| Ask { key: key.into(), question }).collect();
        Asking { asks, state: Vec::new() }
    }

    #[test]
    fn a_question_is_fit_to_be_asked() {
        let nested = r#"{"type":"object","properties":{"a":{"type":"object","properties":{}}}}"#;
        let cases = [
            (asking(vec![("a", form(FORM)), ("b", page("https://example.com"))]), ""),
            (asking(Vec::new()), ""),
            (asking(vec![("", form(FORM))]), "key is empty"),
            (asking(vec![("a", form(FORM)), ("a", form(FORM))]), "two questions"),
            (asking(vec![("a", form("[]"))]), "not a JSON object"),
            (asking(vec![("a", form("{}"))]), "flat properties"),
            (asking(vec![("a", form(nested))]), "flat properties"),
            (asking(vec![("a", page("javascript:alert(1)"))]), "page of the web"),
            (asking(vec![("a", page("https://example.com/\u{202E}"))]), "U+202E"),
            (asking(vec![("a", Question::Sample("3".into()))]), "not a JSON object"),
            (asking((0..=limits::QUESTIONS).map(|_| ("a", Question::Roots)).collect()), "questions at once"),
            (Asking { state: vec![0; limits::STATE_BYTES + 1], ..asking(Vec::new()) }, "a state has"),
        ];
        for (asking, expected) in cases {
            let problem =
                check_asking(&asking, Abilities::all()).map_or_else(|error| error.to_string(), |()| String::new());
            assert_eq!(problem.is_empty(), expected.is_empty(), "{problem}");
            assert!(problem.contains(expected), "{problem} should contain {expected}");
        }
    }

    #[test]
    fn a_client_is_asked_only_what_it_can_be_asked() {
        let with_tools = Question::Sample(r#"{"tools":[]}"#.into());
        let cases = [
            (form(FORM), Abilities::FORM, None),
            (form(FORM), Abilities::URL, Some(Abilities::FORM)),
            (Question::Roots, Abilities::default(), Some(Abilities::ROOTS)),
            (with_tools, Abilities::SAMPLE, Some(Abilities::SAMPLE_WITH_TOOLS)),
        ];
        for (question, abilities, missing) in cases {
            let refused = check_asking(&asking(vec![("a", question)]), abilities).err();
            assert_eq!(refused, missing.map(|missing| CallError::Unasked { missing }));
        }
    }
}
