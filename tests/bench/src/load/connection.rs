//! A connection over HTTP/1.1 that stays open. It knows as much of HTTP as an answer with a length needs.

use std::net::SocketAddr;

use anyhow::{Context as _, Result, bail, ensure};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// Room for an answer to begin with, in bytes. It grows to the largest answer.
const ROOM: usize = 16 << 10;

/// Largest head of an answer, in bytes.
const HEAD: usize = 8 << 10;

/// A client's end.
pub(crate) struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

/// What the head of an answer says, and where its body begins.
#[derive(Debug, PartialEq, Eq)]
struct Head {
    status: u16,
    body: usize,
    length: usize,
}

impl Connection {
    /// Connects.
    pub(crate) async fn open(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address).await.with_context(|| format!("can't connect to {address}"))?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: vec![0; ROOM] })
    }

    /// Sends a request, and returns the body of the answer, whose status must be 200.
    pub(crate) async fn ask(&mut self, request: &[u8]) -> Result<&[u8]> {
        let (status, body) = self.exchange(request).await?;
        ensure!(status == 200, "status {status}: {:.1000}", String::from_utf8_lossy(body));
        Ok(body)
    }

    /// Sends a request, and returns status and body of the answer.
    pub(crate) async fn exchange(&mut self, request: &[u8]) -> Result<(u16, &[u8])> {
        self.stream.write_all(request).await?;
        let mut filled = 0;
        let head = loop {
            filled += self.read(filled).await?;
            if let Some(head) = read_head(self.buffer.get(..filled).unwrap_or_default())? {
                break head;
            }
            ensure!(filled < HEAD, "the head of an answer exceeds {HEAD} bytes");
        };
        let end = head.body + head.length;
        if self.buffer.len() < end {
            self.buffer.resize(end, 0);
        }
        while filled < end {
            filled += self.read(filled).await?;
        }
        ensure!(filled == end, "more was sent than one answer");
        Ok((head.status, self.buffer.get(head.body..end).unwrap_or_default()))
    }

    async fn read(&mut self, filled: usize) -> Result<usize> {
        let room = self.buffer.get_mut(filled..).unwrap_or_default();
        match self.stream.read(room).await? {
            0 => bail!("the server closed the connection"),
            count => Ok(count),
        }
    }
}

/// None: there is more to come.
fn read_head(bytes: &[u8]) -> Result<Option<Head>> {
    let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else { return Ok(None) };
    let text = std::str::from_utf8(bytes.get(..end).unwrap_or_default()).context("the head of an answer is no text")?;
    let mut lines = text.split("\r\n");
    let status = lines.next().and_then(|line| line.split(' ').nth(1)?.parse().ok());
    let length = lines.find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().ok())?
    });
    match (status, length) {
        (Some(status), Some(length)) => Ok(Some(Head { status, body: end + 4, length })),
        _ => bail!("an answer without status or length: {text}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_are_read_when_they_are_whole() {
        let whole = "HTTP/1.1 200 OK\r\nvary: a\r\nContent-Length: 12\r\n\r\n{";
        for cut in 0..whole.len() - 1 {
            assert_eq!(read_head(&whole.as_bytes()[..cut]).unwrap(), None, "{cut}");
        }
        let head = Head { status: 200, body: whole.len() - 1, length: 12 };
        assert_eq!(read_head(whole.as_bytes()).unwrap(), Some(head));
        for broken in ["HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n", "x\r\ncontent-length: 1\r\n\r\n"] {
            assert!(read_head(broken.as_bytes()).is_err(), "{broken}");
        }
    }
}
