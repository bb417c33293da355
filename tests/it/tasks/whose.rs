//! Who finds a task, and who doesn't.

use std::sync::Arc;

use serde_json::{Value, json};
use tempfile::TempDir;
use wharf_tests::Era;

use super::{LONG_MS, MODERN, begin, connect, get, host, update, wait, with_tasks};
use crate::live::Live;

/// As for a task that isn't there, whatever is asked of it.
fn finds_nothing(client: &mut Live, id: &str) {
    let cancel = json!({ "taskId": id });
    let answers = [
        ("tasks/get", client.request("tasks/get", json!({ "taskId": id }))),
        ("tasks/update", update(client, id, &json!({ "first": { "action": "decline" } }))),
        ("tasks/cancel", client.request("tasks/cancel", cancel)),
    ];
    for (method, answer) in answers {
        let error = answer.expect_err(method);
        assert_eq!(error["code"], -32602, "{method} {id:?}: {error}");
    }
}

#[test]
fn a_task_that_is_not_there_is_an_error_of_the_request() {
    for wire in MODERN {
        let Some(mut client) = connect(wire) else { return };
        let id = begin(&mut client, wait(1, LONG_MS));
        let (short, other) = (id.chars().skip(1).collect::<String>(), id.chars().rev().collect::<String>());
        let ids = ["x", "../tasks", "00000000-0000-4000-8000-000000000000", &short, &other, &"x".repeat(2_000)];
        for id in ids {
            finds_nothing(&mut client, id);
        }
        assert_eq!(get(&mut client, &id)["status"], "working", "{wire:?}");
    }
}

#[test]
fn a_task_is_found_at_its_endpoint_only() {
    let Some(host) = host() else { return };
    let host = Arc::new(host.http());
    let at = |path| Live::http_at(&host, path, None, Era::Modern, with_tasks());
    let id = begin(&mut at("/mcp"), wait(1, LONG_MS));
    finds_nothing(&mut at("/mcp/search"), &id);
    assert_eq!(get(&mut at("/mcp"), &id)["status"], "working");
}

fn with_token(folder: &TempDir, token: Option<&str>) -> Option<Live> {
    let file = folder.path().join("tasks.redb");
    let host = host()?.config(&format!("[server]\ntask-file = {:?}", file.to_str().unwrap()));
    let host = match token {
        Some(token) => host.file("token", token).args(["--token-file", "token"]),
        None => host,
    };
    Some(Live::http_at(&Arc::new(host.http()), "/mcp", token, Era::Modern, with_tasks()))
}

#[test]
fn who_holds_another_token_does_not_find_it() {
    let folder = tempfile::tempdir().unwrap();
    let (one, another) = (Some("the-first-of-the-tokens"), Some("another-of-the-tokens"));
    let Some(mut first) = with_token(&folder, one) else { return };
    let id = begin(&mut first, wait(1, LONG_MS));
    drop(first);
    finds_nothing(&mut with_token(&folder, None).unwrap(), &id);
    finds_nothing(&mut with_token(&folder, another).unwrap(), &id);
    let task: Value = get(&mut with_token(&folder, one).unwrap(), &id);
    assert_eq!(task["status"], "working", "{task}");
}
