//! Clients that know no tasks: their requests are held open.

use serde_json::{Value, json};
use wharf_tests::{Era, Wire, fits};

use super::host;
use crate::live::Live;

#[test]
fn a_client_that_knows_no_tasks_waits_and_hears_how_far_it_is() {
    for wire in Wire::ALL {
        let Some(host) = host() else { return };
        let mut client = Live::connect(host, wire, json!({}));
        let from = client.heard().len();
        let arguments = json!({ "rounds": 3, "pause_ms": 1 });
        let params = json!({ "name": "p__wait", "arguments": arguments, "_meta": { "progressToken": "how-far" } });
        let result = client.request("tools/call", params).unwrap();
        let done = json!({ "isError": false, "content": [{ "text": "paused 3 times, one id" }] });
        fits(&result, &done).unwrap_or_else(|why| panic!("{wire:?}: {why}"));
        // A plugin that comes up late is another matter.
        let is_ours = |heard: &Value| !heard["method"].as_str().is_some_and(|method| method.ends_with("list_changed"));
        let heard: Vec<Value> = client.heard().split_off(from).into_iter().filter(is_ours).collect();
        let progress = |done: u32| json!({ "params": { "progressToken": "how-far", "progress": done, "total": 3 } });
        let expected = json!([progress(1), progress(2), progress(3), { "result": {} }]);
        fits(&Value::Array(heard), &expected).unwrap_or_else(|why| panic!("{wire:?}: {why}"));
    }
}

#[test]
fn a_tool_that_must_run_as_a_task_says_so_to_a_client_that_knows_none() {
    let needed = json!({ "extensions": { "io.modelcontextprotocol/tasks": {} } });
    for wire in Wire::ALL {
        let Some(host) = host() else { return };
        let mut client = Live::connect(host, wire, json!({ "elicitation": {} }));
        let answer = client.call("c__failing_job", json!({}));
        match (wire.era(), answer) {
            (Era::Modern, Err(error)) => {
                let expected = json!({ "code": -32021, "data": { "requiredCapabilities": needed } });
                fits(&error, &expected).unwrap_or_else(|why| panic!("{wire:?}: {why}"));
            }
            // Sessions know no tasks at all, and their requests may stay open.
            (Era::Legacy, Ok(result)) => {
                let expected = json!({ "isError": true, "content": [{ "text": { "$has": "always fails" } }] });
                fits(&result, &expected).unwrap_or_else(|why| panic!("{wire:?}: {why}"));
            }
            (_, answer) => panic!("{wire:?}: {answer:?}"),
        }
    }
}

#[test]
fn a_held_request_asks_as_any_other_does() {
    let params = json!({ "name": "c__confirm_delete", "arguments": { "filename": "x.txt" } });
    let confirmed = json!({ "action": "accept", "content": { "confirm": true } });
    for wire in Wire::ALL {
        let Some(host) = host() else { return };
        let mut client = Live::connect(host, wire, json!({ "elicitation": {} }));
        let told = client.converse("tools/call", &params, &[("elicitation/create", confirmed.clone())]);
        let result = told.result.unwrap_or_else(|error| panic!("{wire:?}: {error}"));
        let done = json!({ "content": [{ "text": "Deleted x.txt" }] });
        fits(&result, &done).unwrap_or_else(|why| panic!("{wire:?}: {why}"));
        assert_eq!(told.asked.len(), 1, "{wire:?} {:?}", told.asked);
    }
}

#[test]
fn sessions_have_no_methods_for_tasks() {
    for wire in Wire::ALL.into_iter().filter(|wire| wire.era() == Era::Legacy) {
        for capabilities in [json!({}), json!({ "extensions": { "io.modelcontextprotocol/tasks": {} } })] {
            let Some(host) = host() else { return };
            let mut client = Live::connect(host, wire, capabilities);
            let (_, hello) = client.until(0, |heard| heard["id"] == 0);
            fits(&hello, &json!({ "result": { "capabilities": { "tools": {}, "extensions": { "$absent": true } } } }))
                .unwrap();
            for method in ["tasks/get", "tasks/update", "tasks/cancel"] {
                let error = client.request(method, json!({ "taskId": "x", "inputResponses": {} })).unwrap_err();
                assert_eq!(error["code"], -32601, "{wire:?} {method} {error}");
            }
        }
    }
}
