//! Names and URIs on their way between plugins and clients: whatever clients are shown, they can use.

use serde_json::{Value, json};
use wharf_tests::{Part, TestHost, Wire, find, fits};

use crate::live::Live;

fn host() -> Option<TestHost> {
    let (conformance, patient) = (find(Part::Guest("conformance"))?, find(Part::Guest("patient"))?);
    Some(TestHost::new().plugin("c", conformance).plugin("p", patient))
}

fn connect(wire: Wire) -> Option<Live> {
    Some(Live::connect(host()?, wire, json!({ "elicitation": {} })))
}

fn list(client: &mut Live, method: &str, items: &str) -> Vec<Value> {
    client.request(method, json!({})).unwrap()[items].as_array().unwrap().clone()
}

/// Reads a resource, and answers what it asks.
fn read(client: &mut Live, uri: &str) -> Value {
    let pin = json!({ "action": "accept", "content": { "pin": 1 } });
    let told = client.converse("resources/read", &json!({ "uri": uri }), &[("elicitation/create", pin)]);
    told.result.unwrap_or_else(|error| panic!("{uri}: {error}"))
}

#[test]
fn every_resource_that_is_listed_can_be_read_under_its_uri() {
    let expected = [
        "test://c/static-text",
        "test://c/static-binary",
        "test://c/watched-resource",
        "note://p/clock",
        "note://p/still",
        "note://p/secret",
        "ui://p/widget",
        "https://p/example.com/offered",
        "urn:p/isbn:1",
    ];
    for wire in Wire::ALL {
        let Some(mut client) = connect(wire) else { return };
        let resources = list(&mut client, "resources/list", "resources");
        let uris: Vec<&str> = resources.iter().map(|resource| resource["uri"].as_str().unwrap()).collect();
        assert_eq!(uris, expected, "{wire:?}");
        for uri in uris {
            let contents = &read(&mut client, uri)["contents"];
            assert_eq!(contents[0]["uri"], uri, "{wire:?} {contents}");
        }
    }
}

#[test]
fn what_a_template_for_clients_makes_can_be_read() {
    let cases = [
        ("test://c/template/{id}/data", "id", "test://c/template/7/data", "Data for ID: 7"),
        ("note://p/item/{id}", "id", "note://p/item/7", "item 7"),
        ("note://p/many/{number}", "number", "note://p/many/7", "number 7"),
    ];
    for wire in Wire::ALL {
        let Some(mut client) = connect(wire) else { return };
        let templates = list(&mut client, "resources/templates/list", "resourceTemplates");
        let shown: Vec<&str> = templates.iter().map(|template| template["uriTemplate"].as_str().unwrap()).collect();
        assert_eq!(shown, cases.map(|(template, ..)| template), "{wire:?}");
        for (template, variable, uri, text) in cases {
            assert_eq!(template.replace(&format!("{{{variable}}}"), "7"), uri);
            let expected = json!({ "contents": [{ "uri": uri, "text": { "$has": text } }] });
            fits(&read(&mut client, uri), &expected).unwrap_or_else(|why| panic!("{wire:?}: {why}"));
        }
    }
}

#[test]
fn the_plugins_own_uris_and_names_lead_nowhere() {
    let uris = ["test://static-text", "note://still", "ui://widget", "https://example.com/offered", "urn:isbn:1"];
    let mixed = ["note://c/still", "test://p/static-text", "note://p//still", "note://P/still", "NOTE://p/still"];
    for wire in Wire::ALL {
        let Some(mut client) = connect(wire) else { return };
        for uri in uris.into_iter().chain(mixed) {
            let error = client.request("resources/read", json!({ "uri": uri })).expect_err(uri);
            fits(&error, &json!({ "message": format!("resource not found: {uri}"), "data": { "uri": uri } }))
                .unwrap_or_else(|why| panic!("{wire:?} {uri}: {why}"));
        }
        for name in ["test_simple_prompt", "p__test_simple_prompt", "c__", ""] {
            let error = client.request("prompts/get", json!({ "name": name })).expect_err(name);
            assert_eq!(error["code"], -32602, "{wire:?} {name}: {error}");
        }
    }
}

#[test]
fn what_a_result_points_to_can_be_read_and_the_web_stays_the_web() {
    let links = ["note://p/still", "ui://p/widget", "urn:p/isbn:1", "https://p/example.com/offered"];
    let web = "https://example.com/page";
    let link = |uri: &str| json!({ "type": "resource_link", "uri": uri });
    let embedded = |uri: &str| json!({ "type": "resource", "resource": { "uri": uri } });
    let expected: Vec<Value> =
        links.map(link).into_iter().chain([link(web), embedded(links[0]), embedded(web)]).collect();
    for wire in Wire::ALL {
        let Some(mut client) = connect(wire) else { return };
        let result = client.call("p__point", json!({})).unwrap();
        fits(&result, &json!({ "content": expected })).unwrap_or_else(|why| panic!("{wire:?}: {why}"));
        for uri in links {
            read(&mut client, uri);
        }
        let result = client.call("c__test_embedded_resource", json!({})).unwrap();
        assert_eq!(result["content"][0]["resource"]["uri"], "test://c/embedded-resource", "{wire:?}");
    }
}

/// MCP Apps name in a tool's `_meta` what shows its result, and clients read that.
#[test]
fn what_shows_a_tools_result_can_be_read() {
    for wire in Wire::ALL {
        let Some(mut client) = connect(wire) else { return };
        let tools = list(&mut client, "tools/list", "tools");
        let tool = tools.iter().find(|tool| tool["name"] == "p__point").unwrap();
        let uri = tool["_meta"]["ui"]["resourceUri"].as_str().unwrap();
        assert!(uri.starts_with("ui://"), "{wire:?} {uri}");
        assert_eq!(read(&mut client, uri)["contents"][0]["text"], "<p>A widget</p>", "{wire:?}");
    }
}

#[test]
fn what_a_prompt_brings_along_is_named_for_clients() {
    let cases = [
        ("test://static-text", "test://c/static-text"),
        ("ui://x", "ui://c/x"),
        ("https://example.com/x", "https://example.com/x"),
    ];
    for wire in Wire::ALL {
        let Some(mut client) = connect(wire) else { return };
        for (own, shown) in cases {
            let arguments = json!({ "resourceUri": own });
            let params = json!({ "name": "c__test_prompt_with_embedded_resource", "arguments": arguments });
            let filled = client.request("prompts/get", params).unwrap();
            let messages = json!({ "messages": { "$begins": [{ "content": { "resource": { "uri": shown } } }] } });
            fits(&filled, &messages).unwrap_or_else(|why| panic!("{wire:?}: {why}"));
        }
    }
}

#[test]
fn completion_goes_by_the_names_for_clients() {
    let prompt = |name: &str| json!({ "type": "ref/prompt", "name": name });
    let template = |uri: &str| json!({ "type": "ref/resource", "uri": uri });
    let cases = [
        (prompt("c__test_prompt_with_arguments"), "arg1", "tes", Some(json!(["test", "testing"]))),
        (template("test://c/template/{id}/data"), "id", "12", Some(json!(["123", "124"]))),
        (prompt("test_prompt_with_arguments"), "arg1", "tes", None),
        (prompt("p__test_prompt_with_arguments"), "arg1", "tes", None),
        (template("test://template/{id}/data"), "id", "12", None),
    ];
    for wire in Wire::ALL {
        let Some(mut client) = connect(wire) else { return };
        for (reference, name, typed, expected) in &cases {
            let params = json!({ "ref": reference, "argument": { "name": name, "value": typed } });
            let answer = client.request("completion/complete", params);
            match (expected, answer) {
                (Some(values), Ok(result)) => assert_eq!(result["completion"]["values"], *values, "{wire:?}"),
                (None, Err(error)) => assert_eq!(error["code"], -32602, "{wire:?} {reference}: {error}"),
                (_, answer) => panic!("{wire:?} {reference}: {answer:?}"),
            }
        }
    }
}

#[test]
fn without_prefixes_two_plugins_of_the_same_names_are_an_error_that_names_both() {
    let cases = [("conformance", "test_simple_text"), ("echo", "echo"), ("patient", "wait")];
    for (guest, name) in cases {
        let Some(file) = find(Part::Guest(guest)) else { return };
        let host = || {
            let host = TestHost::new().plugin("one", &file).plugin("two", &file);
            host.config("[endpoints.default]\nprefix = 'never'")
        };
        let said = format!("plugins `one` and `two` both have a tool `{name}`");
        let checked = host().run(["check"]);
        assert_eq!(checked.code, Some(1), "{checked:?}");
        assert!(checked.stdout.contains(&said), "{checked:?}");
        let served = host().http();
        served.wait_for_log(&said);
    }
}

#[test]
fn without_prefixes_what_is_not_a_tool_can_clash_too() {
    let Some(file) = find(Part::Guest("conformance")) else { return };
    let host = || {
        let host = TestHost::new().plugin("one", &file).plugin("two", &file);
        host.config("[endpoints.default]\nprefix = 'never'\n[plugins.two.tools]\nexclude = ['*']")
    };
    let checked = host().run(["check"]);
    assert_eq!(checked.code, Some(1), "{checked:?}");
    assert!(checked.stdout.contains("plugins `one` and `two` both have a prompt `test_simple_prompt`"), "{checked:?}");
    // What is left is the first one's, under its own URIs.
    let mut client = Live::connect(host(), Wire::HttpModern, json!({}));
    let uris = list(&mut client, "resources/list", "resources");
    assert_eq!(uris.first().map(|resource| &resource["uri"]), Some(&json!("test://static-text")));
    assert!(client.request("resources/read", json!({ "uri": "test://static-text" })).is_ok());
}
