//! What is shown where: endpoints, selections, other names, and names that clash.

use serde_json::{Value, json};
use wharf_tests::{Part, TestHost, Wire, find};

/// The names of the tools that a client over standard input and output sees.
fn listed(host: TestHost) -> Vec<String> {
    let list = host.connect(Wire::StdioModern).request("tools/list", json!({})).unwrap();
    let tools = list["tools"].as_array().unwrap().iter();
    tools.map(|tool| tool["name"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn an_endpoint_shows_what_its_operator_chose() {
    let Some(echo) = find(Part::Guest("echo")) else {
        return;
    };
    let cases: &[(&str, &[&str], &[&str])] = &[
        ("", &[], &["a__echo", "a__add", "b__echo", "b__add"]),
        ("[endpoints.x]\nplugins = ['b']", &["--endpoint", "x"], &["b__echo", "b__add"]),
        ("[endpoints.x]\nplugins = ['b']", &[], &["a__echo", "a__add", "b__echo", "b__add"]),
        ("[endpoints.x]\nplugins = ['b']\nprefix = 'never'", &["--endpoint", "x"], &["echo", "add"]),
        ("[endpoints.default]\ntools.exclude = ['a__*', '*_echo']", &[], &["b__add"]),
        ("[endpoints.default]\ntools.include = ['*__{add,none}']", &["--endpoint", "default"], &["a__add", "b__add"]),
        (
            "[endpoints.x]\nview = 'search'\npinned = ['a__add']",
            &["--endpoint", "x"],
            &["search_tools", "describe_tool", "call_tool", "a__add"],
        ),
        (
            "[endpoints.default]\npinned = ['b__echo']",
            &["--endpoint", "search"],
            &["search_tools", "describe_tool", "call_tool", "b__echo"],
        ),
        ("[plugins.b.tools]\ninclude = ['echo']", &[], &["a__echo", "a__add", "b__echo"]),
        ("[plugins.b.tools]\noverride.echo.name = 'say'", &[], &["a__echo", "a__add", "b__say", "b__add"]),
    ];
    for (lines, arguments, expected) in cases {
        let host = TestHost::new().plugin("a", &echo).plugin("b", &echo).config(lines).args(*arguments);
        assert_eq!(listed(host), *expected, "{lines} {arguments:?}");
    }
}

#[test]
fn what_an_endpoint_does_not_show_can_not_be_called_there() {
    let Some(echo) = find(Part::Guest("echo")) else {
        return;
    };
    let lines = "[endpoints.default]\ntools.exclude = ['*__add']\n[endpoints.x]\nview = 'search'";
    let say = json!({ "text": "hi" });
    let mut client = TestHost::new().plugin("a", &echo).config(lines).connect(Wire::StdioLegacy);
    assert_eq!(client.call("a__add", json!({ "a": 1, "b": 2 })).unwrap_err()["code"], -32602);
    assert_eq!(client.call("a__echo", say.clone()).unwrap()["content"][0]["text"], "hi");
    // What is only to be searched for is called by its name all the same.
    let host = TestHost::new().plugin("a", &echo).config(lines).args(["--endpoint", "x"]);
    assert_eq!(host.connect(Wire::StdioModern).call("a__echo", say).unwrap()["content"][0]["text"], "hi");
}

#[test]
fn an_operators_words_take_the_place_of_the_plugins() {
    let Some(echo) = find(Part::Guest("echo")) else {
        return;
    };
    let lines =
        "[plugins.a.tools.override.echo]\nname = 'say'\ntitle = 'Say'\ndescription = 'Says it.'\nread-only = false";
    let mut client = TestHost::new().plugin("a", &echo).config(lines).connect(Wire::HttpModern);
    let list = client.request("tools/list", json!({})).unwrap();
    let tool = &list["tools"][0];
    let said = ["name", "title", "description"].map(|key| &tool[key]);
    assert_eq!(said, ["a__say", "Say", "Says it."].map(Value::from).each_ref());
    // The plugin's own word stands where the operator has none.
    assert_eq!(
        (&tool["annotations"]["readOnlyHint"], &tool["annotations"]["idempotentHint"]),
        (&json!(false), &json!(true))
    );
    assert_eq!(client.call("a__say", json!({ "text": "hi" })).unwrap()["content"][0]["text"], "hi");
    assert_eq!(client.call("a__echo", json!({ "text": "hi" })).unwrap_err()["code"], -32602);
}

#[test]
fn a_clash_without_prefixes_names_both_plugins_and_costs_one_of_them_that_endpoint() {
    let Some(echo) = find(Part::Guest("echo")) else {
        return;
    };
    let host = || {
        let host = TestHost::new().plugin("b", &echo).plugin("a", &echo);
        host.config("[plugins.a.tools]\nexclude = ['add']\n[endpoints.x]\nprefix = 'never'")
    };
    // The first by id stays, whatever the file's order is, and the other is left out whole.
    assert_eq!(listed(host().args(["--endpoint", "x"])), ["echo"]);
    assert_eq!(listed(host()), ["a__echo", "b__echo", "b__add"]);
    let checked = host().run(["check"]);
    assert_eq!(checked.code, Some(1), "{checked:?}");
    let said = "error: endpoint `x`: plugins `a` and `b` both have a tool `echo`, so `b` is left out of it";
    assert!(checked.stdout.contains(said), "{checked:?}");
    assert!(!checked.stdout.contains("endpoint `default`"), "{checked:?}");
    let log = host().http().log();
    assert!(log.contains("plugins `a` and `b` both have a tool `echo`"), "{log}");
}

#[test]
fn settings_of_tools_that_are_not_there_are_said() {
    let Some(echo) = find(Part::Guest("echo")) else {
        return;
    };
    let lines = "[plugins.a.tools]\noverride.ecko.title = 'x'\n[endpoints.default]\npinned = ['a__ecko', 'a__add']";
    let checked = TestHost::new().plugin("a", echo).config(lines).run(["check"]);
    assert_eq!(checked.code, Some(0), "{checked:?}");
    for said in ["plugin `a` has no tool `ecko`", "it pins `a__ecko`"] {
        assert_eq!(checked.stdout.matches(said).count(), 1, "{said} {checked:?}");
    }
    assert!(!checked.stdout.contains("a__add"), "{checked:?}");
}

#[test]
fn an_endpoint_that_is_not_there_is_an_error_that_names_those_that_are() {
    let host = TestHost::new().config("[endpoints.x]");
    let finished = host.run(["serve", "--stdio", "--endpoint", "y"]);
    assert_eq!(finished.code, Some(1), "{finished:?}");
    assert!(finished.stderr.contains("no endpoint is named `y`; there is default, search, x"), "{finished:?}");
    let over_http = host.run(["serve", "--endpoint", "x"]);
    assert_eq!(over_http.code, Some(2), "{over_http:?}");
}
