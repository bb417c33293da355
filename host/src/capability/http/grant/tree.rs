//! The paths of all rules for one host, in one tree of segments: a path is walked down once, however many rules there
//! are.

use std::collections::HashMap;
use std::ops::Range;

use super::pattern::Request;
use crate::capability::place::path::{Glob, Part, PathPattern, Segment, segments};

/// The node at which every walk begins.
const ROOT: usize = 0;

#[derive(Debug)]
pub(super) struct Tree {
    nodes: Vec<Node>,
}

#[derive(Debug, Default)]
struct Node {
    exact: HashMap<String, usize>,
    /// By what comes before their first `*`.
    globs: Globs,
    /// Those that begin with a `*`, by what comes after their last one.
    globs_by_end: Globs,
    /// The node of a `**` that follows.
    rest: Option<usize>,
    /// It is the node of a `**`: every segment leads back to it.
    repeats: bool,
    /// The rules whose path ends here, in their order.
    ends: Vec<usize>,
    /// The first rule whose path ends here or below.
    first: Option<usize>,
}

/// Patterns of one segment, by the text that they begin with, or end with: only those are compared that agree with a
/// segment in it.
#[derive(Debug, Default)]
struct Globs {
    children: HashMap<String, Vec<(Glob, usize)>>,
    longest_key: usize,
}

/// What was found for a request.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Found {
    /// The first rule that matches.
    pub(super) hit: Option<usize>,
    /// When none does: the one that comes nearest.
    pub(super) near: Option<usize>,
}

impl Default for Tree {
    fn default() -> Self {
        Self { nodes: vec![Node::default()] }
    }
}

impl Tree {
    /// Adds a rule's path. Rules come in their order.
    pub(super) fn insert(&mut self, path: &PathPattern, rule: usize) {
        let mut place = ROOT;
        self.pass(place, rule);
        for part in &path.parts {
            place = self.child(place, part);
            self.pass(place, rule);
        }
        if let Some(node) = self.nodes.get_mut(place) {
            node.ends.push(rule);
        }
    }

    /// The first rule whose path matches, and which fits otherwise.
    pub(super) fn find(&self, request: &Request<'_>, fits: impl Fn(usize) -> bool) -> Found {
        let places = match self.walk(request) {
            Ok(places) => places,
            Err(near) => return Found { hit: None, near },
        };
        let ends = || places.iter().filter_map(|place| self.nodes.get(*place)).flat_map(|node| &node.ends).copied();
        let hit = ends().filter(|rule| fits(*rule)).min();
        Found { hit, near: ends().min().or_else(|| self.first_below(&places)) }
    }

    fn child(&mut self, place: usize, part: &Part) -> usize {
        let next = self.nodes.len();
        let Some(node) = self.nodes.get_mut(place) else { return ROOT };
        let child = match part {
            Part::Rest => *node.rest.get_or_insert(next),
            Part::Segment(Segment::Exact(text)) => *node.exact.entry(text.clone()).or_insert(next),
            Part::Segment(Segment::Glob(glob)) => node.glob_child(glob, next),
        };
        if child == next {
            self.nodes.push(Node { repeats: matches!(part, Part::Rest), ..Node::default() });
        }
        child
    }

    fn pass(&mut self, place: usize, rule: usize) {
        if let Some(node) = self.nodes.get_mut(place) {
            node.first.get_or_insert(rule);
        }
    }

    /// Goes down along all branches at once. Where none goes on, answers the nearest rule.
    fn walk(&self, request: &Request<'_>) -> Result<Vec<usize>, Option<usize>> {
        let root = self.nodes.first();
        if request.ambiguity.is_some() {
            let everything = root.and_then(|root| root.rest);
            return everything.map(|place| vec![place]).ok_or(root.and_then(|root| root.first));
        }
        let mut places = Vec::new();
        self.arrive(ROOT, &mut places);
        for segment in segments(request.path) {
            let mut next = Vec::new();
            for &place in &places {
                self.step(place, segment, &mut next);
            }
            if next.is_empty() {
                return Err(self.first_below(&places));
            }
            next.sort_unstable();
            next.dedup();
            places = next;
        }
        Ok(places)
    }

    fn step(&self, place: usize, segment: &str, next: &mut Vec<usize>) {
        let Some(node) = self.nodes.get(place) else { return };
        if node.repeats {
            self.arrive(place, next);
        }
        if let Some(child) = node.exact.get(segment) {
            self.arrive(*child, next);
        }
        node.matching_globs(segment).for_each(|child| self.arrive(child, next));
    }

    /// `**` may stand for nothing: its node is reached together with the one before it.
    fn arrive(&self, place: usize, places: &mut Vec<usize>) {
        let rest = self.nodes.get(place).and_then(|node| node.rest);
        places.extend(std::iter::once(place).chain(rest));
    }

    fn first_below(&self, places: &[usize]) -> Option<usize> {
        places.iter().filter_map(|place| self.nodes.get(*place)?.first).min()
    }
}

impl Node {
    fn glob_child(&mut self, glob: &Glob, next: usize) -> usize {
        match glob.prefix() {
            "" => self.globs_by_end.child(glob.suffix(), glob, next),
            prefix => self.globs.child(prefix, glob, next),
        }
    }

    fn matching_globs(&self, segment: &str) -> impl Iterator<Item = usize> {
        let starts = self.globs.lengths(segment).filter_map(|length| segment.get(..length));
        let ends = self.globs_by_end.lengths(segment).filter_map(|length| segment.get(segment.len() - length..));
        let globs = starts.map(|key| (&self.globs, key)).chain(ends.map(|key| (&self.globs_by_end, key)));
        let globs = globs.filter_map(|(globs, key)| globs.children.get(key)).flatten();
        globs.filter(|(glob, _)| glob.matches(segment)).map(|(_, child)| *child)
    }
}

impl Globs {
    fn child(&mut self, key: &str, glob: &Glob, next: usize) -> usize {
        self.longest_key = self.longest_key.max(key.len());
        let same_key = self.children.entry(key.to_owned()).or_default();
        if let Some((_, child)) = same_key.iter().find(|(known, _)| known == glob) {
            return *child;
        }
        same_key.push((glob.clone(), next));
        next
    }

    /// How long a key can be that is a part of this segment.
    fn lengths(&self, segment: &str) -> Range<usize> {
        if self.children.is_empty() { 0..0 } else { 0..self.longest_key.min(segment.len()) + 1 }
    }
}
