//! Calls of sessions that take long: the stream of their answer is closed after a while, and read on from another
//! connection, without anything lost or told twice.

use std::thread;
use std::time::Duration;

use serde_json::{Value, json};
use wharf_tests::{Answer, Era, HttpHost, Part, TestHost, find, message};

use super::session::begin;

/// For how long the host of these tests keeps a stream open.
const OPEN_MS: u64 = 300;

/// How often the guest pauses, and says so. Together the pauses last longer than several streams.
const ROUNDS: u32 = 20;
const PAUSE_MS: u64 = 80;

/// One event of a stream.
#[derive(Debug, Clone, PartialEq)]
struct Event {
    id: String,
    retry: Option<u64>,
    message: Option<Value>,
}

fn events(answer: &Answer) -> Vec<Event> {
    assert_eq!((answer.status.as_u16(), answer.header("content-type")), (200, "text/event-stream"), "{answer:?}");
    let blocks = answer.body.split("\n\n").map(|block| block.trim_matches('\n'));
    blocks.filter(|block| !block.is_empty() && !block.starts_with(':')).map(event).collect()
}

fn event(block: &str) -> Event {
    let field = |name: &str| block.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).map(str::trim);
    let data = field("data").filter(|data| !data.is_empty());
    Event {
        id: field("id").unwrap_or_default().to_owned(),
        retry: field("retry").map(|retry| retry.parse().unwrap()),
        message: data.map(|data| serde_json::from_str(data).unwrap()),
    }
}

struct Session<'a> {
    host: &'a HttpHost,
    id: String,
}

impl<'a> Session<'a> {
    fn begin(host: &'a HttpHost) -> Self {
        let begun = begin(host, "x", &[]);
        Self { host, id: begun.header("mcp-session-id").to_owned() }
    }

    fn call(&self, tool: &str, arguments: Value) -> Vec<Event> {
        let params = json!({ "name": tool, "arguments": arguments, "_meta": { "progressToken": "how-far" } });
        let call = message(Era::Legacy, 2, "tools/call", params);
        events(&self.host.post_message(Era::Legacy, &call, &[("mcp-session-id", &self.id)]))
    }

    fn wait(&self) -> Vec<Event> {
        self.call("p__wait", json!({ "rounds": ROUNDS, "pause_ms": PAUSE_MS }))
    }

    fn read_on(&self, last: &str) -> Vec<Event> {
        let headers = [
            ("accept", "text/event-stream"),
            ("mcp-protocol-version", Era::Legacy.version()),
            ("mcp-session-id", &self.id),
            ("last-event-id", last),
        ];
        events(&self.host.get_with("/mcp", &headers))
    }
}

fn start() -> Option<HttpHost> {
    let patient = find(Part::Guest("patient"))?;
    let config = format!("[server]\nlong-stream-time-ms = {OPEN_MS}");
    Some(TestHost::new().config(&config).plugin("p", patient).http())
}

fn last_id(events: &[Event]) -> String {
    events.last().unwrap().id.clone()
}

fn is_answer(event: &Event) -> bool {
    event.message.as_ref().is_some_and(|message| message["id"] == 2)
}

/// How far the guest said that it was, in the order in which it was heard.
fn progress(events: &[Event]) -> Vec<f64> {
    let messages = events.iter().filter_map(|event| event.message.as_ref());
    messages.filter_map(|message| message["params"]["progress"].as_f64()).collect()
}

fn assert_whole(events: &[Event]) {
    assert_eq!(progress(events), (1..=ROUNDS).map(f64::from).collect::<Vec<_>>(), "{events:?}");
    let answers: Vec<&Event> = events.iter().filter(|event| is_answer(event)).collect();
    assert_eq!(answers.len(), 1, "{events:?}");
    let text = &answers[0].message.as_ref().unwrap()["result"]["content"][0]["text"];
    assert_eq!(*text, format!("paused {ROUNDS} times, one id"));
}

#[test]
fn a_long_answer_comes_over_several_connections_and_each_part_once() {
    let Some(host) = start() else { return };
    let session = Session::begin(&host);
    let mut heard = session.wait();
    let first = heard.first().unwrap();
    assert!(first.message.is_none() && !first.id.is_empty() && first.retry.is_some(), "{first:?}");
    let mut streams = 1;
    while !heard.iter().any(is_answer) {
        let closing = heard.last().unwrap();
        assert!(closing.message.is_none() && closing.retry.is_some(), "{closing:?}");
        assert!(streams < 100, "{heard:?}");
        heard.extend(session.read_on(&last_id(&heard)));
        streams += 1;
    }
    assert!(streams > 2, "{streams}");
    assert_whole(&heard);
}

#[test]
fn what_came_meanwhile_is_kept_with_the_answer() {
    let Some(host) = start() else { return };
    let session = Session::begin(&host);
    let before = session.wait();
    assert!(!before.iter().any(is_answer), "{before:?}");
    // Until it is done.
    thread::sleep(Duration::from_millis(2 * u64::from(ROUNDS) * PAUSE_MS));
    let after = session.read_on(&last_id(&before));
    assert_whole(&[before.clone(), after.clone()].concat());
    // A client whose connection broke meanwhile hears the same again.
    assert_eq!(session.read_on(&last_id(&before)), after);
    // From the beginning, and behind the end.
    let whole = session.read_on(&before[0].id);
    assert_whole(&whole);
    assert_eq!(session.read_on(&last_id(&after)), []);
}

#[test]
fn nobody_reads_on_what_is_another_sessions() {
    let Some(host) = start() else { return };
    let (mine, other) = (Session::begin(&host), Session::begin(&host));
    let heard = mine.wait();
    for id in [last_id(&heard).as_str(), "r1.0", "r99.1", "r1", "x", "9/9"] {
        assert_eq!(other.read_on(id), [], "{id}");
    }
    thread::sleep(Duration::from_millis(2 * u64::from(ROUNDS) * PAUSE_MS));
    assert_whole(&[heard.clone(), mine.read_on(&last_id(&heard))].concat());
}

/// A tool that says nothing of itself keeps its connection, however long it takes.
#[test]
fn a_tool_that_declares_nothing_keeps_its_stream() {
    let Some(many) = find(Part::Guest("many")) else { return };
    let config = format!("[server]\nlong-stream-time-ms = {OPEN_MS}");
    let host = TestHost::new().config(&config).plugin("m", many).http();
    let heard = Session::begin(&host).call("m__tool_0000", json!({ "ms": 5 * OPEN_MS }));
    assert!(heard.last().is_some_and(is_answer), "{heard:?}");
}
