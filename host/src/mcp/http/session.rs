//! Sessions of the older era, bounded: how many there are, and what a client may have kept in one.

mod used;

use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};
use std::time::Duration;

use futures::{Stream, StreamExt as _};
use http::header::RETRY_AFTER;
use http::{HeaderValue, StatusCode};
use hyper::body::Bytes;
use rmcp::model::{ClientJsonRpcMessage, ClientRequest, ErrorCode, ServerJsonRpcMessage};
use rmcp::transport::streamable_http_server::session::local::{LocalSessionManager, LocalSessionManagerError};
use rmcp::transport::streamable_http_server::session::{
    EventStore, RestoreOutcome, ServerSseMessage, SessionId, SessionManager,
};
use serde_json::{Value, json};

use self::used::Use;
use super::content::{self, Answer};
use super::relay;
use crate::caller::Caller;
use crate::mcp::find;
use crate::surface::{Published, SurfaceTool};

/// Largest message that begins a session, in bytes. All of it is kept as long as the session; names, versions and
/// capabilities of real clients take less than a tenth.
const INITIALIZE_BYTES: usize = 16 << 10;

/// How long a session lives that nobody uses. A person may think that long; and a client that comes later begins anew.
const IDLE_TIME: Duration = Duration::from_secs(30 * 60);

/// How long a session lives at least that nobody uses, when others need its place.
const SPARED_TIME: Duration = Duration::from_secs(60);

/// How often sessions that nobody uses are looked for.
const LOOK_EVERY: Duration = Duration::from_secs(60);

/// The seconds after which a refused client should try again.
const RETRY_SECONDS: HeaderValue = HeaderValue::from_static("60");

/// rmcp's sessions, of which there are at most so many. When all are taken, the one that was unused the longest makes
/// room; if none was for long, the client is refused.
pub(super) struct Sessions {
    local: LocalSessionManager,
    most: usize,
    /// How long one connection carries what a long call says, before its client is sent away to come back.
    long_time: Duration,
    used: Mutex<HashMap<SessionId, Known>>,
    /// One begins at a time, or two would take the same place.
    beginning: tokio::sync::Mutex<()>,
}

/// Whose a session is, and how it is used.
struct Known {
    caller: Arc<Caller>,
    session: Arc<Use>,
}

/// Why a session can't be used.
#[derive(Debug, thiserror::Error)]
pub(super) enum SessionError {
    #[error(transparent)]
    Refused(#[from] Refused),
    #[error("no answer is kept behind the event {0:?}: make the request again")]
    NotKept(String),
    #[error(transparent)]
    Local(#[from] LocalSessionManagerError),
    #[error("nobody knows whose request this is: {0}")]
    Nobody(#[from] io::Error),
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
    caller: Arc<Caller>,
    body_bytes: usize,
    refused: OnceLock<Refused>,
    published: Arc<Published>,
}

impl Attempt {
    /// Whether the message calls a tool that says of itself that it takes long.
    fn is_long(&self, message: &ClientJsonRpcMessage) -> bool {
        let ClientJsonRpcMessage::Request(request) = message else { return false };
        let ClientRequest::CallToolRequest(call) = &request.request else { return false };
        let surface = self.published.current();
        let name = find::really(&surface, &call.params);
        surface.tool(name).and_then(SurfaceTool::described).is_some_and(|tool| tool.long_running)
    }
}

/// Who sends the request that is being answered.
///
/// # Errors
/// Outside of [`Sessions::attempt`], where nobody can tell.
pub(super) fn caller() -> io::Result<Arc<Caller>> {
    ATTEMPT.try_with(|attempt| Arc::clone(&attempt.caller)).map_err(io::Error::other)
}

impl Sessions {
    /// Room for so many.
    pub(super) fn new(most: usize, long_time: Duration) -> Arc<Self> {
        let mut local = LocalSessionManager::default();
        // rmcp would count only what is said: a client that waits for something to be said is there all the same.
        local.session_config.keep_alive = None;
        local.session_config.sse_retry = Some(relay::RETRY);
        let (used, beginning) = (Mutex::default(), tokio::sync::Mutex::default());
        let sessions = Arc::new(Self { local, most, long_time, used, beginning });
        tokio::spawn(look_after(Arc::downgrade(&sessions)));
        sessions
    }

    /// Lets rmcp answer this caller's request with this body. Where that was to begin a session, and was refused, the answer says
    /// why: rmcp's own is that of a server which fails.
    pub(super) async fn attempt(
        &self,
        body: Bytes,
        caller: Caller,
        published: &Arc<Published>,
        answering: impl Future<Output = Answer>,
    ) -> Answer {
        let (caller, body_bytes, published) = (Arc::new(caller), body.len(), Arc::clone(published));
        let attempt = Arc::new(Attempt { caller, body_bytes, refused: OnceLock::new(), published });
        let answer = ATTEMPT.scope(Arc::clone(&attempt), answering).await;
        attempt.refused.get().map_or(answer, |refused| refused.answer(&body))
    }

    async fn begin(&self, id: Option<SessionId>) -> Result<(SessionId, RestoreOutcome<Transport>), SessionError> {
        check_size()?;
        let caller = caller()?;
        let _one = self.beginning.lock().await;
        self.make_room().await?;
        let (id, outcome) = match id {
            Some(id) => (Arc::clone(&id), self.local.restore_session(id).await?),
            None => {
                let (id, transport) = self.local.create_session().await?;
                (id, RestoreOutcome::Restored(transport))
            }
        };
        self.used().insert(Arc::clone(&id), Known { caller, session: Arc::default() });
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
        self.end(&leaving).await
    }

    async fn end(&self, id: &SessionId) -> Result<(), SessionError> {
        self.used().remove(id);
        Ok(self.local.close_session(id).await?)
    }

    /// Whether the session is that of somebody else than who sends this request: to that one it isn't there.
    fn is_anothers(&self, id: &SessionId) -> bool {
        let Ok(caller) = caller() else { return false };
        self.used().get(id).is_some_and(|known| !known.caller.is_same_subject(&caller))
    }

    /// Ends the sessions that nobody has used for long.
    async fn sweep(&self) {
        let idle: Vec<SessionId> = {
            let used = self.used();
            used.values().for_each(|known| known.session.tidy());
            let is_idle = |known: &Known| known.session.unused().is_some_and(|unused| unused >= IDLE_TIME);
            used.iter().filter(|(_, known)| is_idle(known)).map(|(id, _)| Arc::clone(id)).collect()
        };
        for id in idle {
            tracing::debug!("a session ends that nobody has used for {IDLE_TIME:?}");
            if let Err(error) = self.end(&id).await {
                tracing::debug!("a session could not be ended: {error}");
            }
        }
    }

    fn used(&self) -> MutexGuard<'_, HashMap<SessionId, Known>> {
        self.used.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How a session is used; none that is known of one that has ended meanwhile.
    fn use_of(&self, id: &SessionId) -> Arc<Use> {
        self.used().get(id).map(|known| Arc::clone(&known.session)).unwrap_or_default()
    }
}

async fn look_after(sessions: Weak<Sessions>) {
    loop {
        tokio::time::sleep(LOOK_EVERY).await;
        let Some(sessions) = sessions.upgrade() else { return };
        sessions.sweep().await;
    }
}

fn longest_unused(used: &HashMap<SessionId, Known>) -> Option<SessionId> {
    let unused = used.iter().filter_map(|(id, known)| Some((id, known.session.unused()?)));
    let (id, unused) = unused.max_by_key(|(_, unused)| *unused)?;
    (unused >= SPARED_TIME).then(|| Arc::clone(id))
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
        if self.is_anothers(id) {
            return Ok(false);
        }
        // One that begins only now isn't there yet.
        self.use_of(id).touch();
        Ok(self.local.has_session(id).await?)
    }

    async fn close_session(&self, id: &SessionId) -> Result<(), SessionError> {
        // As for one that isn't there.
        if self.is_anothers(id) { Ok(()) } else { self.end(id).await }
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
        let is_long = ATTEMPT.try_with(|attempt| attempt.is_long(&message)).unwrap_or_default();
        let session = self.use_of(id);
        let events = self.local.create_stream(id, message).await?;
        let reader = session.relay(is_long.then_some(self.long_time), events);
        Ok(session.open().during(reader))
    }

    async fn accept_message(&self, id: &SessionId, message: ClientJsonRpcMessage) -> Result<(), SessionError> {
        Ok(self.local.accept_message(id, message).await?)
    }

    async fn create_standalone_stream(
        &self,
        id: &SessionId,
    ) -> Result<impl Stream<Item = ServerSseMessage> + Send + Sync + 'static, SessionError> {
        let session = self.use_of(id);
        Ok(session.open().during(self.local.create_standalone_stream(id).await?))
    }

    async fn resume(
        &self,
        id: &SessionId,
        last_event_id: String,
    ) -> Result<impl Stream<Item = ServerSseMessage> + Send + Sync + 'static, SessionError> {
        let session = self.use_of(id);
        let events = match relay::read_event_id(&last_event_id) {
            None => self.local.resume(id, last_event_id).await?.left_stream(),
            Some((number, seen)) => {
                session.read_on(number, seen).ok_or(SessionError::NotKept(last_event_id))?.right_stream()
            }
        };
        Ok(session.open().during(events))
    }

    async fn restore_session(&self, id: SessionId) -> Result<RestoreOutcome<Transport>, SessionError> {
        Ok(self.begin(Some(id)).await?.1)
    }

    fn event_store(&self) -> Option<Arc<dyn EventStore>> {
        self.local.event_store()
    }
}

#[cfg(test)]
mod tests {
    use super::used::tests::unused_for;
    use super::*;

    fn leaving(sessions: &[(&str, &Arc<Use>)]) -> Option<String> {
        let known = |session: &Arc<Use>| Known { caller: Arc::default(), session: Arc::clone(session) };
        let used = sessions.iter().map(|(id, session)| (SessionId::from(*id), known(session))).collect();
        longest_unused(&used).map(|id| id.to_string())
    }

    #[test]
    fn the_one_that_nobody_reads_makes_room_and_nobody_else() {
        let (long, longer, short) = (unused_for(100), unused_for(200), unused_for(10));
        let all = [("long", &long), ("longer", &longer), ("short", &short)];
        assert_eq!(leaving(&all).as_deref(), Some("longer"));
        let read = Arc::clone(&longer).open();
        assert_eq!(leaving(&all).as_deref(), Some("long"));
        let also_read = Arc::clone(&long).open();
        assert_eq!(leaving(&all), None);
        drop(also_read);
        // It was used until now.
        assert_eq!(leaving(&all), None);
        drop(read);
        assert!(longer.unused().is_some_and(|unused| unused < SPARED_TIME));
    }
}
