//! Plugins that other languages' toolchains made from the contract alone.

use std::sync::Arc;
use std::thread::sleep;
use std::time::Duration;

use serde_json::json;
use wharf_tests::{Connection, Era, Part, TestHost, find};

/// How long the runtimes may take to compile: many times what they take on an idle machine.
const COMPILE_SECONDS: u32 = 180;

fn names(client: &mut Connection) -> Vec<String> {
    let list = client.request("tools/list", json!({})).unwrap();
    let tools = list["tools"].as_array().unwrap().iter();
    tools.map(|tool| tool["name"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn plugins_in_python_and_javascript_are_listed_and_answer() {
    let guests = ["python-echo", "js-echo"];
    let found: Vec<_> = guests.iter().filter_map(|guest| Some((*guest, find(Part::Guest(guest))?))).collect();
    if found.is_empty() {
        return;
    }
    // One host for all: compiling a language's runtime takes its time.
    let host = found.iter().fold(TestHost::new(), |host, (id, source)| host.plugin(id, source));
    let host = Arc::new(host.http());
    let expected: Vec<String> = found.iter().map(|(id, _)| format!("{id}__echo")).collect();
    for era in [Era::Modern, Era::Legacy] {
        let mut client = Connection::http(Arc::clone(&host), era);
        let mut names = names(&mut client);
        // A list doesn't wait for a runtime that takes long to compile.
        for _ in 0..COMPILE_SECONDS {
            if names.len() == expected.len() {
                break;
            }
            sleep(Duration::from_secs(1));
            names = self::names(&mut client);
        }
        names.sort_by_key(|name| expected.iter().position(|known| name == known));
        assert_eq!(names, expected, "{}", host.log());
        for name in &expected {
            let text = "wie schön \u{1F30A}";
            let result = client.call(name, json!({ "text": text })).unwrap();
            assert_eq!(result["content"], json!([{ "type": "text", "text": text }]), "{name}: {result}");
            let refused = client.call(name, json!({ "text": 1 })).unwrap();
            assert_eq!(refused["_meta"]["wharf/error"]["kind"], "bad-arguments", "{name}: {refused}");
        }
    }
}
