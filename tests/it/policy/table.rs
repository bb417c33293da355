//! Each capability: not asked for, not granted, granted, and beyond the grant.

use std::os::unix::net::UnixListener;

use serde_json::{Value, json};
use wharf_tests::{NameServer, Origin, Part, answer, find, fits};

use super::reach::{Reach, Setup, decisions};

/// One use: of which plugin, which tool with what, what the guest hears, and what is on record.
type Case<'a> = (&'a str, &'a str, Value, Value, &'a [&'a str]);

fn run(reach: &mut Reach, cases: Vec<Case<'_>>) {
    for (plugin, tool, arguments, expected, recorded) in cases {
        let told = reach.call(&format!("{plugin}__{tool}"), &arguments);
        fits(&told, &expected).unwrap_or_else(|problem| panic!("{plugin} {tool} {arguments}: {problem}"));
        let uses = reach.uses();
        assert_eq!(decisions(&uses), recorded, "{plugin} {tool} {arguments}: {uses:?}");
        for line in uses.iter().filter(|line| line["decision"] == "refused") {
            assert!(line["why"].as_str().is_some_and(|why| !why.is_empty()), "{line}");
        }
    }
}

fn refused(code: &str) -> Value {
    json!({ "denied": true, "error": { "code": code } })
}

#[test]
fn http() {
    let origin = Origin::start(|_, wire| wire.write_all(&answer(200, &[], "here")));
    let (names, port) = (NameServer::start(&[("*", &[&["127.0.0.1"]])]), origin.port());
    let rule = |methods: &str| {
        let networks = "networks = ['127.0.0.0/8']";
        format!(
            "{{ scheme = 'http', host = 'a.test', port = {port}, path = '/v1/**', methods = {methods}, {networks} }}"
        )
    };
    let grants = |methods: &str| format!("http = [{}]\nkeyvalue = []\nsigning = []", rule(methods));
    let want = json!({ "scheme": "http", "host": "a.test", "port": port, "path": "/v1/read/**" });
    let asked = json!([{ "capability": "http", "reason": "to read", "wants": { "rules": [want] } }]);
    let setup = Setup::new().names(&names).plugin("none", "", "http = []\nkeyvalue = []\nsigning = []");
    let setup = setup.and_then(|setup| setup.plugin("some", "", &grants("['GET']")));
    let Some(setup) = setup.and_then(|setup| setup.asking("asks", &asked, &grants("['GET', 'POST']"))) else { return };
    let mut reach = setup.start();
    let url = |path: &str| format!("http://a.test:{port}{path}");
    let get = |path: &str| json!({ "url": url(path) });
    let post = |path: &str| json!({ "url": url(path), "method": "POST", "body": "x" });
    let denied = || refused("HTTP-request-denied");
    run(
        &mut reach,
        vec![
            ("none", "http", get("/v1/a"), denied(), &["refused by operator"]),
            ("some", "http", get("/v1/a"), json!({ "status": 200, "body": "here" }), &["allowed by http[0]"]),
            ("some", "http", get("/v2/a"), denied(), &["refused by operator"]),
            ("some", "http", post("/v1/a"), denied(), &["refused by operator"]),
            ("some", "http", json!({ "url": "https://b.test/v1/a" }), denied(), &["refused by operator"]),
            ("asks", "http", get("/v1/read/a"), json!({ "status": 200 }), &["allowed by http[0]"]),
            ("asks", "http", get("/v1/a"), denied(), &["refused by plugin"]),
            ("asks", "http", post("/v1/read/a"), denied(), &["refused by plugin"]),
        ],
    );
    assert_eq!(origin.requests().len(), 2, "what is refused is not sent");
}

#[test]
fn keyvalue() {
    let grants = |buckets: &str| format!("http = []\nkeyvalue = [{buckets}]\nsigning = []");
    let bucket = "{ bucket = 'b', keys = 2, value-bytes = 10 }, { bucket = 'r', access = 'read' }";
    let want = json!({ "buckets": [{ "bucket": "b", "access": "read" }] });
    let asked = json!([{ "capability": "keyvalue", "reason": "to remember", "wants": want }]);
    let setup = Setup::new();
    let local = setup.path("state.redb");
    let setup = setup.host(|host| host.config(&format!("[stores.local]\nfile = {local:?}")));
    let setup = setup.plugin("none", "", &grants("")).and_then(|setup| setup.plugin("some", "", &grants(bucket)));
    let Some(setup) = setup.and_then(|setup| setup.asking("asks", &asked, &grants(bucket))) else { return };
    let mut reach = setup.start();
    let set = |bucket: &str, key: &str| json!({ "op": "set", "bucket": bucket, "key": key, "value": "v" });
    let get = |bucket: &str, key: &str| json!({ "op": "get", "bucket": bucket, "key": key });
    let rule = r#"allowed by { bucket = "b", access = "read-write", store = "local" }"#;
    let large = json!({ "op": "set", "bucket": "b", "key": "k", "value_bytes": 11 });
    let missing = || json!({ "error": { "code": "no-such-store" } });
    let bound = || json!({ "denied": false, "error": { "code": "other" } });
    run(
        &mut reach,
        vec![
            ("none", "kv", get("b", "k"), missing(), &["refused by operator"]),
            ("some", "kv", set("b", "k"), json!({ "denied": false, "error": null }), &[rule]),
            ("some", "kv", get("b", "k"), json!({ "found": true, "value": "v" }), &[rule]),
            ("some", "kv", get("c", "k"), missing(), &["refused by operator"]),
            ("some", "kv", set("r", "k"), refused("access-denied"), &["refused by operator"]),
            ("some", "kv", large, bound(), &["refused by bound"]),
            ("some", "kv", set("b", "l"), json!({ "error": null }), &[rule]),
            ("some", "kv", set("b", "m"), bound(), &["refused by bound"]),
            // Another plugin's bucket of the same name is another one.
            ("asks", "kv", get("b", "k"), json!({ "found": false }), &[rule]),
            ("asks", "kv", set("b", "k"), refused("access-denied"), &["refused by plugin"]),
            ("asks", "kv", get("r", "k"), refused("access-denied"), &["refused by plugin"]),
        ],
    );
}

#[test]
fn files() {
    let setup = Setup::new();
    let (read, write) = (setup.path("read"), setup.path("write"));
    for folder in [&read, &write] {
        std::fs::create_dir(folder).unwrap();
        std::fs::write(folder.join("a.txt"), "here").unwrap();
    }
    std::fs::create_dir(write.join("folder")).unwrap();
    let _socket = UnixListener::bind(write.join("socket")).unwrap();
    let grants = format!(
        "http = []\nkeyvalue = []\nsigning = []\nfiles = [{{ directory = {read:?}, at = '/read' }}, \
         {{ directory = {write:?}, at = '/write', access = 'read-write' }}]"
    );
    let asked = json!([{ "capability": "files", "reason": "to read", "wants": { "at": "/write", "access": "read" } }]);
    let setup = setup.plugin("none", "", "http = []\nkeyvalue = []\nsigning = []");
    let setup = setup.and_then(|setup| setup.plugin("some", "", &grants));
    let setup = setup.and_then(|setup| setup.asking("asks", &asked, &grants));
    let (Some(setup), Some(reach)) = (setup, find(Part::Guest("reach"))) else { return };
    // The tool is there, since the operator says that it only reads.
    let held = format!(
        "read-only = true\n[plugins.held.limits]\nlist-time-ms = 60000\n[plugins.held.grants]\n{grants}\n\
         [plugins.held.tools.override]\nfiles.read-only = true"
    );
    let mut reach = setup.host(|host| host.plugin("held", reach).config(&held)).start();
    let read = |path: &str| json!({ "op": "read", "path": path });
    let write = |path: &str| json!({ "op": "write", "path": path, "data": "x" });
    let touch = |path: &str| json!({ "op": "touch", "path": path });
    let link_of_folder = json!({ "op": "hard_link", "path": "/write/link", "to": "/write/folder" });
    let here = || json!({ "text": "here", "error": null });
    // Without a folder to begin with, the guest's own library says no, and the host is asked nothing.
    let nowhere = || json!({ "text": null, "error": {} });
    let denied = || json!({ "denied": true, "error": {} });
    run(
        &mut reach,
        vec![
            ("none", "files", read("/read/a.txt"), nowhere(), &[]),
            ("some", "files", read("/read/a.txt"), here(), &["allowed by -"]),
            ("some", "files", write("/read/a.txt"), denied(), &["refused by operator"]),
            ("some", "files", read("/read/../write/a.txt"), json!({ "error": {} }), &["refused by operator"]),
            ("some", "files", read("/etc/passwd"), nowhere(), &[]),
            ("some", "files", write("/write/b.txt"), json!({ "error": null }), &["allowed by -"]),
            ("asks", "files", read("/write/a.txt"), here(), &["allowed by -"]),
            ("asks", "files", write("/write/a.txt"), denied(), &["refused by plugin"]),
            ("some", "files", touch("/write/a.txt"), json!({ "error": null }), &["allowed by -", "allowed by -"]),
            ("some", "files", touch("/read/a.txt"), denied(), &["allowed by -", "refused by operator"]),
            ("asks", "files", touch("/write/a.txt"), denied(), &["allowed by -", "refused by plugin"]),
            ("held", "files", write("/write/a.txt"), denied(), &["refused by read-only"]),
            ("held", "files", write("/read/a.txt"), denied(), &["refused by operator"]),
            // What the system doesn't let anybody do, nobody has refused.
            ("some", "files", link_of_folder, denied(), &["allowed by -"]),
            ("some", "files", read("/write/socket"), denied(), &["refused by operator"]),
            ("asks", "files", read("/read/a.txt"), nowhere(), &[]),
        ],
    );
}

#[test]
fn signing() {
    let grant = "{ name = 'models', host = 's3.test', path = '/b/**', methods = ['GET', 'PUT'], longest-seconds = 60, \
        aws = { service = 's3', region = 'eu-west-1', access-key = 'AKIAIOSFODNN7EXAMPLE', secret = 'key' } }";
    let other = grant.replace("models", "others");
    let grants = |keys: &str| format!("http = []\nkeyvalue = []\nsigning = [{keys}]");
    let want = json!({ "name": "models", "path": "/b/own/**" });
    let asked = json!([{ "capability": "signing", "reason": "to hand on", "wants": { "keys": [want] } }]);
    let setup =
        Setup::new().host(|host| host.config("[secrets.key]\nenv = 'KEY'").env("KEY", "a-secret-of-some-length"));
    let setup = setup.plugin("none", "", &grants("")).and_then(|setup| setup.plugin("some", "", &grants(grant)));
    let both = grants(&format!("{grant}, {other}"));
    let Some(setup) = setup.and_then(|setup| setup.asking("asks", &asked, &both)) else { return };
    let mut reach = setup.start();
    let sign = |key: &str, method: &str, path: &str, seconds: u32| json!({ "key": key, "method": method, "url": format!("https://s3.test{path}"), "seconds": seconds });
    let nonsense = |key: &str| json!({ "key": key, "method": "GET", "url": "nonsense", "seconds": 1 });
    let invalid = || json!({ "denied": false, "error": { "code": "invalid" } });
    let signed = || json!({ "url": { "$has": "X-Amz-Signature=" }, "error": null });
    let rule = "allowed by models";
    run(
        &mut reach,
        vec![
            ("none", "presign", sign("models", "GET", "/b/a", 9), refused("denied"), &["refused by operator"]),
            ("some", "presign", sign("models", "GET", "/b/a", 9), signed(), &[rule]),
            ("some", "presign", sign("others", "GET", "/b/a", 9), refused("denied"), &["refused by operator"]),
            ("some", "presign", sign("models", "GET", "/c/a", 9), refused("denied"), &["refused by operator"]),
            ("some", "presign", sign("models", "DELETE", "/b/a", 9), refused("denied"), &["refused by operator"]),
            ("some", "presign", sign("models", "PUT", "/b/a?acl", 9), refused("denied"), &["refused by operator"]),
            ("some", "presign", sign("models", "GET", "/b/a", 61), refused("denied"), &["refused by bound"]),
            ("some", "presign", sign("models", "GET", "/b/..%2fc", 9), refused("denied"), &["refused by operator"]),
            ("some", "presign", sign("models", "GET", "/b/a?X-Amz-Date=1", 9), invalid(), &["refused by malformed"]),
            ("some", "presign", nonsense("models"), invalid(), &["refused by malformed"]),
            ("some", "presign", nonsense("any-name"), refused("denied"), &["refused by operator"]),
            ("asks", "presign", sign("models", "PUT", "/b/own/a", 9), signed(), &[rule]),
            ("asks", "presign", sign("models", "PUT", "/b/a", 9), refused("denied"), &["refused by plugin"]),
            ("asks", "presign", sign("others", "GET", "/b/a", 9), refused("denied"), &["refused by plugin"]),
        ],
    );
}

#[test]
fn a_key_or_a_store_that_can_not_be_had_is_an_error_at_load() {
    let key = "{ name = 'models', host = 's3.test', path = '/**', aws = { service = 's3', region = 'eu-west-1', \
        access-key = 'AKIAIOSFODNN7EXAMPLE', secret = 'absent' } }";
    let config = "[secrets.absent]\nenv = 'NOT_SET'\n[stores.team]\nredis = { url-secret = 'absent' }";
    let cases = [
        (format!("http = []\nkeyvalue = []\nsigning = [{key}]"), "the grant of signing `models`"),
        ("http = []\nkeyvalue = [{ bucket = 'b', store = 'team' }]\nsigning = []".into(), "the store \"team\""),
    ];
    for (grants, expected) in cases {
        let Some(setup) = Setup::new().host(|host| host.config(config)).plugin("a", "", &grants) else { return };
        let checked = setup.check();
        assert_eq!(checked.code, Some(1), "{checked:?}");
        for part in [expected, "the secret `absent`", "help: set NOT_SET in the environment"] {
            assert!(checked.stdout.contains(part), "{part} is not in {checked:?}");
        }
    }
    // A store that no grant names is nobody's concern.
    let none = "http = []\nkeyvalue = []\nsigning = []";
    let Some(setup) = Setup::new().host(|host| host.config(config)).plugin("a", "", none) else { return };
    let checked = setup.check();
    assert_eq!(checked.code, Some(0), "{checked:?}");
}

#[test]
fn an_import_that_nobody_granted_is_an_error_at_load_with_the_line_that_allows_it() {
    let all = ["http = []", "keyvalue = []", "signing = []"];
    for (missing, line) in all.iter().zip(["http = [{ host", "keyvalue = [{ bucket", "signing = [{ name"]) {
        let grants: Vec<&str> = all.iter().filter(|grant| *grant != missing).copied().collect();
        let Some(setup) = Setup::new().plugin("a", "", &grants.join("\n")) else { return };
        let checked = setup.check();
        assert_eq!(checked.code, Some(1), "{missing}: {checked:?}");
        for part in ["nobody granted it", line, missing, "[plugins.a.grants]"] {
            assert!(checked.stdout.contains(part), "{missing}: {part} is not in {checked:?}");
        }
    }
    let Some(setup) = Setup::new().plugin("a", "", &all.join("\n")) else { return };
    let checked = setup.check();
    assert_eq!(checked.code, Some(0), "{checked:?}");
}

#[test]
fn a_need_that_nobody_granted_is_an_error_at_load_with_its_reason() {
    let needs = json!([{ "capability": "files", "reason": "to read registries", "wants": { "at": "/registries" } }]);
    let Some(setup) = Setup::new().asking("a", &needs, "http = []\nkeyvalue = []\nsigning = []") else { return };
    let checked = setup.check();
    assert_eq!(checked.code, Some(1), "{checked:?}");
    for part in ["needs the capability `files` (to read registries)", "at = \"/registries\""] {
        assert!(checked.stdout.contains(part), "{part} is not in {checked:?}");
    }
}

#[test]
fn a_call_that_fails_because_of_a_refusal_says_so() {
    let Some(fetch) = find(Part::Guest("wstd-fetch")) else { return };
    let mut reach = Setup::new().component(&fetch, "a", "", "http = []").start();
    let result = reach.result("a__fetch", &json!({ "url": "https://a.test/v1?token=x" }));
    assert_eq!(result["isError"], true, "{result}");
    assert_eq!(result["_meta"]["wharf/error"]["kind"], "denied", "{result}");
    let text = result["content"].to_string();
    assert!(text.contains("GET https://a.test/v1: ") && text.contains("no rule is for this host"), "{text}");
    assert_eq!(decisions(&reach.uses()), ["refused by operator"]);
}
