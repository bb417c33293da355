//! HTTP, with all that comes on any of its streams in one place.

use std::collections::HashMap;
use std::sync::{Arc, Condvar, Mutex, OnceLock};
use std::time::Duration;

use http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt as _;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::{Value, json};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::oneshot::{self, Sender};
use tokio::task::JoinHandle;
use wharf_tests::{Era, HttpHost, headers};

/// How long something may take. Generous: a bound is there so that nothing hangs.
const PATIENCE: Duration = Duration::from_secs(120);

/// The streams of one client.
pub(super) struct Streams {
    host: Arc<HttpHost>,
    path: String,
    token: Option<String>,
    session: Option<String>,
    inbox: Inbox,
    /// Those of requests by their ids. Dropping one closes its connection.
    open: HashMap<u64, Open>,
    /// The session's own, and what has no id.
    others: Vec<Open>,
}

struct Open(JoinHandle<()>);

impl Drop for Open {
    fn drop(&mut self) {
        self.0.abort();
    }
}

#[derive(Clone, Default)]
struct Inbox(Arc<(Mutex<Vec<Value>>, Condvar)>);

impl Streams {
    pub(super) fn new(host: Arc<HttpHost>, path: &str, token: Option<&str>) -> Self {
        let (path, token) = (path.to_owned(), token.map(str::to_owned));
        Self { host, path, token, session: None, inbox: Inbox::default(), open: HashMap::new(), others: Vec::new() }
    }

    /// Sends the message that begins a session, and keeps the session's id.
    pub(super) fn begin_session(&mut self, hello: &Value) {
        let request = self.post(Era::Legacy, hello);
        let receiving = async { tokio::time::timeout(PATIENCE, receive(request, self.inbox.clone(), None)).await };
        let headers = runtime().block_on(receiving).expect("an answer within the bound").expect("an answer");
        self.session = Some(headers["mcp-session-id"].to_str().unwrap().to_owned());
    }

    /// Opens the session's own stream.
    pub(super) fn listen(&mut self) {
        let request = self.request("GET").header("accept", "text/event-stream");
        let request = request.header("mcp-protocol-version", Era::Legacy.version()).body(String::new()).unwrap();
        // What happens next is told on it only if it is there.
        let (opened, opening) = oneshot::channel();
        let inbox = self.inbox.clone();
        self.others.push(Open(runtime().spawn(async move {
            receive(request, inbox, Some(opened)).await;
        })));
        let opening = async { tokio::time::timeout(PATIENCE, opening).await };
        let status = runtime().block_on(opening).expect("an answer within the bound").expect("an answer");
        assert_eq!(status, 200, "the session's own stream");
    }

    pub(super) fn send(&mut self, era: Era, message: &Value) {
        let request = self.post(era, message);
        if message.get("method").is_none() || message.get("id").is_none() {
            // What comes next may rely on it, and connections are no queue.
            let receiving = async { tokio::time::timeout(PATIENCE, receive(request, self.inbox.clone(), None)).await };
            runtime().block_on(receiving).expect("an answer within the bound");
            return;
        }
        let opened = self.deliver(request);
        self.open.insert(message["id"].as_u64().unwrap(), opened);
    }

    pub(super) fn close(&mut self, id: u64) {
        self.open.remove(&id);
    }

    pub(super) fn heard(&self) -> Vec<Value> {
        self.inbox.0.0.lock().unwrap().clone()
    }

    pub(super) fn message(&self, place: usize) -> Value {
        let (messages, changed) = &*self.inbox.0;
        let is_short = |messages: &mut Vec<Value>| messages.len() <= place;
        let (messages, _) = changed.wait_timeout_while(messages.lock().unwrap(), PATIENCE, is_short).unwrap();
        messages.get(place).cloned().unwrap_or_else(|| panic!("nothing more is said; it said {messages:?}"))
    }

    pub(super) fn host(&self) -> &HttpHost {
        &self.host
    }

    /// The host, which nobody else uses.
    pub(super) fn into_host(self) -> HttpHost {
        let Self { host, .. } = self;
        Arc::into_inner(host).expect("the host is this client's own")
    }

    fn deliver(&self, request: Request<String>) -> Open {
        let inbox = self.inbox.clone();
        Open(runtime().spawn(async move {
            receive(request, inbox, None).await;
        }))
    }

    fn post(&self, era: Era, message: &Value) -> Request<String> {
        let request = headers(era, message)
            .into_iter()
            .fold(self.request("POST"), |request, (name, value)| request.header(name, value));
        request.body(message.to_string()).unwrap()
    }

    fn request(&self, method: &str) -> http::request::Builder {
        let uri = format!("http://{}{}", self.host.address(), self.path);
        let request = Request::builder().method(method).uri(uri);
        let token = self.token.iter().map(|token| ("authorization", format!("Bearer {token}")));
        let session = self.session.iter().map(|session| ("mcp-session-id", session.clone()));
        token.chain(session).fold(request, |request, (name, value)| request.header(name, value))
    }
}

impl Inbox {
    fn put(&self, text: &[u8]) {
        if text.iter().all(u8::is_ascii_whitespace) {
            return;
        }
        let unreadable = |_| json!({ "unreadable": String::from_utf8_lossy(text) });
        let message = serde_json::from_slice(text).unwrap_or_else(unreadable);
        let (messages, changed) = &*self.0;
        messages.lock().unwrap().push(message);
        changed.notify_all();
    }
}

/// Puts everything that answers a request into the inbox, and says its status as soon as it is there. The headers; none
/// where nobody answers any more.
async fn receive(request: Request<String>, inbox: Inbox, opened: Option<Sender<StatusCode>>) -> Option<HeaderMap> {
    let (head, mut body) = client().request(request).await.ok()?.into_parts();
    // Fails where nobody waits for it any more.
    let _ = opened.map(|opened| opened.send(head.status));
    let kind = head.headers.get("content-type").and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let is_stream = kind.starts_with("text/event-stream");
    let mut text = Vec::new();
    while let Some(Ok(frame)) = body.frame().await {
        text.extend(frame.into_data().unwrap_or_default());
        while is_stream && let Some(end) = text.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = text.drain(..=end).collect();
            line.strip_prefix(b"data: ").into_iter().for_each(|data| inbox.put(data));
        }
    }
    if !is_stream {
        inbox.put(&text);
    }
    Some(head.headers)
}

/// One for all tests, as connections belong to a runtime.
fn runtime() -> &'static Runtime {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap())
}

fn client() -> Client<HttpConnector, String> {
    static CLIENT: OnceLock<Client<HttpConnector, String>> = OnceLock::new();
    CLIENT.get_or_init(|| Client::builder(TokioExecutor::new()).build_http()).clone()
}
