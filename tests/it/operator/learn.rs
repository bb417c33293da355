//! `wharf policy learn`: what it prints is enough, and nothing of it is too much.

use serde_json::{Value, json};
use wharf_tests::{Origin, TestHost};

use super::{host, site};

/// Two requests and a bucket.
fn arguments(site: &Origin) -> String {
    let port = site.port();
    let acts = json!([
        { "http": { "url": format!("http://127.0.0.1:{port}/a") } },
        { "http": { "method": "POST", "url": format!("http://localhost:{port}/b?key=secret"), "body": "x" } },
        { "kv": { "op": "set", "bucket": "notes", "key": "k", "value": "v" } },
    ]);
    json!({ "acts": acts }).to_string()
}

/// Whether a call does all that it is told, and is refused nothing.
fn passes(host: &TestHost, arguments: &str) -> bool {
    let called = host.run(["call", "r__destroy", arguments]);
    let Ok(result) = serde_json::from_str::<Value>(&called.stdout) else { return false };
    let done = result["structuredContent"]["more"].as_array().unwrap();
    let each = done.iter().flat_map(|did| did.as_object().unwrap().values());
    done.len() == 3 && each.into_iter().all(|did| did["error"].is_null())
}

#[test]
fn the_printed_grant_is_enough_and_each_line_is_needed() {
    let site = site();
    let arguments = arguments(&site);
    let Some(nothing) = host("") else { return };
    let learned = nothing.run(["policy", "learn", "r__destroy", &arguments]);
    assert_eq!(learned.code, Some(0), "{learned:?}");
    let lines: Vec<&str> = learned.stdout.lines().filter(|line| !line.starts_with('#')).collect();
    assert!(!learned.stdout.contains("secret"), "a query may hold secrets: {learned:?}");
    let grants = |lines: &[&str]| host(&format!("[plugins.r.grants]\n{}", lines.join("\n"))).unwrap();
    assert!(passes(&grants(&lines), &arguments), "{learned:?}");

    // Those that aren't only brackets.
    let needed: Vec<usize> =
        (0..lines.len()).filter(|place| lines[*place].contains('{') || lines[*place].contains("[]")).collect();
    assert!(needed.len() >= 3, "{learned:?}");
    for place in needed {
        let mut fewer = lines.clone();
        let removed = fewer.remove(place);
        assert!(!passes(&grants(&fewer), &arguments), "it passes without {removed}: {learned:?}");
    }
    assert!(site.requests().iter().any(|request| request.target == "/b?key=secret"), "{:?}", site.requests());
}

#[test]
fn an_address_behind_a_granted_name_is_learned_for_its_rule() {
    let site = site();
    let port = site.port();
    let act = json!({ "act": { "http": { "url": format!("http://localhost:{port}/") } } }).to_string();
    for granted in ["localhost", "*"] {
        let grants = |networks: &str| {
            let rule = format!("scheme = 'http', host = '{granted}', port = {port}{networks}");
            format!("[plugins.r.grants]\nkeyvalue = []\nsigning = []\nhttp = [{{ host = 'a.test' }}, {{ {rule} }}]")
        };
        let Some(narrow) = host(&grants("")) else { return };
        let learned = narrow.run(["policy", "learn", "r__destroy", &act]);
        assert_eq!(learned.code, Some(0), "{learned:?}");
        assert!(!learned.stdout.contains("http = ["), "{learned:?}");
        let line = learned.stdout.lines().find_map(|line| line.strip_prefix("# the rule http[1] needs: "));
        let wide = host(&grants(&format!(", {}", line.unwrap()))).unwrap();
        let again = wide.run(["policy", "learn", "r__destroy", &act]);
        assert!(again.stdout.starts_with("# nothing was refused"), "{again:?}");
    }
}

#[test]
fn services_with_credentials_are_never_learned() {
    let Some(host) = host("") else { return };
    let act = json!({ "act": { "http": { "url": "http://169.254.169.254/latest/meta-data/", "timeout_ms": 1000 } } });
    let learned = host.run(["policy", "learn", "r__destroy", &act.to_string()]);
    assert!(learned.stdout.contains("# 169.254.169.254 is not granted by learning"), "{learned:?}");
    assert!(!learned.stdout.contains("host ="), "{learned:?}");
}

#[test]
fn nothing_refused_is_nothing_to_learn() {
    let Some(host) = host("[plugins.r.grants]\nhttp = []\nkeyvalue = []\nsigning = []") else { return };
    let learned = host.run(["policy", "learn", "r__look"]);
    assert_eq!(learned.code, Some(0), "{learned:?}");
    assert!(learned.stdout.starts_with("# nothing was refused to r__look"), "{learned:?}");
    for (tool, said) in [("r__nothing", "no tool is named `r__nothing`"), ("look", "a tool is named PLUGIN__TOOL")] {
        let failed = host.run(["policy", "learn", tool]);
        assert!(failed.code == Some(1) && failed.stderr.contains(said), "{failed:?}");
    }
}
