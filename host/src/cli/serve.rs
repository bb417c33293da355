//! `wharf serve`.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::SystemTime;

use anyhow::{Context as _, bail};
use clap::Args;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use super::{ConfigFile, environment};
use crate::app::Host;
use crate::audit::Audit;
use crate::config::{self, Config, Server};
use crate::database;
use crate::mcp::{Token, Tokens, http, stdio};
use crate::seal::{Key, Sealer};
use crate::source::read_text;
use crate::surface::{DEFAULT_ENDPOINT, Endpoint};
use crate::task::{Store, Tasks};

#[derive(Debug, Args)]
pub(super) struct Serve {
    #[command(flatten)]
    config: ConfigFile,
    /// Serve one client over standard input and output
    #[arg(long, conflicts_with_all = ["http", "token_file", "allow_unauthenticated"])]
    stdio: bool,
    /// Which of the configured endpoints the client over standard input and output sees [default: default]
    #[arg(long, value_name = "NAME", requires = "stdio")]
    endpoint: Option<String>,
    /// Where HTTP listens [env: WHARF_HTTP] [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDR")]
    http: Option<SocketAddr>,
    /// A file that holds the bearer token which clients must present [env: WHARF_TOKEN_FILE]
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
    /// Serve addresses other than loopback without a token: everyone who reaches them may call every tool
    #[arg(long)]
    allow_unauthenticated: bool,
}

impl Serve {
    pub(super) async fn run(self) -> anyhow::Result<ExitCode> {
        let (config, path) = self.config.load()?;
        greet(&config, path.as_deref());
        raise_file_limit();
        let stop = stop_on_signals()?;
        let audit = audit(&config.audit)?;
        let served = match self.stdio {
            true => self.over_stdio(config, audit.clone(), stop).await,
            false => self.over_http(config, audit.clone(), stop).await,
        };
        audit.closed().await;
        served.map(|()| ExitCode::SUCCESS)
    }

    async fn over_stdio(&self, config: Config, audit: Audit, stop: CancellationToken) -> anyhow::Result<()> {
        let tasks = config.server.task_file.as_deref().map(|path| tasks(Some(path))).transpose()?.flatten();
        let sealer = sealer(&config.server.state_key_files)?;
        let page_items = config.server.page_size;
        let host = Host::start_recorded(config, audit)?;
        stdio::serve(self.endpoint(&host)?, page_items, sealer, tasks, stop).await?;
        host.cleaned_up().await;
        Ok(())
    }

    async fn over_http(&self, config: Config, audit: Audit, stop: CancellationToken) -> anyhow::Result<()> {
        let server = self.server(&config.server)?;
        let tokens = self.tokens(&config)?;
        check_exposure(&server, !tokens.is_empty())?;
        if !server.http.ip().is_loopback() && server.allowed_hosts.is_empty() {
            tracing::warn!(
                "requests must name this server as localhost: add its name to `allowed-hosts` below [server]"
            );
        }
        let listener = bind(server.http).await?;
        tracing::info!("listening on http://{}/mcp", listener.local_addr()?);
        let host = Host::start_recorded(config, audit)?;
        let options = http::Options {
            tokens,
            allowed_hosts: server.allowed_hosts,
            allowed_origins: server.allowed_origins,
            fast_path: server.fast_path,
            connections: server.connections,
            sessions: server.sessions,
            long_stream_time: server.long_stream_time,
            page_items: server.page_size,
            sealer: sealer(&server.state_key_files)?,
            tasks: tasks(server.task_file.as_deref())?,
        };
        http::serve(listener, host.endpoints(), options, stop).await?;
        host.cleaned_up().await;
        tracing::info!("stopped");
        Ok(())
    }

    /// What the client over standard input and output sees.
    fn endpoint<'a>(&self, host: &'a Host) -> anyhow::Result<&'a Arc<Endpoint>> {
        let name = self.endpoint.as_deref().unwrap_or(DEFAULT_ENDPOINT);
        host.endpoint(name).with_context(|| {
            let known: Vec<&str> = host.endpoints().iter().map(|endpoint| endpoint.name.as_str()).collect();
            format!("no endpoint is named `{name}`; there is {}", known.join(", "))
        })
    }

    /// Flags over the environment over the file. Variables are read here rather than as part of the flags, because one
    /// that is set for all must not stand in the way of `--stdio`.
    fn server(&self, file: &Server) -> anyhow::Result<Server> {
        let variable = std::env::var(environment::HTTP).ok();
        let named =
            variable.map(|text| text.parse().with_context(|| format!("{}={text} is no address", environment::HTTP)));
        Ok(Server {
            http: self.http.map_or_else(|| named.unwrap_or(Ok(file.http)), Ok)?,
            allow_unauthenticated: self.allow_unauthenticated || file.allow_unauthenticated,
            ..file.clone()
        })
    }

    /// Those of the configuration, or else the one that has no name.
    fn tokens(&self, config: &Config) -> anyhow::Result<Tokens> {
        let unnamed = self.token(&config.server)?;
        if unnamed.is_some() && !config.tokens.is_empty() {
            bail!(
                "the configuration has [tokens], and there is another one without a name, of --token-file, {} or {}: \
                 leave that out, or give it a name below [tokens] with the digest that `wharf token hash` prints",
                environment::TOKEN,
                environment::TOKEN_FILE
            );
        }
        let tokens = Tokens::new(unnamed.into_iter().chain(config.tokens.iter().cloned()).collect());
        tokens.remarks(SystemTime::now()).iter().for_each(|remark| tracing::warn!("{remark}"));
        Ok(tokens)
    }

    /// The token without a name: of the file that the flag names, else of the environment, else of the file that the configuration names.
    fn token(&self, file: &Server) -> anyhow::Result<Option<Token>> {
        if let Some(path) = &self.token_file {
            return read_token(path).map(Some);
        }
        if let Ok(text) = std::env::var(environment::TOKEN) {
            return Token::new(&text).map(Some).context(environment::TOKEN);
        }
        let variable = std::env::var_os(environment::TOKEN_FILE).map(PathBuf::from);
        variable.as_ref().or(file.token_file.as_ref()).map(|path| read_token(path)).transpose()
    }
}

/// The token in a file.
pub(super) fn read_token(path: &Path) -> anyhow::Result<Token> {
    let text = read_text(path, TOKEN_FILE_BYTES).context("the token file")?;
    Token::new(&text).with_context(|| path.display().to_string())
}

/// Where tasks are kept: in the file that the configuration names, else in the user's own; in memory where another
/// wharf has that one.
fn tasks(configured: Option<&Path>) -> anyhow::Result<Option<Tasks>> {
    let Some(path) = configured.map(Path::to_owned).or_else(|| own_file("tasks.redb")) else { return Ok(None) };
    let opened = match (Store::open(&path), configured) {
        (Ok(opened), _) => opened,
        (Err(error), Some(_)) => return Err(error.into()),
        (Err(error), None) => {
            tracing::warn!("tasks are kept in memory, and end with this process: {error}");
            return Ok(None);
        }
    };
    if let Some(moved) = &opened.moved {
        tracing::error!(
            "the tasks in {} can't be read ({}): they are in {} now",
            path.display(),
            moved.why,
            moved.aside.display()
        );
    }
    Ok(Some(Tasks::new(opened.store)))
}

/// Where calls are recorded: in the file that the configuration names, else in the user's own. Without that one, as in a
/// container that has no home, calls are served all the same.
fn audit(config: &config::Audit) -> anyhow::Result<Audit> {
    let Some(settings) = config.settings(own_file("audit.jsonl")) else {
        if config.is_enabled {
            tracing::warn!("calls are not recorded: there is no folder for it, so name a `file` below [audit]");
        }
        return Ok(Audit::off());
    };
    match Audit::open(&settings) {
        Err(error) if config.file.is_none() => {
            tracing::warn!("calls are not recorded: {error}; {}", error.hint());
            Ok(Audit::off())
        }
        Err(error) => bail!("{error}; {}", error.hint()),
        Ok(audit) => Ok(audit),
    }
}

/// A file of this user's.
fn own_file(name: &str) -> Option<PathBuf> {
    Some(database::folder()?.join(name))
}

/// What seals the states that clients carry, with the keys in these files; none without files.
fn sealer(files: &[PathBuf]) -> anyhow::Result<Option<Arc<Sealer>>> {
    let keys = files.iter().map(|path| read_state_key(path)).collect::<anyhow::Result<Vec<Key>>>()?;
    Ok(keys.split_first().map(|(newest, older)| Arc::new(Sealer::new(newest, older))))
}

fn read_state_key(path: &Path) -> anyhow::Result<Key> {
    let text = read_text(path, TOKEN_FILE_BYTES).context("the file with the key for request states")?;
    let bytes = blake3::Hash::from_hex(text.trim()).ok().with_context(|| {
        format!("{} must hold 64 hexadecimal digits, as `openssl rand -hex 32` prints them", path.display())
    })?;
    Ok(Key::from_config(bytes.as_bytes()))
}

/// Begins to listen.
async fn bind(address: SocketAddr) -> anyhow::Result<TcpListener> {
    let bound = TcpListener::bind(address).await;
    bound.with_context(|| format!("can't listen on {address}; choose another address with --http, such as 127.0.0.1:0"))
}

/// A server with many clients, plugins and granted directories needs more open files than a shell gives by default.
fn raise_file_limit() {
    let limit = getrlimit(Resource::Nofile);
    if let Err(error) = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit }) {
        tracing::debug!("the limit on open files stays at {:?}: {error}", limit.current);
    }
}

fn greet(config: &Config, path: Option<&Path>) {
    let plugins: Vec<&str> = config.plugins.iter().map(|plugin| plugin.spec.id.as_str()).collect();
    let plugins = if plugins.is_empty() { "none".to_owned() } else { plugins.join(", ") };
    match path {
        Some(path) => tracing::info!("plugins of {}: {plugins}", path.display()),
        None => tracing::info!(
            "no wharf.toml: serving the bundled plugins ({plugins}) without network, files, Docker or cluster; \
             to configure more, write one and name it with --config"
        ),
    }
}

/// Largest file with a token, in bytes.
const TOKEN_FILE_BYTES: u64 = 4 << 10;

/// Only this machine reaches loopback; what others can reach asks for a token.
fn check_exposure(server: &Server, has_token: bool) -> anyhow::Result<()> {
    if server.http.ip().is_loopback() || has_token || server.allow_unauthenticated {
        return Ok(());
    }
    bail!(
        "{} can be reached from other machines, and no bearer token is set: put one into a file and name it with \
         --token-file (or set {}), or accept that everyone may call every tool with --allow-unauthenticated",
        server.http,
        environment::TOKEN
    )
}

#[expect(clippy::exit, reason = "the operator insists, and open requests hold the runtime")]
fn exit_at_once() {
    // 128 and the number of SIGINT, as shells write it.
    std::process::exit(130);
}

/// Cancelled by SIGTERM or Ctrl-C; a second one ends the process at once.
fn stop_on_signals() -> anyhow::Result<CancellationToken> {
    let stop = CancellationToken::new();
    let mut terminate = signal(SignalKind::terminate()).context("can't listen for SIGTERM")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("can't listen for Ctrl-C")?;
    let stopping = stop.clone();
    tokio::spawn(async move {
        loop {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            if stopping.is_cancelled() {
                exit_at_once();
            }
            tracing::info!("stopping: open requests may end, a second signal cuts them off");
            stopping.cancel();
        }
    });
    Ok(stop)
}
