//! One request over a connection of its own, written byte by byte: a client's library would mend what is to be wrong.

use std::fmt;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use serde_json::Value;

/// How long an answer may take.
const ANSWER: Duration = Duration::from_secs(60);

/// What stands for the host's own address in a header, since each host has its own.
pub(super) const OWN_ADDRESS: &str = "OWN-ADDRESS";

/// A request to MCP's path.
#[derive(Clone)]
pub(super) struct Post {
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
    /// In chunks, without a length beforehand.
    pub(super) is_chunked: bool,
}

/// What two answers have in common when they are alike.
#[derive(Debug, PartialEq)]
pub(super) struct Reply {
    pub(super) status: u16,
    content_type: String,
    content: Content,
}

#[derive(Debug, PartialEq)]
enum Content {
    Json(Value),
    Text(String),
    /// Holds the id of a session, which is never the same.
    Stream,
}

impl Post {
    pub(super) fn new(headers: &[(&str, &str)], body: impl Into<Vec<u8>>) -> Self {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Self { headers, body: body.into(), is_chunked: false }
    }

    pub(super) fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Without this header, whatever its case.
    pub(super) fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(own, _)| !own.eq_ignore_ascii_case(name));
        self
    }

    pub(super) fn with_body(self, body: impl Into<Vec<u8>>) -> Self {
        Self { body: body.into(), ..self }
    }

    pub(super) fn send(&self, address: SocketAddr) -> Reply {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(ANSWER)).unwrap();
        stream.write_all(&self.bytes(address)).unwrap();
        let mut answer = Vec::new();
        let read = stream.read_to_end(&mut answer);
        read.unwrap_or_else(|error| panic!("{error} after {:?}: {self:?}", String::from_utf8_lossy(&answer)));
        let answer = String::from_utf8(answer).unwrap();
        // Behind it is the answer to the last request.
        let end = answer.rfind("HTTP/1.1 ").filter(|end| *end > 0).unwrap_or(answer.len());
        let answer = answer.get(..end).unwrap();
        // What is said before the answer, to a client that asks whether to send its body at all.
        Reply::parse(answer.strip_prefix("HTTP/1.1 100 Continue\r\n\r\n").unwrap_or(answer))
    }

    fn bytes(&self, address: SocketAddr) -> Vec<u8> {
        let mut head = String::from("POST /mcp HTTP/1.1\r\n");
        for (name, value) in &self.headers {
            head += &format!("{name}: {}\r\n", value.replace(OWN_ADDRESS, &address.to_string()));
        }
        let length = self.body.len();
        let (framing, before, after) = if self.is_chunked {
            ("transfer-encoding: chunked".to_owned(), format!("{length:x}\r\n"), "\r\n0\r\n\r\n")
        } else {
            (format!("content-length: {length}"), String::new(), "")
        };
        let head = format!("{head}{framing}\r\n\r\n{before}");
        // The connection is to end, but with another request: one that says so itself is no plain one.
        let last = "GET /health HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
        [head.as_bytes(), &self.body, after.as_bytes(), last.as_bytes()].concat()
    }
}

impl Reply {
    fn parse(answer: &str) -> Self {
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer: {answer:?}"));
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let header = |line: &str| line.strip_prefix("content-type: ").map(str::to_owned);
        let content_type = head.lines().find_map(header).unwrap_or_default();
        let content = match content_type.as_str() {
            "application/json" => Content::Json(serde_json::from_str(body).unwrap()),
            "text/event-stream" => Content::Stream,
            _ => Content::Text(body.to_owned()),
        };
        Self { status, content_type, content }
    }
}

impl fmt::Debug for Post {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let body = String::from_utf8_lossy(&self.body);
        let shown = body.get(..body.floor_char_boundary(600)).unwrap_or_default();
        write!(formatter, "{:?} chunked={} {shown:?}", self.headers, self.is_chunked)
    }
}
