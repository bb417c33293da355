//! The names under which clients see tools.

use serde_json::{Value, json};
use wharf_tests::{Part, TestHost, Wire, find};

#[test]
fn the_same_component_twice_is_two_plugins_with_their_own_prefixes() {
    let Some(echo) = find(Part::Guest("echo")) else {
        return;
    };
    // In the order of their ids, whatever the file's order is.
    let ids = ["z", "an-id-of-24-characters-x", "B_2", "b-2"];
    let sorted = ["B_2", "an-id-of-24-characters-x", "b-2", "z"];
    let host = ids.iter().fold(TestHost::new(), |host, id| host.plugin(id, &echo));
    let mut client = host.connect(Wire::HttpModern);
    let list = client.request("tools/list", json!({})).unwrap();
    let names: Vec<&Value> = list["tools"].as_array().unwrap().iter().map(|tool| &tool["name"]).collect();
    let expected: Vec<String> = sorted.iter().flat_map(|id| [format!("{id}__echo"), format!("{id}__add")]).collect();
    assert_eq!(names, expected.iter().collect::<Vec<_>>());
    for id in ids {
        let result = client.call(&format!("{id}__echo"), json!({ "text": id })).unwrap();
        assert_eq!(result["content"][0]["text"], id);
    }
}

#[test]
fn a_prefix_is_there_even_for_one_plugin() {
    let Some(echo) = find(Part::Guest("echo")) else {
        return;
    };
    let mut client = TestHost::new().plugin("x", echo).connect(Wire::StdioLegacy);
    assert_eq!(client.call("echo", json!({ "text": "hi" })).unwrap_err()["code"], -32602);
    assert_eq!(client.call("x__echo", json!({ "text": "hi" })).unwrap()["content"][0]["text"], "hi");
}
