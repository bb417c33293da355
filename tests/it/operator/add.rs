//! `wharf plugin add`: shows what a plugin wants, and writes what is granted.

use std::fs;

use serde_json::{Value, json};
use wharf_tests::{Part, TestHost, find};

use super::{asking, reach, says, typed};

const COMMENTED: &str =
    "# first\n[server]\nhttp = \"127.0.0.1:9000\"   # second\n\n[plugins.old]\nsource = \"old.wasm\" # third\n";

fn wants() -> Value {
    json!([
        { "capability": "http", "reason": "Issues are there.", "wants": { "rules": [
            { "host": "a.example", "path": "/v1/**", "methods": ["GET", "POST"] },
        ] } },
        { "capability": "keyvalue", "reason": "Pages are counted.", "wants": { "buckets": [{ "bucket": "default" }] } },
        { "capability": "signing", "reason": "Callers upload.", "optional": true, "wants": { "keys": [{ "name": "reports" }] } },
        { "capability": "files", "reason": "Reports are kept.", "optional": true,
          "wants": { "at": "/data", "access": "read-write" } },
    ])
}

fn folder() -> Option<TestHost> {
    Some(TestHost::new().config(COMMENTED).file("reach.wasm", asking(&wants())?))
}

fn written(host: &TestHost) -> String {
    fs::read_to_string(host.path("wharf.toml")).unwrap()
}

#[test]
fn where_nobody_can_be_asked_it_is_printed() {
    let Some(host) = folder() else { return };
    for more in [&[][..], &["--print"]] {
        let added = host.run(["plugin", "add", "reach.wasm"].iter().chain(more));
        let lines = [
            "[plugins.reach]",
            "reach.wasm\"",
            "[plugins.reach.grants]",
            "{ host = \"a.example\", path = \"/v1/**\", methods = [\"GET\", \"POST\"] }",
            "{ bucket = \"default\", access = \"read-write\" }",
            "{ directory = \"/path/on/this/machine\", at = \"/data\", access = \"read-write\" }",
            "name = \"reports\"",
        ];
        says(&added, 0, &lines);
        let told = [
            "it needs `http`: Issues are there.",
            "it needs `keyvalue`: Pages are counted.",
            "it would like `files`: Reports are kept.",
            "name the directory on this machine",
        ];
        for part in told {
            assert!(added.stderr.contains(part), "{part}: {added:?}");
        }
        assert!(!added.stdout.contains("old"), "only its own part: {added:?}");
        toml::from_str::<toml::Table>(&added.stdout).unwrap();
    }
    assert_eq!(written(&host).trim_end(), COMMENTED.trim_end(), "nothing was written");
}

#[test]
fn with_yes_it_is_written_beside_what_is_there() {
    let Some(host) = folder() else { return };
    // One command for both: each new one writes the configuration anew.
    let mut command = host.command();
    command.args(["plugin", "add", "reach.wasm", "--yes", "--id", "mine"]);
    let added = command.output().unwrap();
    assert!(added.status.success(), "{added:?}");
    let text = written(&host);
    assert!(text.starts_with(COMMENTED.trim_end()), "what was there stays as it was: {text}");
    assert!(text.contains("[plugins.mine]") && text.contains("a.example"), "{text}");
    let table: toml::Table = toml::from_str(&text).unwrap();
    let grants = &table["plugins"]["mine"]["grants"];
    assert_eq!(grants["http"][0]["path"].as_str(), Some("/v1/**"), "{text}");
    assert_eq!(grants["keyvalue"].as_array().map(Vec::len), Some(1), "{text}");

    let again = command.output().unwrap();
    let said = String::from_utf8_lossy(&again.stderr);
    assert!(!again.status.success() && said.contains("has a plugin `mine` already"), "{said}");
    assert_eq!(written(&host).trim_end(), text.trim_end(), "nothing was written");
}

#[test]
fn without_a_request_section_the_imports_say_what_it_wants() {
    let Some(reach) = reach() else { return };
    let host = TestHost::new().without_config().file("reach.wasm", fs::read(reach).unwrap());
    let added = host.run(["plugin", "add", "reach.wasm", "--yes"]);
    assert_eq!(added.code, Some(0), "{added:?}");
    assert!(added.stderr.contains("it needs `http`: it doesn't say why"), "{added:?}");
    let table: toml::Table = toml::from_str(&written(&host)).unwrap();
    for capability in ["http", "keyvalue", "signing"] {
        let list = table["plugins"]["reach"]["grants"][capability].as_array();
        assert_eq!(list.map(Vec::len), Some(0), "how much isn't known: {capability} {table}");
    }
    // So it loads, and is refused what it wants.
    let called = host.run(["call", "reach__look"]);
    assert_eq!(called.code, Some(0), "{called:?}");
}

#[test]
fn what_can_not_be_added_is_refused() {
    let Some(host) = folder() else { return };
    let host = host.file("text.wasm", "no component");
    for (arguments, said) in [
        (&["text.wasm"][..], "is not a WebAssembly component"),
        (&["none.wasm"], "No such file"),
        (&["reach.wasm", "--id", "a__b"], "can't be its id"),
        (&["reach.wasm", "--id", "old"], "has a plugin `old` already"),
    ] {
        let failed = host.run(["plugin", "add"].iter().chain(arguments));
        assert!(failed.code == Some(1) && failed.stderr.contains(said), "{said}: {failed:?}");
    }
}

#[test]
fn a_person_at_a_terminal_is_asked_for_each_capability() {
    let (Some(host), Some(python)) = (folder(), find(Part::Python)) else { return };
    let answers = json!([
        ["grant `files`? 1 entry", "y"],
        ["which directory", "/srv/data\r"],
        ["grant `http`? 1 entry, none for every host", "y"],
        ["grant `keyvalue`? 1 entry", "n"],
        ["grant `signing`? 1 entry", "n"],
    ]);
    let added = typed(&host, &python, &answers);
    assert!(added.status.success(), "{added:?}");
    let text = written(&host);
    let table: toml::Table = toml::from_str(&text).unwrap();
    let grants = &table["plugins"]["reach"]["grants"];
    assert_eq!(grants["files"][0]["directory"].as_str(), Some("/srv/data"), "{text}");
    assert_eq!(grants["http"].as_array().map(Vec::len), Some(1), "{text}");
    assert_eq!(grants["keyvalue"].as_array().map(Vec::len), Some(0), "{text}");
    assert_eq!(grants["signing"].as_array().map(Vec::len), Some(0), "{text}");
}
