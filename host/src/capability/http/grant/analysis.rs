//! What an operator wants to know of rules before a plugin runs: which never match, which are wider than need be, why a
//! request is refused, and what would be enough.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use http::Method;
use ipnet::IpNet;
use url::Url;

use super::pattern::{Difference, Pattern, Request};
use super::rules::{Match, Rules};
use super::{Rule, Scheme, Want, compile_rule};
use crate::capability::decision::Decision;
use crate::capability::egress;

/// Most rules that an explanation shows, the nearest ones. More are read by nobody.
const SHOWN_RULES: usize = 5;

/// Whether every request that one rule matches is matched by the other too. What rules do beyond matching (networks,
/// headers, signatures) takes no part.
///
/// A yes is certain. A no may be wrong for patterns with `**` in the middle of a path.
#[must_use]
pub fn covers(rule: &Rule, other: &Rule) -> bool {
    let (Ok(rule), Ok(other)) = (compile_rule(rule), compile_rule(other)) else { return false };
    rule.covers(&other)
}

/// A rule that never matches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shadowed {
    /// Which one it is, from 0.
    pub index: usize,
    /// The earlier ones that take all of its requests.
    pub by: BTreeSet<usize>,
}

/// The answer to "may this plugin send this request?", with reasons.
#[derive(Debug)]
pub struct Explanation<'a> {
    /// The answer that the plugin would get.
    pub decision: Decision<Match<'a>>,
    /// The rules that match in most, but not in all, the nearest first.
    pub near: Vec<Near<'a>>,
}

/// A rule that doesn't match.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Near<'a> {
    /// Which one it is, from 0.
    pub index: usize,
    /// The rule.
    pub rule: &'a Rule,
    /// All in which it differs from the request.
    pub differences: Vec<Difference>,
}

impl Rules {
    /// The rules that never match, since earlier ones take every request of theirs.
    #[must_use]
    pub fn shadowed(&self) -> Vec<Shadowed> {
        let patterns = self.granted.patterns();
        let shadowed = patterns.iter().enumerate().filter_map(|(index, pattern)| {
            let by = covering(pattern, patterns.get(..index)?)?;
            Some(Shadowed { index, by })
        });
        shadowed.collect()
    }

    /// The rules that allow more than the plugin asks for; none when it doesn't say what it asks for.
    #[must_use]
    pub fn wider_than_asked(&self) -> Vec<usize> {
        let Some(asked) = &self.asked else { return Vec::new() };
        let rules = self.granted.patterns().iter().enumerate();
        rules.filter(|(_, rule)| covering(rule, asked.patterns()).is_none()).map(|(index, _)| index).collect()
    }

    /// Whether the plugin may send a request, and what keeps the nearest rules from matching it. Compares with all
    /// rules, for people rather than for requests.
    #[must_use]
    pub fn explain(&self, method: &Method, url: &Url) -> Explanation<'_> {
        let near = Request::new(method, url).map_or_else(|_| Vec::new(), |request| self.nearest(&request));
        Explanation { decision: self.decide(method, url), near }
    }

    fn nearest(&self, request: &Request<'_>) -> Vec<Near<'_>> {
        let rules = self.rules.iter().zip(self.granted.patterns()).enumerate();
        let near =
            rules.map(|(index, (rule, pattern))| Near { index, rule, differences: pattern.differences(request) });
        let mut near: Vec<Near<'_>> = near.filter(|near| !near.differences.is_empty()).collect();
        near.sort_by_key(|near| (near.differences.contains(&Difference::Host), near.differences.len(), near.index));
        near.truncate(SHOWN_RULES);
        near
    }
}

/// The rules that together match all of a pattern's requests: for each of its methods, one that has them all.
fn covering(pattern: &Pattern, others: &[Pattern]) -> Option<BTreeSet<usize>> {
    pattern.one_by_one().map(|single| others.iter().position(|other| other.covers(&single))).collect()
}

/// One kind of request of a run: everything but its method.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    host: String,
    scheme: Scheme,
    port: u16,
    path: String,
}

/// The smallest grant with which these requests pass: exact hosts and paths, and the methods that were used. Without
/// any one of the rules, at least one of the requests fails. In the order of host, port and path.
///
/// Requests that no rule can allow are left out. Networks are named for hosts that are addresses; for names, it is for
/// the look-up to say where they lie.
#[must_use]
pub fn smallest(refused: &[(Method, Url)]) -> Vec<Rule> {
    let mut places: BTreeMap<Place, BTreeSet<String>> = BTreeMap::new();
    for (method, url) in refused {
        let Ok(request) = Request::new(method, url) else { continue };
        let want = request.want();
        let place = Place { host: want.host, scheme: want.scheme, port: request.port, path: want.path };
        places.entry(place).or_default().extend(want.methods);
    }
    // Most paths are exact. Only those with a `*` in them can take requests of others.
    let (wide, exact): (BTreeMap<_, _>, BTreeMap<_, _>) =
        places.into_iter().partition(|(place, _)| place.path.contains('*'));
    let wide = without_covered(&wide, &wide);
    let mut kept = without_covered(&exact, &wide);
    kept.extend(wide);
    kept.into_iter().map(|(place, methods)| rule(&place, methods)).collect()
}

type Places = BTreeMap<Place, BTreeSet<String>>;

/// The places, without the methods that other places already have for them.
fn without_covered(places: &Places, others: &Places) -> Places {
    let others: Vec<(&Place, Pattern)> = others.iter().filter_map(|(place, methods)| pattern(place, methods)).collect();
    let mut kept = Places::new();
    for (place, methods) in places {
        let is_covered = |method: &String| {
            let single = BTreeSet::from([method.clone()]);
            let Some((_, single)) = pattern(place, &single) else { return true };
            others.iter().any(|(other, pattern)| *other != place && pattern.covers(&single))
        };
        let methods: BTreeSet<String> = methods.iter().filter(|method| !is_covered(method)).cloned().collect();
        if !methods.is_empty() {
            kept.insert(place.clone(), methods);
        }
    }
    kept
}

fn pattern<'a>(place: &'a Place, methods: &BTreeSet<String>) -> Option<(&'a Place, Pattern)> {
    compile_rule(&rule(place, methods.clone())).ok().map(|pattern| (place, pattern))
}

fn rule(place: &Place, methods: BTreeSet<String>) -> Rule {
    let port = (place.port != place.scheme.default_port()).then(|| place.port.try_into().ok()).flatten();
    let want = Want {
        scheme: place.scheme,
        host: place.host.clone(),
        port,
        path: place.path.clone(),
        methods: methods.into_iter().collect(),
    };
    Rule { networks: networks_for_host(&place.host), ..Rule::from(want) }
}

/// The networks that a host needs which is an address.
pub(super) fn networks_for_host(host: &str) -> Vec<IpNet> {
    let address = host.trim_matches(['[', ']']).parse::<IpAddr>().ok();
    address.map_or_else(Vec::new, networks_for)
}

/// The networks that an address needs, each of one address.
fn networks_for(address: IpAddr) -> Vec<IpNet> {
    let mut networks = Vec::new();
    // Each refusal is of another address: an address is at most itself and two others.
    while let Err(refused) = egress::check(address, &networks) {
        let network = IpNet::from(refused.judged);
        if networks.contains(&network) {
            break;
        }
        networks.push(network);
    }
    networks
}

#[cfg(test)]
mod tests;
