//! More connections than there is room for.

use wharf_tests::TestHost;

use super::raw::{Raw, head, plain, serves_others, status};
use super::{BODY_BYTES, echo_host};

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

#[test]
fn without_files_to_open_those_who_are_there_are_served_and_others_later() {
    let host = TestHost::new().http();
    let mut within = Raw::open(host.address());
    assert!(within.send(plain("")));
    assert_eq!(within.answer().0, 200);
    host.leave_files(8);
    let mut beyond: Vec<Raw> = (0..40).map(|_| Raw::open(host.address())).collect();
    host.wait_for_log("can't accept connections");
    for _ in 0..3 {
        assert!(within.send(plain("")));
        assert_eq!(within.answer().0, 200);
    }
    // Those who wait come in when others leave.
    let mut last = beyond.pop().unwrap();
    drop(beyond);
    assert!(last.send(plain("")));
    assert_eq!(last.answer().0, 200);
    serves_others(&host);
}

/// What large bodies may take together.
const ALL_BYTES: usize = 128 << 20;

#[test]
fn large_bodies_take_so_much_memory_together_and_no_more() {
    let Some(host) = echo_host() else { return };
    let begun = format!("{}content-length: {BODY_BYTES}\r\n\r\n{}", head(), " ".repeat(BODY_BYTES - 1));
    let fitting = ALL_BYTES / BODY_BYTES;
    let mut unfinished: Vec<Raw> = (0..fitting).map(|_| Raw::open(host.address())).collect();
    assert!(unfinished.iter_mut().all(|client| client.send(&begun)));
    // What is sent isn't read yet.
    let refused = (0..20).find_map(|_| {
        let mut client = Raw::open(host.address());
        client.send(&begun);
        client.0.set_read_timeout(Some(std::time::Duration::from_secs(1))).unwrap();
        client.try_answer().inspect(|_| serves_others(&host)).or_else(|| {
            unfinished.push(client);
            None
        })
    });
    let (status, body) = refused.expect("a refusal");
    assert!(status == 503 && body.contains("too many large requests"), "{status} {body}");
    // Memory comes back with the clients' end.
    drop(unfinished);
    let whole = format!("{}content-length: {BODY_BYTES}\r\n\r\n{}", head(), " ".repeat(BODY_BYTES));
    let served = (0..100).any(|_| {
        std::thread::sleep(std::time::Duration::from_millis(100));
        let mut client = Raw::open(host.address());
        client.send(&whole);
        client.answer().0 != 503
    });
    assert!(served, "the memory never came back");
}
