//! A server on loopback that says what a test has it say, and keeps what it is told: the other side of a plugin's
//! requests. It reads leniently, as old servers do, and its answers may be anything, so no library writes them.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// Longest head of a request that is read. Longer ones are a fault of the test.
const HEAD_BYTES: usize = 1 << 20;

/// A server that runs until the test program ends: its threads wait for connections, and cost nothing.
#[derive(Clone)]
pub struct Origin {
    address: SocketAddr,
    log: Arc<Log>,
}

/// What came.
#[derive(Default)]
struct Log {
    requests: Mutex<Vec<Request>>,
    connections: AtomicUsize,
    open: AtomicUsize,
    most_open: AtomicUsize,
}

/// A request as it came.
#[derive(Debug, Clone)]
pub struct Request {
    /// The method.
    pub method: String,
    /// What stood between method and version.
    pub target: String,
    /// Names in small letters, and values; each byte is a character.
    pub headers: Vec<(String, String)>,
    /// The body. In chunks: without their frames.
    pub body: Vec<u8>,
}

impl Request {
    /// The first header of this name; empty where there is none.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }
}

/// Writes the answer to a request. An error ends the connection.
type Answer = dyn Fn(&Request, &mut dyn Write) -> io::Result<()> + Send + Sync;

/// A whole answer of HTTP/1.1, with its length.
#[must_use]
pub fn answer(status: u16, headers: &[(&str, &str)], body: impl AsRef<[u8]>) -> Vec<u8> {
    let body = body.as_ref();
    let lines: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let head = format!("HTTP/1.1 {status} Fine\r\ncontent-length: {}\r\n{lines}\r\n", body.len());
    [head.as_bytes(), body].concat()
}

impl Origin {
    /// Answers each request as this says.
    ///
    /// # Panics
    /// When there is no free port.
    #[must_use]
    pub fn start(answer: impl Fn(&Request, &mut dyn Write) -> io::Result<()> + Send + Sync + 'static) -> Self {
        Self::listen("127.0.0.1:0", None, Arc::new(answer))
    }

    /// As [`Self::start`], at every address of the machine, in IPv4 and IPv6.
    ///
    /// # Panics
    /// When there is no free port.
    #[must_use]
    pub fn everywhere(answer: impl Fn(&Request, &mut dyn Write) -> io::Result<()> + Send + Sync + 'static) -> Self {
        Self::listen("[::]:0", None, Arc::new(answer))
    }

    /// As [`Self::start`], over TLS.
    ///
    /// # Panics
    /// When there is no free port.
    #[must_use]
    pub fn private(
        config: Arc<ServerConfig>,
        answer: impl Fn(&Request, &mut dyn Write) -> io::Result<()> + Send + Sync + 'static,
    ) -> Self {
        Self::listen("127.0.0.1:0", Some(config), Arc::new(answer))
    }

    fn listen(address: &str, tls: Option<Arc<ServerConfig>>, answer: Arc<Answer>) -> Self {
        let listener = TcpListener::bind(address).unwrap();
        let address = listener.local_addr().unwrap();
        let log = Arc::new(Log::default());
        let origin = Self { address, log: Arc::clone(&log) };
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (log, answer, tls) = (Arc::clone(&log), Arc::clone(&answer), tls.clone());
                thread::spawn(move || log.serve(stream, tls, &*answer));
            }
        });
        origin
    }

    /// Its port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// All requests up to now.
    ///
    /// # Panics
    /// When one of its threads panicked.
    #[must_use]
    pub fn requests(&self) -> Vec<Request> {
        self.log.requests.lock().unwrap().clone()
    }

    /// Forgets the requests up to now, and returns them.
    ///
    /// # Panics
    /// When one of its threads panicked.
    #[must_use]
    pub fn take(&self) -> Vec<Request> {
        std::mem::take(&mut *self.log.requests.lock().unwrap())
    }

    /// How many connections were made up to now, whatever came over them.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.log.connections.load(Ordering::SeqCst)
    }

    /// How many requests were being answered at once, at most.
    #[must_use]
    pub fn most_open(&self) -> usize {
        self.log.most_open.load(Ordering::SeqCst)
    }
}

impl Log {
    fn serve(&self, stream: TcpStream, tls: Option<Arc<ServerConfig>>, answer: &Answer) {
        self.connections.fetch_add(1, Ordering::SeqCst);
        // That the other side goes away is no fault.
        let _ = match tls {
            None => self.converse(stream, answer),
            Some(config) => {
                let connection = ServerConnection::new(config).unwrap();
                self.converse(StreamOwned::new(connection, stream), answer)
            }
        };
    }

    fn converse(&self, stream: impl Read + Write, answer: &Answer) -> io::Result<()> {
        let mut wire = Wire { stream, read: Vec::new() };
        while let Some(request) = wire.request()? {
            self.requests.lock().unwrap().push(request.clone());
            let open = self.open.fetch_add(1, Ordering::SeqCst) + 1;
            self.most_open.fetch_max(open, Ordering::SeqCst);
            let answered = answer(&request, &mut wire.stream).and_then(|()| wire.stream.flush());
            self.open.fetch_sub(1, Ordering::SeqCst);
            answered?;
        }
        Ok(())
    }
}

/// One connection, and what was read of it that nobody took yet.
struct Wire<S> {
    stream: S,
    read: Vec<u8>,
}

impl<S: Read> Wire<S> {
    /// The next request. None: there is no more.
    fn request(&mut self) -> io::Result<Option<Request>> {
        let Some(end) = self.find(b"\r\n\r\n")? else { return Ok(None) };
        let head = self.take(end + 4)?;
        let head: String = head.iter().map(|byte| char::from(*byte)).collect();
        let mut lines = head.split("\r\n");
        let mut words = lines.next().unwrap_or_default().splitn(3, ' ');
        let mut word = || words.next().unwrap_or_default().to_owned();
        let (method, target) = (word(), word());
        let headers = lines.filter_map(|line| line.split_once(':'));
        let headers = headers.map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned())).collect();
        let mut request = Request { method, target, headers, body: Vec::new() };
        request.body = self.body(&request)?;
        Ok(Some(request))
    }

    fn body(&mut self, request: &Request) -> io::Result<Vec<u8>> {
        if request.header("transfer-encoding").contains("chunked") {
            return self.chunks();
        }
        self.take(request.header("content-length").parse().unwrap_or(0))
    }

    /// What comes after the last chunk is left out.
    fn chunks(&mut self) -> io::Result<Vec<u8>> {
        let mut body = Vec::new();
        loop {
            let size = self.line()?;
            let size = usize::from_str_radix(size.split(';').next().unwrap_or_default().trim(), 16);
            let size = size.map_err(io::Error::other)?;
            if size == 0 {
                while !self.line()?.is_empty() {}
                return Ok(body);
            }
            body.extend(self.take(size)?);
            self.take(2)?;
        }
    }

    fn line(&mut self) -> io::Result<String> {
        let end = self.find(b"\r\n")?.ok_or(io::ErrorKind::UnexpectedEof)?;
        let line = self.take(end + 2)?;
        Ok(String::from_utf8_lossy(&line).trim_end().to_owned())
    }

    fn find(&mut self, wanted: &[u8]) -> io::Result<Option<usize>> {
        loop {
            if let Some(place) = self.read.windows(wanted.len()).position(|window| window == wanted) {
                return Ok(Some(place));
            }
            if self.read.len() > HEAD_BYTES || !self.more()? {
                return Ok(None);
            }
        }
    }

    fn take(&mut self, bytes: usize) -> io::Result<Vec<u8>> {
        while self.read.len() < bytes {
            if !self.more()? {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        let rest = self.read.split_off(bytes);
        Ok(std::mem::replace(&mut self.read, rest))
    }

    fn more(&mut self) -> io::Result<bool> {
        let mut part = [0; 16 << 10];
        let read = self.stream.read(&mut part)?;
        self.read.extend_from_slice(&part[..read]);
        Ok(read > 0)
    }
}
