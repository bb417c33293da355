//! What clients are told of changes: sessions of the older era, and streams that clients of the stateless era keep open.

mod flood;

use serde_json::{Value, json};
use wharf_tests::{Era, Part, TestHost, Wire, find};

use crate::live::Live;

const LISTS: [(&str, &str); 3] = [
    ("tools", "notifications/tools/list_changed"),
    ("prompts", "notifications/prompts/list_changed"),
    ("resources", "notifications/resources/list_changed"),
];

const UPDATED: &str = "notifications/resources/updated";

const STILL: &str = "note://p/still";

/// Only to see that everything before it was told: of several resources, the last by its URI is told last.
const FENCE: &str = "urn:p/isbn:1";

fn connect(wire: Wire) -> Option<Live> {
    Some(client(TestHost::new().plugin("p", find(Part::Guest("patient"))?), wire))
}

/// A client of a host whose plugins have come: that is a change, too, and is told to whoever is there already.
fn client(host: TestHost, wire: Wire) -> Live {
    let mut client = Live::connect(host, wire, json!({}));
    client.request("tools/list", json!({})).unwrap();
    let id = listen(&mut client, wire.era(), &[FENCE]);
    let from = client.heard().len();
    told_until_fence(&mut client, from);
    unsubscribe(&mut client, wire.era(), id, FENCE);
    client
}

/// Has the plugin say that this has changed.
fn announce(client: &mut Live, what: Value) -> Value {
    client.call("p__announce", what).unwrap_or_else(|error| panic!("{error}"))
}

/// Listens for changes of all lists and of these resources. The request's id, where it is one.
fn listen(client: &mut Live, era: Era, uris: &[&str]) -> u64 {
    match era {
        Era::Modern => {
            let lists = json!({ "toolsListChanged": true, "promptsListChanged": true, "resourcesListChanged": true });
            let mut filter = lists;
            filter["resourceSubscriptions"] = json!(uris);
            open(client, filter)
        }
        Era::Legacy => {
            for uri in uris {
                client.request("resources/subscribe", json!({ "uri": uri })).unwrap();
            }
            0
        }
    }
}

/// Opens a stream with this filter, and waits until it is open.
fn open(client: &mut Live, filter: Value) -> u64 {
    let from = client.heard().len();
    let id = client.begin("subscriptions/listen", json!({ "notifications": filter }));
    let (_, told) = client.until_told(from, "notifications/subscriptions/acknowledged");
    assert_eq!(subscription(&told), id, "{told}");
    id
}

/// Which stream a change was told on.
fn subscription(told: &Value) -> Value {
    told["params"]["_meta"]["io.modelcontextprotocol/subscriptionId"].clone()
}

fn is_update(told: &Value, uri: &str) -> bool {
    told["method"] == UPDATED && told["params"]["uri"] == uri
}

/// What was told from this place on, until the fence was: methods, and URIs where there are some.
fn told_until_fence(client: &mut Live, from: usize) -> Vec<String> {
    announce(client, json!({ "uris": ["urn:isbn:1"], "times": 1 }));
    let (end, _) = client.until(from, |told| is_update(told, FENCE));
    let told = client.heard().drain(from..end).collect::<Vec<_>>();
    let told = told.iter().filter(|told| told.get("id").is_none());
    told.map(|told| told["params"]["uri"].as_str().or(told["method"].as_str()).unwrap().to_owned()).collect()
}

#[test]
fn a_burst_is_told_once() {
    for wire in Wire::ALL {
        for (list, method) in LISTS {
            let Some(mut client) = connect(wire) else { return };
            listen(&mut client, wire.era(), &[FENCE]);
            let from = client.heard().len();
            announce(&mut client, json!({ "lists": [list], "times": 100 }));
            assert_eq!(told_until_fence(&mut client, from), [method], "{wire:?}");
        }
    }
}

#[test]
fn a_stream_has_what_was_asked_for_and_nothing_else() {
    let filters = [
        (json!({ "toolsListChanged": true }), vec!["notifications/tools/list_changed"]),
        (json!({ "promptsListChanged": true, "toolsListChanged": false }), vec!["notifications/prompts/list_changed"]),
        (json!({ "resourcesListChanged": true }), vec!["notifications/resources/list_changed"]),
        (json!({ "resourceSubscriptions": [STILL] }), vec![STILL]),
        (json!({}), vec![]),
    ];
    for wire in [Wire::HttpModern, Wire::StdioModern] {
        for (filter, expected) in &filters {
            let Some(mut client) = connect(wire) else { return };
            let mut filter = filter.clone();
            let uris = filter["resourceSubscriptions"].as_array().cloned().unwrap_or_default();
            filter["resourceSubscriptions"] = uris.into_iter().chain([json!(FENCE)]).collect();
            let id = open(&mut client, filter.clone());
            let from = client.heard().len();
            let everything =
                json!({ "lists": ["tools", "prompts", "resources"], "uris": ["note://still"], "times": 1 });
            announce(&mut client, everything);
            assert_eq!(told_until_fence(&mut client, from), *expected, "{wire:?} {filter}");
            let changes = client.heard().split_off(from).into_iter().filter(|told| told.get("id").is_none());
            for change in changes {
                assert_eq!(subscription(&change), id, "{wire:?} {change}");
            }
        }
    }
}

#[test]
fn each_of_two_streams_on_one_connection_has_its_own() {
    let announced = json!({ "lists": ["tools", "prompts"], "uris": ["note://still"], "times": 2 });
    for wire in [Wire::HttpModern, Wire::StdioModern] {
        let Some(mut client) = connect(wire) else { return };
        let lists = open(&mut client, json!({ "toolsListChanged": true, "resourceSubscriptions": [FENCE] }));
        let updates = open(&mut client, json!({ "resourceSubscriptions": [STILL, FENCE] }));
        let heard_on = |client: &mut Live, id: u64, fences: usize| {
            let from = client.heard().len();
            announce(client, announced.clone());
            announce(client, json!({ "uris": ["urn:isbn:1"], "times": 1 }));
            let mut place = from;
            for _ in 0..fences {
                place = client.until(place, |told| is_update(told, FENCE)).0 + 1;
            }
            let heard = client.heard().drain(from..place).filter(|told| subscription(told) == id).collect::<Vec<_>>();
            let text = |told: &Value| told["params"]["uri"].as_str().or(told["method"].as_str()).unwrap().to_owned();
            heard.iter().map(text).filter(|told| told != FENCE).collect::<Vec<_>>()
        };
        assert_eq!(heard_on(&mut client, lists, 2), ["notifications/tools/list_changed"], "{wire:?}");
        assert_eq!(heard_on(&mut client, updates, 2), [STILL], "{wire:?}");
        // One that is taken back leaves the other as it is.
        client.take_back(lists);
        let from = client.heard().len();
        assert_eq!(heard_on(&mut client, updates, 1), [STILL], "{wire:?}");
        let told: Vec<Value> = client.heard().split_off(from);
        // What was on its way already may still come over HTTP.
        let late = told.iter().filter(|told| subscription(told) == lists).count();
        assert_eq!(late, 0, "{wire:?} {told:?}");
    }
}

#[test]
fn only_those_who_subscribed_to_a_resource_are_told() {
    let announced = json!({ "uris": ["note://secret", "note://still", "ui://widget", "note://item/1"], "times": 3 });
    for wire in Wire::ALL {
        let Some(mut client) = connect(wire) else { return };
        listen(&mut client, wire.era(), &[STILL, FENCE]);
        let from = client.heard().len();
        announce(&mut client, announced.clone());
        assert_eq!(told_until_fence(&mut client, from), [STILL], "{wire:?}");
    }
}

#[test]
fn a_resource_that_changes_by_itself_is_told_as_long_as_somebody_is_subscribed() {
    let clock = "note://p/clock";
    for wire in Wire::ALL {
        let Some(mut client) = connect(wire) else { return };
        let id = listen(&mut client, wire.era(), &[clock]);
        let (first, _) = client.until(0, |told| is_update(told, clock));
        client.until(first + 1, |told| is_update(told, clock));
        unsubscribe(&mut client, wire.era(), id, clock);
        // Another one is told still, and is waited for twice: what was on its way is over then.
        listen(&mut client, wire.era(), &[STILL, FENCE]);
        let from = client.heard().len();
        told_until_fence(&mut client, from);
        let from = client.heard().len();
        std::thread::sleep(std::time::Duration::from_secs(3));
        assert_eq!(told_until_fence(&mut client, from), Vec::<String>::new(), "{wire:?}");
    }
}

fn unsubscribe(client: &mut Live, era: Era, id: u64, uri: &str) {
    match era {
        Era::Modern => client.take_back(id),
        Era::Legacy => drop(client.request("resources/unsubscribe", json!({ "uri": uri })).unwrap()),
    }
}

#[test]
fn who_has_unsubscribed_is_told_no_more() {
    for wire in Wire::ALL {
        let Some(mut client) = connect(wire) else { return };
        let id = listen(&mut client, wire.era(), &[STILL]);
        let from = client.heard().len();
        announce(&mut client, json!({ "uris": ["note://still"], "times": 1 }));
        client.until(from, |told| is_update(told, STILL));
        unsubscribe(&mut client, wire.era(), id, STILL);
        listen(&mut client, wire.era(), &[FENCE]);
        let from = client.heard().len();
        announce(&mut client, json!({ "uris": ["note://still"], "times": 1 }));
        assert_eq!(told_until_fence(&mut client, from), Vec::<String>::new(), "{wire:?}");
    }
}

#[test]
fn a_resource_that_is_not_there_can_not_be_subscribed_to() {
    for wire in [Wire::HttpLegacy, Wire::StdioLegacy] {
        let Some(mut client) = connect(wire) else { return };
        for uri in ["note://p/nothing", "note://still", "note://q/still", "", "x"] {
            let error = client.request("resources/subscribe", json!({ "uri": uri })).unwrap_err();
            assert_eq!(error["code"], -32002, "{wire:?} {uri}: {error}");
        }
        // To leave what one never came to is no error.
        client.request("resources/unsubscribe", json!({ "uri": STILL })).unwrap();
    }
}
