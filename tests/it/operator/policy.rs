//! `wharf policy explain`, `wharf policy check` and `wharf config schema`.

use serde_json::{Value, json};
use wharf_tests::TestHost;

use super::{asking, host, says};

fn explain(host: &TestHost, what: &str) -> wharf_tests::Finished {
    host.run(["policy", "explain", "r", what])
}

#[test]
fn what_is_allowed_is_said_with_its_rule() {
    let grants = "
        [plugins.r.grants]
        files = [{ directory = '.', at = '/data' }]
        http = [{ host = 'a.example' }, { host = 'b.example', path = '/v1/**', methods = ['POST'] }]
        keyvalue = [{ bucket = 'default' }]
        [[plugins.r.grants.signing]]
        name = 'reports'
        host = 's3.example.com'
        path = '/reports/**'
        aws = { service = 's3', region = 'eu-west-1' }";
    let Some(host) = host(grants) else { return };
    let cases = [
        ("GET https://a.example/x", "allowed by http[0] { host = \"a.example\" }"),
        ("POST https://b.example/v1/x", "allowed by http[1]"),
        ("read bucket default", "allowed by keyvalue"),
        ("write bucket default", "allowed by keyvalue"),
        ("read file /data/x", "allowed by files at /data"),
        ("sign GET https://s3.example.com/reports/1 with reports for 60", "allowed by signing[0], named reports"),
    ];
    for (what, expected) in cases {
        says(&explain(&host, what), 0, &[expected]);
    }
    // A name may still lead where it may not.
    says(&explain(&host, "GET https://a.example/x"), 0, &["note: the addresses of the name are checked"]);
    let near = explain(&host, "GET https://b.example/v1/x");
    says(&near, 1, &["denied: not granted by the operator", "near: http[1]", "differs in method"]);
}

#[test]
fn what_is_denied_is_said_with_the_line_that_allows_it() {
    let cases = [
        ("GET https://a.example/x", "http", "host = \"a.example\""),
        ("DELETE http://a.example:8080/x/y", "http", "methods = [\"DELETE\"]"),
        ("GET http://127.0.0.1:81/", "http", "host = \"127.0.0.1\""),
        ("write bucket notes", "keyvalue", "bucket = \"notes\""),
    ];
    for (what, capability, expected) in cases {
        let nothing = "[plugins.r.grants]\nhttp = []\nkeyvalue = []\nsigning = []";
        let Some(denying) = host(nothing) else { return };
        let denied = explain(&denying, what);
        says(&denied, 1, &["denied: not granted by the operator", "help: ", expected]);
        let entry = entry(&denied.stdout).unwrap_or_else(|| panic!("no entry: {}", denied.stdout));
        let Some(allowing) = host(&format!("[plugins.r.grants]\n{capability} = [{entry}]")) else { return };
        let allowed = explain(&allowing, what);
        assert!(allowed.stdout.starts_with("allowed by "), "{what}: {entry}: {allowed:?}");
        assert_eq!(allowed.code, Some(0), "{allowed:?}");
    }
}

/// The entry of a list that a help names.
fn entry(said: &str) -> Option<String> {
    let help = said.lines().find(|line| line.contains("help: "))?;
    help.get(help.find('{')?..=help.rfind('}')?).map(str::to_owned)
}

#[test]
fn what_the_plugin_does_not_ask_for_is_its_own_refusal() {
    let wants = json!([
        { "capability": "http", "reason": "to ask", "wants": { "rules": [{ "host": "a.example" }] } },
        { "capability": "keyvalue", "reason": "to note", "wants": { "buckets": [{ "bucket": "notes", "access": "read" }] } },
    ]);
    let Some(plugin) = asking(&wants) else { return };
    let grants = "[plugins.r.grants]\nhttp = [{ host = '*' }]\nkeyvalue = [{ bucket = 'notes' }, { bucket = 'b' }]
        files = [{ directory = '.', at = '/data' }]\nsigning = []";
    let host = TestHost::new().file("r.wasm", plugin).plugin("r", "r.wasm").config(grants);
    says(&explain(&host, "GET https://a.example/"), 0, &["allowed by http[0]"]);
    for what in ["GET https://b.example/", "write bucket notes", "read bucket b", "read file /data/x"] {
        says(&explain(&host, what), 1, &["denied: not asked for by the plugin", "help: "]);
    }
    let checked = host.run(["policy", "check"]);
    let expected = [
        "http[0] gives more than the plugin asks for",
        "asks for the bucket `notes` only to read",
        "doesn't ask for the bucket `b`",
        "doesn't ask for files at /data",
        "1 plugins: 4 to look at",
    ];
    says(&checked, 1, &expected);
}

#[test]
fn a_question_that_makes_no_sense_is_told_what_could_be_asked() {
    let Some(host) = host("") else { return };
    for (arguments, said) in [
        (["policy", "explain", "r", "open the door"], "read bucket NAME"),
        (["policy", "explain", "x", "GET https://a.example/"], "no plugin is named `x`; there is r"),
    ] {
        let finished = host.run(arguments);
        assert!(finished.code != Some(0) && finished.stderr.contains(said), "{finished:?}");
    }
}

#[test]
fn odd_grants_are_found() {
    let none = "[plugins.r.grants]\nsigning = []\nkeyvalue = []\nhttp = ";
    let secret = "[secrets.key]\nenv = 'KEY'";
    let cases = [
        (format!("{none}[{{ host = 'a.example' }}]"), None),
        (
            format!("{none}[{{ host = 'a.example' }}, {{ host = 'a.example', path = '/x' }}]"),
            Some("http[1] can never match"),
        ),
        (format!("{none}[]\n{secret}"), Some("nothing uses the secret `key`")),
        (
            format!(
                "{none}[{{ scheme = 'http', host = 'a.example', headers.X-Key = {{ secret = 'key' }} }}]\n{secret}"
            ),
            Some("http[0] attaches credentials to requests that travel unencrypted"),
        ),
        (
            format!("read-only = true\n{none}[{{ host = 'a.example', methods = ['POST'] }}]"),
            Some("http[0] can never match: the plugin is held to reading"),
        ),
        (
            format!("read-only = true\n{none}[]\nfiles = [{{ directory = '.', at = '/d', access = 'read-write' }}]"),
            Some("the directory at /d is granted for writing"),
        ),
        (
            format!("read-only = true\n{none}[{{ host = 'a.example', methods = ['GET', 'POST'] }}]"),
            Some("http[0] is granted for writing (POST)"),
        ),
        (
            "read-only = true\n[plugins.r.grants]\nsigning = []\nhttp = []\nkeyvalue = [{ bucket = 'b' }]".into(),
            Some("the bucket `b` is granted for writing"),
        ),
    ];
    for (lines, expected) in cases {
        let Some(host) = host(&lines) else { return };
        let checked = host.run(["policy", "check"]);
        match expected {
            None => says(&checked, 0, &["1 plugins: nothing to correct"]),
            Some(problem) => says(&checked, 1, &[problem, "help: ", "1 plugins: 1 to look at"]),
        }
    }
}

#[test]
fn the_schema_is_printed_for_editors() {
    let printed = TestHost::new().run(["config", "schema"]);
    assert_eq!(printed.code, Some(0), "{printed:?}");
    let schema: Value = serde_json::from_str(&printed.stdout).unwrap();
    assert_eq!(schema["title"], "wharf.toml");
    for key in ["server", "plugins", "secrets", "stores", "network", "tokens", "audit", "endpoints"] {
        assert!(schema["properties"][key].is_object(), "{key}");
    }
}
