//! Whether a plugin may send a request.

use std::fmt;

use http::{HeaderMap, HeaderName, Method};
use url::Url;

use super::analysis::networks_for_host;
use super::index::Index;
use super::pattern::{Difference, Pattern, Request};
use super::{GrantError, Rule, Want, compile_rules, compile_wants};
use crate::capability::decision::{By, Decision, Refused, is_reading};
use crate::capability::egress;

/// What one plugin may send, compiled: what it asked for and what it was granted.
#[derive(Debug)]
pub struct Rules {
    pub(super) rules: Vec<Rule>,
    pub(super) granted: Index,
    /// None when the plugin says nothing of it, and asks for whatever is granted.
    pub(super) asked: Option<Index>,
    read_only: bool,
}

/// The rule that allows a request.
#[derive(Debug, Clone, Copy)]
pub struct Match<'a> {
    /// Which one it is, from 0.
    pub index: usize,
    /// The rule.
    pub rule: &'a Rule,
}

/// As it is shown and put on record.
impl fmt::Display for Match<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "http[{}]", self.index)
    }
}

/// Headers with which servers let a request name another method than it has.
const METHOD_OVERRIDES: [&str; 3] = ["x-http-method-override", "x-method-override", "x-http-method"];

/// Headers with which servers let a request name another path than it has.
const PATH_OVERRIDES: [&str; 12] = [
    "x-original-url",
    "x-original-uri",
    "x-rewrite-url",
    "x-forwarded-uri",
    "x-forwarded-prefix",
    "x-envoy-original-path",
    // Where stores of files copy from, or move to.
    "destination",
    "x-amz-copy-source",
    "x-amz-rename-source",
    "x-goog-copy-source",
    "x-ms-copy-source",
    "x-ms-rename-source",
];

/// Headers that tell a server who may have what it is sent: with a rule that signs, the operator's word would stand for them.
const ACCESS_PREFIXES: [&str; 2] = ["x-amz-grant-", "x-amz-acl"];

/// Whether a header makes another request of the one that was judged.
pub(super) fn changes_the_request(name: &HeaderName) -> bool {
    is_one_of(name, &METHOD_OVERRIDES) || is_one_of(name, &PATH_OVERRIDES)
}

/// Whether a signature must not cover it: what a guest may do is what the rule's path and methods say, and not what the key may.
fn is_unsigned(name: &HeaderName) -> bool {
    ACCESS_PREFIXES.iter().any(|prefix| name.as_str().starts_with(prefix))
}

fn is_one_of(name: &HeaderName, names: &[&str]) -> bool {
    names.iter().any(|known| is_same_header(name.as_str(), known))
}

/// Whether servers may take one for the other: gateways to scripts don't tell `_` from `-`.
pub(in crate::capability::http) fn is_same_header(name: &str, known: &str) -> bool {
    let same = |left: u8, right: u8| left == right || (left == b'_' && right == b'-');
    known.len() == name.len() && name.bytes().zip(known.bytes()).all(|(left, right)| same(left, right))
}

impl Rules {
    /// Compiles what a plugin asks for and what it was granted.
    ///
    /// # Errors
    /// The first rule that can't be given.
    pub fn new(asked: Option<&[Want]>, granted: &[Rule]) -> Result<Self, GrantError> {
        let asked = asked.map(|asked| compile_wants(asked).map(Index::new)).transpose()?;
        let granted_index = Index::new(compile_rules(granted)?);
        Ok(Self { rules: granted.to_vec(), granted: granted_index, asked, read_only: false })
    }

    /// What was granted, rule by rule.
    #[must_use]
    pub fn as_granted(&self) -> &[Rule] {
        &self.rules
    }

    /// The same, for a plugin that may only read.
    #[must_use]
    pub fn read_only(self, read_only: bool) -> Self {
        Self { read_only, ..self }
    }

    /// Whether the plugin may send this request to this URL, and by which rule: the first that matches.
    ///
    /// # Errors
    /// Who refuses, in which the nearest rule differs, and what would allow it.
    pub fn decide(&self, method: &Method, url: &Url) -> Decision<Match<'_>> {
        let request = Request::new(method, url)?;
        self.check_asked(&request)?;
        let found = self.granted.find(&request);
        let Some((index, rule)) = found.hit.and_then(|index| Some((index, self.rules.get(index)?))) else {
            return Err(not_granted(&request, &self.granted, found.near));
        };
        if self.read_only && !is_reading(method.as_str()) {
            let hint = "remove `read-only = true`, if the plugin is meant to change things";
            return Err(Refused::new(By::ReadOnly, format!("{request} may change something"), hint));
        }
        Ok(Match { index, rule })
    }

    /// Whether the headers of a request leave it what it was when this rule allowed it: another method that they name
    /// has to be allowed by the same rule, which may attach credentials; another path only fits a rule for all paths.
    ///
    /// # Errors
    /// The first header that makes another request of it.
    pub fn check_overrides(&self, matched: Match<'_>, url: &Url, headers: &HeaderMap) -> Decision<()> {
        for (name, value) in headers {
            if is_one_of(name, &METHOD_OVERRIDES) {
                self.check_method_override(matched, url, name, value.as_bytes())?;
            } else if is_one_of(name, &PATH_OVERRIDES) && !self.is_for_all_paths(matched) {
                let why = format!("the header {name} names another path than the one that {matched} allows");
                return Err(Refused::new(By::Operator, why, "send the request without that header"));
            } else if matched.rule.sign.is_some() && is_unsigned(name) {
                let why = format!("{matched} signs the request, and the header {name} would give access to others");
                return Err(Refused::new(By::Operator, why, "send the request without that header"));
            }
        }
        Ok(())
    }

    fn check_asked(&self, request: &Request<'_>) -> Decision<()> {
        let Some(asked) = &self.asked else { return Ok(()) };
        let found = asked.find(request);
        if found.hit.is_some() {
            return Ok(());
        }
        let why = describe(request, asked, found.near, "the plugin's rules");
        let entry = serde_json::to_string(&request.want()).unwrap_or_default();
        let hint = format!("the plugin's author adds to the rules that it wants of `http`: {entry}");
        Err(Refused::new(By::Plugin, why, hint))
    }

    fn check_method_override(&self, matched: Match<'_>, url: &Url, name: &HeaderName, value: &[u8]) -> Decision<()> {
        for word in value.split(|byte| *byte == b',') {
            let Ok(method) = Method::from_bytes(&word.trim_ascii().to_ascii_uppercase()) else {
                let why = format!("the header {name} names no method");
                return Err(Refused::new(By::Malformed, why, "send the request without that header"));
            };
            let allowed = self.decide(&method, url)?;
            if allowed.index != matched.index {
                let why = format!("the header {name} names {method}, which {allowed} allows and {matched} doesn't");
                return Err(Refused::new(By::Operator, why, "send the request with that method, without the header"));
            }
        }
        Ok(())
    }

    fn is_for_all_paths(&self, matched: Match<'_>) -> bool {
        self.granted.patterns().get(matched.index).is_some_and(|pattern| pattern.path.is_everything())
    }
}

fn not_granted(request: &Request<'_>, granted: &Index, near: Option<usize>) -> Refused {
    let why = describe(request, granted, near, "http");
    let want = request.want();
    // A rule for an address that isn't public holds only with its network. Who wants a metadata service is warned first.
    let mut networks = networks_for_host(&want.host);
    networks.retain(|network| egress::kind(network.addr()) != Some(egress::Kind::Metadata));
    let rule = Rule { networks, ..Rule::from(want) };
    Refused::new(By::Operator, why, format!("add to `http` below the plugin's grants: {rule}"))
}

/// The request, and in what the nearest rule differs.
fn describe(request: &Request<'_>, rules: &Index, near: Option<usize>, list: &str) -> String {
    let pattern = near.and_then(|near| Some((near, rules.patterns().get(near)?)));
    match pattern {
        None => format!("{request}: no rule is for this host"),
        Some((near, pattern)) => {
            format!("{request}: the nearest rule, {list}[{near}], differs in its {}", differences(pattern, request))
        }
    }
}

fn differences(pattern: &Pattern, request: &Request<'_>) -> String {
    let differences: Vec<String> = pattern.differences(request).iter().map(Difference::to_string).collect();
    differences.join(" and ")
}

#[cfg(test)]
mod tests;
