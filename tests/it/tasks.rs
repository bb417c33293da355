//! Calls that become tasks: asked for until they are done, told more on the way, taken back, and gone on with after a
//! restart.

mod held;
mod questions;
mod restart;
mod whose;

use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use wharf_tests::{Part, TestHost, Wire, find, fits};

use crate::live::Live;

const MODERN: [Wire; 2] = [Wire::HttpModern, Wire::StdioModern];

/// Long enough for nothing to happen meanwhile.
const LONG_MS: u64 = 3_600_000;

/// How long a task may take until it is where a test wants it. Generous: a bound is there so that nothing hangs.
const PATIENCE: Duration = Duration::from_secs(120);

/// What clients declare that know tasks, and can be asked.
fn with_tasks() -> Value {
    let extensions = json!({ "io.modelcontextprotocol/tasks": {} });
    json!({ "elicitation": {}, "extensions": extensions })
}

fn host() -> Option<TestHost> {
    let (conformance, patient) = (find(Part::Guest("conformance"))?, find(Part::Guest("patient"))?);
    Some(TestHost::new().plugin("c", conformance).plugin("p", patient))
}

fn connect(wire: Wire) -> Option<Live> {
    Some(Live::connect(host()?, wire, with_tasks()))
}

fn wait(rounds: u32, pause_ms: u64) -> (&'static str, Value) {
    ("p__wait", json!({ "rounds": rounds, "pause_ms": pause_ms }))
}

/// Makes a call that becomes a task. Its id.
fn begin(client: &mut Live, (tool, arguments): (&str, Value)) -> String {
    let created = client.call(tool, arguments).unwrap_or_else(|error| panic!("{tool}: {error}"));
    let expected = json!({ "resultType": "task", "taskId": { "$has": "" }, "ttlMs": { "$least": 1 } });
    fits(&created, &expected).unwrap_or_else(|why| panic!("{tool}: {why}"));
    created["taskId"].as_str().unwrap().to_owned()
}

fn get(client: &mut Live, id: &str) -> Value {
    client.request("tasks/get", json!({ "taskId": id })).unwrap_or_else(|error| panic!("{id}: {error}"))
}

fn update(client: &mut Live, id: &str, responses: &Value) -> Result<Value, Value> {
    client.request("tasks/update", json!({ "taskId": id, "inputResponses": responses }))
}

/// Asks for a task until it is as a test wants it.
fn until(client: &mut Live, id: &str, is_wanted: impl Fn(&Value) -> bool) -> Value {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let task = get(client, id);
        if is_wanted(&task) {
            return task;
        }
        assert!(Instant::now() < deadline, "it stays so: {task}");
        sleep(Duration::from_millis(20));
    }
}

/// Asks for a task until it has this status.
fn until_it_is(client: &mut Live, id: &str, status: &str) -> Value {
    let is_end = |status: &str| ["completed", "failed", "cancelled"].contains(&status);
    let task = until(client, id, |task| task["status"] == status || is_end(task["status"].as_str().unwrap()));
    assert_eq!(task["status"], status, "{task}");
    task
}

fn said(text: &str) -> Value {
    json!({ "result": { "isError": false, "content": [{ "text": { "$has": text } }] } })
}

#[test]
fn a_result_is_there_when_it_is_asked_for_and_stays() {
    for wire in MODERN {
        let Some(mut client) = connect(wire) else { return };
        // One becomes a task at once, since it says that it takes long; the other when it pauses.
        let calls = [
            (wait(3, 1), "paused 3 times, one id"),
            (("c__slow_compute", json!({ "seconds": 0, "label": "x" })), "Computed x"),
        ];
        for (call, text) in calls {
            let id = begin(&mut client, call);
            let done = until_it_is(&mut client, &id, "completed");
            fits(&done, &said(text)).unwrap_or_else(|why| panic!("{wire:?}: {why}"));
            fits(&done, &json!({ "taskId": id, "error": { "$absent": true }, "inputRequests": { "$absent": true } }))
                .unwrap();
            assert_eq!(get(&mut client, &id), done, "{wire:?}: it stays as it is");
        }
    }
}

#[test]
fn an_answer_without_a_pause_is_no_task() {
    for wire in MODERN {
        let Some(mut client) = connect(wire) else { return };
        let result = client.call("c__greet", json!({ "name": "Ann" })).unwrap();
        fits(&result, &json!({ "resultType": "complete", "content": [{ "text": "Hello, Ann!" }] })).unwrap();
        // Arguments that don't fit never become one either.
        let result = client.call("p__wait", json!({ "rounds": "many", "pause_ms": 1 })).unwrap();
        let refused = json!({ "isError": true, "_meta": { "wharf/error": { "kind": "bad-arguments" } } });
        fits(&result, &refused).unwrap_or_else(|why| panic!("{wire:?}: {why}"));
    }
}

#[test]
fn failures_are_kept_as_what_they_are() {
    for wire in MODERN {
        let Some(mut client) = connect(wire) else { return };
        let id = begin(&mut client, ("c__failing_job", json!({})));
        let ended = until_it_is(&mut client, &id, "completed");
        let failed = json!({ "isError": true, "content": [{ "text": { "$has": "This job always fails" } }] });
        fits(&ended["result"], &failed).unwrap_or_else(|why| panic!("{wire:?}: {why}"));

        let id = begin(&mut client, ("c__protocol_error_job", json!({})));
        let ended = until_it_is(&mut client, &id, "failed");
        let error = json!({ "code": -32603, "message": { "$has": "This job breaks the protocol" } });
        fits(&ended["error"], &error).unwrap_or_else(|why| panic!("{wire:?}: {why}"));
        assert!(ended.get("result").is_none(), "{wire:?} {ended}");
    }
}

#[test]
fn how_far_it_is_can_be_read() {
    for wire in MODERN {
        let Some(mut client) = connect(wire) else { return };
        let id = begin(&mut client, wait(2, LONG_MS));
        let is_told = |task: &Value| task["statusMessage"].as_str().is_some_and(|message| message.contains("1 of 2"));
        let task = until(&mut client, &id, is_told);
        assert_eq!(task["status"], "working", "{wire:?} {task}");
    }
}

#[test]
fn a_task_that_is_cancelled_is_cleaned_up_after() {
    for wire in MODERN {
        let Some(mut client) = connect(wire) else { return };
        let id = begin(&mut client, wait(2, LONG_MS));
        until(&mut client, &id, |task| task["statusMessage"].is_string());
        client.request("tasks/cancel", json!({ "taskId": id })).unwrap();
        assert_eq!(get(&mut client, &id)["status"], "cancelled", "{wire:?}");
        client.wait_for_log("aborted a wait because");
        // Once more is no error, and changes nothing.
        client.request("tasks/cancel", json!({ "taskId": id })).unwrap();
        assert_eq!(get(&mut client, &id)["status"], "cancelled", "{wire:?}");
    }
}

#[test]
fn a_task_that_has_ended_is_not_cancelled() {
    for wire in MODERN {
        let Some(mut client) = connect(wire) else { return };
        let id = begin(&mut client, wait(1, 1));
        let done = until_it_is(&mut client, &id, "completed");
        client.request("tasks/cancel", json!({ "taskId": id })).unwrap();
        assert_eq!(get(&mut client, &id), done, "{wire:?}");
    }
}
