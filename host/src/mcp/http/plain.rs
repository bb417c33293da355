//! Plain requests, read from the bytes as they came: a head without anything unusual, and a body of a length that is
//! known. What HTTP has besides is hyper's.

use std::io::Write as _;

use httparse::{EMPTY_HEADER, Request, Status};
use hyper::body::Bytes;

use super::super::thin::{Head, Recognised};
use super::content::{Answer, Content};
use super::front::Front;

/// Headers of a plain request. Clients send about ten.
const HEADERS: usize = 32;

/// Largest plain request, in bytes: nearly all calls are smaller, and a buffer of this size may stay with a connection.
pub(super) const PLAIN_BYTES: usize = 64 << 10;

/// Largest head of a plain request, in bytes.
const HEAD_BYTES: usize = 8 << 10;

/// How a plain request begins.
const BEGINNING: &[u8] = b"POST /mcp";

/// A request, whole.
pub(super) struct Plain<'a> {
    pub(super) recognised: Recognised<'a>,
    pub(super) head: Head<'a>,
    pub(super) body: &'a [u8],
    /// How many bytes it has, head and body.
    pub(super) bytes: usize,
}

/// What some bytes are.
#[expect(clippy::large_enum_variant, reason = "it lives for one step, and a box would cost each request an allocation")]
pub(super) enum Seen<'a> {
    /// The beginning of what may become a plain request.
    Unfinished,
    Plain(Plain<'a>),
    Other,
}

/// Looks at what a client has sent.
pub(super) fn see<'a>(bytes: &'a [u8], front: &'a Front) -> Seen<'a> {
    let begun = bytes.len().min(BEGINNING.len());
    if bytes.get(..begun) != BEGINNING.get(..begun) {
        return Seen::Other;
    }
    let mut headers = [EMPTY_HEADER; HEADERS];
    let mut request = Request::new(&mut headers);
    match request.parse(bytes) {
        Ok(Status::Partial) if bytes.len() < HEAD_BYTES => Seen::Unfinished,
        Ok(Status::Complete(end)) => whole(&request, bytes, end, front),
        _ => Seen::Other,
    }
}

fn whole<'a>(request: &Request<'_, 'a>, bytes: &'a [u8], end: usize, front: &'a Front) -> Seen<'a> {
    let (Some(method), Some(path), Some(1)) = (request.method, request.path, request.version) else {
        return Seen::Other;
    };
    let head = Head::new(method, request.headers.iter().map(|header| (header.name, header.value)));
    let whole = head.plain_length().and_then(|length| end.checked_add(length)).filter(|whole| *whole <= PLAIN_BYTES);
    let Some(whole) = whole else { return Seen::Other };
    let Some(recognised) = front.recognise(path, &head) else { return Seen::Other };
    match bytes.get(end..whole) {
        Some(body) => Seen::Plain(Plain { recognised, head, body, bytes: whole }),
        None => Seen::Unfinished,
    }
}

/// Writes an answer's head and its body's first piece; the second piece is sent after that. None for an answer that comes
/// bit by bit, which no plain request has.
pub(super) fn write(out: &mut Vec<u8>, answer: Answer, date: &str, is_last: bool) -> Option<Bytes> {
    let (parts, content) = answer.into_parts();
    let Content::Pieces(first, second) = content else { return None };
    let reason = parts.status.canonical_reason().unwrap_or_default();
    let length = first.len().saturating_add(second.len());
    out.clear();
    // Into memory, which doesn't fail.
    let _ = write!(out, "HTTP/1.1 {} {reason}\r\ncontent-length: {length}\r\n", parts.status.as_str());
    for (name, value) in &parts.headers {
        out.extend([name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"].into_iter().flatten());
    }
    if is_last {
        out.extend_from_slice(b"connection: close\r\n");
    }
    let _ = write!(out, "date: {date}\r\n\r\n");
    out.extend_from_slice(&first);
    Some(second)
}
