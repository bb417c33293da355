//! Bytes to a server over a connection of their own, and what comes back.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::Duration;

use proptest::prelude::*;
use serde_json::Value;

/// How long a server may take that has all of a request.
const ANSWER: Duration = Duration::from_secs(60);

/// An answer, as far as two of them can be compared.
#[derive(Debug, PartialEq)]
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) content: Content,
}

#[derive(Debug, PartialEq)]
pub(super) enum Content {
    Json(Value),
    Text(String),
    /// What comes in one is never the same twice, and may never end.
    Stream,
}

/// Whether more may come after what was sent.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// The client waits.
    Open,
    /// The client has closed its side, so that the server needn't wait for the rest of what is broken. It may take this
    /// for a client that went away.
    Closed,
}

/// Sends a request and reads the answer. None: the server closed without one.
pub(super) fn exchange(address: SocketAddr, request: &[u8], end: End) -> Result<Option<Reply>, TestCaseError> {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(ANSWER)).unwrap();
    // A server may have answered, and gone, before everything is sent.
    let _ = stream.write_all(request);
    if end == End::Closed {
        let _ = stream.shutdown(Shutdown::Write);
    }
    let mut answer = Vec::new();
    let mut buffer = [0; 16 << 10];
    loop {
        match stream.read(&mut buffer) {
            Ok(0) => break,
            Ok(length) => answer.extend_from_slice(&buffer[..length]),
            Err(error) if error.kind() == ErrorKind::ConnectionReset => break,
            Err(error) => return Err(TestCaseError::fail(format!("{error} after {}", answer.escape_ascii()))),
        }
        if is_stream(&answer) {
            break;
        }
    }
    if answer.is_empty() { Ok(None) } else { Reply::parse(&answer).map(Some) }
}

fn is_stream(answer: &[u8]) -> bool {
    let head = String::from_utf8_lossy(answer);
    head.split_once("\r\n\r\n").is_some_and(|(head, _)| head.contains("text/event-stream"))
}

impl Reply {
    fn parse(answer: &[u8]) -> Result<Self, TestCaseError> {
        let text = std::str::from_utf8(answer).map_err(|error| TestCaseError::fail(error.to_string()))?;
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            return Err(TestCaseError::fail(format!("half an answer: {text:?}")));
        };
        let status = head.strip_prefix("HTTP/1.").and_then(|rest| rest.split(' ').nth(1)?.parse().ok());
        let Some(status) = status else {
            return Err(TestCaseError::fail(format!("no status: {text:?}")));
        };
        // Behind it there may be another: of a request that an edit made two of.
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
        let body = body.get(..length.unwrap_or(body.len())).unwrap_or(body);
        let content = if head.contains("text/event-stream") {
            Content::Stream
        } else if head.contains("application/json") {
            let json = serde_json::from_str(body);
            Content::Json(json.map_err(|error| TestCaseError::fail(format!("{error}: {text:?}")))?)
        } else {
            Content::Text(body.to_owned())
        };
        Ok(Self { status, content })
    }
}
