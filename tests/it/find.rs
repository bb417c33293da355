//! Endpoints where most tools are searched for rather than listed.

mod called;

use std::sync::Arc;

use serde_json::{Value, json};
use wharf_tests::{Era, HttpHost, Part, TestHost, Wire, find, fits};

use crate::live::Live;

const OWN: [&str; 3] = ["search_tools", "describe_tool", "call_tool"];

const ERAS: [Era; 2] = [Era::Modern, Era::Legacy];

/// A thousand tools, and some that do something; an endpoint that pins two and hides one.
fn host() -> Option<TestHost> {
    let [many, echo, conformance, patient] = [
        find(Part::Guest("many"))?,
        find(Part::Guest("echo"))?,
        find(Part::Guest("conformance"))?,
        find(Part::Guest("patient"))?,
    ];
    let host = TestHost::new().plugin("m", many).config("config = { tools = 1000 }");
    let host = host.plugin("e", echo).plugin("c", conformance).plugin("p", patient);
    let x = "[endpoints.x]\nview = 'search'\npinned = ['e__add', 'm__tool_0007']\ntools.exclude = ['e__echo']";
    Some(host.config(x))
}

fn everything() -> Value {
    json!({ "elicitation": {}, "extensions": { "io.modelcontextprotocol/tasks": {} } })
}

fn at(host: &Arc<HttpHost>, path: &str, era: Era) -> Live {
    Live::http_at(host, path, None, era, everything())
}

/// A client on this wire of the default endpoint in the search view.
fn searching(wire: Wire) -> Option<Live> {
    let host = host()?;
    Some(match wire {
        Wire::HttpModern | Wire::HttpLegacy => at(&Arc::new(host.http()), "/mcp/search", wire.era()),
        Wire::StdioModern | Wire::StdioLegacy => Live::connect(host.args(["--endpoint", "search"]), wire, everything()),
    })
}

fn listed(client: &mut Live) -> Value {
    client.request("tools/list", json!({})).unwrap()
}

fn names(tools: &Value) -> Vec<&str> {
    tools.as_array().unwrap().iter().map(|tool| tool["name"].as_str().unwrap()).collect()
}

fn found(client: &mut Live, arguments: Value) -> Value {
    let result = client.call("search_tools", arguments).unwrap_or_else(|error| panic!("{error}"));
    assert_ne!(result["isError"], true, "{result}");
    result["structuredContent"]["tools"].clone()
}

#[test]
fn a_thousand_tools_take_a_twentieth_of_the_bytes_at_most() {
    let Some(host) = host() else { return };
    let host = Arc::new(host.http());
    for era in ERAS {
        let full = listed(&mut at(&host, "/mcp", era));
        let bytes = full.to_string().len();
        for path in ["/mcp/search", "/mcp/x"] {
            let short = listed(&mut at(&host, path, era)).to_string().len();
            assert!(short * 20 <= bytes, "{era:?} {path}: {short} of {bytes}");
        }
    }
}

#[test]
fn only_what_finds_the_others_is_listed_and_what_is_pinned() {
    for wire in Wire::ALL {
        let Some(mut client) = searching(wire) else { return };
        let list = listed(&mut client);
        assert_eq!(names(&list["tools"]), OWN, "{wire:?}");
        assert!(list.get("nextCursor").is_none(), "{wire:?}");
    }
    let Some(host) = host() else { return };
    let host = Arc::new(host.http());
    for era in ERAS {
        let list = listed(&mut at(&host, "/mcp/x", era));
        let (own, mut pinned) = (&names(&list["tools"])[..3], names(&list["tools"])[3..].to_vec());
        pinned.sort_unstable();
        assert_eq!((own, pinned), (&OWN[..], vec!["e__add", "m__tool_0007"]), "{era:?}");
    }
}

#[test]
fn a_tool_is_found_by_what_it_does() {
    let cases = [
        ("add two numbers", "e__add"),
        ("give back a text unchanged", "e__echo"),
        ("delete a file", "c__confirm_delete"),
        ("tool_0123", "m__tool_0123"),
        ("m__tool_0999", "m__tool_0999"),
    ];
    for wire in Wire::ALL {
        let Some(mut client) = searching(wire) else { return };
        for (query, tool) in cases {
            let tools = found(&mut client, json!({ "query": query }));
            assert!(names(&tools).contains(&tool), "{wire:?} {query}: {tools}");
            assert!(tools.as_array().unwrap().iter().all(|tool| tool["description"].is_string()), "{tools}");
        }
    }
}

#[test]
fn as_many_are_found_as_are_wanted() {
    let Some(mut client) = searching(Wire::HttpModern) else { return };
    for (limit, expected) in [(Value::Null, 5), (json!(1), 1), (json!(25), 25)] {
        let mut arguments = json!({ "query": "waits as one of many tools and gives back its name" });
        if !limit.is_null() {
            arguments["limit"] = limit.clone();
        }
        let tools = found(&mut client, arguments);
        assert_eq!(tools.as_array().unwrap().len(), expected, "{limit}");
    }
    let result = client.call("search_tools", json!({ "query": "xyzzyplugh" })).unwrap();
    fits(&result, &json!({ "isError": false, "structuredContent": { "tools": [] } })).unwrap();
    // What nobody finds is said in words, too.
    fits(&result, &json!({ "content": [{ "text": { "$has": "No tool" } }] })).unwrap();
}

#[test]
fn a_description_is_what_the_full_list_says() {
    let Some(host) = host() else { return };
    let host = Arc::new(host.http());
    for era in ERAS {
        let mut full = at(&host, "/mcp", era);
        let mut tools = listed(&mut full)["tools"].as_array().unwrap().clone();
        let cursor = listed(&mut full)["nextCursor"].clone();
        let rest = full.request("tools/list", json!({ "cursor": cursor })).unwrap();
        tools.extend(rest["tools"].as_array().unwrap().iter().cloned());
        let mut client = at(&host, "/mcp/search", era);
        for name in ["e__add", "m__tool_0500", "c__json_schema_2020_12_tool", "p__wait"] {
            let expected = tools.iter().find(|tool| tool["name"] == name).unwrap();
            let described = client.call("describe_tool", json!({ "name": name })).unwrap();
            assert_eq!(described["structuredContent"], *expected, "{era:?}");
        }
    }
}

#[test]
fn a_view_that_lists_all_has_none_of_the_three() {
    for wire in Wire::ALL {
        let Some(host) = host() else { return };
        let mut client = Live::connect(host, wire, everything());
        for name in OWN {
            let error = client.call(name, json!({ "query": "x", "name": "e__add" })).unwrap_err();
            assert_eq!(error["code"], -32602, "{wire:?} {name}: {error}");
        }
    }
}

#[test]
fn what_an_endpoint_hides_is_not_found_there() {
    let Some(host) = host() else { return };
    let host = Arc::new(host.http());
    for era in ERAS {
        let mut client = at(&host, "/mcp/x", era);
        let tools = found(&mut client, json!({ "query": "echo gives back a text unchanged", "limit": 25 }));
        assert!(!names(&tools).contains(&"e__echo"), "{era:?} {tools}");
        let described = client.call("describe_tool", json!({ "name": "e__echo" })).unwrap();
        assert_eq!(described["isError"], true, "{era:?} {described}");
        let arguments = json!({ "name": "e__echo", "arguments": { "text": "hi" } });
        let called = client.call("call_tool", arguments);
        assert!(called.as_ref().map_or(true, |result| result["isError"] == true), "{era:?} {called:?}");
        assert_eq!(client.call("e__echo", json!({ "text": "hi" })).unwrap_err()["code"], -32602, "{era:?}");
    }
}

#[test]
fn a_plugin_that_has_a_tool_of_the_same_name_does_not_double_it() {
    let Some(echo) = find(Part::Guest("echo")) else { return };
    let x = "[endpoints.x]\nview = 'search'\nprefix = 'never'\npinned = ['call_tool']";
    let renamed = "[plugins.e.tools]\noverride.echo.name = 'call_tool'";
    let host = TestHost::new().plugin("e", echo).config(renamed).config(x).args(["--endpoint", "x"]);
    let list = listed(&mut Live::connect(host, Wire::StdioModern, json!({})));
    let mut once = names(&list["tools"]);
    once.sort_unstable();
    once.dedup();
    assert_eq!(once.len(), names(&list["tools"]).len(), "{list}");
}
