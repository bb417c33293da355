//! The scenarios of the protocol's conformance suite, which knows HTTP only, over standard input and output: in both
//! eras, against the same guest. What can be said over HTTP in one answer is sent there as well.

mod both;
mod legacy;
mod modern;
mod rounds;

use serde_json::{Value, json};
use wharf_tests::{Connection, Era, Exchange, Part, TestHost, Wire, find, fits};

/// A request, what the client answers meanwhile, and what is expected.
struct Case {
    /// The suite's name of the scenario, and what of it.
    name: &'static str,
    method: &'static str,
    params: Value,
    /// Each for a method; whatever the server asks has one.
    answers: Vec<(&'static str, Value)>,
    /// The result, or the error.
    expected: Result<Value, Value>,
    /// What the server asks.
    asked: Value,
    /// What it tells.
    told: Value,
}

/// What can be asked of the client.
fn capabilities() -> Value {
    json!({ "elicitation": { "form": {}, "url": {} }, "sampling": {}, "roots": { "listChanged": true } })
}

fn case(name: &'static str, method: &'static str, params: Value, result: Value) -> Case {
    Case { name, method, params, answers: Vec::new(), expected: Ok(result), asked: json!([]), told: json!([]) }
}

fn call(name: &'static str, tool: &str, arguments: Value, result: Value) -> Case {
    case(name, "tools/call", json!({ "name": tool, "arguments": arguments }), result)
}

fn failing(name: &'static str, method: &'static str, params: Value, error: Value) -> Case {
    Case { expected: Err(error), ..case(name, method, params, Value::Null) }
}

fn text(text: &str) -> Value {
    json!([{ "type": "text", "text": { "$has": text } }])
}

impl Case {
    /// In the order in which they are asked: a method, what its parameters have, and the answer.
    fn asks(self, questions: Vec<(&'static str, Value, Value)>) -> Self {
        let asked = questions.iter().map(|(method, params, _)| json!({ "method": method, "params": params })).collect();
        let answers = questions.into_iter().map(|(method, _, answer)| (method, answer)).collect();
        Self { asked, answers, ..self }
    }

    fn tells(self, told: Value) -> Self {
        Self { told, ..self }
    }

    fn check(&self, exchange: &Exchange) -> Result<(), String> {
        match (&exchange.result, &self.expected) {
            (Ok(result), Ok(expected)) => fits(result, expected),
            (Err(error), Err(expected)) => fits(error, expected),
            (result, _) => Err(format!("{result:?}")),
        }?;
        fits(&json!(exchange.asked), &self.asked).map_err(|why| format!("asked: {why}"))?;
        // A change of a list belongs to no request, and may come at any time.
        let told =
            exchange.told.iter().filter(|it| it["method"].as_str().is_some_and(|it| !it.ends_with("list_changed")));
        fits(&told.cloned().collect(), &self.told).map_err(|why| format!("told: {why}"))
    }
}

/// A client of the conformance guest, which is mounted without a prefix.
fn connect(wire: Wire) -> Option<Connection> {
    let host = TestHost::new().config("[endpoints.default]\nprefix = \"never\"");
    Some(host.plugin("conformance", find(Part::Guest("conformance"))?).connect_as(wire, capabilities()))
}

/// Every case on a connection of its own kind, and then everything that was wrong.
fn check(wire: Wire, cases: &[Case]) {
    let Some(mut client) = connect(wire) else { return };
    // A session over HTTP asks in a stream, whose answers go another way, and logs in a stream of its own: the suite
    // itself is about that.
    let is_shown = |case: &&Case| {
        wire != Wire::HttpLegacy || case.answers.is_empty() && !case.told.to_string().contains("notifications/message")
    };
    let mut wrong = Vec::new();
    for case in cases.iter().filter(is_shown) {
        let exchange = client.converse(case.method, &case.params, &case.answers);
        if let Err(why) = case.check(&exchange) {
            wrong.push(format!("{}, {}: {why}", case.name, case.method));
        }
    }
    assert!(wrong.is_empty(), "{wire:?}: {} of {} wrong\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

#[test]
fn what_both_eras_have() {
    for wire in Wire::ALL {
        check(wire, &both::cases());
    }
}

#[test]
fn what_the_older_era_has() {
    for wire in Wire::ALL.into_iter().filter(|wire| wire.era() == Era::Legacy) {
        check(wire, &legacy::cases());
    }
}

#[test]
fn what_the_stateless_era_has() {
    for wire in Wire::ALL.into_iter().filter(|wire| wire.era() == Era::Modern) {
        check(wire, &modern::cases());
    }
}
