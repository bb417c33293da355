//! How long instances live: for one call, or for many where the operator chose so. The probe counts the calls that its
//! memory has seen, so what it counts says whose memory a call had.

use std::array::from_fn;
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use serde_json::{Value, json};
use wharf::plugin::limits::CALLS_PER_INSTANCE;
use wharf_tests::{Connection, Era, Part, TestHost, Wire, find, result};

use crate::live::Live;

/// Calls that are in progress at the same time.
const AT_ONCE: usize = 4;

/// More memory than a plugin may have by default.
const TOO_MANY_BYTES: usize = 512 << 20;

/// A probe for each of these lines of configuration: `p0`, `p1` and so on.
pub(crate) fn probes<'a>(lines: impl IntoIterator<Item = &'a str>) -> Option<TestHost> {
    let probe = find(Part::Guest("probe"))?;
    let plugins = lines.into_iter().enumerate();
    Some(plugins.fold(TestHost::new(), |host, (place, lines)| host.plugin(&plugin(place), &probe).config(lines)))
}

pub(crate) fn plugin(place: usize) -> String {
    format!("p{place}")
}

/// Why a call has no result, if it has none.
pub(crate) fn kind(result: &Value) -> Option<&str> {
    result["_meta"]["wharf/error"]["kind"].as_str()
}

/// What a call says of how many calls its instance has served.
fn count(client: &mut Connection, plugin: &str) -> u64 {
    counted(&client.call(&format!("{plugin}__count_calls"), json!({})).unwrap())
}

fn counted(result: &Value) -> u64 {
    result["structuredContent"]["result"].as_u64().unwrap_or_else(|| panic!("{result}"))
}

/// A probe whose calls of `count_when` all wait at a gate.
pub(crate) struct Gated {
    client: Live,
    gate: PathBuf,
}

impl Gated {
    /// With this lifetime of instances, and these limits.
    pub(crate) fn start(instance: &str, limits: &str) -> Option<Self> {
        // Each call waits for all others to have begun, which may take long on a busy machine.
        let limits = format!("[plugins.p0.limits]\ncall-time-ms = 600000\n{limits}");
        let host = probes([format!("instance = '{instance}'").as_str()])?.config(&limits);
        let folder = host.path("granted");
        fs::create_dir(&folder).unwrap();
        let client = Live::connect(host.grant("p0", &folder, "/granted"), Wire::HttpModern, json!({}));
        Some(Self { client, gate: folder.join("gate") })
    }

    /// Begins a call. Its id.
    pub(crate) fn begin(&mut self, name: &str) -> u64 {
        let arguments = json!({ "name": name, "path": "/granted/gate" });
        self.client.begin("tools/call", json!({ "name": "p0__count_when", "arguments": arguments }))
    }

    /// Begins a call, and waits until its guest has counted. Its id.
    pub(crate) fn begin_and_count(&mut self, name: &str) -> u64 {
        let id = self.begin(name);
        self.client.wait_for_log(&format!("\"counted for {name}\""));
        id
    }

    pub(crate) fn open(&self) {
        fs::write(&self.gate, "").unwrap();
    }

    fn close(&self) {
        fs::remove_file(&self.gate).unwrap();
    }

    /// The result of a call.
    pub(crate) fn result(&self, id: u64) -> Value {
        self.client.answer(id).unwrap()
    }

    /// The results that come first, whatever calls they are of.
    pub(crate) fn first_results(&self, count: usize) -> Vec<Value> {
        (0..count).map(|place| result(self.client.until(place, |_| true).1).unwrap()).collect()
    }
}

#[test]
fn an_instance_serves_one_call_unless_the_operator_chose_otherwise() {
    let cases = [("", [1, 1, 1]), ("instance = 'call'", [1, 1, 1]), ("instance = 'plugin'", [1, 2, 3])];
    let Some(host) = probes(cases.map(|(lines, _)| lines)) else { return };
    let host = Arc::new(host.http());
    // Whoever calls, and in whatever way.
    let mut clients = [Era::Modern, Era::Legacy, Era::Modern].map(|era| Connection::http(Arc::clone(&host), era));
    for (place, (lines, expected)) in cases.iter().enumerate() {
        let counts = clients.each_mut().map(|client| count(client, &plugin(place)));
        assert_eq!(counts, *expected, "{lines}");
    }
}

#[test]
fn an_instance_ends_with_a_trap_or_a_bound_and_not_with_a_failure() {
    // What an instance is called for after it has counted to two; how that ends; and what is counted next.
    let cases = [
        ("crash", json!({}), Some("trapped"), 1),
        ("take", json!({ "bytes": TOO_MANY_BYTES }), Some("out-of-memory"), 1),
        // The guest was refused memory, and goes on without.
        ("reserve", json!({ "bytes": TOO_MANY_BYTES }), None, 1),
        ("spin", json!({}), Some("timed-out"), 1),
        ("answer", json!({ "text_bytes": 4 << 20 }), Some("bad-result"), 1),
        ("reserve", json!({ "bytes": 1 << 20 }), None, 3),
        ("fail", json!({ "failure": "internal", "letters": 1 }), Some("failed"), 3),
        ("answer", json!({}), None, 3),
    ];
    // The time by the clock is for a machine that is busy with other tests: calls that compute much yield to all others.
    let limits = "limits = { cpu-time-ms = 500, call-time-ms = 600000, hostcall-bytes = 1048576 }";
    let lines = format!("instance = 'plugin'\n{limits}");
    let Some(host) = probes(cases.iter().map(|_| lines.as_str())) else { return };
    let mut client = host.connect(Wire::HttpModern);
    for (place, (tool, arguments, ends, next)) in cases.into_iter().enumerate() {
        let plugin = plugin(place);
        assert_eq!([count(&mut client, &plugin), count(&mut client, &plugin)], [1, 2], "{tool} {arguments}");
        let result = client.call(&format!("{plugin}__{tool}"), arguments.clone()).unwrap();
        assert_eq!(kind(&result), ends, "{tool} {arguments}: {result}");
        assert_eq!(count(&mut client, &plugin), next, "{tool} {arguments}");
        // Whatever an earlier call wanted, this one is a trap and nothing else.
        let crashed = client.call(&format!("{plugin}__crash"), json!({})).unwrap();
        assert_eq!(kind(&crashed), Some("trapped"), "{tool} {arguments}: {crashed}");
        assert_eq!(count(&mut client, &plugin), 1, "{tool} {arguments}");
    }
}

#[test]
fn calls_at_the_same_time_never_share_an_instance() {
    for (instance, rounds) in [("call", [1, 1, 1]), ("plugin", [1, 2, 3])] {
        let Some(mut gated) = Gated::start(instance, "") else { return };
        for (round, expected) in rounds.into_iter().enumerate() {
            let calls: [u64; AT_ONCE] = from_fn(|place| gated.begin_and_count(&format!("{round}.{place}")));
            gated.open();
            assert_eq!(calls.map(|id| counted(&gated.result(id))), [expected; AT_ONCE], "{instance} {round}");
            gated.close();
        }
    }
}

#[test]
fn an_instance_that_has_served_enough_calls_is_replaced() {
    let Some(host) = probes(["instance = 'plugin'"]) else { return };
    let mut client = host.connect(Wire::HttpModern);
    for expected in (1..=CALLS_PER_INSTANCE).chain(1..=2) {
        assert_eq!(count(&mut client, "p0"), u64::from(expected));
    }
}
