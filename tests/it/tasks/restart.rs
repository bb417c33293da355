//! Tasks go on after the host was restarted, and killed.

use serde_json::{Value, json};
use tempfile::TempDir;
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
