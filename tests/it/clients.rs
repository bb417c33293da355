//! Clients that nobody here wrote, against the catalogue with a real registry, over both transports.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};
use wharf_tests::{HttpHost, Part, TestHost, find, package_folder, run};

use crate::registry;

const TOOLS: [&str; 4] =
    ["catalog__list_servers", "catalog__get_server", "catalog__list_categories", "catalog__list_tools"];

/// How a client gets at the server.
enum Target {
    Http(HttpHost),
    Stdio(TestHost),
}

/// A host to connect to, and one to start.
fn targets() -> Option<[Target; 2]> {
    let (served, _) = registry::host()?;
    let (started, _) = registry::host()?;
    Some([Target::Http(served.http()), Target::Stdio(started)])
}

impl Target {
    /// The program and the arguments with which a client starts it. What a client passes on of its environment differs
    /// from one to the next, so nothing is left to it.
    fn command(host: &TestHost) -> (String, Vec<String>) {
        let program = host.command().get_program().to_str().unwrap().to_owned();
        let config = host.path("wharf.toml").to_str().unwrap().to_owned();
        (program, ["serve", "--stdio", "--config", &config].map(str::to_owned).to_vec())
    }

    fn json(&self) -> Value {
        match self {
            Self::Http(host) => json!({ "url": host.url() }),
            Self::Stdio(host) => {
                let (command, args) = Self::command(host);
                json!({ "command": command, "args": args })
            }
        }
    }
}

fn script(name: &str) -> PathBuf {
    package_folder().join("clients").join(name)
}

/// What a Python client reports, one report for each mode.
fn reports(python: &Path, name: &str, target: &Target, modes: &[&str]) -> Vec<Value> {
    let calls = json!([
        ["catalog__list_servers", { "detail": "summary", "limit": 1 }],
        ["catalog__get_server", { "name": "github" }],
        ["catalog__get_server", { "name": "no-such-server" }],
        ["catalog__nothing", {}],
    ]);
    let mut command = Command::new(python);
    // Nothing is left beside the scripts.
    command.env("PYTHONDONTWRITEBYTECODE", "1");
    command.arg(script(name)).arg(target.json().to_string()).arg(calls.to_string()).args(modes);
    let finished = run(&mut command, "");
    assert_eq!(finished.code, Some(0), "{name} {modes:?}\n{}\n{}", finished.stdout, finished.stderr);
    finished.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn check_report(report: &Value) {
    assert_eq!(report["tools"], json!(TOOLS), "{report}");
    let calls = &report["calls"];
    assert_eq!(calls[0]["failed"], false, "{report}");
    assert!(calls[0]["structured"]["metadata"]["total_count"].as_u64() >= Some(86), "{report}");
    assert_eq!(calls[1]["structured"]["name"], "github", "{report}");
    assert_eq!(calls[2]["failed"], true, "{report}");
    assert!(calls[2]["text"].as_str().unwrap().contains("no-such-server"), "{report}");
    assert!(calls[3]["raised"].as_str().unwrap().contains("unknown tool"), "{report}");
}

#[test]
fn the_python_sdk_lists_and_calls() {
    let Some(python) = find(Part::Python) else { return };
    let Some(targets) = targets() else { return };
    let modes = [("auto", "2026-07-28"), ("legacy", "2025-11-25"), ("2026-07-28", "2026-07-28")];
    for target in &targets {
        let reports = reports(&python, "python_mcp.py", target, &modes.map(|(mode, _)| mode));
        let seen: Vec<_> = reports.iter().map(|report| report["protocol"].as_str().unwrap()).collect();
        assert_eq!(seen, modes.map(|(_, protocol)| protocol));
        reports.iter().for_each(check_report);
    }
}

#[test]
fn fastmcp_lists_and_calls() {
    let Some(python) = find(Part::Python) else { return };
    let Some(targets) = targets() else { return };
    for target in &targets {
        let reports = reports(&python, "fastmcp_client.py", target, &["default"]);
        assert_eq!(reports.len(), 1);
        reports.iter().for_each(check_report);
    }
}

#[test]
fn the_inspector_lists_and_calls() {
    let (Some(node), Some(inspector)) =
        (find(Part::Node), find(Part::NodeModule("@modelcontextprotocol/inspector/clients/launcher/build/index.js")))
    else {
        return;
    };
    let Some(targets) = targets() else { return };
    for target in &targets {
        for era in ["modern", "legacy"] {
            let ask = |method: &[&str]| inspect(&node, &inspector, target, era, method);
            let listed = ask(&["tools/list"]);
            let names: Vec<_> = listed["tools"].as_array().unwrap().iter().map(|tool| &tool["name"]).collect();
            assert_eq!(names, TOOLS, "{era}");
            let arguments = "{\"name\": \"github\"}";
            let called = ask(&["tools/call", "--tool-name", "catalog__get_server", "--tool-args-json", arguments]);
            assert_eq!(called["structuredContent"]["name"], "github", "{era} {called}");
        }
    }
}

/// The result of one request of the Inspector's.
fn inspect(node: &Path, inspector: &Path, target: &Target, era: &str, method: &[&str]) -> Value {
    let mut command = Command::new(node);
    command.arg(inspector).arg("--cli");
    match target {
        Target::Http(host) => command.args(["--server-url", &host.url(), "--transport", "http"]),
        Target::Stdio(host) => {
            let (program, _) = Target::command(host);
            // It takes `--config` for an option of its own; the program finds its configuration where it is started.
            command.current_dir(host.path("")).args([&program, "serve", "--stdio"])
        }
    };
    command.args(["--protocol-era", era, "--format", "json", "--quiet", "--method"]).args(method);
    let finished = run(&mut command, "");
    assert_eq!(finished.code, Some(0), "{era} {method:?}\n{}\n{}", finished.stdout, finished.stderr);
    let mut answer: Value =
        serde_json::from_str(&finished.stdout).unwrap_or_else(|error| panic!("{error}: {finished:?}"));
    answer["result"].take()
}
