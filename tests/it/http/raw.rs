//! A connection whose bytes are written by hand, as no client's library would write them.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use wharf_tests::{Era, HttpHost, headers};

use super::{list, lists};

/// How long the other end may take. Generous: the longest bound of the host is a minute.
const PATIENCE: Duration = Duration::from_secs(120);

/// A client's end.
pub(super) struct Raw(pub(super) TcpStream);

impl Raw {
    pub(super) fn open(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_write_timeout(Some(PATIENCE)).unwrap();
        Self(stream)
    }

    /// Sends bytes. False: the other end is closed.
    pub(super) fn send(&mut self, bytes: impl AsRef<[u8]>) -> bool {
        self.0.write_all(bytes.as_ref()).is_ok()
    }

    /// What comes until the other end is closed, in order or by a reset; whether it was in order.
    pub(super) fn rest(&mut self) -> (String, bool) {
        let mut bytes = Vec::new();
        let end = self.0.read_to_end(&mut bytes);
        if let Err(error) = &end {
            assert_eq!(error.kind(), ErrorKind::ConnectionReset, "it isn't closed: {error}");
        }
        (String::from_utf8_lossy(&bytes).into_owned(), end.is_ok())
    }

    /// The next answer with a length: its status and its body.
    pub(super) fn answer(&mut self) -> (u16, String) {
        self.try_answer().expect("an answer")
    }

    /// The same; none where it doesn't begin in time.
    pub(super) fn try_answer(&mut self) -> Option<(u16, String)> {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            match self.0.read_exact(&mut byte) {
                Ok(()) => head.extend(byte),
                Err(error) if head.is_empty() && error.kind() == ErrorKind::WouldBlock => return None,
                Err(error) => panic!("{error} after {head:?}"),
            }
        }
        let head = String::from_utf8(head).unwrap().to_ascii_lowercase();
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
        let mut body = vec![0; length.parse().unwrap()];
        self.0.read_exact(&mut body).unwrap();
        Some((status(&head), String::from_utf8(body).unwrap()))
    }
}

/// The status of an answer; 0 where there is none.
pub(super) fn status(answer: &str) -> u16 {
    answer.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or_default()
}

/// A plain request for the list of tools, whole, with further headers.
pub(super) fn plain(more: &str) -> String {
    let body = list().to_string();
    format!("{}content-length: {}\r\n{more}\r\n{body}", head(), body.len())
}

/// The head of a plain request, without what says how its body is framed, and without its end.
pub(super) fn head() -> String {
    let start = String::from("POST /mcp HTTP/1.1\r\nhost: localhost\r\n");
    headers(Era::Modern, &list()).iter().fold(start, |head, (name, value)| format!("{head}{name}: {value}\r\n"))
}

/// Others are served.
pub(super) fn serves_others(host: &HttpHost) {
    let answer = host.post_message(Era::Modern, &list(), &[]);
    assert!(lists(&answer), "{answer:?}");
}
