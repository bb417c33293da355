//! `wharf.toml`: the only place that knows its form. An unknown or misspelt key is an error that names the line and
//! suggests the right word; nothing is ignored.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use http::uri::Authority;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use toml::Spanned;

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
        let unfit = |value: &Spanned<String>, problem: &str| invalid(text, path, value.span().start, problem, None);
        if let Some(host) = file.server.allowed_hosts.iter().find(|host| !is_host(host.get_ref())) {
            return Err(unfit(
                host,
                "a host is a name or an address, with or without a port, such as `wharf.example.com`",
            ));
        }
        if let Some(origin) = file.server.allowed_origins.iter().find(|origin| !is_origin(origin.get_ref())) {
            return Err(unfit(origin, "an origin is a scheme and a host, such as `https://app.example.com`"));
        }
        let plugins = file.plugins.into_iter().map(|(id, table)| {
            check_plugin_id(id.get_ref()).map_err(|problem| invalid(text, path, id.span().start, &problem, None))?;
            Ok::<_, ConfigError>(plugin(id.into_inner(), table, folder))
        });
        Ok(Self { server: server(file.server, folder), plugins: plugins.collect::<Result<_, _>>()? })
    }
}

fn server(table: ServerTable, folder: &Path) -> Server {
    Server {
        http: table.http.unwrap_or(DEFAULT_ADDRESS),
        token_file: table.token_file.map(|path| folder.join(path)),
        allow_unauthenticated: table.allow_unauthenticated,
        allowed_hosts: table.allowed_hosts.into_iter().map(Spanned::into_inner).collect(),
        allowed_origins: table.allowed_origins.into_iter().map(Spanned::into_inner).collect(),
        fast_path: table.fast_path.unwrap_or(Server::default().fast_path),
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

fn plugin(id: String, table: PluginTable, folder: &Path) -> PluginConfig {
    let files =
        table.grants.files.into_iter().map(|grant| files::Grant { directory: folder.join(&grant.directory), ..grant });
    let config = table.config.into_iter().map(|(key, value)| (key, value.into_text()));
    PluginConfig {
        source: Source::parse(&table.source, folder),
        spec: Spec {
            id,
            config: config.collect(),
            grants: Grants { files: files.collect() },
            limits: table.limits,
            isolation: table.instance,
        },
    }
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
        ];
        for (text, expected) in cases {
            let problem = problem(text);
            for part in expected {
                assert!(problem.contains(part), "{text}\n{problem}\nshould contain {part}");
            }
        }
    }
}
