//! The commands: what they print, and what their exit codes say.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::Stdio;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use wharf_tests::{Finished, Part, TestHost, find};

use crate::component::needing_files;

/// How long starting and ending may take together. Generous: a bound is there so that nothing hangs.
const PATIENCE: Duration = Duration::from_secs(60);

const REQUEST: &str = r#"{ "requests": [
    { "capability": "http", "reason": "to ask the weather service", "optional": true, "wants": { "hosts": ["a.example"] } }
] }"#;

/// A folder with the echo guest, and with a configuration that has it.
fn echo_folder() -> Option<TestHost> {
    let echo = fs::read(find(Part::Guest("echo"))?).unwrap();
    Some(TestHost::new().file("echo.wasm", echo).plugin("echo", "echo.wasm"))
}

fn stdout_json(finished: &Finished) -> Value {
    assert_eq!(finished.code, Some(0), "{finished:?}");
    serde_json::from_str(&finished.stdout).unwrap_or_else(|error| panic!("{error}: {finished:?}"))
}

fn inspected(host: &TestHost, file: &str) -> Value {
    stdout_json(&host.run(["plugin", "inspect", "--json", file]))
}

#[test]
fn each_command_explains_itself() {
    let cases: &[(&[&str], &str)] = &[
        (&[], "Usage: wharf <COMMAND>"),
        (&["serve"], "Usage: wharf serve [OPTIONS]"),
        (&["check"], "Usage: wharf check [OPTIONS]"),
        (&["call"], "Usage: wharf call [OPTIONS] <PLUGIN__TOOL> [JSON]"),
        (&["plugin"], "Usage: wharf plugin <COMMAND>"),
        (&["plugin", "list"], "Usage: wharf plugin list [OPTIONS]"),
        (&["plugin", "inspect"], "Usage: wharf plugin inspect [OPTIONS] <FILE>"),
        (&["plugin", "embed"], "Usage: wharf plugin embed [OPTIONS] <FILE>"),
    ];
    for (command, usage) in cases {
        let finished = TestHost::new().run(command.iter().chain(&["--help"]));
        assert_eq!(finished.code, Some(0), "{finished:?}");
        assert!(finished.stdout.contains(usage), "{usage}: {}", finished.stdout);
    }
    let version = TestHost::new().run(["--version"]);
    assert_eq!(version.stdout, concat!("wharf ", env!("CARGO_PKG_VERSION")));
    for mistake in [&[][..], &["srve"], &["plugin"], &["call"]] {
        assert_eq!(TestHost::new().run(mistake).code, Some(2), "{mistake:?}");
    }
}

#[test]
fn a_call_prints_the_result() {
    let Some(host) = echo_folder() else { return };
    let text = json!({ "text": "hi" }).to_string();
    let expected = json!({ "content": [{ "type": "text", "text": "hi" }], "isError": false, "resultType": "complete" });
    assert_eq!(stdout_json(&host.run(["call", "echo__echo", &text])), expected);
    assert_eq!(stdout_json(&host.run_with(["call", "echo__echo", "-"], &text)), expected);
    let sum = stdout_json(&host.run(["call", "echo__add", "{\"a\": 1, \"b\": 2}"]));
    assert_eq!(sum["structuredContent"], json!({ "sum": 3.0 }));
}

#[test]
fn a_call_that_brings_no_result_says_why() {
    let Some(host) = echo_folder() else { return };
    let cases: &[(&[&str], &str, &str)] = &[
        (&["echo__nothing"], "", "no tool is named `echo__nothing`; there is echo__echo, echo__add"),
        (&["echo__echo"], "", "\"text\" is a required property (bad-arguments)"),
        (&["echo__echo", "{\"text\": 1}"], "", "(bad-arguments)"),
        (&["echo__echo", "{"], "", "the arguments are not JSON"),
        (&["echo__echo", "[]"], "", "must be a JSON object"),
        (&["echo__echo", "-"], "", "the arguments are not JSON"),
        (&["echo__echo", "-"], "\u{0}", "the arguments are not JSON"),
        (&["echo__echo", "{}", "--config", "not-there.toml"], "", "not-there.toml"),
    ];
    for (arguments, input, said) in cases {
        let finished = host.run_with(["call"].iter().chain(*arguments), input);
        assert_eq!((finished.code, finished.stdout.as_str()), (Some(1), ""), "{arguments:?} {finished:?}");
        assert!(finished.stderr.contains("error: ") && finished.stderr.contains(said), "{said}: {finished:?}");
    }
}

#[test]
fn a_tool_that_failed_is_printed_and_is_a_failure() {
    let Some(probe) = find(Part::Guest("probe")) else {
        return;
    };
    let host = TestHost::new().plugin("probe", probe);
    let failed = host.run(["call", "probe__read", "{\"path\": \"/etc/hostname\"}"]);
    assert_eq!(failed.code, Some(1), "{failed:?}");
    let result: Value = serde_json::from_str(&failed.stdout).unwrap();
    assert_eq!(result["isError"], true, "{result}");
    let crashed = host.run(["call", "probe__crash"]);
    assert_eq!(crashed.code, Some(1), "{crashed:?}");
    assert!(crashed.stderr.contains("error: ") && crashed.stderr.contains("(trapped)"), "{crashed:?}");
}

#[test]
fn a_component_is_inspected_without_running() {
    let Some(host) = echo_folder() else { return };
    let found = inspected(&host, "echo.wasm");
    assert_eq!((&found["name"], &found["version"]), (&json!("echo"), &json!("0.1.0")));
    assert_eq!(found["description"], "Gives back what it gets");
    assert_eq!(found["exports"], json!(["wharf:plugin/tools@0.1.0"]));
    assert_eq!(found["size"], fs::metadata(host.path("echo.wasm")).unwrap().len());
    assert_eq!(found["digest"].as_str().map(str::len), Some("sha256:".len() + 64));
    let is_environment = |it: &Value| it.as_str().is_some_and(|it| it.starts_with("wasi:cli/environment@0.2."));
    assert!(found["imports"].as_array().unwrap().iter().any(is_environment), "{found}");
    assert_eq!(found["request"], Value::Null);
    let report = host.run(["plugin", "inspect", "echo.wasm"]);
    assert_eq!(report.code, Some(0));
    for part in ["echo", "0.1.0", "Gives back what it gets", "sha256:", "wharf:plugin/tools@0.1.0", "wasi:cli/exit"] {
        assert!(report.stdout.contains(part), "{part}: {}", report.stdout);
    }
    let host = host.file("text.wasm", "(component)");
    for (file, said) in [
        ("not-there.wasm", "No such file"),
        ("text.wasm", "is not a WebAssembly component"),
        (".", "not a regular file"),
    ] {
        let finished = host.run(["plugin", "inspect", file]);
        assert_eq!((finished.code, finished.stdout.as_str()), (Some(1), ""), "{finished:?}");
        assert!(finished.stderr.contains(said), "{said}: {finished:?}");
    }
}

#[test]
fn the_list_shows_each_configured_plugin_even_a_broken_one() {
    let Some(host) = echo_folder() else { return };
    let listed = host.plugin("missing", "missing.wasm").run(["plugin", "list"]);
    assert_eq!(listed.code, Some(0), "{listed:?}");
    let row = |id: &str| listed.stdout.lines().find(|line| line.trim().starts_with(id)).unwrap_or_default();
    for part in ["echo", "0.1.0", "tools", "echo.wasm"] {
        assert!(row("echo").contains(part), "{part}: {}", listed.stdout);
    }
    assert!(row("missing").contains("No such file"), "{}", listed.stdout);
}

#[test]
fn what_is_embedded_is_read_again_and_replaces_what_was_there() {
    let Some(host) = echo_folder() else { return };
    let host = host.file("request.json", REQUEST);
    let before = fs::read(host.path("echo.wasm")).unwrap();
    let embedded = host.run([
        "plugin",
        "embed",
        "echo.wasm",
        "--output",
        "new.wasm",
        "--name",
        "parrot",
        "--plugin-version",
        "2.0.0",
        "--description",
        "Says it again",
        "--request",
        "request.json",
    ]);
    assert_eq!(embedded.code, Some(0), "{embedded:?}");
    assert_eq!(fs::read(host.path("echo.wasm")).unwrap(), before, "the file itself stays as it is");
    let (old, new) = (inspected(&host, "echo.wasm"), inspected(&host, "new.wasm"));
    assert_eq!((&new["name"], &new["version"]), (&json!("parrot"), &json!("2.0.0")));
    assert_eq!(new["description"], "Says it again");
    assert_eq!((&new["imports"], &new["exports"]), (&old["imports"], &old["exports"]));
    let wanted: Value = serde_json::from_str(REQUEST).unwrap();
    assert_eq!(new["request"]["requests"], wanted["requests"]);

    // In place, and with less: nothing of the first request stays.
    let host = host.file("request.json", "{}");
    let again = host.run(["plugin", "embed", "new.wasm", "--request", "request.json"]);
    assert_eq!(again.code, Some(0), "{again:?}");
    let newer = inspected(&host, "new.wasm");
    assert_eq!((&newer["name"], &newer["request"]["requests"]), (&json!("parrot"), &json!([])));
    let bytes = fs::read(host.path("new.wasm")).unwrap();
    assert!(!bytes.windows(15).any(|window| window == b"weather service"));
    // It is still a plugin.
    let called = host.plugin("parrot", "new.wasm").run(["call", "parrot__echo", "{\"text\": \"hi\"}"]);
    assert_eq!(stdout_json(&called)["content"][0]["text"], "hi");
}

#[test]
fn what_can_not_be_embedded_leaves_the_file_alone() {
    let Some(host) = echo_folder() else { return };
    let before = fs::read(host.path("echo.wasm")).unwrap();
    let cases = [
        ("{", "is no request"),
        ("[]", "is no request"),
        ("{\"requests\": [{\"capability\": \"files\"}]}", "reason"),
        ("{\"request\": []}", "`request`"),
        (&format!("{{\"stateVersion\": \"{}\"}}", "x".repeat(70_000)), "65536 are allowed"),
    ];
    let host = host.file("text.wasm", "(component)").file("module.wasm", wat::parse_str("(module)").unwrap());
    for (request, said) in cases {
        fs::write(host.path("request.json"), request).unwrap();
        let finished = host.run(["plugin", "embed", "echo.wasm", "--request", "request.json"]);
        assert_eq!(finished.code, Some(1), "{finished:?}");
        assert!(finished.stderr.contains("request.json") && finished.stderr.contains(said), "{said}: {finished:?}");
        assert_eq!(fs::read(host.path("echo.wasm")).unwrap(), before);
    }
    for (file, said) in [
        ("not-there.wasm", "No such file"),
        ("text.wasm", "is not a WebAssembly"),
        ("module.wasm", "core WebAssembly module"),
    ] {
        let finished = host.run(["plugin", "embed", file, "--name", "x"]);
        assert_eq!(finished.code, Some(1), "{finished:?}");
        assert!(finished.stderr.contains(said), "{said}: {finished:?}");
    }
}

#[test]
fn a_request_is_a_claim_and_the_imports_are_the_proof() {
    let client = r#"(component
        (import "wasi:http/outgoing-handler@0.2.6" (instance))
        (instance $tools) (export "wharf:plugin/tools@0.1.0" (instance $tools)))"#;
    // It asks for nothing, and for something else: what it imports counts.
    for request in
        ["{}", "{\"requests\": [{\"capability\": \"keyvalue\", \"reason\": \"to count\", \"optional\": true}]}"]
    {
        let host = TestHost::new()
            .file("client.wasm", wat::parse_str(client).unwrap())
            .file("request.json", request)
            .plugin("client", "client.wasm");
        assert_eq!(host.run(["plugin", "embed", "client.wasm", "--request", "request.json"]).code, Some(0));
        let checked = host.run(["check"]);
        assert_eq!(checked.code, Some(1));
        assert!(checked.stdout.contains("nobody granted it the capability `http`"), "{}", checked.stdout);
    }
}

#[test]
fn a_need_is_met_by_a_grant_at_its_place() {
    let Some(echo) = find(Part::Guest("echo")) else {
        return;
    };
    let needy = needing_files(&fs::read(echo).unwrap());
    for (at, code) in [("/books", 0), ("/other", 1)] {
        let host = TestHost::new().file("needy.wasm", &needy).plugin("needy", "needy.wasm").grant("needy", "/", at);
        let checked = host.run(["check"]);
        assert_eq!(checked.code, Some(code), "{at}: {checked:?}");
        assert!(checked.stdout.contains(&format!("files at {at} (read)")), "{}", checked.stdout);
    }
}

#[test]
fn a_server_whose_log_nobody_reads_serves_and_ends() {
    let host = TestHost::new();
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let mut command = host.command();
    command.args(["serve", "--http", &format!("127.0.0.1:{port}")]).env("WHARF_LOG", "debug");
    let mut server = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    drop(server.stderr.take());
    let deadline = Instant::now() + PATIENCE;
    let is_ready = || {
        let mut wire = TcpStream::connect(("127.0.0.1", port)).ok()?;
        wire.write_all(b"GET /ready HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n").ok()?;
        let mut answer = String::new();
        wire.read_to_string(&mut answer).ok()?;
        answer.starts_with("HTTP/1.1 200").then_some(())
    };
    while is_ready().is_none() {
        assert!(Instant::now() < deadline, "it never serves");
        std::thread::sleep(Duration::from_millis(20));
    }
    kill_process(Pid::from_child(&server), Signal::TERM).unwrap();
    let ended = loop {
        if let Some(ended) = server.try_wait().unwrap() {
            break ended;
        }
        if Instant::now() >= deadline {
            server.kill().unwrap();
            panic!("it never ends");
        }
        std::thread::sleep(Duration::from_millis(20));
    };
    assert_eq!(ended.code(), Some(0));
}
