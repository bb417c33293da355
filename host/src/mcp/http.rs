//! MCP over streamable HTTP, at `/mcp`; `/health` and `/ready` for whoever looks after the process.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use axum::routing::{any, get};
use axum::serve::ListenerExt as _;
use axum::{Router, middleware};
use http::{StatusCode, Uri};
use rmcp::transport::streamable_http_server::session::local::LocalSessionManager;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::auth::{self, Token};
use super::handler::Gateway;
use super::malformed;
use super::thin::{FastPath, Served};
use crate::plugin::limits;
use crate::surface::Published;

/// Time that open requests get to end when the server stops. Clients of the older era keep a stream open all the time,
/// so a stop usually takes this long; orchestrators kill after 10 to 30 seconds.
const DRAIN_TIME: Duration = Duration::from_secs(4);

/// Time that connections get to end once their requests are cut off.
const LAST_TIME: Duration = Duration::from_secs(2);

/// Largest body of a request, in bytes: the largest arguments, written with escapes, and the envelope around them.
const BODY_BYTES: usize = 2 * limits::ARGUMENT_BYTES + (64 << 10);

/// How the server is reached.
#[derive(Clone)]
pub struct Options {
    /// What clients must present. None: nobody has to prove anything.
    pub token: Option<Token>,
    /// Host names, beside those of this machine itself, that requests may be addressed to.
    pub allowed_hosts: Vec<String>,
    /// Web origins whose pages may send requests. Empty: none.
    pub allowed_origins: Vec<String>,
    /// Answers plain calls and lists without rmcp: faster, and with the same answers.
    pub fast_path: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { token: None, allowed_hosts: Vec::new(), allowed_origins: Vec::new(), fast_path: true }
    }
}

/// Who answers at `/mcp`.
struct Endpoint {
    fast: Option<FastPath>,
    rmcp: StreamableHttpService<Gateway, LocalSessionManager>,
}

/// Serves until `stop` is cancelled, then lets open requests end.
///
/// # Errors
/// When the listener fails.
pub async fn serve(
    listener: TcpListener,
    published: Arc<Published>,
    options: Options,
    stop: CancellationToken,
) -> io::Result<()> {
    // Cuts off what rmcp keeps open: streams that nobody closes, and requests that take too long.
    let cut = CancellationToken::new();
    let app = router(published, options, &cut);
    // Without this, Nagle's algorithm holds small answers back for 40 ms.
    let listener = listener.tap_io(|stream| {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!("TCP_NODELAY was refused: {error}");
        }
    });
    let drained = stop.clone();
    let serving = axum::serve(listener, app).with_graceful_shutdown(async move { drained.cancelled().await });
    tokio::select! {
        served = serving.into_future() => served,
        () = cut_off(&stop, &cut) => {
            tracing::warn!("connections that were still open after {:?} were dropped", DRAIN_TIME + LAST_TIME);
            Ok(())
        }
    }
}

/// Gives open requests their time after a stop, then cuts them off; returns when that has had its time too.
async fn cut_off(stop: &CancellationToken, cut: &CancellationToken) {
    stop.cancelled().await;
    tokio::time::sleep(DRAIN_TIME).await;
    cut.cancel();
    tokio::time::sleep(LAST_TIME).await;
}

fn router(published: Arc<Published>, options: Options, cut: &CancellationToken) -> Router {
    let endpoint = Endpoint::new(&published, &options, cut);
    Router::new()
        .route("/mcp", any(mcp).with_state(Arc::new(endpoint)))
        .layer(middleware::from_fn_with_state(options.token, auth::authenticate))
        .route("/health", get(|| async { "ok\n" }))
        .route("/ready", get(ready).with_state(published))
}

impl Endpoint {
    fn new(published: &Arc<Published>, options: &Options, cut: &CancellationToken) -> Self {
        let config = server_config(options, cut);
        let fast = || FastPath::new(Arc::clone(published), &config.allowed_hosts, config.max_request_body_bytes);
        let fast = options.fast_path.then(fast);
        let gateway = Gateway { published: Arc::clone(published) };
        let sessions = LocalSessionManager::default().into();
        Self { fast, rmcp: StreamableHttpService::new(move || Ok(gateway.clone()), sessions, config) }
    }
}

async fn mcp(State(endpoint): State<Arc<Endpoint>>, request: Request) -> Response {
    let request = match &endpoint.fast {
        None => request,
        Some(fast) => match fast.serve(request).await {
            Served::Answered(response) => return response,
            Served::HandedOn(request) => request,
        },
    };
    let (request, body) = malformed::keep_body(request, BODY_BYTES).await;
    malformed::answer(endpoint.rmcp.handle(request).await.map(Body::new), body.as_ref())
}

fn server_config(options: &Options, cut: &CancellationToken) -> StreamableHttpServerConfig {
    let local = StreamableHttpServerConfig::default();
    let hosts = local.allowed_hosts.iter().chain(&options.allowed_hosts).cloned().collect::<Vec<_>>();
    local
        .with_allowed_hosts(hosts)
        .with_allowed_origins(options.allowed_origins.iter().map(|origin| with_port(origin)))
        .enforce_origin_validation()
        .with_json_response(true)
        .with_max_request_body_bytes(BODY_BYTES)
        .with_cancellation_token(cut.clone())
}

/// The origin with its scheme's own port, where it names none: else rmcp would let every port of that host in.
fn with_port(origin: &str) -> String {
    let parsed: Option<Uri> = origin.parse().ok();
    let names_port = |uri: &Uri| {
        let authority = uri.authority().map_or("", |authority| authority.as_str());
        // The colons of an IPv6 address stand within brackets.
        authority.rsplit(']').next().is_some_and(|rest| rest.contains(':'))
    };
    let default = match parsed.as_ref().filter(|uri| !names_port(uri)).and_then(Uri::scheme_str) {
        Some("https") => ":443",
        Some("http") => ":80",
        _ => "",
    };
    format!("{origin}{default}")
}

async fn ready(State(published): State<Arc<Published>>) -> (StatusCode, &'static str) {
    if published.is_settled() { (StatusCode::OK, "ready\n") } else { (StatusCode::SERVICE_UNAVAILABLE, "loading\n") }
}

#[cfg(test)]
mod tests {
    use super::with_port;

    #[test]
    fn an_origin_means_one_port() {
        let cases = [
            ("https://app.example.com", "https://app.example.com:443"),
            ("http://localhost", "http://localhost:80"),
            ("https://app.example.com:8443", "https://app.example.com:8443"),
            ("http://localhost:*", "http://localhost:*"),
            ("http://[::1]", "http://[::1]:80"),
            ("null", "null"),
        ];
        for (origin, expected) in cases {
            assert_eq!(with_port(origin), expected);
        }
    }
}
