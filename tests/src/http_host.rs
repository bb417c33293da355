//! The program, serving over HTTP.

use std::net::SocketAddr;
use std::sync::OnceLock;
use std::thread;
use std::time::Instant;

use http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt as _;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};

use crate::process::Process;
use crate::{Era, Finished, bounds, headers};

/// A host that serves over HTTP. Many tests may use it at once.
pub struct HttpHost {
    process: Process,
    address: SocketAddr,
    client: Client<HttpConnector, String>,
    _folder: TempDir,
}

/// An HTTP response, whole.
#[derive(Debug)]
pub struct Answer {
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub body: String,
}

impl HttpHost {
    pub(crate) fn start(process: Process, folder: TempDir) -> Self {
        let address = process.stderr.find(0, bounds::START, |line| {
            let (_, rest) = line.split_once("listening on http://")?;
            rest.split('/').next()?.parse().ok()
        });
        let Some(address) = address else {
            panic!("it doesn't say where it listens");
        };
        let host =
            Self { process, address, client: Client::builder(TokioExecutor::new()).build_http(), _folder: folder };
        host.wait_until_ready();
        host
    }

    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where clients connect to.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}/mcp", self.address)
    }

    /// Gets what is at this path.
    ///
    /// # Panics
    /// When nothing answers within the bound.
    #[must_use]
    pub fn get(&self, path: &str) -> Answer {
        self.send(self.request("GET", path), "")
    }

    /// As [`Self::get`], with headers.
    ///
    /// # Panics
    /// When nothing answers within the bound.
    #[must_use]
    pub fn get_with(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        let request = self.request("GET", path);
        self.send(headers.iter().fold(request, |request, (name, value)| request.header(*name, *value)), "")
    }

    /// Lets the process open so many more files than it has open now, and no others.
    ///
    /// # Panics
    /// When the system doesn't allow it.
    pub fn leave_files(&self, more: u64) {
        self.process.leave_files(more);
    }

    /// Sends a body to MCP's path with these headers, in the place of a client.
    ///
    /// # Panics
    /// When nothing answers within the bound.
    #[must_use]
    pub fn post<'a>(&self, headers: impl IntoIterator<Item = (&'a str, String)>, body: impl Into<String>) -> Answer {
        let request = headers
            .into_iter()
            .fold(self.request("POST", "/mcp"), |request, (name, value)| request.header(name, value));
        self.send(request, body)
    }

    /// Sends a message with the headers that belong to it, and with others on top.
    ///
    /// # Panics
    /// When nothing answers within the bound.
    #[must_use]
    pub fn post_message(&self, era: Era, message: &Value, more: &[(&str, &str)]) -> Answer {
        let more = more.iter().map(|(name, value)| (*name, (*value).to_owned()));
        self.post(headers(era, message).into_iter().chain(more), message.to_string())
    }

    /// Sends a request without a body to MCP's path with these headers.
    ///
    /// # Panics
    /// When nothing answers within the bound.
    #[must_use]
    pub fn request_mcp(&self, method: &str, headers: &[(&str, &str)]) -> Answer {
        let request = self.request(method, "/mcp");
        self.send(headers.iter().fold(request, |request, (name, value)| request.header(*name, *value)), "")
    }

    /// Asks it to stop, as an orchestrator does, and waits for its end.
    ///
    /// # Panics
    /// When it doesn't end within the bound.
    #[must_use]
    pub fn stop(mut self) -> Finished {
        self.process.terminate();
        self.process.finish(bounds::STOP)
    }

    /// Waits until it logs a line with this text.
    ///
    /// # Panics
    /// When it doesn't within the bound.
    pub fn wait_for_log(&self, text: &str) {
        self.process.wait_for_log(text);
    }

    /// What it logged up to now.
    #[must_use]
    pub fn log(&self) -> String {
        self.process.stderr.all().join("\n")
    }

    fn request(&self, method: &str, path: &str) -> http::request::Builder {
        Request::builder().method(method).uri(format!("http://{}{path}", self.address))
    }

    fn send(&self, request: http::request::Builder, body: impl Into<String>) -> Answer {
        let request = request.body(body.into()).unwrap();
        let sending = async {
            let (head, body) = self.client.request(request).await.unwrap().into_parts();
            let body = body.collect().await.unwrap().to_bytes();
            Answer { status: head.status, headers: head.headers, body: String::from_utf8(body.into()).unwrap() }
        };
        let bounded = async { tokio::time::timeout(bounds::ANSWER, sending).await };
        runtime().block_on(bounded).expect("an answer within the bound")
    }

    fn wait_until_ready(&self) {
        let deadline = Instant::now() + bounds::START;
        while self.get("/ready").status != StatusCode::OK {
            assert!(Instant::now() < deadline, "it isn't ready after {:?}", bounds::START);
            thread::sleep(bounds::LOOK);
        }
    }
}

impl Answer {
    /// The JSON-RPC message in it: the body, or the last event of a stream.
    ///
    /// # Panics
    /// When there is none.
    #[must_use]
    pub fn message(&self) -> Value {
        self.messages().pop().unwrap()
    }

    /// The JSON-RPC messages in it: the body, or the events of a stream. At least one.
    ///
    /// # Panics
    /// When there is none.
    #[must_use]
    pub fn messages(&self) -> Vec<Value> {
        let read = |text| serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {self:?}"));
        // A stream begins with an event that has no data.
        let events = self.body.lines().filter_map(|line| line.strip_prefix("data: ")).filter(|data| !data.is_empty());
        let events: Vec<Value> = events.map(read).collect();
        if events.is_empty() { vec![read(&self.body)] } else { events }
    }

    /// A header's text; empty where there is none.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

/// One for all tests: connections outlive a request, and belong to a runtime.
fn runtime() -> &'static Runtime {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap())
}
