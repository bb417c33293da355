//! Sessions of the older era, bounded: how many there are, and what a client may have kept in one.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use futures::Stream;
use http::header::RETRY_AFTER;
use http::{HeaderValue, StatusCode};
use hyper::body::Bytes;
use rmcp::model::{ClientJsonRpcMessage, ClientRequest, ErrorCode, ServerJsonRpcMessage};
use rmcp::transport::streamable_http_server::session::local::{LocalSessionManager, LocalSessionManagerError};
use rmcp::transport::streamable_http_server::session::{
    EventStore, RestoreOutcome, ServerSseMessage, SessionId, SessionManager,
};
use serde_json::{Value, json};

use super::content::{self, Answer};

/// Largest message that begins a session, in bytes. All of it is kept as long as the session; names, versions and
/// capabilities of real clients take less than a tenth.
const INITIALIZE_BYTES: usize = 16 << 10;

/// How long a session lives that nobody uses. A person may think that long; and a client that comes later begins anew.
const IDLE_TIME: Duration = Duration::from_secs(30 * 60);

/// How long a session lives at least that nobody uses, when others need its place.
const SPARED_TIME: Duration = Duration::from_secs(60);

/// How long what a request was answered is kept for a client whose connection broke, and with it its memory.
const ANSWERED_TIME: Duration = Duration::from_secs(10);

/// The seconds after which a refused client should try again.
const RETRY_SECONDS: HeaderValue = HeaderValue::from_static("60");

/// rmcp's sessions, of which there are at most so many. When all are taken, the one that was unused the longest makes
/// room; if none was for long, the client is refused.
pub(super) struct Sessions {
    local: LocalSessionManager,
    most: usize,
    /// When each was used last.
    used: Mutex<HashMap<SessionId, Instant>>,
    /// One begins at a time, or two would take the same place.
    beginning: tokio::sync::Mutex<()>,
}

/// Why a session can't be used.
#[derive(Debug, thiserror::Error)]
pub(super) enum SessionError {
    #[error(transparent)]
    Refused(#[from] Refused),
    #[error(transparent)]
    Local(#[from] LocalSessionManagerError),
}

/// Why a session doesn't begin.
#[derive(Debug, Clone, Copy, thiserror::Error)]
pub(super) enum Refused {
    #[error(
        "all {0} sessions are in use: end one with DELETE, try later, or use protocol version 2026-07-28, which needs none"
    )]
    Full(usize),
    #[error("an initialize request may have {INITIALIZE_BYTES} bytes, and this one has {0}")]
    TooLarge(usize),
}

tokio::task_local! {
    static ATTEMPT: Arc<Attempt>;
}

/// A request that may begin a session: what rmcp doesn't tell of it, and what it keeps to itself.
struct Attempt {
    body_bytes: usize,
    refused: OnceLock<Refused>,
}

impl Sessions {
    /// Room for so many.
    pub(super) fn new(most: usize) -> Self {
        let mut local = LocalSessionManager::default();
        local.session_config.keep_alive = Some(IDLE_TIME);
        local.session_config.completed_cache_ttl = ANSWERED_TIME;
        Self { local, most, used: Mutex::default(), beginning: tokio::sync::Mutex::default() }
    }

    /// Lets rmcp answer a request with this body. Where that was to begin a session, and was refused, the answer says
    /// why: rmcp's own is that of a server which fails.
    pub(super) async fn attempt(&self, body: Bytes, answering: impl Future<Output = Answer>) -> Answer {
        let attempt = Arc::new(Attempt { body_bytes: body.len(), refused: OnceLock::new() });
        let answer = ATTEMPT.scope(Arc::clone(&attempt), answering).await;
        attempt.refused.get().map_or(answer, |refused| refused.answer(&body))
    }

    async fn begin(&self, id: Option<SessionId>) -> Result<(SessionId, RestoreOutcome<Transport>), SessionError> {
        check_size()?;
        let _one = self.beginning.lock().await;
        self.make_room().await?;
        let (id, outcome) = match id {
            Some(id) => (Arc::clone(&id), self.local.restore_session(id).await?),
            None => {
                let (id, transport) = self.local.create_session().await?;
                (id, RestoreOutcome::Restored(transport))
            }
        };
        self.used().insert(Arc::clone(&id), Instant::now());
        Ok((id, outcome))
    }

    async fn make_room(&self) -> Result<(), SessionError> {
        let leaving = {
            let used = self.used();
            if used.len() < self.most {
                return Ok(());
            }
            longest_unused(&used).ok_or_else(|| refuse(Refused::Full(self.most)))?
        };
        tracing::info!("all {} sessions are taken: the one that was unused the longest ends", self.most);
        self.close_session(&leaving).await
    }

    fn touch(&self, id: &SessionId) {
        if let Some(used) = self.used().get_mut(id) {
            *used = Instant::now();
        }
    }

    fn used(&self) -> MutexGuard<'_, HashMap<SessionId, Instant>> {
        self.used.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn longest_unused(used: &HashMap<SessionId, Instant>) -> Option<SessionId> {
    let (id, used) = used.iter().min_by_key(|(_, used)| **used)?;
    (used.elapsed() >= SPARED_TIME).then(|| Arc::clone(id))
}

/// Whether what a client says of itself is small enough to be kept.
fn check_size() -> Result<(), SessionError> {
    let bytes = ATTEMPT.try_with(|attempt| attempt.body_bytes).unwrap_or_default();
    if bytes > INITIALIZE_BYTES { Err(refuse(Refused::TooLarge(bytes)).into()) } else { Ok(()) }
}

/// Notes why, for the answer.
fn refuse(refused: Refused) -> Refused {
    // Fails where nobody asks.
    let _ = ATTEMPT.try_with(|attempt| attempt.refused.set(refused));
    refused
}

impl Refused {
    fn answer(self, body: &[u8]) -> Answer {
        let (status, code) = match self {
            Self::TooLarge(_) => (StatusCode::BAD_REQUEST, ErrorCode::INVALID_REQUEST),
            Self::Full(_) => (StatusCode::SERVICE_UNAVAILABLE, ErrorCode::INTERNAL_ERROR),
        };
        let message: Option<Value> = serde_json::from_slice(body).ok();
        let id = message.as_ref().and_then(|message| message.get("id"));
        let error = json!({ "jsonrpc": "2.0", "id": id, "error": { "code": code, "message": self.to_string() } });
        let mut answer = content::json(status, error.to_string().into_bytes().into());
        if status == StatusCode::SERVICE_UNAVAILABLE {
            answer.headers_mut().insert(RETRY_AFTER, RETRY_SECONDS);
        }
        answer
    }
}

type Transport = <LocalSessionManager as SessionManager>::Transport;

impl SessionManager for Sessions {
    type Error = SessionError;
    type Transport = Transport;

    async fn create_session(&self) -> Result<(SessionId, Transport), SessionError> {
        match self.begin(None).await? {
            (id, RestoreOutcome::Restored(transport)) => Ok((id, transport)),
            (id, _) => Err(LocalSessionManagerError::SessionNotFound(id).into()),
        }
    }

    async fn initialize_session(
        &self,
        id: &SessionId,
        message: ClientJsonRpcMessage,
    ) -> Result<ServerJsonRpcMessage, SessionError> {
        Ok(self.local.initialize_session(id, message).await?)
    }

    async fn has_session(&self, id: &SessionId) -> Result<bool, SessionError> {
        self.touch(id);
        Ok(self.local.has_session(id).await?)
    }

    async fn close_session(&self, id: &SessionId) -> Result<(), SessionError> {
        self.used().remove(id);
        Ok(self.local.close_session(id).await?)
    }

    async fn create_stream(
        &self,
        id: &SessionId,
        message: ClientJsonRpcMessage,
    ) -> Result<impl Stream<Item = ServerSseMessage> + Send + Sync + 'static, SessionError> {
        // One that is begun can be begun anew, and keeps what is said then.
        if let ClientJsonRpcMessage::Request(request) = &message
            && matches!(request.request, ClientRequest::InitializeRequest(_))
        {
            check_size()?;
        }
        Ok(self.local.create_stream(id, message).await?)
    }

    async fn accept_message(&self, id: &SessionId, message: ClientJsonRpcMessage) -> Result<(), SessionError> {
        Ok(self.local.accept_message(id, message).await?)
    }

    async fn create_standalone_stream(
        &self,
        id: &SessionId,
    ) -> Result<impl Stream<Item = ServerSseMessage> + Send + Sync + 'static, SessionError> {
        Ok(self.local.create_standalone_stream(id).await?)
    }

    async fn resume(
        &self,
        id: &SessionId,
        last_event_id: String,
    ) -> Result<impl Stream<Item = ServerSseMessage> + Send + Sync + 'static, SessionError> {
        Ok(self.local.resume(id, last_event_id).await?)
    }

    async fn restore_session(&self, id: SessionId) -> Result<RestoreOutcome<Transport>, SessionError> {
        Ok(self.begin(Some(id)).await?.1)
    }

    fn event_store(&self) -> Option<Arc<dyn EventStore>> {
        self.local.event_store()
    }
}
