//! What plugins ask, and what becomes of the answers: over each transport, in both eras, with the same plugins.

mod answers;
mod state;

use serde_json::{Value, json};
use wharf_tests::{Era, Part, TestHost, Wire, find, fits};

use crate::live::Live;

const FORM: &str = "elicitation/create";
const SAMPLE: &str = "sampling/createMessage";
const ROOTS: &str = "roots/list";

/// A request, and what is asked before it is done.
struct Case {
    method: &'static str,
    params: Value,
    /// Each with its method, what its parameters have, and the answer. In the order of their keys.
    questions: Vec<(&'static str, Value, Value)>,
    /// What the client would have to declare.
    needs: Value,
    /// In the result.
    expected: Value,
}

/// What can be asked of the client.
fn everything() -> Value {
    json!({ "elicitation": { "form": {}, "url": {} }, "sampling": {}, "roots": {} })
}

/// Two plugins that ask.
fn host() -> Option<TestHost> {
    let (conformance, patient) = (find(Part::Guest("conformance"))?, find(Part::Guest("patient"))?);
    Some(TestHost::new().plugin("c", conformance).plugin("p", patient))
}

fn call(tool: &str, arguments: Value) -> Value {
    json!({ "name": tool, "arguments": arguments })
}

fn accept(content: Value) -> Value {
    json!({ "action": "accept", "content": content })
}

fn text(text: &str) -> Value {
    json!({ "content": [{ "text": { "$has": text } }] })
}

/// The name that a form asks for.
fn name() -> (&'static str, Value, Value) {
    (FORM, form("name"), accept(json!({ "name": "Ann" })))
}

fn form(field: &str) -> Value {
    json!({ "mode": "form", "message": { "$has": "" }, "requestedSchema": { "properties": { field: {} } } })
}

fn page() -> (&'static str, Value, Value) {
    let page = json!({ "mode": "url", "url": "https://example.com/log-in", "message": "Please log in" });
    (FORM, page, json!({ "action": "accept" }))
}

fn capital() -> (&'static str, Value, Value) {
    let answer = json!({ "role": "assistant", "content": { "type": "text", "text": "Paris" }, "model": "test" });
    (SAMPLE, json!({ "messages": [{ "role": "user" }] }), answer)
}

fn roots() -> (&'static str, Value, Value) {
    (ROOTS, Value::Null, json!({ "roots": [{ "uri": "file:///here", "name": "here" }] }))
}

fn tools() -> Vec<Case> {
    let tool = |name: &str,
                arguments: Value,
                questions: Vec<(&'static str, Value, Value)>,
                needs: Value,
                said: &str| {
        Case { method: "tools/call", params: call(name, arguments), questions, needs, expected: text(said) }
    };
    let asks = |name: &str, questions, needs, said: &str| {
        tool(&format!("c__test_input_required_result_{name}"), json!({}), questions, needs, said)
    };
    let colour = (FORM, form("color"), accept(json!({ "color": "red" })));
    let forms = || json!({ "elicitation": {} });
    vec![
        asks("elicitation", vec![name()], forms(), "Hello, Ann!"),
        asks("sampling", vec![capital()], json!({ "sampling": {} }), "Paris"),
        asks("list_roots", vec![roots()], json!({ "roots": {} }), "Roots: file:///here"),
        asks("multi_round", vec![name(), colour], forms(), "Ann likes red"),
        tool(
            "p__visit",
            json!({ "url": "https://example.com/log-in" }),
            vec![page()],
            json!({ "elicitation": { "url": {} } }),
            "Accepted",
        ),
    ]
}

fn others() -> Vec<Case> {
    let prompt = json!({ "name": "c__test_input_required_result_prompt" });
    let context = (FORM, form("context"), accept(json!({ "context": "here" })));
    let pin = (FORM, form("pin"), accept(json!({ "pin": 7 })));
    let forms = || json!({ "elicitation": {} });
    vec![
        Case {
            method: "prompts/get",
            params: prompt,
            questions: vec![context],
            needs: forms(),
            expected: json!({ "messages": [{ "content": { "text": "Use this context: here" } }] }),
        },
        Case {
            method: "resources/read",
            params: json!({ "uri": "note://p/secret" }),
            questions: vec![pin],
            needs: forms(),
            expected: json!({ "contents": [{ "uri": "note://p/secret", "text": "opened with 7" }] }),
        },
    ]
}

fn cases() -> Vec<Case> {
    tools().into_iter().chain(others()).collect()
}

impl Case {
    fn check(&self, client: &mut Live) -> Result<(), String> {
        let answers: Vec<_> = self.questions.iter().map(|(method, _, answer)| (*method, answer.clone())).collect();
        let told = client.converse(self.method, &self.params, &answers);
        let result = told.result.as_ref().map_err(|error| format!("{error}"))?;
        fits(result, &self.expected)?;
        let asked = |(method, params, _): &(&str, Value, Value)| match params {
            Value::Null => json!({ "method": method }),
            params => json!({ "method": method, "params": params }),
        };
        fits(&json!(told.asked), &self.questions.iter().map(asked).collect())
    }
}

#[test]
fn the_same_plugin_asks_in_both_eras() {
    for wire in Wire::ALL {
        let Some(host) = host() else { return };
        let mut client = Live::connect(host, wire, everything());
        let wrong: Vec<String> = cases()
            .iter()
            .filter_map(|case| Some(format!("{}: {}", case.params, case.check(&mut client).err()?)))
            .collect();
        assert!(wrong.is_empty(), "{wire:?}\n{}", wrong.join("\n"));
    }
}

#[test]
fn several_questions_at_once_are_all_answered() {
    let params = call("c__test_input_required_result_multiple_inputs", json!({}));
    for wire in Wire::ALL {
        let Some(host) = host() else { return };
        let mut client = Live::connect(host, wire, everything());
        let answers = [name(), capital(), roots()].map(|(method, _, answer)| (method, answer));
        let told = client.converse("tools/call", &params, &answers);
        let result = told.result.unwrap_or_else(|error| panic!("{wire:?} {error}"));
        fits(&result, &text("Ann: Paris (1 roots)")).unwrap_or_else(|why| panic!("{wire:?}: {why}"));
        assert_eq!(told.asked.len(), 3, "{wire:?} {:?}", told.asked);
    }
}

#[test]
fn a_client_that_declares_nothing_is_told_what_is_needed() {
    for wire in Wire::ALL {
        let Some(host) = host() else { return };
        let mut client = Live::connect(host, wire, json!({}));
        for case in cases() {
            let told = client.converse(case.method, &case.params, &[]);
            let what = format!("{wire:?} {}: {:?}", case.params, told.result);
            match (wire.era(), told.result) {
                (Era::Modern, Err(error)) => {
                    let expected = json!({ "code": -32021, "data": { "requiredCapabilities": case.needs } });
                    fits(&error, &expected).unwrap_or_else(|why| panic!("{what}: {why}"));
                    assert_eq!(error["data"]["requiredCapabilities"], case.needs, "no more than that: {what}");
                }
                // Sessions have no code for it. A tool says it to the model.
                (Era::Legacy, Ok(result)) => {
                    assert_eq!(case.method, "tools/call", "{what}");
                    let expected = json!({ "isError": true, "_meta": { "wharf/error": { "kind": "unsupported" } } });
                    fits(&result, &expected).unwrap_or_else(|why| panic!("{what}: {why}"));
                }
                (Era::Legacy, Err(error)) => {
                    assert_ne!(case.method, "tools/call", "{what}");
                    let expected = json!({ "data": { "wharf/error": { "kind": "unsupported" } } });
                    fits(&error, &expected).unwrap_or_else(|why| panic!("{what}: {why}"));
                }
                (Era::Modern, Ok(_)) => panic!("{what}"),
            }
            assert!(told.asked.is_empty(), "{wire:?} {}", case.params);
        }
    }
}

#[test]
fn a_client_is_asked_only_in_the_ways_that_it_declares() {
    let visit = call("p__visit", json!({ "url": "https://example.com/log-in" }));
    let named = call("c__test_input_required_result_elicitation", json!({}));
    let cases = [
        (json!({ "elicitation": {} }), &named, true),
        (json!({ "elicitation": {} }), &visit, false),
        (json!({ "elicitation": { "form": {} } }), &visit, false),
        (json!({ "elicitation": { "url": {} } }), &visit, true),
        (json!({ "elicitation": { "url": {} } }), &named, false),
        (json!({ "sampling": {}, "roots": {} }), &named, false),
    ];
    for wire in Wire::ALL {
        for (declared, params, is_asked) in &cases {
            let Some(host) = host() else { return };
            let mut client = Live::connect(host, wire, declared.clone());
            let answer = accept(json!({ "name": "Ann" }));
            let told = client.converse("tools/call", params, &[(FORM, answer)]);
            assert_eq!(told.asked.len(), usize::from(*is_asked), "{wire:?} {declared} {params}: {:?}", told.result);
        }
    }
}
