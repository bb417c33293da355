//! The catalogue plugin, with a real registry of 86 servers that its operator granted.

use serde_json::{Value, json};
use wharf_tests::{Connection, Part, TestHost, Wire, find};

use crate::registry;

#[test]
fn every_server_of_the_registry_is_found_on_each_wire() {
    for wire in Wire::ALL {
        let Some((host, names)) = registry::host() else { return };
        let listed = every_server(&mut host.connect(wire));
        let lost: Vec<_> = names.iter().filter(|name| !listed.contains(name)).collect();
        assert!(lost.is_empty(), "{wire:?}: {lost:?}");
    }
}

/// The names on all pages.
fn every_server(client: &mut Connection) -> Vec<String> {
    let mut listed = Vec::new();
    let mut arguments = json!({ "detail": "summary", "limit": 100 });
    loop {
        let page = client.call("catalog__list_servers", arguments.clone()).unwrap()["structuredContent"].take();
        let servers = page["servers"].as_array().unwrap();
        assert!(!servers.is_empty(), "a page is never empty");
        listed.extend(servers.iter().map(|server| server["name"].as_str().unwrap().to_owned()));
        assert_eq!(page["metadata"]["total_count"], page["metadata"]["filtered_count"]);
        match page.get("next_cursor") {
            Some(cursor) => arguments["cursor"] = cursor.clone(),
            None => {
                assert_eq!(page["metadata"]["total_count"], listed.len());
                return listed;
            }
        }
    }
}

#[test]
fn a_tool_that_fails_says_why_in_a_result() {
    let Some(catalog) = find(Part::Plugin("catalog")) else {
        return;
    };
    let cases = [
        ("catalog__get_server", json!({ "name": "no-such-server" }), "no server `no-such-server`"),
        ("catalog__list_servers", json!({ "cursor": "x" }), "the cursor doesn't belong to this list"),
    ];
    for wire in Wire::ALL {
        let mut client = TestHost::new().plugin("catalog", &catalog).connect(wire);
        for (tool, arguments, said) in &cases {
            let result = client.call(tool, arguments.clone()).unwrap();
            assert_eq!(result["isError"], true, "{wire:?} {tool}: {result}");
            let text = result["content"][0]["text"].as_str().unwrap();
            assert!(text.contains(said), "{wire:?} {tool}: {text}");
        }
    }
}

#[test]
fn it_comes_with_the_program() {
    let Some(_) = find(Part::Plugin("catalog")) else { return };
    let host = TestHost::new().config("[plugins.catalog]\nsource = 'bundled:catalog'");
    let found = host.run(["call", "catalog__list_servers", "{\"search\": \"github\", \"detail\": \"summary\"}"]);
    assert_eq!(found.code, Some(0), "{found:?}");
    let result: Value = serde_json::from_str(&found.stdout).unwrap();
    let metadata = &result["structuredContent"]["metadata"];
    assert!(metadata["total_count"].as_u64().unwrap() >= 25, "{metadata}");
    assert!(metadata["filtered_count"].as_u64() < metadata["total_count"].as_u64(), "{metadata}");
}
