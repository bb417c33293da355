//! What clients see: an immutable snapshot of everything that the plugins offer, under the names that clients use.

mod change;
mod endpoint;
mod item;
mod name;
mod names;
mod narrow;
mod publish;
mod uri;
mod view;

use std::collections::HashMap;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

use serde_json::Value;

use self::names::{Names, Taken};
use self::narrow::Narrowed;
use crate::plugin::{Offers, Plugin};
use crate::search::{Document, Index};

pub use change::Change;
pub use endpoint::{Endpoint, Endpoints, LeftOut};
pub use item::{SurfacePrompt, SurfaceResource, SurfaceTemplate, SurfaceTool, Target};
pub use name::{
    DEFAULT_ENDPOINT, NAME_ADVISED, NAME_BOUND, PLUGIN_ID_BOUND, SEARCH_ENDPOINT, check_endpoint_name, check_plugin_id,
    check_tool_name, tool_name,
};
pub use names::Collision;
pub use publish::Published;
pub use view::{Approve, Filter, Listing, Override, Prefix, Rules, ToolRules, View, check_text};

/// A snapshot of what one endpoint shows. A call keeps the one that it began with.
#[derive(Default)]
pub struct Surface {
    tools: Vec<SurfaceTool>,
    prompts: Vec<SurfacePrompt>,
    resources: Vec<SurfaceResource>,
    templates: Vec<SurfaceTemplate>,
    by_name: Places,
    prefix: Prefix,
    listing: Listing,
    index: OnceLock<Index>,
    is_complete: bool,
    narrowed: Narrowed,
}

/// Where to find what clients name.
#[derive(Default)]
struct Places {
    tools: HashMap<String, usize>,
    prompts: HashMap<String, usize>,
    resources: HashMap<String, usize>,
    templates: HashMap<String, usize>,
    /// The templates of each plugin, by its id.
    families: HashMap<String, Range<usize>>,
}

impl Surface {
    /// A snapshot of these plugins, in this order, and whether they are all that is to come. One with a name or a URI that
    /// an earlier one has is left out whole. No guest is called.
    #[must_use]
    pub fn of(plugins: &[Arc<Plugin>], view: &View, rules: &Rules, is_complete: bool) -> (Self, Vec<Collision>) {
        let mut surface = Self { prefix: view.prefix, listing: view.listing, is_complete, ..Self::default() };
        let mut taken = Taken::default();
        let mut collisions = Vec::new();
        for plugin in plugins {
            let (offers, rules) = (plugin.offers(), rules.get(plugin.id()));
            let names = Names::of(plugin.id(), &offers, view, rules);
            match taken.take(plugin.id(), &names) {
                Ok(()) => surface.add(plugin, &offers, names, view, rules),
                Err(collision) => collisions.push(collision),
            }
        }
        (surface, collisions)
    }

    fn add(
        &mut self,
        plugin: &Arc<Plugin>,
        offers: &Arc<Offers>,
        names: Names,
        view: &View,
        rules: Option<&ToolRules>,
    ) {
        let whose = || (Arc::clone(plugin), Arc::clone(offers));
        for (name, index) in names.tools {
            let (plugin, offers) = whose();
            let is_listed = view.listing == Listing::Full || view.pinned.contains(&name);
            let own = offers.tools.get(index).zip(rules);
            let change = own.and_then(|(tool, rules)| rules.overrides.get(&tool.name)).cloned();
            let needs_approval = own.is_some_and(|(tool, rules)| rules.approve.is_needed(rules.hints(tool)));
            self.by_name.tools.insert(name.clone(), self.tools.len());
            self.tools.push(SurfaceTool { name, plugin, needs_approval, is_listed, offers, index, change });
        }
        for (name, index) in names.prompts {
            let (plugin, offers) = whose();
            self.by_name.prompts.insert(name.clone(), self.prompts.len());
            self.prompts.push(SurfacePrompt { name, plugin, offers, index });
        }
        for (uri, index) in names.resources {
            let (plugin, offers) = whose();
            self.by_name.resources.insert(uri.clone(), self.resources.len());
            self.resources.push(SurfaceResource { uri, plugin, offers, index });
        }
        let first = self.templates.len();
        for (uri, index) in names.templates {
            let (plugin, offers) = whose();
            self.by_name.templates.insert(uri.clone(), self.templates.len());
            self.templates.push(SurfaceTemplate { uri, plugin, offers, index });
        }
        self.by_name.families.insert(plugin.id().to_owned(), first..self.templates.len());
    }

    /// Every tool, in the order of the plugins and of each plugin's own list.
    #[must_use]
    pub fn tools(&self) -> &[SurfaceTool] {
        &self.tools
    }

    /// The tools that lists have, in the same order.
    pub fn listed_tools(&self) -> impl Iterator<Item = &SurfaceTool> + Clone {
        self.tools.iter().filter(|tool| tool.is_listed)
    }

    /// Every prompt, in the same order.
    #[must_use]
    pub fn prompts(&self) -> &[SurfacePrompt] {
        &self.prompts
    }

    /// Every resource, in the same order.
    #[must_use]
    pub fn resources(&self) -> &[SurfaceResource] {
        &self.resources
    }

    /// Every template of resources, in the same order.
    #[must_use]
    pub fn templates(&self) -> &[SurfaceTemplate] {
        &self.templates
    }

    /// Whether every plugin was loaded or refused. Else another snapshot follows soon.
    #[must_use]
    pub const fn is_complete(&self) -> bool {
        self.is_complete
    }

    /// The tool of this name for clients.
    #[must_use]
    pub fn tool(&self, name: &str) -> Option<&SurfaceTool> {
        self.tools.get(*self.by_name.tools.get(name)?)
    }

    /// The prompt of this name for clients.
    #[must_use]
    pub fn prompt(&self, name: &str) -> Option<&SurfacePrompt> {
        self.prompts.get(*self.by_name.prompts.get(name)?)
    }

    /// The template of this text for clients, as completion names it.
    #[must_use]
    pub fn template(&self, text: &str) -> Option<&SurfaceTemplate> {
        self.templates.get(*self.by_name.templates.get(text)?)
    }

    /// What a client reads with this URI: a resource that is listed, or else one of the first family that it belongs to.
    #[must_use]
    pub fn target(&self, uri: &str) -> Option<Target<'_>> {
        let listed = self.by_name.resources.get(uri).and_then(|place| self.resources.get(*place));
        if let Some((resource, described)) = listed.and_then(|resource| Some((resource, resource.described()?))) {
            let (about, poll) = (&described.about, described.poll);
            let (uri, listed) = (described.uri.clone(), described.uri.as_str());
            return Some(Target { plugin: &resource.plugin, uri, listed, about, poll });
        }
        let (families, own) = match self.prefix {
            Prefix::Never => (self.templates.as_slice(), uri.to_owned()),
            Prefix::Always => {
                let (plugin, own) = uri::inward(uri)?;
                (self.templates.get(self.by_name.families.get(plugin)?.clone())?, own)
            }
        };
        let described = families.iter().filter_map(|family| Some((family, family.described()?)));
        let (family, described) = described.into_iter().find(|(_, described)| described.uri.matches(&own))?;
        let (listed, about) = (described.uri.source(), &described.about);
        Some(Target { plugin: &family.plugin, uri: own, listed, about, poll: described.poll })
    }

    /// Whether its lists leave tools out that can be found and called all the same.
    #[must_use]
    pub fn is_searchable(&self) -> bool {
        self.listing == Listing::Search
    }

    /// The tools that fit best what somebody wants to do. The first search makes the index, in some ten milliseconds for a
    /// thousand tools.
    #[must_use]
    pub fn find(&self, query: &str, limit: usize) -> Vec<&SurfaceTool> {
        let index = self.index.get_or_init(|| Index::new(self.tools.iter().map(document)));
        index.search(query, limit).into_iter().filter_map(|hit| self.tool(hit.key)).collect()
    }

    /// Whether it shows this plugin.
    #[must_use]
    pub fn shows(&self, plugin: &str) -> bool {
        self.by_name.families.contains_key(plugin)
    }

    /// For clients, a URI that a plugin names: in a link, in contents, or because what is behind it has changed. What
    /// clients look up without this server stays as it is, unless the plugin offers it itself.
    #[must_use]
    pub fn uri_for_clients(&self, plugin: &str, own: &str) -> String {
        if self.prefix == Prefix::Never {
            return own.to_owned();
        }
        let mapped = uri::outward(plugin, own);
        if uri::is_clients_own(own) && self.target(&mapped).is_none() { own.to_owned() } else { mapped }
    }
}

/// A tool as it is searched for.
fn document(tool: &SurfaceTool) -> Document {
    let properties = tool.described().and_then(|tool| tool.input.document.get("properties")?.as_object().cloned());
    let text = |schema: &Value| schema.get("description").and_then(Value::as_str).map(str::to_owned);
    let parameters = properties.unwrap_or_default().into_iter().map(|(name, schema)| (name, text(&schema))).collect();
    Document {
        key: tool.name.clone(),
        name: tool.name.clone(),
        title: tool.title().map(str::to_owned),
        description: tool.description().to_owned(),
        parameters,
    }
}
