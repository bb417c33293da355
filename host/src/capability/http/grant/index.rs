//! All rules of one list, by host, so that a request is compared only with those that could match.

use std::collections::HashMap;

use super::pattern::{Pattern, Request};
use super::tree::{Found, Tree};
use crate::capability::place::hostname::HostPattern;

/// A list of rules, compiled.
#[derive(Debug)]
pub(super) struct Index {
    patterns: Vec<Pattern>,
    /// By name or address.
    exact: HashMap<String, Tree>,
    /// By the name that they are below.
    below: HashMap<String, Tree>,
    /// Most labels of a key of `below`: longer endings of a host needn't be looked up.
    most_labels: usize,
    any: Tree,
}

impl Index {
    pub(super) fn new(patterns: Vec<Pattern>) -> Self {
        let mut index = Self {
            patterns: Vec::new(),
            exact: HashMap::new(),
            below: HashMap::new(),
            most_labels: 0,
            any: Tree::default(),
        };
        for (rule, pattern) in patterns.iter().enumerate() {
            index.tree(&pattern.host).insert(&pattern.path, rule);
        }
        index.patterns = patterns;
        index
    }

    pub(super) fn patterns(&self) -> &[Pattern] {
        &self.patterns
    }

    /// The first rule that matches; or else the nearest, of those for the host itself before those for many.
    pub(super) fn find(&self, request: &Request<'_>) -> Found {
        let fits = |rule: usize| self.patterns.get(rule).is_some_and(|pattern| pattern.fits_beside_place(request));
        let found = self.trees(request).map(|tree| tree.find(request, fits));
        found.fold(Found::default(), |best, found| Found {
            hit: best.hit.into_iter().chain(found.hit).min(),
            near: best.near.or(found.near),
        })
    }

    fn tree(&mut self, host: &HostPattern) -> &mut Tree {
        let key = host.key();
        match host {
            HostPattern::Any => &mut self.any,
            HostPattern::Name(_) | HostPattern::Address(_) => self.exact.entry(key).or_default(),
            HostPattern::Below(_) => {
                self.most_labels = self.most_labels.max(key.split('.').count());
                self.below.entry(key).or_default()
            }
        }
    }

    /// The trees of rules for the request's host, the longest name first.
    fn trees(&self, request: &Request<'_>) -> impl Iterator<Item = &Tree> {
        let exact = self.exact.get(request.host);
        let (endings, any) = match request.is_name {
            true => (self.endings(request.host), Some(&self.any)),
            false => (Vec::new(), None),
        };
        exact.into_iter().chain(endings.into_iter().rev()).chain(any)
    }

    fn endings(&self, host: &str) -> Vec<&Tree> {
        let dots = host.rmatch_indices('.').take(self.most_labels);
        dots.filter_map(|(dot, _)| self.below.get(host.get(dot + 1..)?)).collect()
    }
}
