//! Answers that aren't what the plugin hoped for.

use serde_json::{Value, json};
use wharf_tests::{Era, Wire, fits};

use super::{FORM, accept, call, everything, host, text};
use crate::live::Live;

#[test]
fn the_plugin_hears_that_somebody_said_no() {
    let who = call("c__test_elicitation", json!({ "message": "who?" }));
    let visit = call("p__visit", json!({ "url": "https://example.com" }));
    let cases = [
        (&who, json!({ "action": "decline" }), "action=decline"),
        (&who, json!({ "action": "cancel" }), "action=cancel"),
        (&who, json!({ "action": "cancel", "content": null }), "action=cancel"),
        // What a declined form has is nobody's answer.
        (&who, json!({ "action": "decline", "content": { "username": "ann" } }), "action=decline, content={}"),
        (&visit, json!({ "action": "decline" }), "Declined"),
        (&visit, json!({ "action": "cancel" }), "Cancelled"),
    ];
    for wire in Wire::ALL {
        let Some(host) = host() else { return };
        let mut client = Live::connect(host, wire, everything());
        for (params, answer, said) in &cases {
            let told = client.converse("tools/call", params, &[(FORM, answer.clone())]);
            let result = told.result.unwrap_or_else(|error| panic!("{wire:?} {answer}: {error}"));
            fits(&result, &text(said)).unwrap_or_else(|why| panic!("{wire:?} {params} {answer}: {why}"));
            assert_eq!(told.asked.len(), 1, "{wire:?} {answer}: {:?}", told.asked);
        }
    }
}

#[test]
fn an_answer_that_makes_no_sense_is_asked_for_again() {
    let form = || call("c__test_input_required_result_elicitation", json!({}));
    let sample = || call("c__test_input_required_result_sampling", json!({}));
    let roots = || call("c__test_input_required_result_list_roots", json!({}));
    let name = || accept(json!({ "name": "Ann" }));
    let message = || json!({ "role": "assistant", "content": { "type": "text", "text": "Paris" }, "model": "m" });
    let listed = || json!({ "roots": [{ "uri": "file:///here" }] });
    let cases = [
        (form(), FORM, json!({}), name()),
        (form(), FORM, json!({ "action": "perhaps" }), name()),
        (form(), FORM, json!({ "action": 1 }), name()),
        (form(), FORM, json!({ "action": "accept" }), name()),
        (form(), FORM, accept(json!({})), name()),
        (form(), FORM, accept(json!({ "name": 7 })), name()),
        (form(), FORM, accept(json!(["Ann"])), name()),
        (form(), FORM, message(), name()),
        (sample(), super::SAMPLE, json!({ "role": "assistant" }), message()),
        (sample(), super::SAMPLE, name(), message()),
        (roots(), super::ROOTS, json!({ "roots": [{ "name": "here" }] }), listed()),
        (roots(), super::ROOTS, json!({ "roots": "file:///here" }), listed()),
    ];
    for wire in Wire::ALL {
        let Some(host) = host() else { return };
        let mut client = Live::connect(host, wire, everything());
        for (params, method, bad, good) in &cases {
            let told = client.converse("tools/call", params, &[(method, bad.clone()), (method, good.clone())]);
            assert!(told.result.is_ok(), "{wire:?} {params} {bad}: {:?}", told.result);
            assert_eq!(told.asked.len(), 2, "{wire:?} {params} {bad}: {:?}", told.result);
        }
    }
}

#[test]
fn answers_in_the_stateless_era_may_be_anything() {
    let params = call("c__test_input_required_result_elicitation", json!({}));
    let name = accept(json!({ "name": "Ann" }));
    let asks = json!({ "resultType": "input_required", "inputRequests": { "user_name": {} } });
    let greets = text("Hello, Ann!");
    let cases = [
        (json!({}), &asks),
        (json!({ "user_name": "Ann" }), &asks),
        (json!({ "user_name": null }), &asks),
        (json!({ "user_name": [name] }), &asks),
        (json!({ "User_Name": name }), &asks),
        (json!({ "user_name": name, "other": 1 }), &greets),
    ];
    for wire in Wire::ALL.into_iter().filter(|wire| wire.era() == Era::Modern) {
        let Some(host) = host() else { return };
        let mut client = Live::connect(host, wire, everything());
        for (responses, expected) in &cases {
            let first = client.request("tools/call", params.clone()).unwrap();
            let mut again = params.clone();
            again["inputResponses"] = responses.clone();
            again["requestState"] = first["requestState"].clone();
            let second = client.request("tools/call", again);
            let second = second.unwrap_or_else(|error| panic!("{wire:?} {responses}: {error}"));
            fits(&second, expected).unwrap_or_else(|why| panic!("{wire:?} {responses}: {why}"));
        }
    }
}

#[test]
fn a_client_that_fails_to_answer_is_heard() {
    let params = call("c__test_elicitation", json!({ "message": "who?" }));
    let failing = json!({ "$error": { "code": -1, "message": "the window was in the way" } });
    for wire in Wire::ALL.into_iter().filter(|wire| wire.era() == Era::Legacy) {
        let Some(host) = host() else { return };
        let mut client = Live::connect(host, wire, everything());
        let told = client.converse("tools/call", &params, &[(FORM, failing.clone())]);
        let result: Value = told.result.unwrap_or_else(|error| panic!("{wire:?}: {error}"));
        assert_eq!(result["isError"], true, "{wire:?} {result}");
        fits(&result, &text("the window was in the way")).unwrap_or_else(|why| panic!("{wire:?}: {why}"));
    }
}
