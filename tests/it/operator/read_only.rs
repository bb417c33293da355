//! Plugins that are held to reading, whatever they say of themselves.

use std::fs;

use serde_json::{Value, json};
use wharf_tests::{Origin, Part, TestHost, Wire, find};

use super::{reach, site};
use crate::live::Live;

/// What the guest says is read-only.
const READING: [&str; 3] = ["environment", "lie", "look"];

/// Everything that a liar could use, and the word that holds it to reading.
fn host(site: &Origin, of_server: bool) -> Option<TestHost> {
    let own = if of_server { "" } else { "read-only = true" };
    let grants = format!(
        "{own}
        [plugins.r.grants]
        files = [{{ directory = '.', at = '/data', access = 'read-write' }}]
        http = [{{ scheme = 'http', host = '127.0.0.1', port = {}, methods = ['*'], networks = ['127.0.0.1/32'] }}]
        keyvalue = [{{ bucket = 'default' }}]
        [[plugins.r.grants.signing]]
        name = 'k'
        host = 's3.example.com'
        path = '/**'
        methods = ['GET', 'PUT']
        aws = {{ service = 's3', region = 'eu-west-1', access-key = 'AKIAIOSFODNN7EXAMPLE', secret = 'key' }}
        [secrets.key]
        env = 'KEY'",
        site.port()
    );
    let host = TestHost::new().env("KEY", "a-secret-of-some-length").plugin("r", reach()?).config(&grants);
    Some(if of_server { host.config("[server]\nread-only = true") } else { host })
}

fn names(client: &mut Live) -> Vec<String> {
    let listed = client.request("tools/list", json!({})).unwrap();
    let names = listed["tools"].as_array().unwrap().iter().map(|tool| tool["name"].as_str().unwrap().to_owned());
    let mut names: Vec<String> = names.collect();
    names.sort();
    names
}

#[test]
fn only_tools_that_read_are_there() {
    let site = site();
    for (wire, of_server) in Wire::ALL.into_iter().zip([true, false, false, true]) {
        let Some(host) = host(&site, of_server) else { return };
        let mut client = Live::connect(host, wire, json!({}));
        assert_eq!(names(&mut client), READING.map(|name| format!("r__{name}")), "{wire:?}");
        for hidden in ["http", "kv", "files", "destroy", "tidy", "silent", "presign"] {
            let error = client.call(&format!("r__{hidden}"), json!({})).expect_err(hidden);
            assert_eq!(error["code"], -32602, "{wire:?} {hidden}: {error}");
            assert!(error["message"].as_str().unwrap().contains("unknown tool"), "{wire:?} {hidden}: {error}");
        }
        assert_eq!(client.call("r__look", json!({})).unwrap()["structuredContent"]["ran"], "look", "{wire:?}");
    }
}

#[test]
fn a_search_finds_and_calls_no_other_tool() {
    let site = site();
    let Some(host) = host(&site, false) else { return };
    let mut client = Live::connect(host.config("[endpoints.default]\nview = 'search'"), Wire::HttpModern, json!({}));
    let found = client.call("search_tools", json!({ "query": "destroy something" })).unwrap().to_string();
    assert!(!found.contains("r__destroy"), "{found}");
    let called = |client: &mut Live, name: &str| client.call("call_tool", json!({ "name": name, "arguments": {} }));
    assert_eq!(called(&mut client, "r__look").unwrap()["structuredContent"]["ran"], "look");
    let refused = called(&mut client, "r__destroy");
    let said = refused.map_or_else(|error| error.to_string(), |result| result.to_string());
    assert!(!said.contains("ran") && said.contains("r__destroy"), "{said}");
}

#[test]
fn an_operators_word_goes_before_the_plugins() {
    let site = site();
    let Some(host) = host(&site, false) else { return };
    let host = host.config("[plugins.r.tools.override]\nlook.read-only = false\ntidy.read-only = true");
    let mut client = Live::connect(host, Wire::HttpModern, json!({}));
    let names = names(&mut client);
    assert!(!names.contains(&"r__look".to_owned()) && names.contains(&"r__tidy".to_owned()), "{names:?}");
}

fn lie(client: &mut Live, act: &Value) -> Value {
    let result = client.call("r__lie", json!({ "act": act })).unwrap_or_else(|error| panic!("{act}: {error}"));
    let did = result["structuredContent"]["did"].as_object();
    did.unwrap_or_else(|| panic!("{act}: {result}")).values().next().unwrap().clone()
}

#[test]
fn a_plugin_that_lies_changes_nothing() {
    for of_server in [false, true] {
        let site = site();
        let Some(host) = host(&site, of_server) else { return };
        let host = host.file("known", "before");
        let folder = host.path("");
        let mut client = Live::connect(host, Wire::HttpModern, json!({}));
        let url = format!("http://127.0.0.1:{}/x", site.port());
        let presign = |method: &str| json!({ "presign": { "key": "k", "method": method, "url": "https://s3.example.com/a", "seconds": 60 } });
        let reads = [
            json!({ "http": { "url": url } }),
            json!({ "http": { "method": "HEAD", "url": url } }),
            json!({ "kv": { "op": "get", "key": "a" } }),
            json!({ "kv": { "op": "keys" } }),
            json!({ "files": { "op": "read", "path": "/data/known" } }),
            json!({ "files": { "op": "list", "path": "/data" } }),
            presign("GET"),
        ];
        for act in reads {
            let did = lie(&mut client, &act);
            assert!(did["error"].is_null(), "{act}: {did}");
        }
        let file =
            |op: &str| json!({ "files": { "op": op, "path": "/data/known", "data": "after", "to": "/data/new" } });
        let writes = [
            json!({ "http": { "method": "POST", "url": url, "body": "x" } }),
            json!({ "http": { "method": "DELETE", "url": url } }),
            json!({ "http": { "method": "OPTIONS", "url": url } }),
            json!({ "http": { "url": url, "headers": [["X-HTTP-Method-Override", "DELETE"]] } }),
            json!({ "kv": { "op": "set", "key": "a", "value": "b" } }),
            json!({ "kv": { "op": "delete", "key": "a" } }),
            json!({ "kv": { "op": "increment", "key": "n" } }),
            json!({ "kv": { "op": "set_many", "keys": ["a", "b"], "value": "c" } }),
            file("write"),
            file("append"),
            file("truncate"),
            file("remove"),
            file("rename"),
            json!({ "files": { "op": "mkdir", "path": "/data/folder" } }),
            json!({ "files": { "op": "symlink", "path": "/data/link", "to": "known" } }),
            json!({ "files": { "op": "hard_link", "path": "/data/link", "to": "/data/known" } }),
            presign("PUT"),
        ];
        for act in writes {
            let did = lie(&mut client, &act);
            assert_eq!(did["denied"], true, "{act}: {did}");
        }
        let methods: Vec<String> = site.requests().into_iter().map(|request| request.method).collect();
        assert_eq!(methods, ["GET", "HEAD"]);
        assert_eq!(fs::read_to_string(folder.join("known")).unwrap(), "before");
        for made in ["new", "folder", "link"] {
            assert!(!folder.join(made).exists(), "{made}");
        }
        let kept = lie(&mut client, &json!({ "kv": { "op": "keys" } }));
        assert_eq!(kept["keys"], json!([]), "{kept}");
    }
}

#[test]
fn resources_and_prompts_stay() {
    let Some(conformance) = find(Part::Guest("conformance")) else { return };
    let host = TestHost::new().plugin("c", conformance).config("read-only = true");
    let mut client = Live::connect(host, Wire::HttpModern, json!({}));
    for (method, key) in [("resources/list", "resources"), ("prompts/list", "prompts")] {
        let listed = client.request(method, json!({})).unwrap();
        assert!(!listed[key].as_array().unwrap().is_empty(), "{method}: {listed}");
    }
}
