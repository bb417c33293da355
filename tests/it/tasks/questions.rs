//! What tasks ask, and what is told them.

use serde_json::{Value, json};
use wharf_tests::fits;

use super::{MODERN, begin, connect, get, said, until, until_it_is, update};

fn name(name: &str) -> Value {
    json!({ "action": "accept", "content": { "name": name } })
}

fn asked(task: &Value) -> Vec<&str> {
    task["inputRequests"].as_object().into_iter().flatten().map(|(key, _)| key.as_str()).collect()
}

#[test]
fn a_task_asks_and_goes_on_with_the_answer() {
    let accept = |confirm: Value| json!({ "confirm": { "action": "accept", "content": { "confirm": confirm } } });
    let cases = [
        (accept(json!(true)), "Deleted x.txt"),
        (accept(json!(false)), "Kept x.txt"),
        (json!({ "confirm": { "action": "decline" } }), "Kept x.txt"),
        (json!({ "confirm": { "action": "cancel" } }), "Kept x.txt"),
    ];
    for wire in MODERN {
        let Some(mut client) = connect(wire) else { return };
        for (responses, text) in &cases {
            let id = begin(&mut client, ("c__confirm_delete", json!({ "filename": "x.txt" })));
            let task = until_it_is(&mut client, &id, "input_required");
            let expected = json!({ "confirm": { "method": "elicitation/create", "params": {
                "message": "Delete x.txt?", "requestedSchema": { "properties": { "confirm": {} } },
            } } });
            fits(&task["inputRequests"], &expected).unwrap_or_else(|why| panic!("{wire:?}: {why}"));
            update(&mut client, &id, responses).unwrap();
            let done = until_it_is_done(&mut client, &id);
            fits(&done, &said(text)).unwrap_or_else(|why| panic!("{wire:?} {responses}: {why}"));
        }
    }
}

/// What it still asks, it is asking while the answer is on its way.
fn until_it_is_done(client: &mut crate::live::Live, id: &str) -> Value {
    let task = until(client, id, |task| task["status"] != "working" && task["status"] != "input_required");
    assert_eq!(task["status"], "completed", "{task}");
    task
}

#[test]
fn answers_may_come_one_at_a_time() {
    for wire in MODERN {
        let Some(mut client) = connect(wire) else { return };
        let id = begin(&mut client, ("c__multi_input", json!({})));
        let task = until_it_is(&mut client, &id, "input_required");
        assert_eq!(asked(&task), ["first", "second"], "{wire:?}");
        update(&mut client, &id, &json!({ "second": name("Bob") })).unwrap();
        let task = until(&mut client, &id, |task| task["status"] == "input_required" && asked(task) == ["first"]);
        assert_eq!(asked(&task), ["first"], "{wire:?}");
        // What was answered already is no answer to what is still open.
        update(&mut client, &id, &json!({ "second": name("Eve") })).unwrap();
        update(&mut client, &id, &json!({ "first": name("Ann") })).unwrap();
        let done = until_it_is_done(&mut client, &id);
        fits(&done, &said("Told: Ann, Bob")).unwrap_or_else(|why| panic!("{wire:?}: {why}"));
    }
}

#[test]
fn answers_that_are_none_leave_it_asking() {
    let wrong = [
        json!({}),
        json!({ "third": name("Ann") }),
        json!({ "first": name("Ann")["content"] }),
        json!({ "first": { "action": "accept", "content": { "name": 7 } } }),
        json!({ "first": "Ann" }),
        json!({ "first": null }),
    ];
    for wire in MODERN {
        let Some(mut client) = connect(wire) else { return };
        let id = begin(&mut client, ("c__multi_input", json!({})));
        until_it_is(&mut client, &id, "input_required");
        for responses in &wrong {
            update(&mut client, &id, responses).unwrap_or_else(|error| panic!("{wire:?} {responses}: {error}"));
            let task = until_it_is(&mut client, &id, "input_required");
            assert_eq!(asked(&task), ["first", "second"], "{wire:?} {responses}");
        }
        update(&mut client, &id, &json!({ "first": name("Ann"), "second": name("Bob"), "third": name("C") })).unwrap();
        let done = until_it_is_done(&mut client, &id);
        fits(&done, &said("Told: Ann, Bob")).unwrap_or_else(|why| panic!("{wire:?}: {why}"));
    }
}

#[test]
fn what_comes_too_late_changes_nothing() {
    for wire in MODERN {
        let Some(mut client) = connect(wire) else { return };
        let id = begin(&mut client, ("c__confirm_delete", json!({ "filename": "x.txt" })));
        until_it_is(&mut client, &id, "input_required");
        client.request("tasks/cancel", json!({ "taskId": id })).unwrap();
        let confirmed = json!({ "confirm": { "action": "accept", "content": { "confirm": true } } });
        update(&mut client, &id, &confirmed).unwrap();
        let task = get(&mut client, &id);
        assert_eq!((&task["status"], asked(&task).len()), (&json!("cancelled"), 0), "{wire:?} {task}");
    }
}
