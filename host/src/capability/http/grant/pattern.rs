//! A rule, compiled, and a request as rules see it.

use std::fmt;

use http::Method;
use serde::Serialize;
use url::Url;

use super::methods::{Methods, is_never};
use super::{EVERY_PATH, Fault, Scheme, Want};
use crate::capability::decision::{By, Refused};
use crate::capability::place::Target;
use crate::capability::place::hostname::HostPattern;
use crate::capability::place::path::{PathPattern, narrowest};

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
        if is_never(method) {
            let hint = "no rule allows it: send another method";
            return Err(Refused::new(By::Malformed, format!("the method {method} is never sent"), hint));
        }
        let Target { host, is_name, path, ambiguity } = Target::of(url)?;
        let scheme = if url.scheme() == "http" { Scheme::Http } else { Scheme::Https };
        let port = url.port().unwrap_or(scheme.default_port());
        Ok(Self { method, scheme, host, is_name, port, path, ambiguity })
    }

    /// What would allow this request, and nothing else.
    pub(super) fn want(&self) -> Want {
        let port = (self.port != self.scheme.default_port()).then(|| self.port.try_into().ok()).flatten();
        let path = if self.ambiguity.is_some() { EVERY_PATH.to_owned() } else { narrowest(self.path) };
        let methods = vec![self.method.to_string()];
        Want { scheme: self.scheme, host: self.host.to_owned(), port, path, methods }
    }
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
