//! Where requests go: patterns of hosts and of paths as operators write them, and what different readers of an address would
//! read in different ways. Every capability that judges addresses judges them by these.

pub(in crate::capability) mod hostname;
pub(in crate::capability) mod path;

use std::net::IpAddr;

use url::{Host, Url};

use self::hostname::problem_of_name;
use self::path::PathPattern;
use super::decision::{By, Refused};

/// Longest address of a request, in bytes: what web servers commonly take.
pub(in crate::capability) const URL_BYTES: usize = 8 << 10;

/// What is wrong with a pattern.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlaceError {
    /// The host is no pattern of hosts.
    #[error("the host {0}")]
    Host(&'static str),
    /// The host is a number that `url` reads as an address.
    #[error("the host is the address {0}, and has to be written like that")]
    Number(IpAddr),
    /// The path is no pattern of paths.
    #[error("the path {path:?} {problem}")]
    Path {
        /// As written.
        path: String,
        /// What is wrong with it.
        problem: &'static str,
    },
}

/// Where an address leads, if it leads to one place only.
pub(in crate::capability) struct Target<'a> {
    /// As `url` has it.
    pub(in crate::capability) host: &'a str,
    /// Not an address.
    pub(in crate::capability) is_name: bool,
    pub(in crate::capability) path: &'a str,
    /// Why the path means several things, if it does.
    pub(in crate::capability) ambiguity: Option<&'static str>,
}

impl<'a> Target<'a> {
    /// # Errors
    /// When nothing that an operator writes could ever allow it.
    pub(in crate::capability) fn of(url: &'a Url) -> Result<Self, Refused> {
        check_length(url)?;
        Self::of_short(url).map_err(|problem| {
            Refused::new(
                By::Malformed,
                format!("the URL {problem}"),
                "no rule allows it: send a plain http or https URL",
            )
        })
    }

    /// Whether its path is one of these. One that means several things is one of all of them only.
    pub(in crate::capability) fn is_within(&self, paths: &PathPattern) -> bool {
        paths.is_everything() || self.ambiguity.is_none() && paths.matches(self.path)
    }

    fn of_short(url: &'a Url) -> Result<Self, &'static str> {
        if !matches!(url.scheme(), "http" | "https") {
            return Err("has another scheme than http and https");
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err("has user information");
        }
        let (Some(host), Some(kind)) = (url.host_str(), url.host()) else { return Err("has no host") };
        let is_name = matches!(kind, Host::Domain(_));
        if is_name && problem_of_name(host).is_some() {
            return Err(problem_of_host(host));
        }
        if url.port() == Some(0) {
            return Err("has the port 0");
        }
        let path = url.path();
        Ok(Self { host, is_name, path, ambiguity: path::ambiguity(path) })
    }
}

/// The address that a URL has for its host; none where it has a name.
#[must_use]
pub fn address(url: &Url) -> Option<IpAddr> {
    match url.host()? {
        Host::Ipv4(address) => Some(address.into()),
        Host::Ipv6(address) => Some(address.into()),
        Host::Domain(_) => None,
    }
}

/// A URL as it is put on record. Without its query and who it is from: both may hold what isn't for records.
pub(in crate::capability) fn without_query(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    let port = url.port().map_or_else(String::new, |port| format!(":{port}"));
    format!("{}://{host}{port}{}", url.scheme(), url.path())
}

fn check_length(url: &Url) -> Result<(), Refused> {
    let long = |why: String| Err(Refused::new(By::Bound, why, "send what is long in the body of the request"));
    let length = url.as_str().len();
    if length > URL_BYTES {
        return long(format!("the URL has {length} bytes, and {URL_BYTES} are allowed"));
    }
    let segments = path::segments(url.path()).count();
    if segments > path::SEGMENTS {
        return long(format!("the path has {segments} segments, and {} are allowed", path::SEGMENTS));
    }
    Ok(())
}

fn problem_of_host(host: &str) -> &'static str {
    if host.ends_with('.') { "has a host that ends with a dot" } else { "has a host that is no plain name" }
}
