//! Plugins that can't be served: what the operator reads of each, and that the others are served all the same.

use std::fs::{self, File};
use std::process::Command;

use serde_json::json;
use wharf_tests::{Part, TestHost, Wire, find};

use crate::component::{needing_files, patched};

/// A plugin that is refused.
struct Case {
    id: &'static str,
    /// In the folder of the configuration, or something else that `source` may say.
    source: &'static str,
    /// Further lines of its configuration.
    more: &'static str,
    /// What the operator reads of it.
    said: &'static [&'static str],
}

const fn case(id: &'static str, source: &'static str, said: &'static [&'static str]) -> Case {
    Case { id, source, more: "", said }
}

const CASES: &[Case] = &[
    case("missing", "missing.wasm", &["missing.wasm", "No such file", "help: check `source`"]),
    case("empty", "empty.wasm", &["is not a WebAssembly component", "help: build the plugin again"]),
    case("truncated", "truncated.wasm", &["is not a WebAssembly component", "copied whole"]),
    case("random", "random.wasm", &["is not a WebAssembly component"]),
    case("text", "text.wasm", &["is not a WebAssembly component"]),
    case("folder", ".", &["not a regular file"]),
    // Opening it would wait for a writer, for ever.
    case("pipe", "pipe.wasm", &["not a regular file"]),
    case("device", "/dev/zero", &["not a regular file"]),
    case("huge", "huge.wasm", &["has 67108865 bytes, and 67108864 are allowed"]),
    case("module", "module.wasm", &["is a core WebAssembly module", "wasm32-wasip2"]),
    case("nothing", "nothing.wasm", &["exports no interface of wharf:plugin", "wit/plugin"]),
    case("newer", "newer.wasm", &["exports wharf:plugin/tools@0.2.0", "this host speaks wharf:plugin@0.1"]),
    case("unversioned", "unversioned.wasm", &["exports wharf:plugin/tools", "this host speaks wharf:plugin@0.1"]),
    case("hollow", "hollow.wasm", &["does not fit the contract"]),
    case("stranger", "stranger.wasm", &["imports acme:thing/api@1.0.0, which this host doesn't have"]),
    case(
        "client",
        "client.wasm",
        &[
            "imports wasi:http/outgoing-handler@0.2.6",
            "nobody granted it the capability `http`",
            "[plugins.client.grants]",
        ],
    ),
    case(
        "drafted",
        "drafted.wasm",
        &["imports wasi:keyvalue/store@0.2.0-draft2", "this host has wasi:keyvalue/store@0.2.0-draft", "help: build"],
    ),
    case("liar", "liar.wasm", &["the section `wharf:request` is not valid", "wharf plugin embed"]),
    case(
        "needy",
        "needy.wasm",
        &[
            "needs the capability `files` (to read the books)",
            "help: add below [plugins.needy.grants]: files = [{ directory = ",
            "at = \"/books\"",
        ],
    ),
    case("unbundled", "bundled:nothing", &["no plugin `nothing` comes with this wharf"]),
    case("traversing", "bundled:../echo", &["no plugin `../echo` comes with this wharf"]),
    case("elsewhere", "https://example.com/a.wasm", &["https://example.com/a.wasm", "is not a source"]),
    case("nowhere", "", &["is not a source"]),
    case("reversed", "reversed.wasm", &["tool \"add\" is refused", "U+202E"]),
    case("escaping", "escaping.wasm", &["tool \"add\" is refused", "U+001B"]),
    case("silent", "silent.wasm", &["tool \"add\" is refused", "description is empty"]),
    Case {
        id: "ungrantable",
        source: "echo.wasm",
        more: "grants.files = [{ directory = 'not-there', at = '/x' }]",
        said: &["the granted directory", "not-there", "No such file", "correct the grant"],
    },
    Case {
        id: "misgranted",
        source: "echo.wasm",
        more: "grants.files = [{ directory = 'echo.wasm', at = '/x' }]",
        said: &["the granted directory", "Not a directory"],
    },
    Case {
        id: "relative",
        source: "echo.wasm",
        more: "grants.files = [{ directory = '.', at = 'x/..' }]",
        said: &["`at = \"x/..\"` is not a plain absolute path"],
    },
    Case {
        id: "double",
        source: "echo.wasm",
        more: "grants.files = [{ directory = '.', at = '/x' }, { directory = '/', at = '/x' }]",
        said: &["two grants of files are both `at = \"/x\"`"],
    },
];

/// Components as text, by the name of their file.
const TEXTS: &[(&str, &str)] = &[
    ("module.wasm", "(module)"),
    ("nothing.wasm", "(component)"),
    ("newer.wasm", r#"(component (instance $tools) (export "wharf:plugin/tools@0.2.0" (instance $tools)))"#),
    ("unversioned.wasm", r#"(component (instance $tools) (export "wharf:plugin/tools" (instance $tools)))"#),
    ("hollow.wasm", r#"(component (instance $tools) (export "wharf:plugin/tools@0.1.0" (instance $tools)))"#),
    (
        "stranger.wasm",
        r#"(component
            (import "acme:thing/api@1.0.0" (instance))
            (instance $tools) (export "wharf:plugin/tools@0.1.0" (instance $tools)))"#,
    ),
    (
        "client.wasm",
        r#"(component
            (import "wasi:http/outgoing-handler@0.2.6" (instance))
            (instance $tools) (export "wharf:plugin/tools@0.1.0" (instance $tools)))"#,
    ),
    (
        "drafted.wasm",
        r#"(component
            (import "wasi:keyvalue/store@0.2.0-draft2" (instance))
            (instance $tools) (export "wharf:plugin/tools@0.1.0" (instance $tools)))"#,
    ),
    (
        "liar.wasm",
        r#"(component
            (instance $tools) (export "wharf:plugin/tools@0.1.0" (instance $tools))
            (@custom "wharf:request" "{\"requests\": [{\"wants\": \"everything\"}]}"))"#,
    ),
];

/// Every case, and the echo guest among them.
fn host(echo: &[u8]) -> TestHost {
    let random: Vec<u8> = (0..4096_u32).map(|it| (it.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let described = "Adds two numbers.";
    let host = TestHost::new()
        .file("echo.wasm", echo)
        .file("empty.wasm", [])
        .file("truncated.wasm", &echo[..echo.len() / 2])
        .file("random.wasm", random)
        .file("text.wasm", "#!/bin/sh\n")
        .file("needy.wasm", needing_files(echo))
        .file("reversed.wasm", patched(echo, described, "Adds \u{202E} numbers."))
        .file("escaping.wasm", patched(echo, described, "Adds two\u{1B}numbers."))
        .file("silent.wasm", patched(echo, described, "                 "));
    let host = TEXTS.iter().fold(host, |host, (name, text)| host.file(name, wat::parse_str(text).unwrap()));
    File::create(host.path("huge.wasm")).unwrap().set_len((64 << 20) + 1).unwrap();
    let made = Command::new("mkfifo").arg(host.path("pipe.wasm")).status().unwrap();
    assert!(made.success());
    let host = host.plugin("echo", "echo.wasm");
    CASES.iter().fold(host, |host, case| host.plugin(case.id, case.source).config(case.more))
}

#[test]
fn each_fault_is_reported_by_name_with_its_reason_and_what_to_do() {
    let Some(echo) = find(Part::Guest("echo")) else {
        return;
    };
    let checked = host(&fs::read(echo).unwrap()).run(["check"]);
    assert_eq!(checked.code, Some(1), "{checked:?}");
    assert!(checked.stdout.contains(&format!("1 of {} plugins can be served", CASES.len() + 1)));
    let state = |id: &str| {
        let row = checked.stdout.lines().map(str::trim).find(|line| line.starts_with(&format!("{id} ")));
        row.and_then(|row| row.split_whitespace().nth(1)).map(str::to_owned)
    };
    assert_eq!(state("echo").as_deref(), Some("ready"));
    for case in CASES {
        assert_eq!(state(case.id).as_deref(), Some("error"), "{}", case.id);
        let about = format!("error: plugin `{}`: ", case.id);
        let (_, said) = checked.stdout.split_once(&about).unwrap_or_else(|| panic!("nothing about {}", case.id));
        let said = said.split("\nerror: ").next().unwrap();
        let (reason, _) = said.split_once("\n  help: ").unwrap_or_else(|| panic!("{}: no help in {said}", case.id));
        assert_eq!(reason.lines().count(), 1, "{}: a reason is one line: {reason}", case.id);
        for part in case.said {
            assert!(said.contains(part), "{}: {said:?} should say {part:?}", case.id);
        }
    }
}

#[test]
fn the_others_are_served_all_the_same() {
    let Some(echo) = find(Part::Guest("echo")) else {
        return;
    };
    let mut client = host(&fs::read(echo).unwrap()).connect(Wire::StdioModern);
    let list = client.request("tools/list", json!({})).unwrap();
    let names: Vec<_> = list["tools"].as_array().unwrap().iter().map(|tool| &tool["name"]).collect();
    assert_eq!(names, ["echo__echo", "echo__add"]);
    let result = client.call("echo__echo", json!({ "text": "still here" })).unwrap();
    assert_eq!(result["content"][0]["text"], "still here");
}

#[test]
fn a_file_that_is_cut_off_anywhere_is_refused() {
    let Some(echo) = find(Part::Guest("echo")) else {
        return;
    };
    let echo = fs::read(echo).unwrap();
    // Every length would do; these are in the header, in the sections' heads and in the sections.
    let lengths = (0..64).chain((64..echo.len()).step_by(echo.len() / 64));
    let mut host = TestHost::new();
    let mut cut = 0;
    for length in lengths {
        let name = format!("cut{length}");
        host = host.file(&name, &echo[..length]).plugin(&name, &name);
        cut += 1;
    }
    let checked = host.run(["check"]);
    assert_eq!(checked.code, Some(1), "{}", checked.stderr);
    let refusals = checked.stdout.matches("copied whole").count();
    // A cut between two sections leaves a valid component, which lacks its exports.
    let incomplete = checked.stdout.matches("exports no interface").count();
    assert_eq!(refusals + incomplete, cut, "{}", checked.stdout);
    assert!(checked.stdout.contains(&format!("0 of {cut} plugins can be served")));
}
