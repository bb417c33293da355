//! Where one request ends and the next begins, and whom it is for: a proxy before the host must not be able to read it in
//! another way.

use std::io::Read as _;

use super::raw::{Raw, head, plain, serves_others, status};
use super::{BODY_BYTES, echo_host, list};

/// The last request on a connection, with an answer that nothing else has.
const LAST: &str = "GET /ready HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";

/// A request that nobody sent: what a proxy took for a part of the one before.
const SMUGGLED: &str = "GET /health HTTP/1.1\r\nhost: localhost\r\n\r\n";

/// The statuses of all answers to what is sent, and all that was said.
fn answers(host: &wharf_tests::HttpHost, bytes: impl AsRef<[u8]>) -> (Vec<u16>, String) {
    let mut client = Raw::open(host.address());
    client.send(bytes);
    let (said, _) = client.rest();
    let starts = said.match_indices("HTTP/1.").filter_map(|(start, _)| said.get(start..)).map(status);
    (starts.collect(), said)
}

/// The list, in a body that is framed by these headers.
fn framed(framing: &str, body: &str) -> String {
    format!("{}{framing}\r\n{body}", head())
}

fn chunked(body: &str) -> String {
    format!("{:x}\r\n{body}\r\n0\r\n\r\n", body.len())
}

#[test]
fn what_can_be_read_in_two_ways_is_refused_and_its_connection_ends() {
    let Some(host) = echo_host() else { return };
    let body = list().to_string();
    let length = body.len();
    let cases = [
        ("a folded header", framed(&format!("x-a: b\r\n c\r\ncontent-length: {length}\r\n"), &body)),
        ("a space before the colon", framed(&format!("content-length : {length}\r\n"), &body)),
        (
            "a carriage return in a header",
            framed(&format!("x-a: b\rcontent-length: 0\r\ncontent-length: {length}\r\n"), &body),
        ),
        ("a zero in a header", framed(&format!("x-a: b\0\r\ncontent-length: {length}\r\n"), &body)),
        (
            "a length behind a bare line feed",
            framed(&format!("x-a: b\ncontent-length: 3\r\ncontent-length: {length}\r\n"), &body),
        ),
        ("two lengths in one header", framed(&format!("content-length: {length}, {length}\r\n"), &body)),
        ("a length with a sign", framed(&format!("content-length: +{length}\r\n"), &body)),
        ("a length in hexadecimal digits", framed("content-length: 0x10\r\n", &body)),
        ("an empty length", framed("content-length:\r\n", &body)),
        ("chunks that are not the last coding", framed("transfer-encoding: chunked, identity\r\n", &chunked(&body))),
        ("a coding that is none", framed("transfer-encoding: identity\r\n", &chunked(&body))),
        ("a coding behind a vertical tab", framed("transfer-encoding: \x0bchunked\r\n", &chunked(&body))),
        (
            "chunks in the older version",
            framed("transfer-encoding: chunked\r\n", &chunked(&body)).replace("HTTP/1.1", "HTTP/1.0"),
        ),
        ("a chunk with a sign", framed("transfer-encoding: chunked\r\n", &format!("+{}", chunked(&body)))),
        ("a chunk in C's digits", framed("transfer-encoding: chunked\r\n", &format!("0x{}", chunked(&body)))),
        (
            "a chunk that is longer than it says",
            framed("transfer-encoding: chunked\r\n", &format!("1\r\n{body}\r\n0\r\n\r\n")),
        ),
        ("two hosts", plain("host: evil.example\r\n")),
        ("the same host twice", plain("host: localhost\r\n")),
        ("a host with a user", plain("").replace("host: localhost", "host: localhost@evil.example")),
        ("a host with this one as its user", plain("").replace("host: localhost", "host: evil.example@localhost")),
        ("no host", plain("").replace("host: localhost\r\n", "")),
    ];
    for (what, request) in cases {
        let (statuses, said) = answers(&host, format!("{request}{SMUGGLED}{LAST}"));
        let is_refused = statuses.first().is_some_and(|status| *status == 400);
        assert!(is_refused && !said.contains("echo__echo"), "{what}: {statuses:?} {said}");
        // One that is well framed may be followed by others.
        let is_framed = what.contains("host");
        assert!(is_framed || statuses.len() == 1, "{what}: {statuses:?} {said}");
    }
    serves_others(&host);
}

#[test]
fn what_is_unusual_and_clear_is_served_and_so_is_what_follows() {
    let Some(host) = echo_host() else { return };
    let body = list().to_string();
    let (first, second) = body.split_at(10);
    let pieces = format!("{:x};name=\"a;b\"\r\n{first}\r\n{:X}\r\n{second}\r\n0\r\n", first.len(), second.len());
    let cases = [
        ("bare line feeds", plain("").replacen("\r\n", "\n", 4)),
        ("a line before it", format!("\r\n{}", plain(""))),
        ("chunks", framed("transfer-encoding: chunked\r\n", &chunked(&body))),
        ("the coding in capitals", framed("Transfer-Encoding: Chunked\r\n", &chunked(&body))),
        ("chunks with extensions", framed("transfer-encoding: chunked\r\n", &format!("{pieces}\r\n"))),
        (
            "trailers that look like what frames a request",
            framed(
                "transfer-encoding: chunked\r\n",
                &format!("{pieces}content-length: 4\r\nhost: evil.example\r\n\r\n"),
            ),
        ),
        ("an offer to speak another protocol", plain("connection: upgrade\r\nupgrade: h2c\r\n")),
        ("a whole address", plain("").replacen("/mcp", "http://localhost/mcp", 1)),
        ("a query", plain("").replacen("/mcp", "/mcp?x=/health", 1)),
    ];
    for (what, request) in cases {
        let (statuses, said) = answers(&host, format!("{request}{LAST}"));
        assert_eq!(statuses, [200, 200], "{what}: {said}");
        assert!(said.contains("echo__echo") && said.ends_with("ready\n"), "{what}: {said}");
    }
}

/// The chunks count, and since somebody else may have counted the bytes, nothing that follows is read.
#[test]
fn behind_a_body_with_a_length_and_chunks_the_connection_ends() {
    let Some(host) = echo_host() else { return };
    let body = list().to_string();
    let length = format!("content-length: {}\r\n", chunked(&body).len() + SMUGGLED.len());
    for framing in
        [format!("{length}transfer-encoding: chunked\r\n"), format!("transfer-encoding: chunked\r\n{length}")]
    {
        let (statuses, said) = answers(&host, format!("{}{SMUGGLED}{LAST}", framed(&framing, &chunked(&body))));
        assert!(statuses.len() == 1 && !said.contains("ok\n") && !said.contains("ready\n"), "{framing}: {said}");
    }
}

#[test]
fn the_body_of_a_request_that_needs_none_is_never_the_next_request() {
    let Some(host) = echo_host() else { return };
    for (method, path) in
        [("GET", "/ready"), ("POST", "/health"), ("GET", "/nothing"), ("DELETE", "/mcp"), ("GET", "/mcp")]
    {
        for framing in [format!("content-length: {}", SMUGGLED.len()), "transfer-encoding: chunked".to_owned()] {
            let body = if framing.starts_with('t') { chunked(SMUGGLED) } else { SMUGGLED.to_owned() };
            let request =
                format!("{method} {path} HTTP/1.1\r\nhost: localhost\r\n{framing}\r\nconnection: close\r\n\r\n{body}");
            let (statuses, said) = answers(&host, request);
            assert!(statuses.len() == 1 && !said.contains("ok\n"), "{method} {path} {framing}: {said}");
        }
    }
}

/// The address in the request line goes before the header.
#[test]
fn a_whole_address_names_the_host() {
    let Some(host) = echo_host() else { return };
    let cases = [
        ("http://localhost/mcp", "localhost", 200),
        ("http://localhost/mcp", "evil.example", 200),
        ("http://evil.example/mcp", "localhost", 403),
        ("http://evil.example/mcp", "evil.example", 403),
    ];
    for (target, named, expected) in cases {
        let request = plain("connection: close\r\n").replacen("/mcp", target, 1);
        let request = request.replace("host: localhost", &format!("host: {named}"));
        let (statuses, said) = answers(&host, request);
        assert_eq!(statuses, [expected], "{target} {named}: {said}");
    }
}

#[test]
fn no_tunnel_is_opened() {
    let Some(host) = echo_host() else { return };
    for request in [
        "CONNECT localhost:80 HTTP/1.1\r\nhost: localhost\r\n\r\n".to_owned(),
        "OPTIONS * HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n".to_owned(),
        "TRACE /mcp HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n".to_owned(),
    ] {
        let (statuses, said) = answers(&host, format!("{request}{LAST}"));
        assert!(statuses.first().is_some_and(|status| (400..500).contains(status)), "{request}: {said}");
    }
}

#[test]
fn the_older_version_ends_its_connection_unless_it_asks_otherwise() {
    let Some(host) = echo_host() else { return };
    let request = |more: &str| plain(more).replacen("HTTP/1.1", "HTTP/1.0", 1);
    let (statuses, said) = answers(&host, format!("{}{LAST}", request("")));
    assert_eq!(statuses, [200], "{said}");
    let (statuses, said) = answers(&host, format!("{}{LAST}", request("connection: keep-alive\r\n")));
    assert_eq!(statuses, [200, 200], "{said}");
}

#[test]
fn a_client_that_asks_before_it_sends_is_answered() {
    let Some(host) = echo_host() else { return };
    let body = list().to_string();
    let expecting = |length: usize| format!("{}content-length: {length}\r\nexpect: 100-continue\r\n\r\n", head());
    let mut client = Raw::open(host.address());
    assert!(client.send(expecting(body.len())));
    let mut said = [0; b"HTTP/1.1 100 Continue\r\n\r\n".len()];
    client.0.read_exact(&mut said).unwrap();
    assert_eq!(&said, b"HTTP/1.1 100 Continue\r\n\r\n");
    assert!(client.send(&body));
    assert_eq!(client.answer().0, 200);
    // One whose body isn't wanted hears so instead.
    let mut client = Raw::open(host.address());
    assert!(client.send(expecting(BODY_BYTES + 1)));
    let (said, _) = client.rest();
    assert_eq!(status(&said), 413, "{said}");
}

/// Whoever closes its side before it is answered is taken for gone; either way nothing hangs.
#[test]
fn a_half_closed_connection_ends() {
    let Some(host) = echo_host() else { return };
    for request in [plain(""), SMUGGLED.to_owned(), framed("transfer-encoding: chunked\r\n", "5\r\n{"), String::new()] {
        let mut client = Raw::open(host.address());
        assert!(client.send(&request));
        client.0.shutdown(std::net::Shutdown::Write).unwrap();
        let (said, _) = client.rest();
        assert!([0, 200, 400].contains(&status(&said)), "{request}: {said}");
    }
    serves_others(&host);
}
