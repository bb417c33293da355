//! Which servers are asked for.

use std::collections::BTreeSet;

use crate::model::{Category, Server, Transport};

/// All conditions hold together; an empty one holds for every server.
#[derive(Debug, Default)]
pub(crate) struct ServerFilter {
    category: Option<Category>,
    transport: Option<Transport>,
    tags: Vec<String>,
    tools: Vec<String>,
    search: Search,
}

/// Free text: every word must occur somewhere, whatever its case.
#[derive(Debug, Default)]
pub(crate) struct Search {
    words: Vec<String>,
}

/// How well something fits a search, the best first.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Fit {
    /// The text is the name.
    Name,
    /// All words are in the names.
    InName,
    /// Some words are only elsewhere.
    Elsewhere,
}

impl ServerFilter {
    pub(crate) fn new(
        category: Option<Category>,
        transport: Option<Transport>,
        tags: &[String],
        tools: &[String],
        search: Option<&str>,
    ) -> Self {
        Self { category, transport, tags: words(tags), tools: words(tools), search: Search::new(search) }
    }

    /// The servers that are asked for: the best fits of the search first, else in their own order.
    pub(crate) fn select<'s>(&self, servers: &'s [Server]) -> Vec<&'s Server> {
        let mut found: Vec<_> = servers.iter().filter_map(|server| Some((self.fit(server)?, server))).collect();
        found.sort_by_key(|(fit, _)| *fit);
        found.into_iter().map(|(_, server)| server).collect()
    }

    fn fit(&self, server: &Server) -> Option<Fit> {
        let of_kind = self.category.is_none_or(|category| category == server.category)
            && self.transport.is_none_or(|transport| transport == server.transport);
        if !of_kind || !has_all(&self.tags, server.tags.iter().map(String::as_str)) {
            return None;
        }
        if !has_all(&self.tools, server.tools.iter().map(|tool| tool.name.as_str())) {
            return None;
        }
        let full_name = server.full_name.as_deref().unwrap_or_default();
        let names = [server.name.as_str(), full_name, &server.display_name];
        self.search
            .fit(&names, std::iter::once(server.description.as_str()).chain(server.tags.iter().map(String::as_str)))
    }
}

impl Search {
    pub(crate) fn new(text: Option<&str>) -> Self {
        let words = text.unwrap_or_default().split_whitespace();
        Self { words: words.map(str::to_lowercase).collect() }
    }

    /// How well something fits that has these names and these other texts. None: it doesn't.
    pub(crate) fn fit<'t>(&self, names: &[&str], others: impl Iterator<Item = &'t str>) -> Option<Fit> {
        if self.words.is_empty() {
            return Some(Fit::Name);
        }
        let names: Vec<_> = names.iter().map(|name| name.to_lowercase()).collect();
        let missing: Vec<_> =
            self.words.iter().filter(|word| !names.iter().any(|name| name.contains(word.as_str()))).collect();
        if missing.is_empty() {
            let text = self.words.join(" ");
            return Some(if names.contains(&text) { Fit::Name } else { Fit::InName });
        }
        let others: Vec<_> = others.map(str::to_lowercase).collect();
        let found = missing.iter().all(|word| others.iter().any(|other| other.contains(word.as_str())));
        found.then_some(Fit::Elsewhere)
    }
}

/// Those of `items` that have a rank, the lowest rank first, else in their own order.
pub(crate) fn ranked<T>(items: &[T], rank: impl Fn(&T) -> Option<usize>) -> Vec<&T> {
    let ranks: Vec<_> = items.iter().map(rank).collect();
    let mut found = Vec::new();
    let mut next = ranks.iter().flatten().min();
    // There are few different ranks, and so it needs no sorting.
    while let Some(current) = next {
        let of_rank = items.iter().zip(&ranks).filter(|(_, rank)| rank.as_ref() == Some(current));
        found.extend(of_rank.map(|(item, _)| item));
        next = ranks.iter().flatten().filter(|rank| *rank > current).min();
    }
    found
}

/// Items in lower case. One item may hold several, separated by commas, as they stand in a query.
fn words(items: &[String]) -> Vec<String> {
    let single = items.iter().flat_map(|item| item.split(','));
    single.map(|item| item.trim().to_lowercase()).filter(|item| !item.is_empty()).collect()
}

fn has_all<'i>(wanted: &[String], items: impl Iterator<Item = &'i str>) -> bool {
    if wanted.is_empty() {
        return true;
    }
    let items: BTreeSet<_> = items.map(str::to_lowercase).collect();
    wanted.iter().all(|item| items.contains(item))
}
