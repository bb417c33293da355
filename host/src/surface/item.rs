//! What one plugin offers, under the name that clients use.

use std::sync::Arc;
use std::time::Duration;

use super::name::tool_name;
use super::view::Override;
use crate::caller::Caller;
use crate::plugin::{About, Hints, Offers, Plugin, Prompt, Resource, Template, Tool};

/// A tool under the name that clients call it by.
#[derive(Clone)]
pub struct SurfaceTool {
    /// `<plugin>__<tool>`, or the tool's own name where the endpoint has no prefixes.
    pub name: String,
    /// Whose it is.
    pub plugin: Arc<Plugin>,
    /// It runs only after a person has agreed.
    pub needs_approval: bool,
    /// It is in lists. Else it is only found, and can be called all the same.
    pub is_listed: bool,
    pub(super) offers: Arc<Offers>,
    pub(super) index: usize,
    pub(super) change: Option<Override>,
}

impl SurfaceTool {
    /// What the plugin says of it: for calls.
    #[must_use]
    pub fn described(&self) -> Option<&Tool> {
        self.offers.tools.get(self.index)
    }

    /// Whether this caller may see and call it.
    #[must_use]
    pub fn is_for(&self, caller: &Caller) -> bool {
        let Some(permissions) = &caller.permissions else { return true };
        let renamed = self.change.as_ref().and_then(|change| change.name.as_deref());
        let own = renamed.or_else(|| Some(self.described()?.name.as_str()));
        own.is_some_and(|own| permissions.allow_tool(self.plugin.id(), &tool_name(self.plugin.id(), own)))
    }

    /// For people, in the operator's words or else the plugin's.
    #[must_use]
    pub fn title(&self) -> Option<&str> {
        let change = self.change.as_ref().and_then(|change| change.title.as_deref());
        change.or_else(|| self.described()?.title.as_deref())
    }

    /// For the model, in the operator's words or else the plugin's.
    #[must_use]
    pub fn description(&self) -> &str {
        let change = self.change.as_ref().and_then(|change| change.description.as_deref());
        change.or_else(|| Some(self.described()?.description.as_str())).unwrap_or_default()
    }

    /// What to expect of it, by the operator's word or else the plugin's.
    #[must_use]
    pub fn hints(&self) -> Hints {
        let none = Hints { read_only: None, destructive: None, idempotent: None, open_world: None };
        let own = self.described().map_or(none, |tool| tool.hints);
        self.change.as_ref().map_or(own, |change| change.hints(own))
    }
}

/// A prompt under the name that clients get it by.
#[derive(Clone)]
pub struct SurfacePrompt {
    /// As for tools.
    pub name: String,
    /// Whose it is.
    pub plugin: Arc<Plugin>,
    pub(super) offers: Arc<Offers>,
    pub(super) index: usize,
}

impl SurfacePrompt {
    /// What the plugin says of it.
    #[must_use]
    pub fn described(&self) -> Option<&Prompt> {
        self.offers.prompts.get(self.index)
    }
}

/// A resource under the URI that clients read it by.
#[derive(Clone)]
pub struct SurfaceResource {
    /// With the plugin's id in it, or the plugin's own where the endpoint has no prefixes.
    pub uri: String,
    /// Whose it is.
    pub plugin: Arc<Plugin>,
    pub(super) offers: Arc<Offers>,
    pub(super) index: usize,
}

impl SurfaceResource {
    /// What the plugin says of it, with its own URI.
    #[must_use]
    pub fn described(&self) -> Option<&Resource> {
        self.offers.resources.get(self.index)
    }
}

/// A family of resources under the template of the URIs that clients read them by.
#[derive(Clone)]
pub struct SurfaceTemplate {
    /// As for resources.
    pub uri: String,
    /// Whose it is.
    pub plugin: Arc<Plugin>,
    pub(super) offers: Arc<Offers>,
    pub(super) index: usize,
}

impl SurfaceTemplate {
    /// What the plugin says of it, with its own template.
    #[must_use]
    pub fn described(&self) -> Option<&Template> {
        self.offers.templates.get(self.index)
    }
}

/// What a client reads.
pub struct Target<'a> {
    /// Whose it is.
    pub plugin: &'a Arc<Plugin>,
    /// The plugin's own URI.
    pub uri: String,
    /// What it lists: the same, or the template that it fits.
    pub listed: &'a str,
    /// What is said of it, or of its family.
    pub about: &'a About,
    /// How often it is read again while somebody is subscribed to it. None: it never changes by itself.
    pub poll: Option<Duration>,
}
