//! Clients that begin a request and never end it.

use std::thread;

use wharf_tests::TestHost;

use super::echo_host;
use super::raw::{Raw, head, plain, serves_others, status};

#[test]
fn who_never_ends_a_head_or_a_body_is_cut_off() {
    let Some(host) = echo_host() else { return };
    let small = format!("{}content-length: 100\r\n\r\n{{", head());
    let large = format!("{}content-length: 100000\r\n\r\n{{", head());
    let in_chunks = format!("{}transfer-encoding: chunked\r\n\r\n5\r\n{{", head());
    let cases = [
        ("GET /hea", 0),
        ("GET /health HTTP/1.1\r\nhost: localhost\r\n", 0),
        ("\r\n", 0),
        (small.as_str(), 0),
        (large.as_str(), 408),
        (in_chunks.as_str(), 408),
    ];
    // At once, since each lasts as long as the host's patience.
    thread::scope(|scope| {
        for (begun, expected) in cases {
            let host = &host;
            scope.spawn(move || {
                let mut slow = Raw::open(host.address());
                assert!(slow.send(begun));
                serves_others(host);
                let (said, _) = slow.rest();
                assert_eq!(status(&said), expected, "{begun:?}: {said:?}");
            });
        }
    });
    serves_others(&host);
}

#[test]
fn a_head_that_comes_in_drops_is_cut_off_all_the_same() {
    let Some(host) = echo_host() else { return };
    let mut slow = Raw::open(host.address());
    assert!(slow.send("GET /health HTTP/1.1\r\nhost: localhost\r\n"));
    // Each header is a sign of life, which must not count.
    let drops = (0..1_000).take_while(|_| {
        thread::sleep(std::time::Duration::from_millis(100));
        slow.send("x: y\r\n")
    });
    assert!(drops.count() < 1_000, "it was never cut off");
    serves_others(&host);
}

#[test]
fn a_body_that_comes_in_pieces_is_read() {
    let Some(host) = echo_host() else { return };
    let request = plain("");
    let mut client = Raw::open(host.address());
    for piece in request.as_bytes().chunks(request.len() / 7) {
        assert!(client.send(piece));
        thread::sleep(std::time::Duration::from_millis(20));
    }
    let (status, body) = client.answer();
    assert!(status == 200 && body.contains("echo__echo"), "{status} {body}");
}

#[test]
fn who_takes_no_answer_keeps_nobody_from_stopping() {
    let host = TestHost::new().http();
    let mut deaf = Raw::open(host.address());
    while deaf.0.set_nonblocking(true).is_ok() && deaf.send(plain("").repeat(100)) {}
    serves_others(&host);
    assert_eq!(host.stop().code, Some(0));
}
