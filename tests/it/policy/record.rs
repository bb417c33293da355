//! What is on record of each use: these fields, in this order, and nothing of what was sent.

use serde_json::{Value, json};
use wharf_tests::{NameServer, Origin, answer};

use super::reach::Setup;

const SECRET: &str = "a-secret-that-nobody-may-read";

/// The line with what differs each time replaced, and looked at.
fn usual(line: &Value) -> Value {
    let mut line = line.clone();
    assert!(line["time"].as_str().is_some_and(|time| time.ends_with('Z')), "{line}");
    assert_eq!(line["call"].as_str().map(str::len), Some(36), "{line}");
    line["time"] = "T".into();
    line["call"] = "C".into();
    line
}

fn used(capability: &str, what: &str, rule: Option<&str>) -> Value {
    json!({
        "time": "T", "record": "use", "call": "C", "plugin": "a", "capability": capability, "what": what, "rule": rule,
        "decision": "allowed", "by": null, "why": null,
    })
}

fn refused(capability: &str, what: &str, by: &str) -> Value {
    let mut line = used(capability, what, None);
    line["decision"] = "refused".into();
    line["by"] = by.into();
    line["why"] = "?".into();
    line
}

#[test]
fn a_use_has_these_fields_in_this_order() {
    let origin = Origin::start(|_, wire| wire.write_all(&answer(200, &[], "here")));
    let (names, port) = (NameServer::start(&[("*", &[&["127.0.0.1"]])]), origin.port());
    let to_host = format!("scheme = 'http', host = 'a.test', port = {port}, networks = ['127.0.0.0/8']");
    let aws = "{ service = 's3', region = 'eu-west-1', access-key = 'AKIAIOSFODNN7EXAMPLE', secret = 'key' }";
    let grants = format!(
        "http = [{{ {to_host}, headers.X-Key = {{ secret = 'key' }} }}]\nkeyvalue = [{{ bucket = 'notes' }}]\n\
         signing = [{{ name = 'models', host = 's3.test', path = '/b/**', aws = {aws} }}]"
    );
    let setup = Setup::new().names(&names).host(|host| host.config("[secrets.key]\nenv = 'KEY'").env("KEY", SECRET));
    let Some(setup) = setup.plugin("a", "", &grants) else { return };
    let mut reach = setup.start();
    let (get, post) = (format!("GET http://a.test:{port}/v1"), format!("POST http://a.test:{port}/v1"));
    let url = format!("http://a.test:{port}/v1?token={SECRET}");
    let sign = |path: &str, token: &str| {
        let query = if token.is_empty() { String::new() } else { format!("?token={token}") };
        json!({ "key": "models", "method": "GET", "url": format!("https://s3.test{path}{query}"), "seconds": 60 })
    };
    let kv = |op: &str, bucket: &str| json!({ "op": op, "bucket": bucket, "key": "k", "value": SECRET });
    let kv_rule = "{ bucket = \"notes\", access = \"read-write\", store = \"local\" }";
    let cases = [
        ("http", json!({ "url": url }), used("http", &get, Some("http[0]"))),
        ("http", json!({ "url": url, "method": "POST", "body": SECRET }), refused("http", &post, "operator")),
        ("kv", kv("set", "notes"), used("keyvalue", "set \"notes\"", Some(kv_rule))),
        ("kv", kv("set", "other"), refused("keyvalue", "open \"other\"", "operator")),
        ("presign", sign("/b/c", ""), used("signing", "presign GET https://s3.test/b/c with models", Some("models"))),
        (
            "presign",
            sign("/b/c", SECRET),
            refused("signing", "presign GET https://s3.test/b/c with models", "operator"),
        ),
        ("presign", sign("/d", ""), refused("signing", "presign GET https://s3.test/d with models", "operator")),
    ];
    for (tool, arguments, expected) in cases {
        reach.call(&format!("a__{tool}"), &arguments);
        let found: Vec<Value> = reach.uses().iter().map(usual).collect();
        let [mut line] = <[Value; 1]>::try_from(found).unwrap_or_else(|found| panic!("{arguments}: {found:?}"));
        // What is said of it is for people: that something is said, and nothing of what was sent.
        if line["decision"] == "refused" {
            assert!(line["why"].as_str().is_some_and(|why| !why.is_empty()), "{line}");
            line["why"] = "?".into();
        }
        assert_eq!(line, expected, "{tool} {arguments}");
    }
    assert!(!reach.audit_text().contains(SECRET), "{}", reach.audit_text());
    let text = reach.audit_text();
    let line = text.lines().find(|line| line.contains("\"record\":\"use\"")).unwrap();
    let keys = ["time", "record", "call", "plugin", "capability", "what", "rule", "decision", "by", "why"];
    let places: Vec<usize> = keys.iter().map(|key| line.find(&format!("\"{key}\":")).unwrap()).collect();
    assert!(places.is_sorted(), "{line}");
}
