//! Tasks go on after the host was restarted, and killed.

use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;
use wharf::task::{Call, Current, New, Owner, Status, Store};
use wharf_tests::{Wire, fits};

use super::{LONG_MS, MODERN, begin, get, host, said, until, until_it_is, update, wait, with_tasks};
use crate::live::Live;

/// Two ways to end.
#[derive(Debug, Clone, Copy)]
enum End {
    Stop,
    Kill,
}

const ENDS: [End; 2] = [End::Stop, End::Kill];

/// A host that keeps its tasks in this folder.
fn start(folder: &TempDir, wire: Wire) -> Option<Live> {
    let file = folder.path().join("tasks.redb");
    let host = host()?.config(&format!("[server]\ntask-file = {:?}", file.to_str().unwrap()));
    Some(Live::connect(host, wire, with_tasks()))
}

impl End {
    fn of(self, client: Live) {
        match self {
            Self::Stop => client.stop(),
            // Whoever owns the process kills it when it goes.
            Self::Kill => drop(client),
        }
    }
}

/// Ends one host after `before`, and does `after` with another one on the same file.
fn across(before: impl Fn(&mut Live) -> String, after: impl Fn(&mut Live, &str)) {
    for wire in MODERN {
        for end in ENDS {
            let folder = tempfile::tempdir().unwrap();
            let Some(mut first) = start(&folder, wire) else { return };
            let id = before(&mut first);
            end.of(first);
            after(&mut start(&folder, wire).unwrap(), &id);
        }
    }
}

#[test]
fn a_task_goes_on() {
    let before = |client: &mut Live| {
        let id = begin(client, wait(3, 2_000));
        // It was called once at least, and has something to go on with.
        until(client, &id, |task| task["statusMessage"].is_string());
        id
    };
    across(before, |client, id| {
        let done = until_it_is(client, id, "completed");
        fits(&done, &said("paused 3 times, one id")).unwrap();
    });
}

#[test]
fn a_result_is_still_there() {
    let before = |client: &mut Live| {
        let id = begin(client, wait(1, 1));
        until_it_is(client, &id, "completed");
        id
    };
    across(before, |client, id| fits(&get(client, id), &said("paused 1 times, one id")).unwrap());
}

#[test]
fn a_question_is_still_asked() {
    let name = |name: &str| json!({ "action": "accept", "content": { "name": name } });
    let before = |client: &mut Live| {
        let id = begin(client, ("c__multi_input", json!({})));
        until_it_is(client, &id, "input_required");
        update(client, &id, &json!({ "first": name("Ann") })).unwrap();
        until(client, &id, |task| task["inputRequests"].as_object().is_some_and(|asked| asked.len() == 1));
        id
    };
    across(before, |client, id| {
        let task = until_it_is(client, id, "input_required");
        fits(&task["inputRequests"], &json!({ "first": { "$absent": true }, "second": {} })).unwrap();
        update(client, id, &json!({ "second": name("Bob") })).unwrap();
        let is_done = |task: &Value| task["status"] == "completed";
        fits(&until(client, id, is_done), &said("Told: Ann, Bob")).unwrap();
    });
}

#[test]
fn a_task_of_before_can_be_cancelled_and_is_cleaned_up_after() {
    let before = |client: &mut Live| {
        let id = begin(client, wait(2, LONG_MS));
        until(client, &id, |task| task["statusMessage"].is_string());
        id
    };
    across(before, |client, id| {
        // Else there is nobody yet who could clean up.
        client.wait_for_log("going on with a task");
        client.request("tasks/cancel", json!({ "taskId": id })).unwrap();
        assert_eq!(get(client, id)["status"], "cancelled");
        client.wait_for_log("aborted a wait because");
    });
}

#[test]
fn what_was_cancelled_stays_so() {
    let before = |client: &mut Live| {
        let id = begin(client, wait(2, LONG_MS));
        client.request("tasks/cancel", json!({ "taskId": id })).unwrap();
        id
    };
    across(before, |client, id| assert_eq!(get(client, id)["status"], "cancelled"));
}

/// How long a short-lived task is kept: longer than a host takes to start.
const SHORT_SECONDS: u64 = 15;

/// Put into the file before the host opens it, with less time than the day that it gives.
#[test]
fn a_result_is_kept_for_its_time() {
    for wire in MODERN {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("tasks.redb")).unwrap().store;
        let result = json!({ "isError": false, "content": [{ "type": "text", "text": "kept" }] }).to_string();
        let task = |ttl: u64| New {
            owner: Owner::default(),
            call: Call { endpoint: "default".into(), ..Call::default() },
            current: Current { status: Status::Completed(result.clone()), ..Current::default() },
            ttl: Duration::from_secs(ttl),
        };
        let began = Instant::now();
        let [short, long] = [SHORT_SECONDS, 3_600].map(|ttl| store.insert(task(ttl)).unwrap().id.to_string());
        drop(store);
        let Some(mut client) = start(&folder, wire) else { return };
        // A host that was slow to start has nothing to show any more.
        if began.elapsed() < Duration::from_secs(SHORT_SECONDS / 2) {
            fits(&get(&mut client, &short), &said("kept")).unwrap_or_else(|why| panic!("{wire:?}: {why}"));
        }
        sleep(Duration::from_secs(SHORT_SECONDS).saturating_sub(began.elapsed()));
        let error = client.request("tasks/get", json!({ "taskId": short })).unwrap_err();
        assert_eq!(error["code"], -32602, "{wire:?} {error}");
        fits(&get(&mut client, &long), &said("kept")).unwrap_or_else(|why| panic!("{wire:?}: {why}"));
    }
}
