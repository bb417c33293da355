//! `wharf.toml`: the only place that knows its form. An unknown or misspelt key is an error that names the line and
//! suggests the right word; nothing is ignored.

mod audit;
mod endpoints;
mod fault;
mod tokens;
mod tools;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::num::{NonZeroU64, NonZeroUsize};
use std::path::{Path, PathBuf};
use std::time::Duration;

use ::http::uri::Authority;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use toml::Spanned;

use self::audit::AuditTable;
use self::endpoints::EndpointTable;
use self::fault::{Fault, checked};
use self::tokens::TokenTable;
use self::tools::ToolsTable;
use super::suggest;
use super::{Config, DEFAULT_ADDRESS, PluginConfig, Server};
use crate::capability::http::NetworkOptions;
use crate::capability::keyvalue::StoreConfig;
use crate::capability::{files, http, keyvalue, signing};
use crate::mcp::MOST_PAGE_ITEMS;
use crate::plugin::limits::Limits;
use crate::plugin::{Isolation, Spec};
use crate::policy::Grants;
use crate::secret;
use crate::source::{Source, SourceError, read_text};
use crate::surface::{Approve, ToolRules, check_plugin_id};

pub use self::tokens::NewToken;

/// Largest configuration file, in bytes. A thousand plugins fit.
const FILE_BYTES: u64 = 4 << 20;

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
struct File {
    server: ServerTable,
    audit: AuditTable,
    #[schemars(with = "BTreeMap<String, TokenTable>")]
    tokens: BTreeMap<Spanned<String>, TokenTable>,
    #[schemars(with = "BTreeMap<String, PluginTable>")]
    plugins: BTreeMap<Spanned<String>, PluginTable>,
    #[schemars(with = "BTreeMap<String, EndpointTable>")]
    endpoints: BTreeMap<Spanned<String>, EndpointTable>,
    network: NetworkTable,
    /// Where secrets come from, by the names that grants have for them.
    secrets: BTreeMap<String, secret::Source>,
    /// Where plugins keep state, by the names that grants have for it; `local` is a file on this machine.
    #[schemars(with = "BTreeMap<String, StoreConfig>")]
    stores: BTreeMap<Spanned<String>, StoreConfig>,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
struct ServerTable {
    http: Option<SocketAddr>,
    #[schemars(with = "Option<PathBuf>")]
    token_file: Option<Spanned<PathBuf>>,
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
    /// How many items a page of a list has: many clients never ask for the second one [default: 1000, at most 10000].
    #[schemars(with = "Option<NonZeroUsize>", range(max = MOST_PAGE_ITEMS))]
    page_size: Option<Spanned<NonZeroUsize>>,
    /// How long one connection of the older protocol era carries what a call says whose tool declares itself long, in
    /// milliseconds. Then it is closed, and the client comes back for the rest [default: 25000].
    long_stream_time_ms: Option<NonZeroU64>,
    /// The file in which calls that became tasks are kept, across restarts [default: `wharf/tasks.redb` in the user's folder
    /// for state].
    task_file: Option<PathBuf>,
    /// Files with 64 hexadecimal digits each: keys that seal what clients carry for plugins which asked them something, so
    /// that questions outlive a restart. The first seals, and all open [default: a random key].
    state_key_files: Vec<PathBuf>,
    /// Whether every plugin is held to reading, whatever its own table says.
    read_only: bool,
    /// Which tools run only after a person has agreed, where a plugin's own table says nothing.
    approve: Approve,
}

/// How other machines are found, and who is trusted.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
struct NetworkTable {
    /// Name servers for the plugins' requests, such as `10.0.0.2:53` [default: as the operating system does it].
    nameservers: Vec<SocketAddr>,
    /// Files with certificates, in PEM, of authorities that are trusted beside those of the operating system.
    authorities: Vec<PathBuf>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct PluginTable {
    source: String,
    /// Whether it is held to reading: only tools that say they are read-only are there, and what it may reach is
    /// narrowed to reading as well.
    #[serde(default)]
    read_only: bool,
    /// Which of its tools run only after a person has agreed [default: as below `[server]`].
    approve: Option<Approve>,
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
    /// Directories.
    files: Vec<files::Grant>,
    /// Requests to other machines, rule by rule.
    http: Option<Vec<http::Rule>>,
    /// Buckets of state.
    keyvalue: Option<Vec<keyvalue::Grant>>,
    /// Keys with which addresses are signed.
    signing: Option<Vec<signing::Grant>>,
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

/// The JSON Schema of a configuration file, as a document of JSON.
#[must_use]
pub fn json_schema() -> serde_json::Value {
    let mut schema = schemars::schema_for!(File);
    schema.insert("title".into(), "wharf.toml".into());
    schema.to_value()
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
    if let Some(size) = file.server.page_size.as_ref().filter(|size| size.get_ref().get() > MOST_PAGE_ITEMS) {
        return Err(Fault::of(size, format!("a page has at most {MOST_PAGE_ITEMS} items")));
    }
    let ids: Vec<&str> = file.plugins.keys().map(|id| id.get_ref().as_str()).collect();
    let endpoints = endpoints::views(file.endpoints, &ids)?;
    if let Some(token_file) = file.server.token_file.as_ref().filter(|_| !file.tokens.is_empty()) {
        return Err(Fault::of(token_file, BOTH));
    }
    let tokens = tokens::tokens(file.tokens, &ids)?;
    let audit = file.audit.read(folder)?;
    let stores = stores(file.stores, folder)?;
    let (is_read_only, approve) = (file.server.read_only, file.server.approve);
    let plugins = file.plugins.into_iter().map(|(id, mut table)| {
        checked(&id, |id| check_plugin_id(id))?;
        table.read_only |= is_read_only;
        table.approve = table.approve.or(Some(approve));
        let buckets = table.grants.keyvalue.as_deref().unwrap_or_default();
        checked(&id, |_| keyvalue::Grant::check(buckets, &stores).map_err(|error| error.to_string()))?;
        plugin(id.into_inner(), table, folder)
    });
    Ok(Config {
        plugins: plugins.collect::<Result<_, _>>()?,
        server: server(file.server, folder),
        tokens,
        audit,
        endpoints,
        network: NetworkOptions {
            nameservers: file.network.nameservers,
            authorities: file.network.authorities.into_iter().map(|path| folder.join(path)).collect(),
        },
        secrets: file.secrets.into_iter().map(|(name, source)| (name, source.below(folder))).collect(),
        stores,
    })
}

/// The stores, with paths from the file's folder.
fn stores(
    tables: BTreeMap<Spanned<String>, StoreConfig>,
    folder: &Path,
) -> Result<BTreeMap<String, StoreConfig>, Fault> {
    for (name, store) in &tables {
        let alone = [(name.get_ref().clone(), store.clone())].into();
        checked(name, |_| StoreConfig::check(&alone).map_err(|error| error.to_string()))?;
    }
    let below = |store| match store {
        StoreConfig::File(file) => StoreConfig::File(folder.join(file)),
        other => other,
    };
    Ok(tables.into_iter().map(|(name, store)| (name.into_inner(), below(store))).collect())
}

/// Why the one token without a name doesn't go with others.
const BOTH: &str = "there are [tokens] as well, and each of these has a name: give this one a name too, with the digest that \
    `wharf token hash` prints";

fn server(table: ServerTable, folder: &Path) -> Server {
    Server {
        http: table.http.unwrap_or(DEFAULT_ADDRESS),
        token_file: table.token_file.map(|path| folder.join(path.into_inner())),
        allow_unauthenticated: table.allow_unauthenticated,
        allowed_hosts: table.allowed_hosts.into_iter().map(Spanned::into_inner).collect(),
        allowed_origins: table.allowed_origins.into_iter().map(Spanned::into_inner).collect(),
        fast_path: table.fast_path.unwrap_or(Server::default().fast_path),
        connections: table.connections.map_or(Server::default().connections, NonZeroUsize::get),
        task_file: table.task_file.map(|path| folder.join(path)),
        state_key_files: table.state_key_files.into_iter().map(|path| folder.join(path)).collect(),
        sessions: table.sessions.map_or(Server::default().sessions, NonZeroUsize::get),
        page_size: table.page_size.map_or(Server::default().page_size, |size| size.into_inner().get()),
        long_stream_time: table
            .long_stream_time_ms
            .map_or(Server::default().long_stream_time, |time| Duration::from_millis(time.get())),
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
        tools: ToolRules {
            is_read_only: table.read_only,
            approve: table.approve.unwrap_or_default(),
            ..table.tools.rules()?
        },
        spec: Spec {
            id,
            config: config.collect(),
            grants: Grants {
                files: files.collect(),
                http: table.grants.http,
                keyvalue: table.grants.keyvalue,
                signing: table.grants.signing,
            },
            limits: table.limits,
            isolation: table.instance,
            is_read_only: table.read_only,
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

    /// All that is shown of configurations.
    fn examples() -> Vec<&'static str> {
        let texts = [
            include_str!("../../../README.md"),
            include_str!("../../../docs/endpoints.md"),
            include_str!("../../../docs/policy.md"),
        ];
        let examples = texts.into_iter().flat_map(|text| text.split("```toml\n").skip(1));
        let examples: Vec<&str> = examples.filter_map(|example| example.split("```").next()).collect();
        assert_eq!(examples.len(), 19, "all were found");
        examples
    }

    #[test]
    fn the_examples_of_the_documentation_are_valid() {
        for example in examples() {
            assert_eq!(problem(example), "", "{example}");
        }
    }

    #[test]
    fn the_schema_takes_what_is_valid_and_nothing_misspelt() {
        let schema = jsonschema::validator_for(&json_schema()).unwrap();
        let problem = |text: &str| {
            let value: serde_json::Value = toml::from_str(text).unwrap();
            schema.validate(&value).err().map(|error| format!("{error} at {}", error.instance_path()))
        };
        for example in examples() {
            assert_eq!(problem(example), None, "{example}");
        }
        let cases = [
            "[servre]\n",
            "[server]\nhtpp = '127.0.0.1:1'\n",
            "[plugins.a]\n",
            "[plugins.a]\nsource = 'a'\ngrant = {}\n",
            "[plugins.a]\nsource = 'a'\napprove = 'everything'\n",
            "[plugins.a]\nsource = 'a'\n[plugins.a.limits]\nmemory = 3\n",
            "[plugins.a]\nsource = 'a'\ngrants.files = [{ directory = 'x', at = '/x', acess = 'read' }]\n",
            "[plugins.a]\nsource = 'a'\ngrants.http = [{ host = 'a.example', method = ['GET'] }]\n",
            "[plugins.a]\nsource = 'a'\ngrants.http = [{ host = 'a.example', headers.A = { secrt = 'x' } }]\n",
            "[plugins.a]\nsource = 'a'\ngrants.http = [{ host = 'a.example', sign = { gcp = {} } }]\n",
            "[plugins.a]\nsource = 'a'\ngrants.keyvalue = [{ bucket = 'b', size = 3 }]\n",
            "[plugins.a]\nsource = 'a'\ngrants.signing = [{ name = 'x' }]\n",
            "[secrets.a]\nenvironment = 'A'\n",
            "[stores.a]\nredis = { url = 'redis://a' }\n",
            "[network]\nnameserver = []\n",
            "[tokens.a]\n",
        ];
        for text in cases {
            assert!(problem(text).is_some(), "{text}");
            assert_ne!(super::tests::problem(text), "", "{text}");
        }
    }

    #[test]
    fn the_audit_and_tokens_are_read_as_they_are_written() {
        let audit = "[audit]\nfile = 'audit.jsonl'\nlargest-bytes = 1000\nkeep = 0\narguments = 'whole'\n";
        let rest = token("expires = '2027-01-01'\nplugins = ['a']\ntools = ['a__get_*']\n[plugins.a]\nsource = 'a'");
        let config = Config::parse(&format!("{audit}{rest}"), Path::new("/etc/wharf/wharf.toml")).unwrap();
        let settings = config.audit.settings(None).unwrap();
        assert_eq!(settings.file, Path::new("/etc/wharf/audit.jsonl"));
        assert_eq!((settings.largest_bytes, settings.keep), (1_000, 0));
        let [token] = config.tokens.as_slice() else { panic!("there is one token") };
        let permissions = token.permissions().unwrap();
        assert!(permissions.allow_plugin("a") && permissions.allow_tool("a", "a__get_x"));
        assert!(!permissions.allow_tool("a", "a__set_x") && !permissions.allow_plugin("b"));
        let off = Config::parse("[audit]\nenabled = false", Path::new("wharf.toml")).unwrap();
        assert_eq!(off.audit.settings(Some("x".into())), None);
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

    /// The table of a token, with more lines.
    fn token(more: &str) -> String {
        let digest = format!("sha256:{}", "0".repeat(64));
        format!("[tokens.alice]\ndigest = 'DIGEST'\n{more}\n").replace("DIGEST", &digest)
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
            ("[server]\npage-size = 0\n", &["line 2", "nonzero"]),
            ("[server]\npage-size = 10001\n", &["line 2", "at most 10000"]),
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
            ("[audit]\nfiles = 'x'\n", &["line 2", "did you mean `file`"]),
            ("[audit]\narguments = 'hole'\n", &["line 2", "did you mean `whole`"]),
            ("[audit]\nlargest-bytes = 0\n", &["line 2"]),
            ("[audit]\nkeep = 1001\n", &["line 2, column 8", "at most 1000 files"]),
            ("[tokens.alice]\n", &["line 1", "digest"]),
            ("[tokens.'a b']\ndigest = ''\n", &["line 1", "a token's name has"]),
            ("[tokens.alice]\ndigest = 'secret'\n", &["line 2, column 10", "`wharf token hash`"]),
            (&token("expires = 'soon'"), &["line 3, column 11", "neither a date nor a time"]),
            (&token("plugin = ['a']"), &["line 3", "did you mean `plugins`"]),
            (&token("plugins = ['a']"), &["line 3, column 12", "no plugin of this id"]),
            (&token("tools = ['a__*', '']"), &["line 3, column 18", "a pattern is empty"]),
            (&token("[tokens.bob]\ndigest = 'DIGEST'"), &["line 4, column 10", "another token has the same digest"]),
            (&token("[server]\ntoken-file = 'token'"), &["line 4, column 14", "`wharf token hash`"]),
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
