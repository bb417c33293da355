//! What isn't HTTP, or contradicts itself, or is more than there is room for.

use super::raw::{Raw, head, plain, serves_others, status};
use super::{BODY_BYTES, echo_host};

#[test]
fn what_is_no_request_is_refused_and_its_connection_ends() {
    let Some(host) = echo_host() else { return };
    let body = super::list().to_string();
    let with = |framing: &str, body: &str| format!("{}{framing}\r\n\r\n{body}", head()).into_bytes();
    let flood = |count: usize, length: usize| {
        let headers: String = (0..count).map(|number| format!("x-{number}: {}\r\n", "y".repeat(length))).collect();
        format!("GET /health HTTP/1.1\r\nhost: localhost\r\n{headers}\r\n").into_bytes()
    };
    let cases = [
        ("garbage", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03".repeat(20), &[400][..]),
        ("zeros", vec![0; 1 << 20], &[400]),
        ("text", b"hello\r\n\r\n".to_vec(), &[400]),
        ("another version", b"GET /health HTTP/3.7\r\nhost: localhost\r\n\r\n".to_vec(), &[400]),
        ("the preface of HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0".to_vec(), &[0, 400]),
        ("many headers", flood(5_000, 1), &[431]),
        ("a large header", flood(1, 1 << 20), &[431]),
        ("large headers", flood(90, 1 << 10), &[431]),
        ("a long path", format!("GET /{} HTTP/1.1\r\n\r\n", "x".repeat(1 << 20)).into_bytes(), &[414, 431]),
        ("two lengths", with(&format!("content-length: {}\r\ncontent-length: 3", body.len()), &body), &[400]),
        ("a length that is none", with("content-length: -1", &body), &[400]),
        ("a length beyond numbers", with("content-length: 99999999999999999999999", &body), &[400]),
        ("a coding of its own", with("transfer-encoding: gzip", &body), &[400]),
        ("a huge chunk", with("transfer-encoding: chunked", "ffffffffffffffff\r\n{"), &[400, 413]),
        ("a chunk beyond numbers", with("transfer-encoding: chunked", "1ffffffffffffffff\r\n{"), &[400]),
        ("a chunk of no size", with("transfer-encoding: chunked", "zz\r\n{"), &[400]),
        (
            "an endless line of a chunk",
            with("transfer-encoding: chunked", &format!("1;{}", "x".repeat(1 << 20))),
            &[400],
        ),
    ];
    for (what, bytes, expected) in cases {
        let mut client = Raw::open(host.address());
        client.send(bytes);
        // A chunk may be as large as it says until the connection ends.
        let _ = client.0.shutdown(std::net::Shutdown::Write);
        let (said, _) = client.rest();
        assert!(expected.contains(&status(&said)), "{what}: {said:?}");
        serves_others(&host);
    }
}

/// A proxy in front of the host may read one of the two, and the host the other: then the rest of the body would be the
/// next request, which nobody has judged.
#[test]
fn no_request_is_smuggled_behind_a_body_with_two_lengths() {
    let Some(host) = echo_host() else { return };
    let smuggled = "GET /health HTTP/1.1\r\nhost: localhost\r\n\r\n";
    for length in [4, 0, smuggled.len() + 5] {
        let mut client = Raw::open(host.address());
        let framing = format!("content-length: {length}\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n");
        assert!(client.send(format!("{}{framing}{smuggled}", head())));
        let _ = client.0.shutdown(std::net::Shutdown::Write);
        let (said, _) = client.rest();
        assert!(!said.contains("\r\n\r\nok\n") || status(&said) == 400, "{length}: {said:?}");
    }
    serves_others(&host);
}

#[test]
fn requests_that_come_at_once_are_answered_in_turn() {
    let Some(host) = echo_host() else { return };
    let mut client = Raw::open(host.address());
    let health = "GET /health HTTP/1.1\r\nhost: localhost\r\n\r\n";
    for _ in 0..20 {
        assert!(client.send(plain("")) && client.send(health));
    }
    assert!(client.send([plain(""), health.to_owned()].concat().repeat(20)));
    for number in 0..40 {
        let (status, body) = client.answer();
        assert!(status == 200 && body.contains("echo__echo"), "{number}: {status} {body}");
        assert_eq!(client.answer(), (200, "ok\n".to_owned()), "{number}");
    }
}

#[test]
fn a_refusal_arrives_although_the_client_is_still_sending() {
    let Some(host) = echo_host() else { return };
    for bytes in [BODY_BYTES + 1, 2 * BODY_BYTES, 8 << 20] {
        let chunk = "x".repeat(1 << 16);
        let in_one = format!("{}content-length: {bytes}\r\n\r\n", head());
        let in_chunks = format!("{}transfer-encoding: chunked\r\n\r\n", head());
        for (head, is_chunked) in [(in_one, false), (in_chunks, true)] {
            let mut client = Raw::open(host.address());
            assert!(client.send(head));
            for _ in 0..bytes.div_ceil(chunk.len()) {
                let sent = if is_chunked { client.send(format!("10000\r\n{chunk}\r\n")) } else { client.send(&chunk) };
                assert!(sent, "{bytes} {is_chunked}: it was cut off while it sent");
            }
            let _ = client.0.shutdown(std::net::Shutdown::Write);
            let (said, in_order) = client.rest();
            assert_eq!((status(&said), in_order), (413, true), "{bytes} {is_chunked}: {said:?}");
            assert!(said.contains("exceeds"), "{said}");
        }
        serves_others(&host);
    }
}
