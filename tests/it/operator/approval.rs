//! Tools that run only after a person has agreed: what is asked, who is asked, and that nothing runs before.

use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;
use wharf_tests::{Part, TestHost, Wire, find, fits};

use super::reach;
use crate::live::Live;
use crate::record;

const FORM: &str = "elicitation/create";
const MODERN: [Wire; 2] = [Wire::HttpModern, Wire::StdioModern];

/// How long something may take to be so. Generous: a bound is there so that nothing hangs.
const PATIENCE: Duration = Duration::from_secs(60);

fn host(folder: &TempDir) -> Option<TestHost> {
    let audit = folder.path().join("audit.jsonl");
    let audit = format!("[audit]\nfile = {:?}\n[server]\napprove = 'destructive'", audit.to_str().unwrap());
    let grants = "[plugins.r.grants]\nhttp = []\nkeyvalue = []\nsigning = []";
    Some(TestHost::new().plugin("r", reach()?).config(grants).config(&audit))
}

fn asks() -> Value {
    json!({ "elicitation": {} })
}

fn accept(agreed: bool) -> Value {
    json!({ "action": "accept", "content": { "approve": agreed } })
}

fn call(tool: &str, note: &str) -> Value {
    json!({ "name": format!("r__{tool}"), "arguments": { "note": note } })
}

/// The tools and the outcomes on record, once there are so many.
fn recorded(folder: &Path, count: usize) -> Vec<(String, String)> {
    let text = |line: &Value, key: &str| line[key].as_str().unwrap_or_default().to_owned();
    record::once(&folder.join("audit.jsonl"), |lines| {
        let calls = lines.iter().filter(|line| line["record"] == "call");
        let found: Vec<_> = calls.map(|line| (text(line, "name"), text(line, "outcome"))).collect();
        (found.len() >= count).then_some(found)
    })
}

fn ran(result: &Value, tool: &str, note: &str) {
    let expected = json!({ "isError": false, "structuredContent": { "ran": tool, "note": note } });
    fits(result, &expected).unwrap_or_else(|why| panic!("{tool}: {why}"));
}

fn denied(result: &Value, said: &str) {
    let kind = json!({ "wharf/error": { "kind": "denied" } });
    let expected = json!({ "isError": true, "_meta": kind, "content": [{ "text": { "$has": said } }] });
    fits(result, &expected).unwrap_or_else(|why| panic!("{said}: {why}"));
}

/// What the question has.
fn question(tool: &str, note: &str) -> Value {
    let schema = json!({ "required": ["approve"], "properties": { "approve": { "type": "boolean" } } });
    let message = format!("Run the tool `r__{tool}` of the plugin `r` with {}?", json!({ "note": note }));
    json!({ "mode": "form", "message": message, "requestedSchema": schema })
}

#[test]
fn a_person_agrees_and_the_tool_runs_once() {
    for wire in Wire::ALL {
        let folder = tempfile::tempdir().unwrap();
        let Some(host) = host(&folder) else { return };
        let mut client = Live::connect(host, wire, asks());
        // What says nothing of itself may destroy something.
        for tool in ["destroy", "silent"] {
            let told = client.converse("tools/call", &call(tool, "now"), &[(FORM, accept(true))]);
            ran(&told.result.unwrap_or_else(|error| panic!("{wire:?} {tool}: {error}")), tool, "now");
            let [asked] = told.asked.as_slice() else { panic!("{wire:?} {tool}: {:?}", told.asked) };
            fits(&asked["params"], &question(tool, "now")).unwrap_or_else(|why| panic!("{wire:?} {tool}: {why}"));
        }
        let done = |tool: &str| (tool.to_owned(), "done".to_owned());
        assert_eq!(recorded(folder.path(), 2), [done("destroy"), done("silent")], "{wire:?}");
    }
}

#[test]
fn tools_that_destroy_nothing_are_not_asked_about() {
    for wire in Wire::ALL {
        let folder = tempfile::tempdir().unwrap();
        let Some(host) = host(&folder) else { return };
        // Also for clients that couldn't ask.
        let mut client = Live::connect(host, wire, json!({}));
        for tool in ["tidy", "look"] {
            let result = client.request("tools/call", call(tool, "")).unwrap();
            ran(&result, tool, "");
        }
    }
}

#[test]
fn nothing_runs_where_nobody_agrees() {
    let answers = [
        json!({ "action": "decline" }),
        json!({ "action": "cancel" }),
        accept(false),
        json!({ "action": "accept", "content": { "approve": "yes" } }),
        json!({ "action": "accept" }),
    ];
    for wire in Wire::ALL {
        let folder = tempfile::tempdir().unwrap();
        let Some(host) = host(&folder) else { return };
        let mut client = Live::connect(host, wire, asks());
        for answer in &answers {
            let told = client.converse("tools/call", &call("destroy", ""), &[(FORM, answer.clone())]);
            denied(&told.result.unwrap_or_else(|error| panic!("{wire:?} {answer}: {error}")), "nobody agreed");
            assert_eq!(told.asked.len(), 1, "{wire:?} {answer}");
        }
        // Each is on record as what it is, and none ran.
        let expected = vec![("destroy".to_owned(), "denied".to_owned()); answers.len()];
        assert_eq!(recorded(folder.path(), answers.len()), expected, "{wire:?}");
    }
}

#[test]
fn a_client_that_can_not_ask_is_refused() {
    for wire in Wire::ALL {
        let folder = tempfile::tempdir().unwrap();
        let Some(host) = host(&folder) else { return };
        let mut client = Live::connect(host, wire, json!({ "sampling": {} }));
        denied(&client.request("tools/call", call("destroy", "")).unwrap(), "this client can't ask one");
        // An answer to what wasn't asked is none.
        if MODERN.contains(&wire) {
            let mut unasked = call("destroy", "");
            unasked["inputResponses"] = json!({ "wharf-approval": accept(true) });
            denied(&client.request("tools/call", unasked).unwrap(), "this client can't ask one");
        }
        assert!(recorded(folder.path(), 1).iter().all(|(_, outcome)| outcome == "denied"), "{wire:?}");
    }
}

/// A call that asks, and the same with the answer.
fn asked(client: &mut Live, params: &Value) -> Value {
    let asked = client.request("tools/call", params.clone()).unwrap();
    fits(&asked, &json!({ "resultType": "input_required" })).unwrap();
    let mut again = params.clone();
    again["inputResponses"] = json!({ "wharf-approval": accept(true) });
    again["requestState"] = asked["requestState"].clone();
    again
}

#[test]
fn an_agreement_is_for_one_call_with_these_arguments() {
    for wire in MODERN {
        let folder = tempfile::tempdir().unwrap();
        let Some(host) = host(&folder) else { return };
        let mut client = Live::connect(host, wire, asks());
        let agreed = asked(&mut client, &call("destroy", "this"));
        for (key, other) in [("arguments", json!({ "note": "that" })), ("name", json!("r__silent"))] {
            let mut changed = agreed.clone();
            changed[key] = other;
            let error = client.request("tools/call", changed).expect_err(key);
            assert_eq!(error["code"], -32602, "{wire:?} {key}: {error}");
        }
        ran(&client.request("tools/call", agreed.clone()).unwrap(), "destroy", "this");
        denied(&client.request("tools/call", agreed).unwrap(), "was answered before");

        // A yes that nobody was asked for is none: it is asked about.
        let mut unasked = call("destroy", "this");
        unasked["inputResponses"] = json!({ "wharf-approval": accept(true) });
        fits(&client.request("tools/call", unasked).unwrap(), &json!({ "resultType": "input_required" })).unwrap();

        // A no is an answer too: the same question isn't open any more.
        let agreed = asked(&mut client, &call("destroy", ""));
        let mut declined = agreed.clone();
        declined["inputResponses"] = json!({ "wharf-approval": { "action": "decline" } });
        denied(&client.request("tools/call", declined).unwrap(), "nobody agreed");
        denied(&client.request("tools/call", agreed).unwrap(), "was answered before");
        let ran = recorded(folder.path(), 4).iter().filter(|(_, outcome)| outcome == "done").count();
        assert_eq!(ran, 1, "{wire:?}");
    }
}

#[test]
fn a_tool_that_is_called_through_another_is_asked_about() {
    for wire in Wire::ALL {
        let folder = tempfile::tempdir().unwrap();
        let Some(host) = host(&folder) else { return };
        let mut client = Live::connect(host.config("[endpoints.default]\nview = 'search'"), wire, asks());
        let params =
            json!({ "name": "call_tool", "arguments": { "name": "r__destroy", "arguments": { "note": "x" } } });
        let told = client.converse("tools/call", &params, &[(FORM, json!({ "action": "decline" }))]);
        denied(&told.result.unwrap(), "nobody agreed");
        let told = client.converse("tools/call", &params, &[(FORM, accept(true))]);
        ran(&told.result.unwrap(), "destroy", "x");
        fits(&told.asked[0]["params"], &question("destroy", "x")).unwrap_or_else(|why| panic!("{wire:?}: {why}"));
    }
}

#[test]
fn what_a_plugin_asks_comes_after_the_agreement() {
    let Some(conformance) = find(Part::Guest("conformance")) else { return };
    for wire in Wire::ALL {
        let host = TestHost::new().plugin("c", conformance.clone()).config("approve = 'writing'");
        let mut client = Live::connect(host, wire, asks());
        let params = json!({ "name": "c__test_input_required_result_elicitation", "arguments": {} });
        let name = json!({ "action": "accept", "content": { "name": "Ann" } });
        let told = client.converse("tools/call", &params, &[(FORM, accept(true)), (FORM, name)]);
        let result = told.result.unwrap_or_else(|error| panic!("{wire:?}: {error}"));
        fits(&result, &json!({ "content": [{ "text": "Hello, Ann!" }] })).unwrap();
        assert_eq!(told.asked.len(), 2, "{wire:?}: {:?}", told.asked);
        let first = json!({ "params": { "message": { "$has": "Run the tool `c__test" } } });
        fits(&told.asked[0], &first).unwrap_or_else(|why| panic!("{wire:?}: {why}"));
    }
}

#[test]
fn an_answer_to_a_plugin_is_taken_once_where_somebody_had_to_agree() {
    let Some(conformance) = find(Part::Guest("conformance")) else { return };
    for wire in MODERN {
        let host = TestHost::new().plugin("c", conformance.clone()).config("approve = 'writing'");
        let mut client = Live::connect(host, wire, asks());
        let params = json!({ "name": "c__test_input_required_result_elicitation", "arguments": {} });
        let agreed = asked(&mut client, &params);
        let asking = client.request("tools/call", agreed).unwrap();
        let (name, _) = asking["inputRequests"].as_object().unwrap().iter().next().unwrap();
        let mut answered = params.clone();
        answered["requestState"] = asking["requestState"].clone();
        answered["inputResponses"] = json!({ name: { "action": "accept", "content": { "name": "Ann" } } });
        let greeted = client.request("tools/call", answered.clone()).unwrap();
        fits(&greeted, &json!({ "content": [{ "text": "Hello, Ann!" }] })).unwrap();
        denied(&client.request("tools/call", answered).unwrap(), "was answered before");
    }
}

#[test]
fn a_long_call_becomes_a_task_once_somebody_agreed() {
    let Some(conformance) = find(Part::Guest("conformance")) else { return };
    let tasks = json!({ "elicitation": {}, "extensions": { "io.modelcontextprotocol/tasks": {} } });
    for wire in MODERN {
        let host = TestHost::new().plugin("c", conformance.clone()).config("approve = 'writing'");
        let mut client = Live::connect(host, wire, tasks.clone());
        let params = json!({ "name": "c__slow_compute", "arguments": { "seconds": 0, "label": "x" } });
        let agreed = asked(&mut client, &params);
        let task = client.request("tools/call", agreed.clone()).unwrap();
        fits(&task, &json!({ "resultType": "task" })).unwrap_or_else(|why| panic!("{wire:?}: {why}"));
        denied(&client.request("tools/call", agreed).unwrap(), "was answered before");
        let deadline = Instant::now() + PATIENCE;
        loop {
            let now = client.request("tasks/get", json!({ "taskId": task["taskId"] })).unwrap();
            if now["status"] == "completed" {
                fits(&now["result"], &json!({ "content": [{ "text": { "$has": "Computed x" } }] })).unwrap();
                break;
            }
            assert!(Instant::now() < deadline, "{wire:?}: {now}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

#[test]
fn a_call_that_is_taken_back_is_not_asked_about_any_more() {
    let folder = tempfile::tempdir().unwrap();
    let Some(host) = host(&folder) else { return };
    let mut client = Live::connect(host, Wire::StdioLegacy, asks());
    let id = client.begin("tools/call", call("destroy", ""));
    let (_, question) = client.until(0, |heard| heard["method"] == FORM);
    client.take_back(id);
    // The answer comes too late.
    client.reply(&question, accept(true));
    ran(&client.request("tools/call", call("look", "after")).unwrap(), "look", "after");
    let recorded = recorded(folder.path(), 1);
    assert!(recorded.iter().all(|(tool, _)| tool == "look"), "{recorded:?}");
}
