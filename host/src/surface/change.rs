//! What has changed for clients.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{Surface, SurfacePrompt, SurfaceResource, SurfaceTemplate, SurfaceTool};
use crate::plugin::Announced;

/// What has changed for the clients of one endpoint.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Change {
    /// The list of tools.
    pub tools: bool,
    /// The lists of resources and of templates.
    pub resources: bool,
    /// The list of prompts.
    pub prompts: bool,
    /// What is behind these URIs, the clients'.
    pub updated: BTreeSet<String>,
}

impl Change {
    /// What is behind one URI.
    #[must_use]
    pub fn of_resource(uri: String) -> Self {
        Self { updated: BTreeSet::from([uri]), ..Self::default() }
    }

    /// All lists.
    #[must_use]
    pub fn of_lists() -> Self {
        Self { tools: true, resources: true, prompts: true, updated: BTreeSet::new() }
    }

    /// What a plugin says has changed, as far as this snapshot shows it.
    #[must_use]
    pub fn announced(surface: &Surface, plugin: &str, announced: &Announced) -> Self {
        if !surface.shows(plugin) {
            return Self::default();
        }
        let updated = announced.updated.iter().map(|uri| surface.uri_for_clients(plugin, uri)).collect();
        let Announced { tools, resources, prompts, .. } = *announced;
        Self { tools, resources, prompts, updated }
    }

    /// How the lists of two snapshots differ.
    #[must_use]
    pub fn between(older: &Surface, newer: &Surface) -> Self {
        let same_families = same(older.templates().iter(), newer.templates().iter(), same_template);
        Self {
            tools: !same(older.listed_tools(), newer.listed_tools(), same_tool),
            resources: !(same(older.resources().iter(), newer.resources().iter(), same_resource) && same_families),
            prompts: !same(older.prompts().iter(), newer.prompts().iter(), same_prompt),
            updated: BTreeSet::new(),
        }
    }

    /// Whether nothing has changed.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        *self == Self::default()
    }

    /// Adds what has changed since.
    pub fn merge(&mut self, newer: Self) {
        self.tools |= newer.tools;
        self.resources |= newer.resources;
        self.prompts |= newer.prompts;
        self.updated.extend(newer.updated);
    }
}

fn same<'a, T: 'a>(
    mut older: impl Iterator<Item = &'a T>,
    mut newer: impl Iterator<Item = &'a T>,
    same: impl Fn(&T, &T) -> bool,
) -> bool {
    loop {
        match (older.next(), newer.next()) {
            (None, None) => return true,
            (Some(older), Some(newer)) if same(older, newer) => {}
            _ => return false,
        }
    }
}

// What wasn't asked for again is the very same, and needn't be compared word for word.

fn same_tool(older: &SurfaceTool, newer: &SurfaceTool) -> bool {
    older.name == newer.name
        && older.change == newer.change
        && (is_same_place(&older.offers, older.index, &newer.offers, newer.index)
            || older.described() == newer.described())
}

fn same_resource(older: &SurfaceResource, newer: &SurfaceResource) -> bool {
    older.uri == newer.uri
        && (is_same_place(&older.offers, older.index, &newer.offers, newer.index)
            || older.described() == newer.described())
}

fn same_template(older: &SurfaceTemplate, newer: &SurfaceTemplate) -> bool {
    older.uri == newer.uri
        && (is_same_place(&older.offers, older.index, &newer.offers, newer.index)
            || older.described() == newer.described())
}

fn same_prompt(older: &SurfacePrompt, newer: &SurfacePrompt) -> bool {
    older.name == newer.name
        && (is_same_place(&older.offers, older.index, &newer.offers, newer.index)
            || older.described() == newer.described())
}

fn is_same_place<T>(older: &Arc<T>, at: usize, newer: &Arc<T>, then: usize) -> bool {
    Arc::ptr_eq(older, newer) && at == then
}
