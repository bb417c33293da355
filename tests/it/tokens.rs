//! Who may connect, and what of all that is served is there for whom.

mod command;
mod lapse;
mod sessions;

use std::sync::Arc;

use serde_json::{Value, json};
use wharf_tests::{Era, HttpHost, Part, Shared, TestHost, find, message, result};

use crate::live::Live;

const ALICE: &str = "wharf_alices-token-0123456789";
const BOB: &str = "wharf_bobs-token-0123456789";
const CAROL: &str = "wharf_carols-token-0123456789";
const DAVE: &str = "wharf_daves-token-0123456789";
const OLD: &str = "wharf_old-token-0123456789";

const ERAS: [Era; 2] = [Era::Modern, Era::Legacy];

/// What `wharf.toml` has of a token.
fn digest(token: &str) -> String {
    let finished = TestHost::new().run_with(["token", "hash"], &format!("{token}\n"));
    assert_eq!(finished.code, Some(0), "{finished:?}");
    finished.stdout.trim().to_owned()
}

/// The table of a token.
fn table(name: &str, token: &str, more: &str) -> String {
    format!("[tokens.{name}]\ndigest = '{}'\n{more}", digest(token))
}

/// Two plugins and five holders: alice has one plugin, bob the other, carol all, dave one tool, and one came too late.
fn host(more: &str) -> Option<TestHost> {
    let (echo, conformance) = (find(Part::Guest("echo"))?, find(Part::Guest("conformance"))?);
    let host = TestHost::new()
        .plugin("a", echo)
        .plugin("c", conformance)
        .config("[endpoints.bare]\nprefix = 'never'")
        .config(&table("alice", ALICE, "plugins = ['a']"))
        .config(&table("bob", BOB, "plugins = ['c']\ntools = ['*__test_simple_*', 'a__*']"))
        .config(&table("carol", CAROL, ""))
        .config(&table("dave", DAVE, "tools = ['a__add']"))
        .config(&table("old", OLD, "expires = '2020-01-01'"));
    Some(host.config(more))
}

fn shared() -> Option<Arc<HttpHost>> {
    static HOST: Shared = Shared::new();
    let host = host("")?.env("WHARF_LOG", "wharf=info,wharf::mcp=trace");
    Some(HOST.get(|| host.http()))
}

fn connect(host: &Arc<HttpHost>, path: &str, token: &str, era: Era) -> Live {
    Live::http_at(host, path, Some(token), era, json!({}))
}

fn names(client: &mut Live, method: &str, list: &str, key: &str) -> Vec<String> {
    let listed = client.request(method, json!({})).unwrap();
    listed[list].as_array().unwrap().iter().map(|item| item[key].as_str().unwrap().to_owned()).collect()
}

fn tools(client: &mut Live) -> Vec<String> {
    names(client, "tools/list", "tools", "name")
}

#[test]
fn each_holder_sees_what_is_theirs() {
    let Some(host) = shared() else { return };
    for era in ERAS {
        let lists = |token| {
            let mut client = connect(&host, "/mcp", token, era);
            let own = |items: Vec<String>| {
                let mut owners: Vec<String> =
                    items.iter().map(|item| item.replace("test://", "").chars().take(1).collect()).collect();
                owners.dedup();
                owners
            };
            [
                own(names(&mut client, "tools/list", "tools", "name")),
                own(names(&mut client, "prompts/list", "prompts", "name")),
                own(names(&mut client, "resources/list", "resources", "uri")),
                own(names(&mut client, "resources/templates/list", "resourceTemplates", "uriTemplate")),
            ]
            .map(|owners| owners.concat())
        };
        assert_eq!(lists(ALICE), ["a", "", "", ""], "{era:?}");
        assert_eq!(lists(BOB), ["c", "c", "c", "c"], "{era:?}");
        assert_eq!(lists(CAROL), ["ac", "c", "c", "c"], "{era:?}");
        assert_eq!(lists(DAVE), ["a", "", "", ""], "{era:?}");
        // Each list again, after the others were asked for.
        for _ in 0..2 {
            assert_eq!(tools(&mut connect(&host, "/mcp", ALICE, era)), ["a__echo", "a__add"], "{era:?}");
            assert_eq!(tools(&mut connect(&host, "/mcp", BOB, era)), ["c__test_simple_text"], "{era:?}");
            assert_eq!(tools(&mut connect(&host, "/mcp", DAVE, era)), ["a__add"], "{era:?}");
            // One name for one tool, whatever the endpoint calls it.
            assert_eq!(tools(&mut connect(&host, "/mcp/bare", DAVE, era)), ["add"], "{era:?}");
            assert!(tools(&mut connect(&host, "/mcp", CAROL, era)).len() > 10, "{era:?}");
        }
    }
    assert!(host.log().contains("answered on the fast path"));
}

/// An answer with the name replaced that was asked for.
fn unnamed(answer: Result<Value, Value>, name: &str) -> String {
    format!("{answer:?}").replace(name, "NAME")
}

#[test]
fn what_is_not_given_looks_as_if_it_were_not_there() {
    let Some(host) = shared() else { return };
    // What is asked for, what is hidden from alice, and what nobody has.
    type Asked = (&'static str, fn(&str) -> Value, &'static str, &'static str);
    let cases: &[Asked] = &[
        ("tools/call", |name| json!({ "name": name, "arguments": {} }), "c__test_simple_text", "c__nothing"),
        ("tools/call", |name| json!({ "name": name, "arguments": {} }), "c__test_simple_text", "nothing"),
        ("prompts/get", |name| json!({ "name": name }), "c__test_simple_prompt", "c__nothing"),
        ("resources/read", |uri| json!({ "uri": uri }), "test://c/static-text", "test://c/nothing"),
        ("resources/read", |uri| json!({ "uri": uri }), "test://c/template/1/data", "test://x/nothing"),
        (
            "completion/complete",
            |name| {
                let argument = json!({ "name": "arg1", "value": "p" });
                json!({ "ref": { "type": "ref/prompt", "name": name }, "argument": argument })
            },
            "c__test_prompt_with_arguments",
            "c__nothing",
        ),
        (
            "completion/complete",
            |uri| {
                let argument = json!({ "name": "id", "value": "1" });
                json!({ "ref": { "type": "ref/resource", "uri": uri }, "argument": argument })
            },
            "test://c/template/{id}/data",
            "test://c/nothing/{id}",
        ),
    ];
    for era in ERAS {
        let (mut alice, mut carol) = (connect(&host, "/mcp", ALICE, era), connect(&host, "/mcp", CAROL, era));
        for (method, params, hidden, absent) in cases {
            let there = carol.request(method, params(hidden));
            assert!(there.is_ok(), "{era:?} {method} {hidden}: {there:?}");
            let refused = unnamed(alice.request(method, params(hidden)), hidden);
            let unknown = unnamed(alice.request(method, params(absent)), absent);
            assert_eq!(refused, unknown, "{era:?} {method}");
            assert!(refused.starts_with("Err"), "{refused}");
        }
    }
    let mut alice = connect(&host, "/mcp", ALICE, Era::Legacy);
    let watched = "test://c/watched-resource";
    let refused = alice.request("resources/subscribe", json!({ "uri": watched }));
    let unknown = alice.request("resources/subscribe", json!({ "uri": "test://c/nothing" }));
    assert_eq!(unnamed(refused, watched), unnamed(unknown, "test://c/nothing"));
    connect(&host, "/mcp", BOB, Era::Legacy).request("resources/subscribe", json!({ "uri": watched })).unwrap();
}

#[test]
fn what_is_given_is_served() {
    let Some(host) = shared() else { return };
    for era in ERAS {
        let mut bob = connect(&host, "/mcp", BOB, era);
        assert_eq!(bob.call("c__test_simple_text", json!({})).unwrap()["content"][0]["type"], "text");
        assert!(bob.call("c__test_error_handling", json!({})).is_err());
        assert!(bob.call("a__add", json!({ "a": 1, "b": 2 })).is_err(), "both lists must name it");
        assert!(bob.request("resources/read", json!({ "uri": "test://c/template/1/data" })).is_ok());
        assert!(bob.request("prompts/get", json!({ "name": "c__test_simple_prompt" })).is_ok());
        let mut dave = connect(&host, "/mcp/bare", DAVE, era);
        assert_eq!(dave.call("add", json!({ "a": 1, "b": 2 })).unwrap()["structuredContent"]["sum"], 3.0);
        assert!(dave.call("echo", json!({ "text": "x" })).is_err());
    }
}

#[test]
fn a_search_finds_only_what_is_given() {
    let Some(host) = shared() else { return };
    for era in ERAS {
        let search = |token, query: &str| {
            let mut client = connect(&host, "/mcp/search", token, era);
            let found = client.call("search_tools", json!({ "query": query })).unwrap();
            let described = client.call("describe_tool", json!({ "name": "a__echo" })).unwrap();
            let called = client.call("call_tool", json!({ "name": "a__echo", "arguments": { "text": "x" } }));
            (found.to_string().contains("a__echo"), described["isError"] != true, called.is_ok())
        };
        assert_eq!(search(ALICE, "echo text unchanged"), (true, true, true), "{era:?}");
        assert_eq!(search(DAVE, "echo text unchanged"), (false, false, false), "{era:?}");
        assert_eq!(search(BOB, "echo text unchanged"), (false, false, false), "{era:?}");
    }
}

/// An answer without the time at which one of the tools was listed.
fn undated(body: &str) -> String {
    let mut parts = body.split("listed-at\":\"");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| text + part.trim_start_matches(|digit: char| digit.is_ascii_digit()))
}

#[test]
fn the_fast_path_and_the_slow_one_agree_for_each_holder() {
    let (Some(fast), Some(slow)) = (shared(), host("[server]\nfast-path = false")) else { return };
    let slow = slow.http();
    let call = |name: &str| json!({ "name": name, "arguments": { "text": "x" } });
    let requests = [
        message(Era::Modern, 1, "tools/list", json!({})),
        message(Era::Modern, 2, "tools/call", call("a__echo")),
        message(Era::Modern, 3, "tools/call", call("a__add")),
        message(Era::Modern, 4, "tools/call", call("c__test_simple_text")),
        message(Era::Modern, 5, "tools/call", call("nothing")),
    ];
    for token in [ALICE, BOB, CAROL, DAVE, OLD, "wharf_nobodys-token-0123456789"] {
        let authorization = format!("Bearer {token}");
        for request in &requests {
            let [fast, slow] = [&*fast, &slow].map(|host| {
                let answer = host.post_message(Era::Modern, request, &[("authorization", &authorization)]);
                (answer.status, answer.header("www-authenticate").to_owned(), undated(&answer.body))
            });
            assert!(fast == slow, "{token} {request}");
        }
    }
}

#[test]
fn who_proves_nothing_is_refused_and_no_token_is_shown() {
    let Some(host) = host("") else { return };
    let host = host.http();
    let list = message(Era::Modern, 1, "tools/list", json!({}));
    let upper = format!("Bearer {}", ALICE.to_uppercase());
    let (alice, bob, old) = (format!("Bearer {ALICE}"), format!("Bearer {BOB}"), format!("Bearer {OLD}"));
    let both = format!("Bearer {ALICE}, Bearer {BOB}");
    let lower = format!("bearer {ALICE}");
    let digest = format!("Bearer {}", digest(ALICE));
    let cases: &[(&[&str], u16)] = &[
        (&[&alice], 200),
        (&[&lower], 200),
        (&[&bob], 200),
        (&[], 401),
        (&[&upper], 401),
        (&[&both], 401),
        (&[&digest], 401),
        (&[&old], 401),
        (&["Bearer"], 401),
        (&[&alice, &alice], 401),
        (&[&alice, &bob], 401),
        (&["Bearer x", &alice], 401),
    ];
    for (presented, status) in cases {
        let more: Vec<(&str, &str)> = presented.iter().map(|value| ("authorization", *value)).collect();
        let answer = host.post_message(Era::Modern, &list, &more);
        assert_eq!(answer.status.as_u16(), *status, "{presented:?} {answer:?}");
        let challenge = answer.header("www-authenticate");
        assert_eq!(challenge.starts_with("Bearer"), *status == 401, "{presented:?} {answer:?}");
        assert_eq!(challenge.contains("expired"), *presented == [old.as_str()], "{presented:?} {answer:?}");
    }
    host.wait_for_log("its token has expired");
    let log = host.log();
    assert!(
        log.contains("token=\"old\"") && log.contains("the token `old` has expired on 2020-01-01T00:00:00Z"),
        "{log}"
    );
    for token in [ALICE, BOB, CAROL, DAVE, OLD] {
        assert!(!log.contains(token), "{log}");
    }
    assert_eq!(log.matches("its token has expired").count(), 1, "once in a while is enough\n{log}");
}

#[test]
fn a_name_outlives_its_token() {
    let Some(echo) = find(Part::Guest("echo")) else { return };
    let rotated = TestHost::new().plugin("a", &echo).config(&table("alice", BOB, "")).http();
    let list = message(Era::Modern, 1, "tools/list", json!({}));
    for (token, status) in [(ALICE, 401), (BOB, 200)] {
        let answer = rotated.post_message(Era::Modern, &list, &[("authorization", &format!("Bearer {token}"))]);
        assert_eq!(answer.status, status, "{answer:?}");
    }
}

#[test]
fn an_end_that_is_near_is_said_at_the_start() {
    let soon = std::process::Command::new("date").args(["-u", "-d", "+3 days", "+%Y-%m-%d"]).output().unwrap();
    let soon = String::from_utf8(soon.stdout).unwrap();
    let lines = table("alice", ALICE, &format!("expires = '{}'", soon.trim()));
    let host = TestHost::new().config(&lines);
    let checked = host.run(["check"]);
    assert_eq!(checked.code, Some(0), "{checked:?}");
    let said = format!("the token `alice` expires on {}T00:00:00Z", soon.trim());
    assert!(checked.stdout.contains(&said), "{checked:?}");
    assert!(host.http().log().contains(&said));
}

#[test]
fn a_token_without_a_name_does_not_go_with_others() {
    let named = || TestHost::new().config(&table("alice", ALICE, "")).file("token", BOB);
    let serve = ["serve", "--http", "127.0.0.1:0"];
    let tries = [
        named().run(["serve", "--http", "127.0.0.1:0", "--token-file", "token"]),
        named().env("WHARF_TOKEN", BOB).run(serve),
        named().env("WHARF_TOKEN_FILE", "token").run(serve),
        named().config("[server]\ntoken-file = 'token'").run(serve),
    ];
    for finished in tries {
        assert_eq!(finished.code, Some(1), "{finished:?}");
        assert!(finished.stderr.contains("`wharf token hash`"), "{finished:?}");
        assert!(!finished.stderr.contains(BOB), "{finished:?}");
    }
}

#[test]
fn named_tokens_guard_what_others_can_reach() {
    let host = TestHost::new().config(&table("alice", ALICE, "")).args(["--http", "0.0.0.0:0"]).http();
    let list = message(Era::Modern, 1, "tools/list", json!({}));
    assert_eq!(host.post_message(Era::Modern, &list, &[("host", "localhost")]).status, 401);
    let authorization = format!("Bearer {ALICE}");
    let answer = host.post_message(Era::Modern, &list, &[("host", "localhost"), ("authorization", &authorization)]);
    assert!(result(answer.message()).is_ok());
}
