//! What the operator writes for `http`, what a plugin asks for, and whether it holds together.

pub mod analysis;
mod index;
mod methods;
mod pattern;
mod rules;
mod tree;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::net::IpAddr;
use std::num::NonZeroU16;

use http::HeaderName;
use http::header::{
    ACCEPT_ENCODING, CONNECTION, CONTENT_LENGTH, EXPECT, HOST, PROXY_AUTHENTICATE, PROXY_AUTHORIZATION, TE, TRAILER,
    TRANSFER_ENCODING, UPGRADE,
};
use ipnet::IpNet;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use self::pattern::Pattern;
use self::rules::changes_the_request;
use crate::capability::credential::{HeaderSource, Sign};
use crate::capability::decision::READING;
use crate::capability::egress;
use crate::capability::place::PlaceError;

pub(super) use rules::is_same_header;
pub use rules::{Match, Rules};

/// One rule: requests that a plugin may send. A request needs one rule that matches in everything, and of several the
/// first counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Rule {
    /// The scheme of the URL.
    #[serde(default, skip_serializing_if = "is_default")]
    pub scheme: Scheme,
    /// A name; `*.example.com` for all names below one, without itself; `*` for every name; or an IP address.
    pub host: String,
    /// The port [default: the scheme's].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port: Option<NonZeroU16>,
    /// The path, without query: `*` stands for anything within one segment, `**` for any number of segments
    /// [default: `/**`].
    #[serde(default = "every_path", skip_serializing_if = "is_every_path")]
    pub path: String,
    /// The methods, in capitals; `*` for all of them [default: GET and HEAD].
    #[serde(default = "reading", skip_serializing_if = "is_reading")]
    pub methods: Vec<String>,
    /// Networks beyond the public ones in which the host may lie, such as `10.0.0.0/8`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(with = "Vec<String>")]
    pub networks: Vec<IpNet>,
    /// Headers that the host sets, whatever the plugin sends.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, HeaderSource>,
    /// How the host signs the requests.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sign: Option<Sign>,
}

/// Requests that a plugin asks to be allowed, in its request section: a rule without what only an operator can know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Want {
    /// As for a rule.
    #[serde(default, skip_serializing_if = "is_default")]
    pub scheme: Scheme,
    /// As for a rule.
    pub host: String,
    /// As for a rule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port: Option<NonZeroU16>,
    /// As for a rule.
    #[serde(default = "every_path", skip_serializing_if = "is_every_path")]
    pub path: String,
    /// As for a rule.
    #[serde(default = "reading", skip_serializing_if = "is_reading")]
    pub methods: Vec<String>,
}

/// The form of `wants` for this capability.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Wants {
    /// The requests.
    pub rules: Vec<Want>,
}

/// The scheme of a URL.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Scheme {
    /// HTTP over TLS.
    #[default]
    Https,
    /// HTTP in plain.
    Http,
}

impl Scheme {
    /// As it is written in a URL.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Https => "https",
            Self::Http => "http",
        }
    }

    /// The port of a URL that names none.
    #[must_use]
    pub const fn default_port(self) -> u16 {
        match self {
            Self::Https => 443,
            Self::Http => 80,
        }
    }
}

impl fmt::Display for Scheme {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// `**` at the root.
pub(super) const EVERY_PATH: &str = "/**";
fn every_path() -> String {
    EVERY_PATH.to_owned()
}

fn is_every_path(path: &str) -> bool {
    path == EVERY_PATH
}

fn reading() -> Vec<String> {
    READING.map(str::to_owned).to_vec()
}

fn is_reading(methods: &[String]) -> bool {
    methods == READING
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

impl Want {
    /// Every path of a host by its scheme's port, to be read.
    #[must_use]
    pub fn of(host: impl Into<String>) -> Self {
        Self { scheme: Scheme::default(), host: host.into(), port: None, path: every_path(), methods: reading() }
    }
}

impl From<Want> for Rule {
    /// The grant that gives a plugin what it asks for.
    fn from(want: Want) -> Self {
        let Want { scheme, host, port, path, methods } = want;
        Self { scheme, host, port, path, methods, networks: Vec::new(), headers: BTreeMap::new(), sign: None }
    }
}

impl From<&Rule> for Want {
    fn from(rule: &Rule) -> Self {
        let Rule { scheme, host, port, path, methods, .. } = rule.clone();
        Self { scheme, host, port, path, methods }
    }
}

/// As an entry of `http = [...]`. Without headers and signatures, which don't decide what is allowed.
impl fmt::Display for Rule {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_matching(formatter, &Want::from(self))?;
        if !self.networks.is_empty() {
            let networks: Vec<String> = self.networks.iter().map(IpNet::to_string).collect();
            write!(formatter, ", networks = {networks:?}")?;
        }
        formatter.write_str(" }")
    }
}

/// As the entry of `http = [...]` that grants it.
impl fmt::Display for Want {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_matching(formatter, self)?;
        formatter.write_str(" }")
    }
}

/// Rust's quotes are TOML's for what is in URLs and methods: printable, and ASCII once it went through `url`.
fn write_matching(formatter: &mut fmt::Formatter<'_>, want: &Want) -> fmt::Result {
    let Want { scheme, host, port, path, methods } = want;
    formatter.write_str("{ ")?;
    if !is_default(scheme) {
        write!(formatter, "scheme = \"{scheme}\", ")?;
    }
    write!(formatter, "host = {host:?}")?;
    if let Some(port) = port {
        write!(formatter, ", port = {port}")?;
    }
    if !is_every_path(path) {
        write!(formatter, ", path = {path:?}")?;
    }
    if is_reading(methods) { Ok(()) } else { write!(formatter, ", methods = {methods:?}") }
}

/// A rule that can't be given, or a request section that can't be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{list}[{index}] for the host {host:?}: {fault}")]
pub struct GrantError {
    /// Whose rule it is.
    pub list: List,
    /// Which one of them, from 0.
    pub index: usize,
    /// The rule's host, as written.
    pub host: String,
    /// What is wrong with it.
    pub fault: Fault,
}

impl GrantError {
    /// What to do next.
    #[must_use]
    pub fn hint(&self) -> String {
        match (&self.list, &self.fault) {
            (List::Asked, _) => "the plugin's author has to correct its request section".to_owned(),
            (List::Granted, Fault::Address(refused)) => refused.hint(),
            (List::Granted, _) => "correct the rule in the configuration".to_owned(),
        }
    }
}

/// The two lists of rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum List {
    /// What the plugin asks for.
    Asked,
    /// What the operator grants.
    Granted,
}

impl fmt::Display for List {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Asked => "rules",
            Self::Granted => "http",
        })
    }
}

/// What is wrong with a rule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Its place.
    #[error(transparent)]
    Place(#[from] PlaceError),
    /// The host is an address that the rule's networks don't contain, so that no request would ever pass.
    #[error("{0}, and `networks` doesn't contain it")]
    Address(#[from] egress::AddressRefused),
    /// A rule without methods matches nothing.
    #[error("`methods` is empty, so that the rule matches nothing")]
    NoMethods,
    /// Not a method.
    #[error("{0:?} is no method")]
    Method(String),
    /// Methods are told apart by case.
    #[error("{0:?} is no method: they are written in capitals")]
    MethodCase(String),
    /// `*` and others.
    #[error("`*` stands for all methods, and has to stand alone")]
    MethodsTwice,
    /// A method that opens tunnels, or sends back what the host added.
    #[error("{0} can't be granted: it opens a tunnel, or shows what the host added to the request")]
    MethodNever(String),
    /// A network with more digits than its prefix has: one host was meant, or the whole network.
    #[error("the network {written} has bits beyond its prefix: write {network}, or {host} for one address")]
    Network {
        /// As written.
        written: IpNet,
        /// The network that it means.
        network: IpNet,
        /// The address alone.
        host: IpNet,
    },
    /// A network of mapped addresses, which are judged as IPv4.
    #[error("the network {0} is of IPv4 addresses in IPv6 form: write it as IPv4")]
    MappedNetwork(IpNet),
    /// Not a header's name.
    #[error("{0:?} is no name of a header")]
    Header(String),
    /// A header that decides how a request is framed or routed, or how its answer can be checked.
    #[error("a rule may not set the header {0}: the host alone does")]
    HeaderOfHost(HeaderName),
    /// The names of headers have no case.
    #[error("the header {0} is set twice")]
    HeaderTwice(HeaderName),
}

/// Headers that frame a request, belong to one connection, or say how the answer is encoded, which redaction reads.
const HEADERS_OF_HOST: [HeaderName; 11] = [
    HOST,
    CONTENT_LENGTH,
    TRANSFER_ENCODING,
    CONNECTION,
    TE,
    TRAILER,
    UPGRADE,
    EXPECT,
    PROXY_AUTHENTICATE,
    PROXY_AUTHORIZATION,
    ACCEPT_ENCODING,
];

/// As for [`HEADERS_OF_HOST`], without a constant of their own.
const MORE_HEADERS_OF_HOST: [&str; 3] = ["keep-alive", "proxy-connection", "http2-settings"];

/// Compiles what the plugin asks for.
fn compile_wants(wants: &[Want]) -> Result<Vec<Pattern>, GrantError> {
    compile(List::Asked, wants, |want| &want.host, Pattern::compile)
}

/// Compiles what the operator grants, and checks what doesn't take part in matching.
fn compile_rules(rules: &[Rule]) -> Result<Vec<Pattern>, GrantError> {
    compile(List::Granted, rules, |rule| &rule.host, compile_rule)
}

fn compile<T>(
    list: List,
    entries: &[T],
    host: impl Fn(&T) -> &String,
    compile: impl Fn(&T) -> Result<Pattern, Fault>,
) -> Result<Vec<Pattern>, GrantError> {
    let compile =
        |(index, entry)| compile(entry).map_err(|fault| GrantError { list, index, host: host(entry).clone(), fault });
    entries.iter().enumerate().map(compile).collect()
}

fn compile_rule(rule: &Rule) -> Result<Pattern, Fault> {
    let pattern = Pattern::compile(&Want::from(rule))?;
    rule.networks.iter().try_for_each(check_network)?;
    check_headers(rule.headers.keys())?;
    if let Some(address) = pattern.host.address() {
        egress::check(address, &rule.networks)?;
    }
    Ok(pattern)
}

fn check_network(written: &IpNet) -> Result<(), Fault> {
    if matches!(written.addr().to_canonical(), IpAddr::V4(_)) && matches!(written, IpNet::V6(_)) {
        return Err(Fault::MappedNetwork(*written));
    }
    if written.addr() != written.network() {
        let (network, host) = (written.trunc(), IpNet::from(written.addr()));
        return Err(Fault::Network { written: *written, network, host });
    }
    Ok(())
}

fn check_headers<'a>(names: impl Iterator<Item = &'a String>) -> Result<(), Fault> {
    let mut seen = BTreeSet::new();
    for written in names {
        let name: HeaderName = written.parse().map_err(|_| Fault::Header(written.clone()))?;
        let is_of_host = HEADERS_OF_HOST.contains(&name) || MORE_HEADERS_OF_HOST.contains(&name.as_str());
        if is_of_host || changes_the_request(&name) {
            return Err(Fault::HeaderOfHost(name));
        }
        if !seen.insert(name.as_str().to_owned()) {
            return Err(Fault::HeaderTwice(name));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
