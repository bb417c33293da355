//! More connections than there is room for.

use wharf_tests::TestHost;

use super::raw::{Raw, plain, serves_others, status};

/// Room for connections in these tests.
const ROOM: usize = 50;

#[test]
fn beyond_the_bound_each_is_refused_at_once_and_those_within_are_served() {
    let host = TestHost::new().config(&format!("[server]\nconnections = {ROOM}")).http();
    // The test's own client keeps one or some.
    let mut within: Vec<Raw> = (0..ROOM - 10).map(|_| Raw::open(host.address())).collect();
    let beyond: Vec<Raw> = (0..200).map(|_| Raw::open(host.address())).collect();
    let mut refused = 0;
    for mut client in beyond {
        client.send(plain("connection: close\r\n"));
        let (said, _) = client.rest();
        match status(&said) {
            // More are refused at once than are told why.
            503 | 0 => refused += 1,
            200 => {}
            other => panic!("{other}: {said}"),
        }
    }
    assert!(refused >= 100, "{refused}");
    serves_others(&host);
    for client in &mut within {
        assert!(client.send(plain("")));
        assert_eq!(client.answer().0, 200);
    }
    assert!(host.log().contains("all 50 connections are taken"), "{}", host.log());
    // Their places are free again.
    drop(within);
    let mut later = Raw::open(host.address());
    assert!(later.send(plain("")));
    assert_eq!(later.answer().0, 200);
}

#[test]
fn a_refusal_for_want_of_room_says_so() {
    let host = TestHost::new().config("[server]\nconnections = 2").http();
    let waiting: Vec<Raw> = (0..2).map(|_| Raw::open(host.address())).collect();
    let (said, in_order) = (0..20)
        .map(|_| {
            let mut client = Raw::open(host.address());
            client.send(plain("connection: close\r\n"));
            client.rest()
        })
        .find(|(said, _)| status(said) == 503)
        .expect("a refusal");
    assert!(in_order && said.contains("retry-after") && said.contains("no room"), "{said}");
    drop(waiting);
}
