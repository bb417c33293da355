//! Lists that are longer than a page.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::{Value, json};
use wharf_tests::{Era, Part, TestHost, Wire, find, fits};

use crate::live::Live;

/// Every list: its method, the key of its items, and the key of their names.
const LISTS: [(&str, &str, &str); 4] = [
    ("tools/list", "tools", "name"),
    ("prompts/list", "prompts", "name"),
    ("resources/list", "resources", "uri"),
    ("resources/templates/list", "resourceTemplates", "uriTemplate"),
];

/// Those that are long here.
const LONG: usize = 3;

const PAGE: usize = 1_000;

/// Two plugins with 600 tools each, and two with 600 prompts and resources.
fn host() -> Option<TestHost> {
    let (many, patient) = (find(Part::Guest("many"))?, find(Part::Guest("patient"))?);
    let tools = "config = { tools = 600 }";
    let others = "config = { prompts = 600, resources = 600 }";
    let host = TestHost::new().plugin("a", &many).config(tools).plugin("b", many).config(tools);
    Some(host.plugin("c", &patient).config(others).plugin("d", patient).config(others))
}

fn names(page: &Value, items: &str, name: &str) -> Vec<String> {
    page[items].as_array().unwrap().iter().map(|item| item[name].as_str().unwrap().to_owned()).collect()
}

/// All pages of a list.
fn pages(client: &mut Live, method: &str) -> Vec<Value> {
    let mut pages = vec![client.request(method, json!({})).unwrap()];
    while let Some(cursor) = pages.last().unwrap().get("nextCursor").cloned() {
        assert!(pages.len() < 10, "{method}: it has no end");
        pages.push(client.request(method, json!({ "cursor": cursor })).unwrap());
    }
    pages
}

fn all(pages: &[Value], items: &str, name: &str) -> Vec<String> {
    pages.iter().flat_map(|page| names(page, items, name)).collect()
}

#[test]
fn the_pages_have_everything_once_and_in_the_same_order_each_time() {
    let mut before: Option<Vec<Vec<String>>> = None;
    for wire in Wire::ALL {
        let Some(host) = host() else { return };
        let mut client = Live::connect(host, wire, json!({}));
        let mut lists = Vec::new();
        for (method, items, name) in LISTS {
            let pages = pages(&mut client, method);
            let listed = all(&pages, items, name);
            let once: BTreeSet<&String> = listed.iter().collect();
            assert_eq!(once.len(), listed.len(), "{wire:?} {method}");
            let sizes: Vec<usize> = pages.iter().map(|page| names(page, items, name).len()).collect();
            assert!(sizes.iter().rev().skip(1).all(|size| *size == PAGE), "{wire:?} {method}: {sizes:?}");
            lists.push(listed);
        }
        assert!(lists.iter().take(LONG).all(|list| list.len() > PAGE), "{wire:?}");
        match &before {
            Some(before) => assert_eq!(*before, lists, "{wire:?}: another host has the same"),
            None => before = Some(lists),
        }
    }
}

#[test]
fn tools_are_in_the_order_of_their_plugins() {
    let Some(host) = host() else { return };
    let listed = all(&pages(&mut Live::connect(host, Wire::HttpModern, json!({})), "tools/list"), "tools", "name");
    let expected: Vec<String> =
        ["a", "b"].iter().flat_map(|id| (0..600).map(move |number| format!("{id}__tool_{number:04}"))).collect();
    assert_eq!(listed[..1_200], expected);
}

#[test]
fn a_cursor_that_is_none_is_an_error_of_the_request() {
    let wrong = ["x", "0", "1000", "%", "-1", "ZnJvbTo", "ZnJvbTotMQ", "ZnJvbToxMDAwMDAwMDA", " ", "é", "null"];
    let Some(host) = host() else { return };
    let host = Arc::new(host.http());
    for era in [Era::Modern, Era::Legacy] {
        let mut client = Live::http(&host, era, json!({}));
        for (method, ..) in LISTS {
            for cursor in wrong.map(str::to_owned).into_iter().chain(["A".repeat(10_000)]) {
                let answer = client.request(method, json!({ "cursor": cursor }));
                let error = answer.expect_err(&cursor);
                assert_eq!(error["code"], -32602, "{era:?} {method} {cursor}: {error}");
            }
        }
    }
}

#[test]
fn the_empty_cursor_is_the_beginning() {
    for wire in Wire::ALL {
        let Some(host) = host() else { return };
        let mut client = Live::connect(host, wire, json!({}));
        for (method, items, _) in LISTS {
            let first = client.request(method, json!({})).unwrap();
            let again = client.request(method, json!({ "cursor": "" })).unwrap();
            assert_eq!((&first[items], &first["nextCursor"]), (&again[items], &again["nextCursor"]), "{wire:?}");
        }
    }
}

#[test]
fn every_page_says_how_long_it_may_be_kept_and_by_whom() {
    for wire in [Wire::HttpModern, Wire::StdioModern] {
        let Some(host) = host() else { return };
        let mut client = Live::connect(host, wire, json!({}));
        for (method, ..) in LISTS {
            for page in pages(&mut client, method) {
                let expected = json!({ "resultType": "complete", "ttlMs": { "$least": 0 }, "cacheScope": "private" });
                fits(&page, &expected).unwrap_or_else(|why| panic!("{wire:?} {method}: {why}"));
            }
        }
    }
}

#[test]
fn a_list_of_exactly_one_page_has_no_second() {
    let Some(many) = find(Part::Guest("many")) else { return };
    for (more, expected) in [(0, 1), (1, 2)] {
        let host = TestHost::new().plugin("a", &many).config(&format!("config = {{ tools = {PAGE} }}"));
        let host = host.plugin("b", &many).config(&format!("config = {{ tools = {more} }}"));
        let pages = pages(&mut Live::connect(host, Wire::HttpModern, json!({})), "tools/list");
        assert_eq!(pages.len(), expected, "{more} more than a page");
        assert_eq!(all(&pages, "tools", "name").len(), PAGE + more);
    }
}

#[test]
fn what_is_on_the_second_page_is_there() {
    for wire in Wire::ALL {
        let Some(host) = host() else { return };
        let mut client = Live::connect(host, wire, json!({}));
        let result = client.call("b__tool_0599", json!({})).unwrap();
        assert_eq!(result["content"][0]["text"], "tool_0599", "{wire:?}");
        let read = client.request("resources/read", json!({ "uri": "note://d/many/599" })).unwrap();
        assert_eq!(read["contents"][0]["text"], "number 599", "{wire:?}");
        let prompt = client.request("prompts/get", json!({ "name": "d__prompt_0599" })).unwrap();
        assert_eq!(prompt["messages"][0]["content"]["text"], "prompt_0599", "{wire:?}");
    }
}

#[test]
fn an_operator_says_how_long_a_page_is() {
    let Some(many) = find(Part::Guest("many")) else { return };
    for (size, expected) in [(1, vec![1, 1, 1, 1, 1]), (2, vec![2, 2, 1]), (5, vec![5]), (10_000, vec![5])] {
        for wire in Wire::ALL {
            let host = TestHost::new().config(&format!("[server]\npage-size = {size}"));
            let host = host.plugin("a", &many).config("config = { tools = 5 }");
            let pages = pages(&mut Live::connect(host, wire, json!({})), "tools/list");
            let sizes: Vec<usize> = pages.iter().map(|page| names(page, "tools", "name").len()).collect();
            assert_eq!(sizes, expected, "{wire:?} {size}");
        }
    }
}

/// Whoever goes on in another list than the one that was begun would miss items, or see some twice.
#[test]
fn a_cursor_serves_for_the_list_that_it_was_given_for() {
    let Some(many) = find(Part::Guest("many")) else { return };
    let host = |tools: u32| {
        let host = TestHost::new().config("[server]\npage-size = 2").plugin("a", &many);
        Arc::new(host.config(&format!("config = {{ tools = {tools} }}")).http())
    };
    let (before, same, longer, shorter) = (host(5), host(5), host(6), host(4));
    for era in [Era::Modern, Era::Legacy] {
        let first = Live::http(&before, era, json!({})).request("tools/list", json!({})).unwrap();
        let cursor = first["nextCursor"].clone();
        let next = |host: &Arc<_>| Live::http(host, era, json!({})).request("tools/list", json!({ "cursor": cursor }));
        // Another process that shows the same has the same list.
        for host in [&before, &same] {
            assert_eq!(names(&next(host).unwrap(), "tools", "name"), ["a__tool_0002", "a__tool_0003"], "{era:?}");
        }
        for host in [&longer, &shorter] {
            let expected = json!({ "code": -32602, "message": { "$has": "the list has changed" } });
            fits(&next(host).unwrap_err(), &expected).unwrap_or_else(|why| panic!("{era:?} {why}"));
        }
        for (method, ..) in &LISTS[1..] {
            let error = Live::http(&before, era, json!({})).request(method, json!({ "cursor": cursor })).unwrap_err();
            assert_eq!(error["code"], -32602, "{era:?} {method}: {error}");
        }
    }
}
