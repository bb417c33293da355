//! MCP over streamable HTTP, at `/mcp`; `/health` and `/ready` for whoever looks after the process.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::routing::get;
use axum::serve::ListenerExt as _;
use axum::{Router, middleware};
use http::StatusCode;
use rmcp::transport::streamable_http_server::session::local::LocalSessionManager;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::auth::{self, Token};
use super::handler::Gateway;
use crate::plugin::limits;
use crate::surface::Published;

/// Time that open requests get to end when the server stops. Orchestrators kill after 10 to 30 seconds.
const DRAIN_TIME: Duration = Duration::from_secs(8);

/// Largest body of a request, in bytes: the largest arguments, written with escapes, and the envelope around them.
const BODY_BYTES: usize = 2 * limits::ARGUMENT_BYTES + (64 << 10);

/// How the server is reached.
#[derive(Clone, Default)]
pub struct Options {
    /// What clients must present. None: nobody has to prove anything.
    pub token: Option<Token>,
    /// Host names, beside those of this machine itself, that requests may be addressed to.
    pub allowed_hosts: Vec<String>,
    /// Web origins whose pages may send requests. Empty: none.
    pub allowed_origins: Vec<String>,
}

/// Begins to listen.
///
/// # Errors
/// A text that says what to do, when the address can't be had.
pub async fn bind(address: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address).await.map_err(|error| {
        anyhow::anyhow!("can't listen on {address}: {error}; choose another address with --http, such as 127.0.0.1:0")
    })
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
) -> anyhow::Result<()> {
    let app = router(published, options, &stop);
    // Without this, Nagle's algorithm holds small answers back for 40 ms.
    let listener = listener.tap_io(|stream| {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!("TCP_NODELAY was refused: {error}");
        }
    });
    let drained = stop.clone();
    let serving = axum::serve(listener, app).with_graceful_shutdown(async move { drained.cancelled().await });
    tokio::select! {
        served = serving.into_future() => served.map_err(Into::into),
        () = async { stop.cancelled().await; tokio::time::sleep(DRAIN_TIME).await } => {
            tracing::warn!("requests that were still open after {DRAIN_TIME:?} were cut off");
            Ok(())
        }
    }
}

fn router(published: Arc<Published>, options: Options, stop: &CancellationToken) -> Router {
    let gateway = Gateway { published: Arc::clone(&published) };
    let config = server_config(&options, stop);
    let mcp = StreamableHttpService::new(move || Ok(gateway.clone()), LocalSessionManager::default().into(), config);
    Router::new()
        .route_service("/mcp", mcp)
        .layer(middleware::from_fn_with_state(options.token, auth::authenticate))
        .route("/health", get(|| async { "ok\n" }))
        .route("/ready", get(ready).with_state(published))
}

fn server_config(options: &Options, stop: &CancellationToken) -> StreamableHttpServerConfig {
    let local = StreamableHttpServerConfig::default();
    let hosts = local.allowed_hosts.iter().chain(&options.allowed_hosts).cloned().collect::<Vec<_>>();
    local
        .with_allowed_hosts(hosts)
        .with_allowed_origins(options.allowed_origins.clone())
        .enforce_origin_validation()
        .with_json_response(true)
        .with_max_request_body_bytes(BODY_BYTES)
        .with_cancellation_token(stop.child_token())
}

async fn ready(State(published): State<Arc<Published>>) -> (StatusCode, &'static str) {
    if published.is_settled() { (StatusCode::OK, "ready\n") } else { (StatusCode::SERVICE_UNAVAILABLE, "loading\n") }
}
