//! The bounds below `[plugins.<id>.limits]`: what goes beyond each is refused for that reason, and what stays within is
//! not. Those on requests to other machines are in `policy/bounds.rs`; those that only a guest goes beyond which is made
//! for it, as while it is compiled, in `hostile.rs`.

use std::collections::BTreeMap;
use std::fs;
use std::sync::Arc;
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use wharf_tests::{Connection, Era, Part, TestHost, Wire, find, package_folder};

use crate::isolation::{Gated, kind, plugin, probes};

const MEGABYTE: usize = 1 << 20;

/// Longest text of a failure, in bytes.
const FAILURE_BYTES: usize = 16 << 10;

/// Longest text of an event, in bytes, where the operator says nothing else.
const EVENT_BYTES: usize = 16 << 10;

/// How long something may take that happens within seconds. Generous: a bound is there so that nothing hangs.
const PATIENCE: Duration = Duration::from_secs(60);

/// Between two looks at something that can't be waited for.
const LOOK: Duration = Duration::from_millis(10);

/// Where a request is told what belongs to it, and nothing else.
const STATELESS: [Wire; 2] = [Wire::HttpModern, Wire::StdioModern];

/// The tool of the guest that takes handles. All others are the probe's.
const TAKE_HANDLES: &str = "strike";

/// A bound; a tool; arguments within it, if they stay there on a busy machine as well; arguments beyond it; and of what
/// kind the refusal is, and what it says.
type Case = (&'static str, &'static str, Option<Value>, Value, &'static str, &'static str);

fn cases() -> [Case; 8] {
    let bytes = |what: &str, bytes: usize| json!({ what: bytes });
    let sizes = |count: usize| json!({ "sizes": vec![1; count] });
    let [short, long] = [900, 1000].map(|size| bytes("meta_bytes", size));
    let [fits, does_not] = [1000, 1001].map(|size| bytes("text_bytes", size));
    let [little, much] = [MEGABYTE, 16 * MEGABYTE].map(|size| bytes("bytes", size));
    let large = bytes("text_bytes", MEGABYTE);
    let never = json!({ "name": "in vain", "path": "/nothing" });
    // The time by the clock is for a busy machine: calls that compute much yield to all others.
    let computing = "cpu-time-ms = 500, call-time-ms = 600000";
    [
        ("argument-bytes = 20", "log", Some(sizes(1)), sizes(8), "bad-arguments", "27 bytes, and 20 are"),
        ("result-bytes = 1000", "answer", Some(fits.clone()), does_not, "bad-result", "1001 bytes, and 1000 are"),
        // What is in the metadata alone.
        ("result-bytes = 1000", "answer", Some(short), long, "bad-result", "bytes, and 1000 are"),
        ("hostcall-bytes = 262144", "answer", Some(fits), large, "bad-result", "more than 262144 bytes"),
        ("memory-bytes = 8388608", "take", Some(little), much, "out-of-memory", "more memory than the 8388608 bytes"),
        ("call-time-ms = 500", "count_when", None, never, "timed-out", "stopped after 500ms"),
        (computing, "spin", None, json!({}), "timed-out", "500ms of CPU time"),
        ("handles = 100", TAKE_HANDLES, None, json!({}), "trapped", "resource table"),
    ]
}

/// A host with a plugin for each case, in this order.
fn host(cases: &[Case]) -> Option<TestHost> {
    cases.iter().enumerate().try_fold(TestHost::new(), |host, (place, (limits, tool, ..))| {
        let guest = if *tool == TAKE_HANDLES { "hostile/leak_handles" } else { "probe" };
        let component = find(Part::Guest(guest))?;
        Some(host.plugin(&plugin(place), component).config(&format!("limits = {{ {limits} }}")))
    })
}

#[test]
fn a_call_beyond_a_bound_is_refused_for_that_and_one_within_is_answered() {
    let cases = cases();
    let Some(host) = host(&cases) else { return };
    let mut client = host.connect(Wire::HttpModern);
    for (place, (limits, tool, within, beyond, refusal, said)) in cases.into_iter().enumerate() {
        let tool = format!("{}__{tool}", plugin(place));
        for (arguments, expected) in [(&within, None), (&Some(beyond), Some(refusal)), (&within, None)] {
            let Some(arguments) = arguments else { continue };
            let outcome = client.call(&tool, arguments.clone());
            let result = outcome.as_ref().unwrap();
            assert_eq!(kind(result), expected, "{limits}: {result}");
            assert_eq!(result["isError"], expected.is_some(), "{limits}: {result}");
            assert!(expected.is_none() || text(&outcome).contains(said), "{limits}: {result} should say {said}");
        }
    }
}

/// What a call brings, or why it brings nothing.
fn text(outcome: &Result<Value, Value>) -> &str {
    let text = match outcome {
        Ok(result) => &result["content"][0]["text"],
        Err(error) => &error["message"],
    };
    text.as_str().unwrap_or_else(|| panic!("{outcome:?}"))
}

#[test]
fn beyond_its_places_a_call_waits_and_beyond_the_line_it_is_refused() {
    for (running, waiting, beyond) in [(1, 0, 2), (1, 1, 2), (2, 1, 1), (3, 0, 0)] {
        let limits = format!("calls-running = {running}\ncalls-waiting = {waiting}");
        let Some(mut gated) = Gated::start("call", &limits) else { return };
        let mut calls: Vec<u64> = (0..running).map(|place| gated.begin_and_count(&place.to_string())).collect();
        calls.extend((0..waiting + beyond).map(|place| gated.begin(&format!("later {place}"))));
        // The gate is closed, so nothing else than a refusal can come.
        for refused in gated.first_results(beyond) {
            assert_eq!(kind(&refused), Some("overloaded"), "{limits}: {refused}");
            let said = format!("{running} of its calls run and {waiting} wait");
            assert!(text(&Ok(refused.clone())).contains(&said), "{limits}: {refused}");
        }
        gated.open();
        let results = calls.iter().map(|id| gated.result(*id));
        assert_eq!(results.filter(|result| kind(result).is_none()).count(), running + waiting, "{limits}");
    }
}

#[test]
fn a_plugin_beyond_a_bound_is_not_loaded_for_that_reason() {
    let cases = [
        ("component-bytes = 1000", "bytes, and 1000 are allowed"),
        ("memory-bytes = 65536", "wanted more memory than the 65536 bytes it may have"),
        ("memories = 0", "memory count too high at 1"),
        ("tables = 0", "table count too high at 1"),
        ("table-elements = 1", "wanted more elements in a table than the 1 it may have"),
        ("core-instances = 1", "instance count too high at 2"),
        ("hostcall-bytes = 100", "more than 100 bytes were to be carried out of the guest"),
    ];
    let lines = cases.map(|(limits, _)| format!("limits = {{ {limits} }}"));
    let Some(host) = probes(lines.iter().map(String::as_str)) else { return };
    let checked = host.run(["check"]);
    assert_eq!(checked.code, Some(1), "{checked:?}");
    for (place, (limits, said)) in cases.into_iter().enumerate() {
        let about = format!("error: plugin `{}`: ", plugin(place));
        let (_, reason) = checked.stdout.split_once(&about).unwrap_or_else(|| panic!("{limits}: {checked:?}"));
        let reason = reason.lines().next().unwrap();
        assert!(reason.contains(said), "{limits}: {reason} should say {said}");
    }
}

#[test]
fn what_is_not_logged_of_one_call_is_counted() {
    let Some(host) = probes(["limits = { log-lines = 2 }"]) else { return };
    let host = Arc::new(host.env("WHARF_LOG", "wharf=debug").http());
    let mut client = Connection::http(Arc::clone(&host), Era::Modern);
    client.call("p0__print", json!({ "text": "a\nb\nc\nd\ne" })).unwrap();
    client.call("p0__log", json!({ "sizes": [1, 1, 1, 1, 1] })).unwrap();
    drop(client);
    let log = Arc::into_inner(host).unwrap().stop().stderr;
    for (said, times) in [
        // On each of two streams.
        (r#""a" plugin="p0""#, 2),
        (r#""c" plugin="p0""#, 0),
        ("more output than is logged for one call", 2),
        (r#""\"x\"" plugin="p0""#, 2),
        ("more messages than are logged for one call", 1),
        ("dropped=3", 3),
    ] {
        assert_eq!(log.matches(said).count(), times, "{said}: {log}");
    }
}

#[test]
fn what_is_not_logged_of_one_second_is_counted() {
    let Some(host) = probes(["limits = { log-lines-per-second = 1 }"]) else { return };
    let host = Arc::new(host.http());
    let mut client = Connection::http(Arc::clone(&host), Era::Modern);
    let (mut printed, deadline) = (0, Instant::now() + PATIENCE);
    // It is said with the next line that is logged: that of another second.
    while !host.log().contains("more lines than are logged in a second") {
        assert!(Instant::now() < deadline, "nothing is said of {printed} lines: {}", host.log());
        client.call("p0__print", json!({ "text": "a\nb\nc\nd\ne" })).unwrap();
        printed += 10;
        sleep(LOOK);
    }
    let logged = host.log().lines().filter(|line| line.contains("stream=")).count();
    assert!((1..printed).contains(&logged), "{logged} of {printed}: {}", host.log());
}

/// Calls a tool for a client that wants to hear everything.
fn hear(client: &mut Connection, plugin: &str, tool: &str, sizes: &[usize]) -> Vec<Value> {
    let meta = json!({ "progressToken": "how-far", "io.modelcontextprotocol/logLevel": "debug" });
    let call = json!({ "name": format!("{plugin}__{tool}"), "arguments": { "sizes": sizes }, "_meta": meta });
    let exchange = client.converse("tools/call", &call, &[]);
    assert_eq!(exchange.result.unwrap()["isError"], false, "{plugin} {tool}");
    exchange.told.into_iter().map(|mut told| told["params"].take()).collect()
}

/// The sizes of texts that were heard.
fn lengths(heard: &[Value], key: &str) -> Vec<usize> {
    heard.iter().map(|heard| heard[key].as_str().unwrap_or_else(|| panic!("{heard}")).len()).collect()
}

#[test]
fn long_progress_is_cut_and_a_long_message_is_dropped() {
    let sizes = [10, 500, 5_000, 100_000, MEGABYTE, 10];
    let cases = [
        ("", EVENT_BYTES),
        ("limits = { event-bytes = 1000 }", 1000),
        ("limits = { event-bytes = 2000000 }", 2_000_000),
    ];
    for wire in STATELESS {
        let Some(host) = probes(cases.map(|(lines, _)| lines)) else { return };
        let mut client = host.connect(wire);
        for (place, (lines, bound)) in cases.into_iter().enumerate() {
            let plugin = plugin(place);
            let progress = lengths(&hear(&mut client, &plugin, "report", &sizes), "message");
            let is_cut = |size: usize, heard: usize| (bound / 2..=bound).contains(&heard) && size > bound;
            let arrived = sizes.iter().zip(&progress).filter(|(size, heard)| size == heard || is_cut(**size, **heard));
            assert_eq!((arrived.count(), progress.len()), (sizes.len(), sizes.len()), "{wire:?} {lines}: {progress:?}");
            let messages = lengths(&hear(&mut client, &plugin, "log", &sizes), "data");
            let short: Vec<usize> = sizes.into_iter().filter(|size| *size < bound).collect();
            assert_eq!(messages, short, "{wire:?} {lines}");
        }
    }
}

#[test]
fn of_events_that_come_faster_than_they_are_sent_some_are_lost() {
    const REPORTS: usize = 20;
    // Room for all of them, and for one at a time.
    let cases = [("events-waiting = 40", REPORTS..=REPORTS), ("events-waiting = 1", 1..=REPORTS - 1)];
    let lines = cases.each_ref().map(|(limits, _)| format!("limits = {{ {limits} }}"));
    for wire in STATELESS {
        let Some(host) = probes(lines.iter().map(String::as_str)) else { return };
        let mut client = host.connect(wire);
        for (place, (limits, expected)) in cases.iter().enumerate() {
            let heard = hear(&mut client, &plugin(place), "report", &[1; REPORTS]);
            assert!(expected.contains(&heard.len()), "{wire:?} {limits}: {heard:?}");
        }
    }
}

#[test]
fn the_text_of_a_failure_is_cut() {
    let Some(host) = probes([""]) else { return };
    let mut client = host.connect(Wire::HttpModern);
    for failure in ["unknown-name", "invalid-params", "not-found", "unavailable", "internal", "protocol"] {
        for letters in [10, MEGABYTE / 2] {
            let outcome = client.call("p0__fail", json!({ "failure": failure, "letters": letters }));
            let (whole, said) = (format!("x{}", "ü".repeat(letters)), text(&outcome));
            let is_whole = whole.len() <= FAILURE_BYTES;
            assert!(said.len() <= FAILURE_BYTES, "{failure}: {} bytes", said.len());
            assert!(is_whole || said.len() > FAILURE_BYTES / 2, "{failure}: {} bytes", said.len());
            // It may be marked as cut, and what is left of it is its own.
            assert!(said == whole || !is_whole && whole.starts_with(said.trim_end_matches('…')), "{failure} {letters}");
            if let Err(error) = &outcome {
                let has_data = error["data"] == whole;
                assert_eq!(has_data, failure == "protocol" && is_whole, "{failure} {letters}");
                assert!(error["data"].to_string().len() <= FAILURE_BYTES, "{failure} {letters}");
            }
        }
    }
}

/// Each key with its default, as the schema of the configuration has it.
fn defaults() -> BTreeMap<String, i64> {
    let printed = TestHost::new().run(["config", "schema"]);
    let schema: Value = serde_json::from_str(&printed.stdout).unwrap_or_else(|error| panic!("{error}: {printed:?}"));
    let keys = schema["$defs"]["Limits"]["properties"].as_object().unwrap();
    keys.iter().map(|(key, said)| (key.clone(), said["default"].as_i64().unwrap())).collect()
}

#[test]
fn each_bound_is_documented_with_its_default() {
    let mut documented = BTreeMap::new();
    for file in ["sandbox.md", "policy.md"] {
        let text = fs::read_to_string(package_folder().join("../docs").join(file)).unwrap();
        for block in text.split("```toml\n").skip(1).filter_map(|rest| rest.split("```").next()) {
            let table: toml::Table = block.parse().unwrap_or_default();
            let plugins = table.get("plugins").and_then(toml::Value::as_table).into_iter().flatten();
            let limits = plugins.filter_map(|(_, plugin)| plugin.get("limits")?.as_table()).flatten();
            documented.extend(limits.map(|(key, value)| (key.clone(), value.as_integer().unwrap())));
        }
    }
    assert_eq!(documented, defaults());
}

#[test]
fn each_bound_can_be_set() {
    let Some(echo) = find(Part::Guest("echo")) else { return };
    let lines: Vec<String> = defaults().into_iter().map(|(key, value)| format!("{key} = {}", value - 1)).collect();
    let host = TestHost::new().plugin("echo", echo).config("[plugins.echo.limits]").config(&lines.join("\n"));
    let checked = host.run(["check"]);
    assert_eq!(checked.code, Some(0), "{checked:?}");
}

#[test]
fn what_is_no_bound_is_refused() {
    let cases = [
        ("nonsense = 1", ["unknown field `nonsense`", ""]),
        ("log-line = 1", ["unknown field `log-line`", "did you mean `log-lines`?"]),
        ("memory_bytes = 1", ["unknown field `memory_bytes`", "did you mean `memory-bytes`?"]),
        ("table-elements = 100001", ["at most 100000 elements", ""]),
        ("memory-bytes = -1", ["`-1`", ""]),
        ("memory-bytes = 1.5", ["`1.5`", ""]),
        ("memory-bytes = '1'", ["\"1\"", ""]),
        ("memory-bytes = 99999999999999999999999", ["`99999999999999999999999`", ""]),
    ];
    for (line, said) in cases {
        let host = TestHost::new().config(&format!("[plugins.p]\nsource = 'p'\n[plugins.p.limits]\n{line}"));
        let checked = host.run(["check"]);
        assert_eq!(checked.code, Some(1), "{line}: {checked:?}");
        for part in said.into_iter().chain(["line 4", line]) {
            assert!(checked.stderr.contains(part), "{line}: {} should say {part}", checked.stderr);
        }
    }
}
