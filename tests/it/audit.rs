//! The record of what happened.

use std::fs;
use std::io::Write as _;
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;
use wharf_tests::{Era, Part, TestHost, Wire, find, headers, message, result};

use crate::live::Live;
use crate::record::{lines, once_there_are};

/// How long records may take to the disk. Generous: a bound is there so that nothing hangs.
const PATIENCE: Duration = Duration::from_secs(60);

const SECRET: &str = "a-secret-that-nobody-may-read";
const TOKEN: &str = "wharf_alices-token-0123456789";

/// A host that records into a file of this folder.
fn host(folder: &TempDir, more: &str) -> Option<TestHost> {
    let (echo, conformance) = (find(Part::Guest("echo"))?, find(Part::Guest("conformance"))?);
    let file = folder.path().join("audit.jsonl");
    let audit = format!("[audit]\nfile = {:?}\n{more}", file.to_str().unwrap());
    Some(TestHost::new().plugin("a", echo).plugin("c", conformance).config(&audit))
}

/// A plugin that takes long to compile on a busy machine comes after the others.
fn wait_until_listed(client: &mut Live, tool: &str) {
    let deadline = Instant::now() + PATIENCE;
    while !client.request("tools/list", json!({})).unwrap().to_string().contains(tool) {
        assert!(Instant::now() < deadline, "{tool} never comes");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// The line with what differs each time replaced, and looked at.
fn usual(line: &Value) -> Value {
    let mut line = line.clone();
    let time = line["time"].as_str().unwrap();
    assert!(time.len() == "2026-11-21T14:10:22.123Z".len() && time.ends_with('Z'), "{time}");
    assert_eq!(line["call"].as_str().unwrap().len(), 36, "{line}");
    assert_eq!(line["digest"].as_str().unwrap().len(), 64, "{line}");
    assert!(line["duration_us"].as_u64().unwrap() >= line["cpu_us"].as_u64().unwrap() / 2, "{line}");
    for (key, value) in [
        ("time", json!("T")),
        ("call", json!("C")),
        ("digest", json!("D")),
        ("duration_us", json!(0)),
        ("cpu_us", json!(0)),
        ("memory_bytes", json!(0)),
    ] {
        line[key] = value;
    }
    line
}

#[test]
fn a_call_has_these_fields_in_this_order() {
    let folder = tempfile::tempdir().unwrap();
    let Some(host) = host(&folder, "arguments = 'whole'") else { return };
    let hashed = TestHost::new().run_with(["token", "hash"], TOKEN).stdout;
    let host = host.config(&format!("[tokens.alice]\ndigest = '{}'", hashed.trim())).http();
    let call = message(Era::Modern, 1, "tools/call", json!({ "name": "a__add", "arguments": { "a": 1, "b": 2 } }));
    let answer = host.post_message(Era::Modern, &call, &[("authorization", &format!("Bearer {TOKEN}"))]);
    assert!(result(answer.message()).is_ok());
    assert_eq!(host.stop().code, Some(0));
    let file = folder.path().join("audit.jsonl");
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let text = fs::read_to_string(&file).unwrap();
    let keys: Vec<&str> = text.split('"').skip(1).step_by(2).collect();
    let expected = [
        "time",
        "record",
        "call",
        "caller",
        "subject",
        "issuer",
        "client",
        "endpoint",
        "method",
        "resumed",
        "plugin",
        "digest",
        "name",
        "arguments",
        "whole",
        "a",
        "b",
        "outcome",
        "duration_us",
        "cpu_us",
        "memory_bytes",
        "bytes_in",
        "bytes_out",
    ];
    let mut next = keys.iter();
    for key in expected {
        assert!(next.any(|found| *found == key), "{key} is missing, or in another place: {text}");
    }
    let all = lines(&file);
    assert_eq!(all.len(), 1, "{text}");
    assert!(all[0]["cpu_us"].as_u64().unwrap() > 0 && all[0]["memory_bytes"].as_u64().unwrap() >= 65_536, "{text}");
    let expected = json!({
        "time": "T", "record": "call", "call": "C",
        "caller": { "subject": "alice", "issuer": null, "client": "wharf-tests 0" },
        "endpoint": "default", "method": "tools/call", "resumed": false, "plugin": "a", "digest": "D", "name": "add",
        "arguments": { "whole": { "a": 1, "b": 2 } }, "outcome": "done", "duration_us": 0, "cpu_us": 0,
        "memory_bytes": 0, "bytes_in": 13, "bytes_out": all[0]["bytes_out"],
    });
    assert_eq!(usual(&all[0]), expected);
    assert!(all[0]["bytes_out"].as_u64().unwrap() > 5, "{text}");
}

#[test]
fn each_step_of_each_method_is_recorded_on_each_wire() {
    for wire in Wire::ALL {
        let folder = tempfile::tempdir().unwrap();
        let Some(host) = host(&folder, "") else { return };
        let mut client = Live::connect(host, wire, json!({ "elicitation": {} }));
        wait_until_listed(&mut client, "c__test_error_handling");
        let (text, argument) = (json!({ "name": "arg1", "value": "p" }), json!({ "text": SECRET }));
        let prompt = json!({ "type": "ref/prompt", "name": "c__test_prompt_with_arguments" });
        client.call("a__echo", argument).unwrap();
        client.call("a__echo", json!({ "wrong": SECRET })).unwrap();
        client.call("c__test_error_handling", json!({})).unwrap();
        client.request("resources/read", json!({ "uri": "test://c/template/7/data" })).unwrap();
        client.request("prompts/get", json!({ "name": "c__test_simple_prompt" })).unwrap();
        client.request("completion/complete", json!({ "ref": prompt, "argument": text })).unwrap();
        let file = folder.path().join("audit.jsonl");
        let found = once_there_are(&file, 6);
        let seen: Vec<_> =
            found.iter().map(|line| ["method", "name", "outcome"].map(|key| line[key].as_str().unwrap())).collect();
        let expected = [
            ["tools/call", "echo", "done"],
            ["tools/call", "echo", "bad-arguments"],
            ["tools/call", "test_error_handling", "failed"],
            ["resources/read", "test://template/{id}/data", "done"],
            ["prompts/get", "test_simple_prompt", "done"],
            ["completion/complete", "test_prompt_with_arguments", "done"],
        ];
        assert_eq!(seen, expected, "{wire:?}");
        for line in &found {
            assert_eq!((&line["endpoint"], &line["caller"]["subject"]), (&"default".into(), &Value::Null), "{line}");
        }
        let digests: Vec<&Value> = found.iter().map(|line| &line["arguments"]["digest"]).collect();
        assert!(digests[0].as_str().is_some_and(|digest| digest.len() == 32), "{found:?}");
        assert_ne!(digests[0], digests[1]);
        assert!(!fs::read_to_string(&file).unwrap().contains(SECRET), "{wire:?}");
    }
}

#[test]
fn the_steps_of_a_call_have_one_id() {
    let folder = tempfile::tempdir().unwrap();
    let Some(host) = host(&folder, "") else { return };
    let mut client = Live::connect(host, Wire::HttpModern, json!({ "elicitation": {} }));
    wait_until_listed(&mut client, "c__test_input_required_result_elicitation");
    let answer = json!({ "action": "accept", "content": { "name": SECRET } });
    let told = client.converse(
        "tools/call",
        &json!({ "name": "c__test_input_required_result_elicitation", "arguments": {} }),
        &[("elicitation/create", answer)],
    );
    assert!(told.result.is_ok(), "{told:?}");
    let file = folder.path().join("audit.jsonl");
    let found = once_there_are(&file, 2);
    assert_eq!(found[0]["call"], found[1]["call"], "{found:?}");
    let seen: Vec<_> = found.iter().map(|line| (line["outcome"].as_str().unwrap(), line["resumed"] == true)).collect();
    assert_eq!(seen, [("asked", false), ("done", true)]);
    assert!(!fs::read_to_string(&file).unwrap().contains(SECRET));
}

#[test]
fn a_guest_that_traps_or_takes_too_long_is_on_record() {
    let (Some(spin), Some(trap)) =
        (find(Part::Guest("hostile/spin_in_call")), find(Part::Guest("hostile/unreachable")))
    else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("audit.jsonl");
    let host = TestHost::new()
        .config(&format!("[audit]\nfile = {:?}", file.to_str().unwrap()))
        .plugin("spin", spin)
        .config("limits = { cpu-time-ms = 100 }")
        .plugin("trap", trap);
    let mut client = Live::connect(host, Wire::HttpModern, json!({}));
    let tools = client.request("tools/list", json!({})).unwrap();
    for tool in tools["tools"].as_array().unwrap() {
        let _ = client.call(tool["name"].as_str().unwrap(), json!({}));
    }
    let found = once_there_are(&file, 2);
    let outcome = |plugin: &str| found.iter().find(|line| line["plugin"] == plugin).unwrap();
    assert_eq!(outcome("spin")["outcome"], "timed-out", "{found:?}");
    assert!(outcome("spin")["cpu_us"].as_u64().unwrap() > 0, "{found:?}");
    assert_eq!(outcome("trap")["outcome"], "trapped", "{found:?}");
}

#[test]
fn a_call_that_was_given_up_is_on_record() {
    let Some(spin) = find(Part::Guest("hostile/spin_in_call")) else { return };
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("audit.jsonl");
    let host = TestHost::new().config(&format!("[audit]\nfile = {:?}", file.to_str().unwrap())).plugin("spin", spin);
    let host = host.http();
    let list = result(host.post_message(Era::Modern, &message(Era::Modern, 1, "tools/list", json!({})), &[]).message());
    let name = list.unwrap()["tools"][0]["name"].as_str().unwrap().to_owned();
    let call = message(Era::Modern, 2, "tools/call", json!({ "name": name, "arguments": {} }));
    let mut stream = TcpStream::connect(host.address()).unwrap();
    let head: String =
        headers(Era::Modern, &call).into_iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let body = call.to_string();
    let length = body.len();
    write!(stream, "POST /mcp HTTP/1.1\r\nhost: localhost\r\n{head}content-length: {length}\r\n\r\n{body}").unwrap();
    host.wait_for_log("spinning with");
    drop(stream);
    let found = once_there_are(&file, 1);
    assert_eq!(found[0]["outcome"], "cancelled", "{found:?}");
    assert!(found[0]["cpu_us"].as_u64().unwrap() > 0, "{found:?}");
}

#[test]
fn files_are_put_aside_by_size() {
    let folder = tempfile::tempdir().unwrap();
    let Some(host) = host(&folder, "largest-bytes = 2000\nkeep = 2") else { return };
    let mut client = Live::connect(host, Wire::StdioModern, json!({}));
    for number in 0..40 {
        client.call("a__add", json!({ "a": number, "b": 0 })).unwrap();
    }
    wait_until_quiet(folder.path());
    let mut names: Vec<_> =
        fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    assert_eq!(names, ["audit.jsonl", "audit.jsonl.1", "audit.jsonl.2"]);
    for name in names {
        assert!(fs::metadata(folder.path().join(name)).unwrap().len() <= 2_000);
    }
}

/// Returns when the newest record is of the last call.
fn wait_until_quiet(folder: &Path) {
    let size = |name: &str| fs::metadata(folder.join(name)).map_or(0, |found| found.len());
    let all = || ["audit.jsonl", "audit.jsonl.1", "audit.jsonl.2"].map(size);
    let deadline = Instant::now() + PATIENCE;
    let mut last = all();
    while Instant::now() < deadline {
        std::thread::sleep(Duration::from_millis(300));
        if last == all() {
            return;
        }
        last = all();
    }
}

#[test]
fn a_full_disk_is_said_once_and_calls_go_on() {
    let Some(echo) = find(Part::Guest("echo")) else { return };
    let host = TestHost::new().plugin("a", echo).config("[audit]\nfile = '/dev/full'").http();
    let call = message(Era::Modern, 1, "tools/call", json!({ "name": "a__echo", "arguments": { "text": "x" } }));
    for _ in 0..3 {
        assert!(result(host.post_message(Era::Modern, &call, &[]).message()).is_ok());
        std::thread::sleep(Duration::from_millis(150));
    }
    host.wait_for_log("takes nothing");
    let finished = host.stop();
    assert_eq!(finished.code, Some(0), "{finished:?}");
    assert_eq!(finished.stderr.matches("takes nothing").count(), 1, "{finished:?}");
    assert!(finished.stderr.contains("/dev/full"), "{finished:?}");
    assert!(finished.stderr.contains("3 records of the audit are lost"), "{finished:?}");
}

#[test]
fn a_file_that_can_not_be_opened_is_named_before_anything_is_served() {
    for command in [&["serve", "--http", "127.0.0.1:0"][..], &["serve", "--stdio"], &["check"], &["call", "a__b"]] {
        let finished = TestHost::new().config("[audit]\nfile = 'not-there/audit.jsonl'").run(command);
        assert_eq!(finished.code, Some(1), "{command:?} {finished:?}");
        let said = format!("{}{}", finished.stdout, finished.stderr);
        assert!(said.contains("not-there/audit.jsonl can't be opened"), "{command:?} {finished:?}");
        assert!(said.contains("enabled = false"), "{command:?} {finished:?}");
    }
}

#[test]
fn a_server_records_without_being_told_and_a_command_only_if_it_is() {
    let Some(echo) = find(Part::Guest("echo")) else { return };
    let state = tempfile::tempdir().unwrap();
    let own = |host: TestHost| host.plugin("a", &echo).env("XDG_STATE_HOME", state.path());
    let default: PathBuf = state.path().join("wharf/audit.jsonl");
    let call = |host: &TestHost| host.run(["call", "a__add", r#"{"a":1,"b":2}"#]);
    assert_eq!(call(&own(TestHost::new())).code, Some(0));
    assert!(!default.exists());
    let off = own(TestHost::new().config("[audit]\nenabled = false"));
    Live::connect(off, Wire::StdioModern, json!({})).call("a__add", json!({ "a": 1, "b": 2 })).unwrap();
    assert!(!default.exists());
    let configured = own(TestHost::new().config("[audit]\nfile = 'here.jsonl'"));
    assert_eq!(call(&configured).code, Some(0));
    assert_eq!(lines(&configured.path("here.jsonl")).len(), 1);
    let mut client = Live::connect(own(TestHost::new()), Wire::StdioModern, json!({}));
    client.call("a__add", json!({ "a": 1, "b": 2 })).unwrap();
    assert_eq!(once_there_are(&default, 1)[0]["name"], "add");
}
