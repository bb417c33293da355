//! `wharf.toml`: the only place that knows its form. An unknown or misspelt key is an error that names the line and
//! suggests the right word; nothing is ignored.

mod endpoints;
mod fault;
mod tools;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use http::uri::Authority;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use toml::Spanned;

use self::endpoints::EndpointTable;
use self::fault::{Fault, checked};
use self::tools::ToolsTable;
use super::suggest;
use super::{Config, DEFAULT_ADDRESS, PluginConfig, Server};
use crate::capability::files;
use crate::plugin::limits::Limits;
use crate::plugin::{Isolation, Spec};
use crate::policy::Grants;
use crate::source::{Source, SourceError, read_text};
use crate::surface::check_plugin_id;

/// Largest configuration file, in bytes. A thousand plugins fit.
const FILE_BYTES: u64 = 4 << 20;

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
struct File {
    server: ServerTable,
    #[schemars(with = "BTreeMap<String, PluginTable>")]
    plugins: BTreeMap<Spanned<String>, PluginTable>,
    #[schemars(with = "BTreeMap<String, EndpointTable>")]
    endpoints: BTreeMap<Spanned<String>, EndpointTable>,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
struct ServerTable {
    http: Option<SocketAddr>,
    token_file: Option<PathBuf>,
    allow_unauthenticated: bool,
    #[schemars(with = "Vec<String>")]
    allowed_hosts: Vec<Spanned<String>>,
    #[schemars(with = "Vec<String>")]
    allowed_origins: Vec<Spanned<String>>,
    /// Whether plain calls and lists are answered without the protocol's library, which is faster [default: true].
    fast_path: Option<bool>,
    /// How many connections may be open at once; others are refused [default: 4096].
    connections: Option<NonZeroUsize>,
    /// How many sessions clients of the older protocol era may have at once [default: 1024].
    sessions: Option<NonZeroUsize>,
    /// The file in which calls that became tasks are kept, across restarts [default: `wharf/tasks.redb` in the user's folder
    /// for state].
    task_file: Option<PathBuf>,
    /// Files with 64 hexadecimal digits each: keys that seal what clients carry for plugins which asked them something, so
    /// that questions outlive a restart. The first seals, and all open [default: a random key].
    state_key_files: Vec<PathBuf>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct PluginTable {
    source: String,
    #[serde(default)]
    config: BTreeMap<String, Scalar>,
    #[serde(default)]
    grants: GrantsTable,
    #[serde(default)]
    limits: Limits,
    #[serde(default)]
    instance: Isolation,
    #[serde(default)]
    tools: ToolsTable,
}

#[derive(Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
struct GrantsTable {
    files: Vec<files::Grant>,
}

/// A value of `config`. Plugins read text: numbers and truth values are written out.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(untagged, expecting = "expected a text, a number or a truth value")]
enum Scalar {
    Text(String),
    Integer(i64),
    Number(f64),
    Flag(bool),
}

/// Why a configuration can't be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file can't be read.
    #[error("the configuration can't be used: {0}")]
    Read(SourceError),
    /// The text is no configuration.
    #[error("the configuration {} is not valid, at {place}\n{excerpt}{problem}{}", path.display(), hint(suggestion.as_deref()))]
    Invalid {
        /// The file.
        path: PathBuf,
        /// Line and column.
        place: String,
        /// The line itself.
        excerpt: String,
        /// What is wrong with it.
        problem: String,
        /// The word that was probably meant.
        suggestion: Option<String>,
    },
}

fn hint(suggestion: Option<&str>) -> String {
    suggestion.map_or_else(String::new, |word| format!("; did you mean `{word}`?"))
}

impl Config {
    /// Reads a configuration file. Blocks on the disk.
    ///
    /// # Errors
    /// When it can't be read, or isn't valid; see [`ConfigError`].
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        let text = read_text(path, FILE_BYTES).map_err(ConfigError::Read)?;
        Self::parse(&text, path)
    }

    /// Reads the text of a configuration file. Relative paths start at the file's folder.
    ///
    /// # Errors
    /// When it isn't valid; see [`ConfigError::Invalid`].
    pub fn parse(text: &str, path: &Path) -> Result<Self, ConfigError> {
        let folder = path.parent().unwrap_or(Path::new(""));
        let file: File = toml::from_str(text).map_err(|error| {
            let suggestion = suggest::from_message(error.message()).map(str::to_owned);
            invalid(text, path, error.span().map_or(0, |span| span.start), error.message(), suggestion)
        })?;
        checked_config(file, folder).map_err(|fault| invalid(text, path, fault.at, &fault.problem, fault.suggestion))
    }
}

/// What no type says of the values.
fn checked_config(file: File, folder: &Path) -> Result<Config, Fault> {
    let ServerTable { allowed_hosts, allowed_origins, .. } = &file.server;
    if let Some(host) = allowed_hosts.iter().find(|host| !is_host(host.get_ref())) {
        let problem = "a host is a name or an address, with or without a port, such as `wharf.example.com`";
        return Err(Fault::of(host, problem));
    }
    if let Some(origin) = allowed_origins.iter().find(|origin| !is_origin(origin.get_ref())) {
        return Err(Fault::of(origin, "an origin is a scheme and a host, such as `https://app.example.com`"));
    }
    let ids: Vec<&str> = file.plugins.keys().map(|id| id.get_ref().as_str()).collect();
    let endpoints = endpoints::views(file.endpoints, &ids)?;
    let plugins = file.plugins.into_iter().map(|(id, table)| {
        checked(&id, |id| check_plugin_id(id))?;
        plugin(id.into_inner(), table, folder)
    });
    Ok(Config { server: server(file.server, folder), plugins: plugins.collect::<Result<_, _>>()?, endpoints })
}

fn server(table: ServerTable, folder: &Path) -> Server {
    Server {
        http: table.http.unwrap_or(DEFAULT_ADDRESS),
        token_file: table.token_file.map(|path| folder.join(path)),
        allow_unauthenticated: table.allow_unauthenticated,
        allowed_hosts: table.allowed_hosts.into_iter().map(Spanned::into_inner).collect(),
        allowed_origins: table.allowed_origins.into_iter().map(Spanned::into_inner).collect(),
        fast_path: table.fast_path.unwrap_or(Server::default().fast_path),
        connections: table.connections.map_or(Server::default().connections, NonZeroUsize::get),
        task_file: table.task_file.map(|path| folder.join(path)),
        state_key_files: table.state_key_files.into_iter().map(|path| folder.join(path)).collect(),
        sessions: table.sessions.map_or(Server::default().sessions, NonZeroUsize::get),
    }
}

fn is_host(text: &str) -> bool {
    text.parse::<Authority>().is_ok_and(|authority| !authority.host().is_empty() && !text.contains('@'))
}

/// An origin as browsers send it; `*` may stand for its port, and `null` is that of a page without one.
fn is_origin(text: &str) -> bool {
    let Some((scheme, host)) = text.split_once("://") else { return text == "null" };
    let scheme_ends = scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
    !scheme.is_empty() && scheme_ends && is_host(host.strip_suffix(":*").unwrap_or(host))
}

fn plugin(id: String, table: PluginTable, folder: &Path) -> Result<PluginConfig, Fault> {
    let files =
        table.grants.files.into_iter().map(|grant| files::Grant { directory: folder.join(&grant.directory), ..grant });
    let config = table.config.into_iter().map(|(key, value)| (key, value.into_text()));
    Ok(PluginConfig {
        source: Source::parse(&table.source, folder),
        tools: table.tools.rules()?,
        spec: Spec {
            id,
            config: config.collect(),
            grants: Grants { files: files.collect() },
            limits: table.limits,
            isolation: table.instance,
        },
    })
}

impl Scalar {
    fn into_text(self) -> String {
        match self {
            Self::Text(text) => text,
            Self::Integer(number) => number.to_string(),
            Self::Number(number) => number.to_string(),
            Self::Flag(flag) => flag.to_string(),
        }
    }
}

fn invalid(text: &str, path: &Path, offset: usize, problem: &str, suggestion: Option<String>) -> ConfigError {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.matches('\n').count();
    let column = before.rsplit('\n').next().map_or(0, |start| start.chars().count());
    let excerpt = text.lines().nth(line).map_or_else(String::new, |shown| format!("  {shown}\n"));
    let place = format!("line {}, column {}", line + 1, column + 1);
    ConfigError::Invalid { path: path.to_owned(), place, excerpt, problem: problem.to_owned(), suggestion }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::surface::{Listing, Prefix};

    fn problem(text: &str) -> String {
        Config::parse(text, Path::new("/etc/wharf/wharf.toml"))
            .map_or_else(|error| error.to_string(), |_| String::new())
    }

    #[test]
    fn a_full_file_is_read_with_paths_from_its_folder() {
        let text = r#"
            [server]
            http = "127.0.0.1:9000"
            token-file = "token"
            [plugins.catalog]
            source = "bundled:catalog"
            config = { mode = "fast", limit = 3, strict = true }
            [plugins.catalog.grants]
            files = [{ directory = "registries", at = "/registries" }]
        "#;
        let config = Config::parse(text, Path::new("/etc/wharf/wharf.toml")).unwrap();
        assert_eq!(config.server.token_file.as_deref(), Some(Path::new("/etc/wharf/token")));
        let plugin = &config.plugins[0];
        assert_eq!(plugin.source, Ok(Source::Bundled("catalog".into())));
        assert_eq!(plugin.spec.grants.files[0].directory, Path::new("/etc/wharf/registries"));
        let expected = [("limit", "3"), ("mode", "fast"), ("strict", "true")];
        assert_eq!(plugin.spec.config, expected.map(|(key, value)| (key.into(), value.into())));
    }

    #[test]
    fn the_examples_of_the_documentation_are_valid() {
        let texts = [include_str!("../../../README.md"), include_str!("../../../docs/endpoints.md")];
        let examples = texts.iter().flat_map(|text| text.split("```toml\n").skip(1));
        let examples: Vec<&str> = examples.filter_map(|example| example.split("```").next()).collect();
        assert_eq!(examples.len(), 3, "all were found");
        for example in examples {
            assert_eq!(problem(example), "", "{example}");
        }
    }

    #[test]
    fn endpoints_and_tools_are_read_as_they_are_written() {
        let text = r#"
            [plugins.a]
            source = "a"
            tools.override.x = { name = "y", read-only = true }
            [endpoints.default]
            pinned = ["a__y"]
            [endpoints.x]
            prefix = "never"
            plugins = ["a"]
            view = "search"
        "#;
        let config = Config::parse(text, Path::new("wharf.toml")).unwrap();
        let change = &config.plugins[0].tools.overrides["x"];
        assert_eq!((change.name.as_deref(), change.read_only, change.destructive), (Some("y"), Some(true), None));
        let (default, x) = (&config.endpoints["default"], &config.endpoints["x"]);
        assert_eq!((default.prefix, default.listing, default.plugins.is_none()), (Prefix::Always, Listing::Full, true));
        assert!(default.pinned.contains("a__y"));
        assert_eq!((x.prefix, x.listing), (Prefix::Never, Listing::Search));
        assert!(x.plugins.as_ref().unwrap().contains("a"));
    }

    #[test]
    fn an_error_names_the_line_and_the_right_word() {
        let cases = [
            ("[servre]\n", &["line 1", "server"][..]),
            ("[server]\nhtpp = '127.0.0.1:1'\n", &["line 2", "did you mean `http`"]),
            ("[plugins.a]\nsource = 'a'\ngrant = {}\n", &["line 3", "did you mean `grants`"]),
            ("[plugins.a]\nsource = 'a'\n[plugins.a.grants]\nfile = []\n", &["line 4", "did you mean `files`"]),
            (
                "[plugins.a]\nsource = 'a'\n[plugins.a.grants]\nfiles = [{ directory = 'x', at = '/x', acess = 'read' }]\n",
                &["line 4", "did you mean `access`"],
            ),
            (
                "[plugins.a]\nsource='a'\ngrants.files = [{directory='x', at='/x', access='raed'}]\n",
                &["line 3", "`read`"],
            ),
            ("[plugins.a]\n", &["line 1", "source"]),
            ("[plugins.a__b]\nsource = 'a'\n", &["line 1", "no `__`"]),
            ("\n\nhttp = \n", &["line 3"]),
            ("[server]\nhttp = 'localhost'\n", &["line 2", "socket address"]),
            ("[server]\nallowed-hosts = ['good.example', 'http://bad/']\n", &["line 2, column 34", "a host is"]),
            ("[server]\nallowed-hosts = ['']\n", &["line 2", "a host is"]),
            ("[server]\nallowed-origins = ['app.example.com']\n", &["line 2", "an origin is"]),
            ("[server]\nallowed-origins = ['https://a.example/path']\n", &["line 2", "an origin is"]),
            ("[endpoint.x]\n", &["line 1", "did you mean `endpoints`"]),
            ("[endpoints.'a/b']\n", &["line 1", "an endpoint's name has 1 to 32"]),
            ("[endpoints.x]\nprefixes = 'never'\n", &["line 2", "did you mean `prefix`"]),
            ("[endpoints.x]\nprefix = 'newer'\n", &["line 2", "did you mean `never`"]),
            ("[endpoints.x]\nview = 'serach'\n", &["line 2", "did you mean `search`"]),
            ("[endpoints.x]\npinned = ['a__b']\n", &["line 2", "add `view = \"search\"`"]),
            ("[endpoints.x.tools]\nincludes = []\n", &["line 2", "did you mean `include`"]),
            ("[endpoints.x.tools]\nexclude = ['a', '[']\n", &["line 2, column 17", "no pattern of names"]),
            (
                "[plugins.catalog]\nsource = 'a'\n[endpoints.x]\nplugins = ['catalog', 'katalog']\n",
                &["line 4, column 23", "no plugin of this id", "did you mean `catalog`"],
            ),
            ("[plugins.a]\nsource = 'a'\n[plugins.a.tools]\noverrides = {}\n", &["line 4", "did you mean `override`"]),
            ("[plugins.a]\nsource = 'a'\n[plugins.a.tools]\ninclude = ['']\n", &["line 4", "a pattern is empty"]),
            ("[plugins.a]\nsource = 'a'\n[plugins.a.tools.override.'x y']\n", &["line 3", "a tool's name has"]),
            (
                "[plugins.a]\nsource = 'a'\n[plugins.a.tools.override.x]\nreadonly = true\n",
                &["line 4", "did you mean `read-only`"],
            ),
            (
                "[plugins.a]\nsource = 'a'\n[plugins.a.tools.override.x]\nname = 'a.b'\n",
                &["line 4", "a tool's name has"],
            ),
            ("[plugins.a]\nsource = 'a'\n[plugins.a.tools.override.x]\ntitle = ''\n", &["line 4", "the text is empty"]),
            (
                "[plugins.a]\nsource = 'a'\n[plugins.a.tools.override]\nx.name = 'z'\ny.name = 'z'\n",
                &["line 5", "the same name"],
            ),
        ];
        for (text, expected) in cases {
            let problem = problem(text);
            for part in expected {
                assert!(problem.contains(part), "{text}\n{problem}\nshould contain {part}");
            }
        }
    }
}
