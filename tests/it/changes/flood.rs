//! A plugin that says without end that something has changed: clients hear of it now and then.

use std::time::{Duration, Instant};

use serde_json::json;
use wharf_tests::{Part, TestHost, Wire, find};

use super::{FENCE, LISTS, STILL, announce, listen, told_until_fence};

/// How long the host gathers changes.
const GATHER_TIME: Duration = Duration::from_millis(100);

fn everything() -> serde_json::Value {
    let lists = LISTS.map(|(list, _)| list);
    json!({ "lists": lists, "uris": ["note://still"] })
}

fn each() -> Vec<String> {
    let methods = LISTS.iter().map(|(_, method)| *method).chain([STILL]);
    methods.map(str::to_owned).collect()
}

#[test]
fn a_call_that_announces_until_it_is_stopped_is_one_change() {
    let Some(patient) = find(Part::Guest("patient")) else { return };
    for wire in Wire::ALL {
        let host = TestHost::new().plugin("p", &patient).config("limits = { cpu-time-ms = 300 }");
        let mut client = super::client(host, wire);
        listen(&mut client, wire.era(), &[STILL, FENCE]);
        let from = client.heard().len();
        let stopped = announce(&mut client, everything());
        assert_eq!(stopped["isError"], true, "{wire:?} {stopped}");
        let mut told = told_until_fence(&mut client, from);
        told.dedup();
        let mut known = each();
        known.retain(|one| told.contains(one));
        told.sort();
        known.sort();
        assert_eq!(told, known, "{wire:?}: each once at most");
    }
}

#[test]
fn many_calls_that_announce_are_gathered() {
    let Some(patient) = find(Part::Guest("patient")) else { return };
    for wire in Wire::ALL {
        let mut client = super::client(TestHost::new().plugin("p", &patient), wire);
        listen(&mut client, wire.era(), &[STILL, FENCE]);
        let from = client.heard().len();
        let begun = Instant::now();
        let mut once = everything();
        once["times"] = 1.into();
        for _ in 0..100 {
            announce(&mut client, once.clone());
        }
        let told = told_until_fence(&mut client, from);
        let windows = usize::try_from(begun.elapsed().as_millis() / GATHER_TIME.as_millis()).unwrap() + 2;
        for one in each() {
            let count = told.iter().filter(|told| **told == one).count();
            assert!((1..=windows).contains(&count), "{wire:?} {one}: {count} in {windows} times of gathering");
        }
    }
}
