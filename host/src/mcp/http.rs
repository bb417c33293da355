//! MCP over streamable HTTP, at `/mcp`; `/health` and `/ready` for whoever looks after the process.

mod accept;
mod body;
mod connection;
pub(super) mod content;
mod front;
mod lapse;
mod plain;
mod relay;
mod session;
mod socket;
mod watch;

use std::io;
use std::sync::Arc;
use std::time::Duration;

use http::Uri;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};
use tokio::net::TcpListener;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use self::body::{BODY_BYTES, Bodies};
use self::front::Front;
use self::session::Sessions;
use self::watch::Connections;
use super::auth::Tokens;
use super::handler::Gateway;
use super::hub::{Hub, sealer_or_random, tasks_or_memory};
use super::list::PAGE_ITEMS;
use super::thin::FastPath;
use crate::seal::Sealer;
use crate::surface::{DEFAULT_ENDPOINT, Endpoint, Endpoints};
use crate::task::Tasks;

/// Connections at once, where the operator says nothing else: each takes some 20 kB while it is idle.
pub const CONNECTIONS: usize = 4_096;

/// Sessions of the older era at once, where the operator says nothing else: each takes some 30 kB while it is idle.
pub const SESSIONS: usize = 1_024;

/// How long one connection of the older era carries what a long call says, where the operator says nothing else: shorter
/// than most proxies let a connection be silent, and longer than most calls.
pub const LONG_STREAM_TIME: Duration = Duration::from_secs(25);

/// Time that open requests get to end when the server stops. Clients of the older era keep a stream open all the time,
/// so a stop usually takes this long; orchestrators kill after 10 to 30 seconds.
const DRAIN_TIME: Duration = Duration::from_secs(4);

/// Time that connections get to end once their requests are cut off.
const LAST_TIME: Duration = Duration::from_secs(2);

/// How the server is reached.
#[derive(Clone)]
pub struct Options {
    /// What clients must present.
    pub tokens: Tokens,
    /// Host names, beside those of this machine itself, that requests may be addressed to.
    pub allowed_hosts: Vec<String>,
    /// Web origins whose pages may send requests. Empty: none.
    pub allowed_origins: Vec<String>,
    /// Answers plain calls and lists without rmcp: faster, and with the same answers.
    pub fast_path: bool,
    /// How many connections may be open at once. Others are refused with 503.
    pub connections: usize,
    /// How many sessions clients of the older era may have at once. When all are taken, one that was unused for a while
    /// makes room, or the client is refused with 503.
    pub sessions: usize,
    /// How long one connection of the older era carries what a call says whose tool declares itself long. Then its client
    /// is sent away, and comes back for the rest.
    pub long_stream_time: Duration,
    /// How many items a page of a list has.
    pub page_items: usize,
    /// Seals what clients carry for plugins that asked them something. None: with a random key, so that questions don't
    /// outlive this process.
    pub sealer: Option<Arc<Sealer>>,
    /// Keeps calls that became tasks. None: in memory, so that they don't outlive this process.
    pub tasks: Option<Tasks>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            tokens: Tokens::default(),
            allowed_hosts: Vec::new(),
            allowed_origins: Vec::new(),
            fast_path: true,
            connections: CONNECTIONS,
            sessions: SESSIONS,
            long_stream_time: LONG_STREAM_TIME,
            page_items: PAGE_ITEMS,
            sealer: None,
            tasks: None,
        }
    }
}

/// Serves until `stop` is cancelled, then lets open requests end.
///
/// # Errors
/// When there are no random bytes for a key. A listener that fails is tried again.
pub async fn serve(
    listener: TcpListener,
    endpoints: &Endpoints,
    options: Options,
    stop: CancellationToken,
) -> io::Result<()> {
    // Cuts off what rmcp keeps open: streams that nobody closes, and requests that take too long.
    let cut = CancellationToken::new();
    let connections = Connections::new(options.connections);
    let config = server_config(&options, listener.local_addr()?.port(), &cut);
    let front = Arc::new(front(endpoints, options, &config, &stop)?);
    let serving = async {
        accept::accept(listener, &connections, &front, &stop).await;
        connections.stop();
        drain(&connections, &cut).await;
    };
    tokio::select! {
        () = serving => {}
        () = connections.look_after() => {}
    }
    Ok(())
}

/// Gives open requests their time after a stop, then cuts them off, and gives that its time too.
async fn drain(connections: &Connections, cut: &CancellationToken) {
    if timeout(DRAIN_TIME, connections.all_left()).await.is_ok() {
        return;
    }
    cut.cancel();
    if timeout(LAST_TIME, connections.all_left()).await.is_err() {
        let left = connections.cut();
        tracing::warn!("{left} connections that were still open after {:?} were dropped", DRAIN_TIME + LAST_TIME);
    }
}

fn front(
    endpoints: &Endpoints,
    mut options: Options,
    config: &StreamableHttpServerConfig,
    stop: &CancellationToken,
) -> io::Result<Front> {
    let sealer = sealer_or_random(options.sealer.take()).map_err(io::Error::other)?;
    let tasks = tasks_or_memory(options.tasks.take()).map_err(io::Error::other)?;
    let sessions = Sessions::new(options.sessions, options.long_stream_time);
    let open = |shown: &Endpoint| {
        let hub = Hub::new(shown, options.page_items, Arc::clone(&sealer), tasks.clone(), stop.clone());
        endpoint(hub, &options, &sessions, config.clone())
    };
    let others = endpoints.iter().filter(|shown| shown.name != DEFAULT_ENDPOINT);
    let named = others.map(|shown| (shown.name.clone(), open(shown))).collect();
    let default = open(endpoints.default_one());
    Ok(Front { tokens: options.tokens, default, named, bodies: Bodies::default() })
}

fn endpoint(
    hub: Arc<Hub>,
    options: &Options,
    sessions: &Arc<Sessions>,
    config: StreamableHttpServerConfig,
) -> front::Endpoint {
    let fast = options.fast_path.then(|| FastPath::new(Arc::clone(&hub), &config.allowed_hosts));
    let shared = Arc::clone(&hub);
    let gateway = move || Ok(Gateway::new(&shared, session::caller()?));
    let rmcp = StreamableHttpService::new(gateway, Arc::clone(sessions), config);
    front::Endpoint { hub, fast, sessions: Arc::clone(sessions), rmcp }
}

fn server_config(options: &Options, port: u16, cut: &CancellationToken) -> StreamableHttpServerConfig {
    let local = StreamableHttpServerConfig::default();
    let hosts = local.allowed_hosts.iter().chain(&options.allowed_hosts).cloned().collect::<Vec<_>>();
    // This very server as a page would name it: no page comes from here, and programs that send an origin say this one.
    let own = ["localhost", "127.0.0.1", "[::1]"].map(|host| format!("http://{host}:{port}"));
    local
        .with_allowed_hosts(hosts)
        .with_allowed_origins(options.allowed_origins.iter().map(|origin| with_port(origin)).chain(own))
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
