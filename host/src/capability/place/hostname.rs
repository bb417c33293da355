//! Patterns of hosts.

use std::net::{IpAddr, Ipv6Addr};

use url::Host;

use super::PlaceError;

/// Longest name that DNS can look up, in bytes of text.
const NAME_BYTES: usize = 253;

/// Longest label of a name, as DNS has it.
const LABEL_BYTES: usize = 63;

/// The host of a rule, compiled: in the form in which `url` has the host of a URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::capability) enum HostPattern {
    /// Every name, and no address.
    Any,
    /// Every name below this one, without itself.
    Below(String),
    /// This name.
    Name(String),
    /// This address.
    Address(IpAddr),
}

impl HostPattern {
    pub(in crate::capability) fn compile(written: &str) -> Result<Self, PlaceError> {
        if written == "*" {
            return Ok(Self::Any);
        }
        if let Some(parent) = written.strip_prefix("*.") {
            return match parse(parent)? {
                Host::Domain(parent) => Ok(Self::Below(parent)),
                Host::Ipv4(_) | Host::Ipv6(_) => {
                    Err(PlaceError::Host("is `*.` before an address, which has no names below"))
                }
            };
        }
        match parse(written)? {
            Host::Domain(name) => Ok(Self::Name(name)),
            Host::Ipv4(address) => Ok(Self::Address(address.into())),
            Host::Ipv6(address) => Ok(Self::Address(address.into())),
        }
    }

    /// The address, where the pattern is one.
    pub(in crate::capability) const fn address(&self) -> Option<IpAddr> {
        match self {
            Self::Address(address) => Some(*address),
            _ => None,
        }
    }

    /// Whether it matches a URL's host, whose labels are known not to be empty.
    pub(in crate::capability) fn matches(&self, host: &str, is_name: bool) -> bool {
        match self {
            Self::Any => is_name,
            Self::Below(parent) => is_name && is_below(host, parent),
            Self::Name(name) => is_name && host == name,
            Self::Address(_) => !is_name && host == self.key(),
        }
    }

    /// Whether every host of the other is one of this.
    pub(in crate::capability) fn covers(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Any, other) => other.address().is_none(),
            (Self::Below(parent), Self::Below(other)) => parent == other || is_below(other, parent),
            (Self::Below(parent), Self::Name(name)) => is_below(name, parent),
            (this, other) => this == other,
        }
    }

    /// What a URL's host is compared with: for names below another, that other.
    pub(in crate::capability) fn key(&self) -> String {
        match self {
            Self::Any => "*".to_owned(),
            Self::Below(name) | Self::Name(name) => name.clone(),
            Self::Address(IpAddr::V4(address)) => address.to_string(),
            Self::Address(IpAddr::V6(address)) => Host::<&str>::Ipv6(*address).to_string(),
        }
    }
}

fn is_below(host: &str, parent: &str) -> bool {
    host.strip_suffix(parent).is_some_and(|front| front.len() > 1 && front.ends_with('.'))
}

/// Reads one host as `url` reads those of URLs.
fn parse(written: &str) -> Result<Host, PlaceError> {
    if let Ok(address) = written.parse::<Ipv6Addr>() {
        return Ok(Host::Ipv6(address));
    }
    if let Some(problem) = foreign_part(written) {
        return Err(PlaceError::Host(problem));
    }
    let host = Host::parse(written).map_err(|_| PlaceError::Host("is neither a name nor an address"))?;
    match &host {
        Host::Ipv4(address) if address.to_string() != written => Err(PlaceError::Number((*address).into())),
        Host::Ipv4(_) | Host::Ipv6(_) => Ok(host),
        Host::Domain(name) => problem_of_name(name).map_or(Ok(host.clone()), |problem| Err(PlaceError::Host(problem))),
    }
}

/// What belongs elsewhere than into a host, with the place where it does.
fn foreign_part(written: &str) -> Option<&'static str> {
    let is_address = written.starts_with('[') && written.ends_with(']');
    let cases = [
        (written.is_empty(), "is empty"),
        (written.contains("://"), "has a scheme: that is the key `scheme`"),
        (written.contains('@'), "has user information, which URLs of plugins may not have"),
        (written.contains(['/', '\\']), "has a path: that is the key `path`"),
        (written.contains(['?', '#']), "has a query or a fragment, which rules don't look at"),
        (written.contains('%'), "has `%`: neither names nor zones are written with it"),
        (written.contains('*'), "may have `*` alone, or as its whole first label"),
        (written.contains(':') && !is_address, "has a port: that is the key `port`"),
    ];
    cases.into_iter().find(|(is_so, _)| *is_so).map(|(_, problem)| problem)
}

/// Why a name, as `url` has it, isn't one that everybody reads in the same way.
pub(in crate::capability) fn problem_of_name(name: &str) -> Option<&'static str> {
    if name.ends_with('.') {
        return Some("ends with a dot, and is the same name without it");
    }
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_.".contains(&byte);
    if !name.bytes().all(is_plain) {
        return Some("has characters that names don't have");
    }
    let is_label = |label: &str| !label.is_empty() && label.len() <= LABEL_BYTES;
    let is_name = name.len() <= NAME_BYTES && name.split('.').all(is_label);
    (!is_name).then_some("has an empty label, or is longer than names can be")
}
