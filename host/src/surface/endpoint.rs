//! Endpoints: what is shown where, each with its own snapshots of the same plugins.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::view::{Listing, Rules, View};
use super::{Change, Collision, DEFAULT_ENDPOINT, Published, SEARCH_ENDPOINT, Surface};
use crate::plugin::{Announced, Plugin};

/// One place where clients connect.
pub struct Endpoint {
    /// Its name: all but the default one are served at `/mcp/<name>`.
    pub name: String,
    /// What it shows.
    pub view: View,
    /// What clients see there, now and later.
    pub published: Arc<Published>,
}

/// A plugin that an endpoint can't show.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("endpoint `{endpoint}`: {collision}, so `{}` is left out of it", collision.plugin)]
pub struct LeftOut {
    /// The endpoint's name.
    pub endpoint: String,
    /// Why it can't.
    pub collision: Collision,
}

/// All endpoints. There are always the default one and a searchable one.
pub struct Endpoints {
    by_name: BTreeMap<String, Arc<Endpoint>>,
    default: Arc<Endpoint>,
    rules: Rules,
}

impl Endpoints {
    /// The endpoints that are configured, and those that are there in any case.
    #[must_use]
    pub fn new(mut views: BTreeMap<String, View>, rules: Rules) -> Self {
        let default = views.entry(DEFAULT_ENDPOINT.to_owned()).or_default().clone();
        let searchable = || View { listing: Listing::Search, ..default.clone() };
        views.entry(SEARCH_ENDPOINT.to_owned()).or_insert_with(searchable);
        let endpoint =
            |(name, view): (String, View)| (name.clone(), Arc::new(Endpoint { name, view, published: Arc::default() }));
        let default = endpoint((DEFAULT_ENDPOINT.to_owned(), default)).1;
        let mut by_name: BTreeMap<_, _> = views.into_iter().map(endpoint).collect();
        by_name.insert(default.name.clone(), Arc::clone(&default));
        Self { by_name, default, rules }
    }

    /// The endpoint of this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Arc<Endpoint>> {
        self.by_name.get(name)
    }

    /// The endpoint at `/mcp`.
    #[must_use]
    pub const fn default_one(&self) -> &Arc<Endpoint> {
        &self.default
    }

    /// All of them, ordered by name.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Endpoint>> {
        self.by_name.values()
    }

    /// Shows these plugins, ordered by id, everywhere; and whether they are all that is to come. Says what can't be shown.
    #[must_use]
    pub fn publish(&self, plugins: &[Arc<Plugin>], is_complete: bool) -> Vec<LeftOut> {
        let mut left_out = Vec::new();
        for endpoint in self.iter() {
            let (surface, collisions) = Surface::of(plugins, &endpoint.view, &self.rules, is_complete);
            endpoint.published.publish(surface);
            let name = || endpoint.name.clone();
            left_out.extend(collisions.into_iter().map(|collision| LeftOut { endpoint: name(), collision }));
        }
        left_out
    }

    /// Tells clients what a plugin says has changed, at each endpoint that shows it.
    pub fn announce(&self, plugin: &str, announced: &Announced) {
        for endpoint in self.iter() {
            endpoint.published.announce(Change::announced(&endpoint.published.current(), plugin, announced));
        }
    }

    /// Lets those go on who wait for the first plugins.
    pub fn settle(&self) {
        self.iter().for_each(|endpoint| endpoint.published.settle());
    }

    /// Says that there is nothing more to wait for.
    pub fn complete(&self) {
        self.iter().for_each(|endpoint| endpoint.published.complete());
    }

    /// What the operator wrote that changes nothing, because no plugin has such a tool. For when all are loaded.
    #[must_use]
    pub fn idle(&self, plugins: &[Arc<Plugin>]) -> Vec<String> {
        let mut idle = Vec::new();
        for plugin in plugins {
            let (id, offers) = (plugin.id(), plugin.offers());
            let overrides = self.rules.get(id).into_iter().flat_map(|rules| rules.overrides.keys());
            for tool in overrides.filter(|name| !offers.tools.iter().any(|tool| tool.name == **name)) {
                idle.push(format!("[plugins.{id}.tools.override.{tool}]: plugin `{id}` has no tool `{tool}`"));
            }
        }
        for endpoint in self.iter() {
            let surface = endpoint.published.current();
            // The searchable endpoint that nobody configured has what the default one has.
            let pinned = endpoint.view.pinned.iter().filter(|_| endpoint.name != SEARCH_ENDPOINT || !self.is_implied());
            for tool in pinned.filter(|name| surface.tool(name).is_none()) {
                idle.push(format!("[endpoints.{}]: it pins `{tool}`, and shows no such tool", endpoint.name));
            }
        }
        idle
    }

    /// Whether the searchable endpoint is the default one once more.
    fn is_implied(&self) -> bool {
        self.get(SEARCH_ENDPOINT).is_some_and(|search| search.view.pinned == self.default.view.pinned)
    }
}
