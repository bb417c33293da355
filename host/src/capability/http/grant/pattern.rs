//! A rule, compiled, and a request as rules see it.

use std::fmt;

use http::Method;
use serde::Serialize;
use url::{Host, Url};

use super::hostname::{HostPattern, problem_of_name};
use super::methods::{Methods, is_never};
use super::path::{self, PathPattern, SEGMENTS};
use super::{EVERY_PATH, Fault, Scheme, Want};
use crate::capability::decision::{By, Refused};

/// Longest URL of a request, in bytes: what web servers commonly take.
const URL_BYTES: usize = 8 << 10;

/// Longest part of a path that messages show, in bytes. All of it is in the hint.
const SHOWN_BYTES: usize = 200;

/// What a rule matches.
#[derive(Debug, Clone)]
pub(super) struct Pattern {
    pub(super) scheme: Scheme,
    pub(super) host: HostPattern,
    pub(super) port: u16,
    pub(super) path: PathPattern,
    pub(super) methods: Methods,
}

impl Pattern {
    pub(super) fn compile(want: &Want) -> Result<Self, Fault> {
        Ok(Self {
            scheme: want.scheme,
            host: HostPattern::compile(&want.host)?,
            port: want.port.map_or(want.scheme.default_port(), Into::into),
            path: PathPattern::compile(&want.path)?,
            methods: Methods::compile(&want.methods)?,
        })
    }

    /// Whether all but host and path fit.
    pub(super) fn fits_beside_place(&self, request: &Request<'_>) -> bool {
        self.scheme == request.scheme && self.port == request.port && self.methods.contains(request.method)
    }

    /// All that keeps it from matching; nothing when it matches.
    pub(super) fn differences(&self, request: &Request<'_>) -> Vec<Difference> {
        let path = match request.ambiguity {
            _ if self.path.is_everything() => None,
            Some(ambiguity) => Some(Difference::AmbiguousPath(ambiguity)),
            None => (!self.path.matches(request.path)).then_some(Difference::Path),
        };
        let differences = [
            (!self.host.matches(request.host, request.is_name)).then_some(Difference::Host),
            (self.scheme != request.scheme).then_some(Difference::Scheme),
            (self.port != request.port).then_some(Difference::Port),
            path,
            (!self.methods.contains(request.method)).then_some(Difference::Method),
        ];
        differences.into_iter().flatten().collect()
    }

    /// Whether every request of the other is one of this.
    pub(super) fn covers(&self, other: &Self) -> bool {
        self.scheme == other.scheme
            && self.port == other.port
            && self.host.covers(&other.host)
            && self.methods.covers(&other.methods)
            && self.path.covers(&other.path)
    }

    /// The same for each of its methods.
    pub(super) fn one_by_one(&self) -> impl Iterator<Item = Self> + '_ {
        self.methods.one_by_one().into_iter().map(|methods| Self { methods, ..self.clone() })
    }
}

/// What keeps a rule from matching a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Difference {
    /// Another host.
    Host,
    /// Another scheme.
    Scheme,
    /// Another port.
    Port,
    /// Another path.
    Path,
    /// A path that servers read in different ways, of which only `/**` has all; why.
    AmbiguousPath(&'static str),
    /// Another method.
    Method,
}

impl Difference {
    /// The key of the rule that it is about.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Host => "host",
            Self::Scheme => "scheme",
            Self::Port => "port",
            Self::Path | Self::AmbiguousPath(_) => "path",
            Self::Method => "methods",
        }
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AmbiguousPath(ambiguity) => write!(formatter, "path (it {ambiguity}, so that only `/**` allows it)"),
            other => formatter.write_str(other.key()),
        }
    }
}

/// A request that means one thing only: with a method, a scheme and a host that a rule can be about.
pub(super) struct Request<'a> {
    pub(super) method: &'a Method,
    pub(super) scheme: Scheme,
    /// As `url` has it.
    pub(super) host: &'a str,
    /// Not an address.
    pub(super) is_name: bool,
    pub(super) port: u16,
    pub(super) path: &'a str,
    /// Why the path means several things, if it does.
    pub(super) ambiguity: Option<&'static str>,
}

impl<'a> Request<'a> {
    /// # Errors
    /// When no rule could ever allow it.
    pub(super) fn new(method: &'a Method, url: &'a Url) -> Result<Self, Refused> {
        let length = url.as_str().len();
        if length > URL_BYTES {
            let why = format!("the URL has {length} bytes, and {URL_BYTES} are allowed");
            return Err(Refused::new(By::Bound, why, "send what is long in the body of the request"));
        }
        let segments = path::segments(url.path()).count();
        if segments > SEGMENTS {
            let why = format!("the path has {segments} segments, and {SEGMENTS} are allowed");
            return Err(Refused::new(By::Bound, why, "send what is long in the body of the request"));
        }
        if is_never(method) {
            let hint = "no rule allows it: send another method";
            return Err(Refused::new(By::Malformed, format!("the method {method} is never sent"), hint));
        }
        Self::of_url(method, url).map_err(|problem| {
            let hint = "no rule allows it: send a plain http or https URL";
            Refused::new(By::Malformed, format!("the URL {problem}"), hint)
        })
    }

    fn of_url(method: &'a Method, url: &'a Url) -> Result<Self, &'static str> {
        let scheme = match url.scheme() {
            "https" => Scheme::Https,
            "http" => Scheme::Http,
            _ => return Err("has another scheme than http and https"),
        };
        if !url.username().is_empty() || url.password().is_some() {
            return Err("has user information");
        }
        let (Some(host), Some(kind)) = (url.host_str(), url.host()) else { return Err("has no host") };
        let is_name = matches!(kind, Host::Domain(_));
        if is_name && problem_of_name(host).is_some() {
            return Err(problem_of_host(host));
        }
        let port = url.port().unwrap_or(scheme.default_port());
        if port == 0 {
            return Err("has the port 0");
        }
        let path = url.path();
        Ok(Self { method, scheme, host, is_name, port, path, ambiguity: path::ambiguity(path) })
    }

    /// What would allow this request, and nothing else.
    pub(super) fn want(&self) -> Want {
        let port = (self.port != self.scheme.default_port()).then(|| self.port.try_into().ok()).flatten();
        let path = if self.ambiguity.is_some() { EVERY_PATH.to_owned() } else { path::narrowest(self.path) };
        let methods = vec![self.method.to_string()];
        Want { scheme: self.scheme, host: self.host.to_owned(), port, path, methods }
    }
}

fn problem_of_host(host: &str) -> &'static str {
    if host.ends_with('.') { "has a host that ends with a dot" } else { "has a host that is no plain name" }
}

/// Without the query, which may hold secrets.
impl fmt::Display for Request<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { method, scheme, host, .. } = self;
        write!(formatter, "{method} {scheme}://{host}")?;
        if self.port != scheme.default_port() {
            write!(formatter, ":{}", self.port)?;
        }
        match self.path.get(..SHOWN_BYTES) {
            Some(start) if self.path.len() > SHOWN_BYTES => write!(formatter, "{start}…"),
            _ => formatter.write_str(self.path),
        }
    }
}
