//! What the operator wrote, checked. [`mod@file`] alone knows that it is TOML.

pub mod file;
mod suggest;

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use crate::audit::{Keep, Settings};
use crate::capability::http::NetworkOptions;
use crate::capability::keyvalue::StoreConfig;
use crate::mcp::http::{CONNECTIONS, LONG_STREAM_TIME, SESSIONS};
use crate::mcp::{PAGE_ITEMS, Token};
use crate::plugin::Spec;
use crate::secret;
use crate::source::{Source, SourceError};
use crate::surface::{ToolRules, View};

/// Where HTTP listens when nothing else is said: reachable from this machine alone.
pub const DEFAULT_ADDRESS: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 8080);

/// The whole configuration.
#[derive(Debug, Default)]
pub struct Config {
    /// How clients reach the server.
    pub server: Server,
    /// Who may connect, where the server's own token isn't enough.
    pub tokens: Vec<Token>,
    /// Where calls are recorded.
    pub audit: Audit,
    /// The plugins, ordered by id.
    pub plugins: Vec<PluginConfig>,
    /// What is shown where, by the names of the endpoints. Those that every server has needn't be there.
    pub endpoints: BTreeMap<String, View>,
    /// How other machines are found, and who is trusted.
    pub network: NetworkOptions,
    /// Where secrets come from, by their names.
    pub secrets: BTreeMap<String, secret::Source>,
    /// Where plugins keep state, by the names that grants have for it.
    pub stores: BTreeMap<String, StoreConfig>,
}

/// How clients reach the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    /// Where HTTP listens.
    pub http: SocketAddr,
    /// The file that holds the bearer token.
    pub token_file: Option<PathBuf>,
    /// Lets an address other than loopback be served without a token.
    pub allow_unauthenticated: bool,
    /// Host names, beside those of this machine itself, that requests may be addressed to.
    pub allowed_hosts: Vec<String>,
    /// Web origins whose pages may send requests. Empty: none.
    pub allowed_origins: Vec<String>,
    /// Answers plain calls and lists without the protocol's library, which is faster. The answers are the same, so
    /// there is a reason to switch it off only to find out whether it is at fault.
    pub fast_path: bool,
    /// How many connections may be open at once.
    pub connections: usize,
    /// The files with the keys that seal what clients carry for plugins: the first seals, and all open.
    pub state_key_files: Vec<PathBuf>,
    /// The file in which calls that became tasks are kept. None: the user's own.
    pub task_file: Option<PathBuf>,
    /// How many sessions clients of the older era may have at once.
    pub sessions: usize,
    /// How many items a page of a list has.
    pub page_size: usize,
    /// How long one connection of the older era carries what a long call says.
    pub long_stream_time: Duration,
}

impl Default for Server {
    fn default() -> Self {
        Self {
            http: DEFAULT_ADDRESS,
            token_file: None,
            allow_unauthenticated: false,
            allowed_hosts: Vec::new(),
            allowed_origins: Vec::new(),
            fast_path: true,
            connections: CONNECTIONS,
            task_file: None,
            state_key_files: Vec::new(),
            sessions: SESSIONS,
            page_size: PAGE_ITEMS,
            long_stream_time: LONG_STREAM_TIME,
        }
    }
}

/// Where calls are recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Audit {
    /// Whether they are.
    pub is_enabled: bool,
    /// The file. None: the user's own, and for a server only.
    pub file: Option<PathBuf>,
    /// See [`Settings::largest_bytes`].
    pub largest_bytes: u64,
    /// See [`Settings::keep`].
    pub keep: u32,
    /// See [`Settings::arguments`].
    pub arguments: Keep,
}

impl Default for Audit {
    fn default() -> Self {
        let Settings { largest_bytes, keep, arguments, .. } = Settings::of(PathBuf::new());
        Self { is_enabled: true, file: None, largest_bytes, keep, arguments }
    }
}

impl Audit {
    /// The settings, with this file where none is configured. None: nothing is recorded.
    #[must_use]
    pub fn settings(&self, default: Option<PathBuf>) -> Option<Settings> {
        let file = self.file.clone().or(default).filter(|_| self.is_enabled)?;
        let Self { largest_bytes, keep, arguments, .. } = *self;
        Some(Settings { file, largest_bytes, keep, arguments })
    }
}

/// One plugin as configured. What is wrong with its source alone doesn't keep the others from being served.
#[derive(Debug)]
pub struct PluginConfig {
    /// Where its component is.
    pub source: Result<Source, SourceError>,
    /// What it is given.
    pub spec: Spec,
    /// What clients see of its tools.
    pub tools: ToolRules,
}

impl Config {
    /// What is served when there is no configuration: the plugins that come with wharf, without any grant.
    #[must_use]
    pub fn bundled() -> Self {
        let plugins = Source::bundled().into_iter().map(|id| PluginConfig {
            source: Ok(Source::Bundled(id.clone())),
            spec: Spec { id, ..Spec::default() },
            tools: ToolRules::default(),
        });
        Self { plugins: plugins.collect(), ..Self::default() }
    }
}
