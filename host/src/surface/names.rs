//! Under which names and URIs one plugin's offers are shown, and that no two plugins get the same.

use std::collections::HashMap;

use super::name::tool_name;
use super::uri;
use super::view::{Prefix, ToolRules, View};
use crate::plugin::{Offers, Tool};

/// What is shown of one plugin: each name or URI for clients, with its place in the plugin's own list.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Names {
    pub(super) tools: Vec<(String, usize)>,
    pub(super) prompts: Vec<(String, usize)>,
    pub(super) resources: Vec<(String, usize)>,
    pub(super) templates: Vec<(String, usize)>,
}

/// Two offers of one kind with the same name or URI for clients.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.text())]
pub struct Collision {
    /// `tool`, `prompt`, `resource` or `resource template`.
    pub kind: &'static str,
    /// The name or URI for clients.
    pub name: String,
    /// The plugin that is left out.
    pub plugin: String,
    /// The plugin that has the name already. The same one, if it lists the name twice.
    pub other: String,
}

impl Collision {
    /// What the operator can do about it.
    #[must_use]
    pub const fn hint(&self) -> &'static str {
        "name the endpoint's `plugins`, exclude one of the two or give it another name below `[plugins.<id>.tools]`, \
         or let the endpoint have `prefix = \"always\"`, with another plugin id if it has"
    }

    fn text(&self) -> String {
        let Self { kind, name, plugin, other } = self;
        if plugin == other {
            return format!("plugin `{plugin}` has two {kind}s `{name}`");
        }
        format!("plugins `{other}` and `{plugin}` both have a {kind} `{name}`")
    }
}

impl Names {
    /// Names what a plugin offers, as far as the endpoint shows it.
    pub(super) fn of(plugin: &str, offers: &Offers, view: &View, rules: Option<&ToolRules>) -> Self {
        if view.plugins.as_ref().is_some_and(|shown| !shown.contains(plugin)) {
            return Self::default();
        }
        let name = |own: &str| match view.prefix {
            Prefix::Always => tool_name(plugin, own),
            Prefix::Never => own.to_owned(),
        };
        let uri = |own: &str| match view.prefix {
            Prefix::Always => uri::outward(plugin, own),
            Prefix::Never => own.to_owned(),
        };
        let tool = |offered: &Tool| {
            let own = &*offered.name;
            let is_shown = rules.is_none_or(|rules| rules.shows(offered));
            let change = rules.and_then(|rules| rules.overrides.get(own)?.name.as_deref());
            is_shown.then(|| name(change.unwrap_or(own))).filter(|name| view.tools.passes(name))
        };
        let tools = offers.tools.iter().enumerate();
        Self {
            tools: tools.filter_map(|(index, offered)| Some((tool(offered)?, index))).collect(),
            prompts: each(&offers.prompts, |prompt| name(&prompt.name)),
            resources: each(&offers.resources, |resource| uri(&resource.uri)),
            templates: each(&offers.templates, |template| uri(template.uri.source())),
        }
    }

    fn all(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let kinds = [
            ("tool", &self.tools),
            ("prompt", &self.prompts),
            ("resource", &self.resources),
            ("resource template", &self.templates),
        ];
        kinds.into_iter().flat_map(|(kind, names)| names.iter().map(move |(name, _)| (kind, name.as_str())))
    }
}

fn each<T>(offered: &[T], name: impl Fn(&T) -> String) -> Vec<(String, usize)> {
    offered.iter().enumerate().map(|(index, offered)| (name(offered), index)).collect()
}

/// Which names are taken, and by whom.
#[derive(Default)]
pub(super) struct Taken(HashMap<(&'static str, String), String>);

impl Taken {
    /// Takes all names of a plugin, or none of them.
    pub(super) fn take(&mut self, plugin: &str, names: &Names) -> Result<(), Collision> {
        let mut own = HashMap::new();
        for (kind, name) in names.all() {
            let key = (kind, name.to_owned());
            if let Some(other) = self.0.get(&key).or_else(|| own.get(&key)) {
                let (plugin, other) = (plugin.to_owned(), other.clone());
                return Err(Collision { kind, name: name.to_owned(), plugin, other });
            }
            own.insert(key, plugin.to_owned());
        }
        self.0.extend(own);
        Ok(())
    }
}

#[cfg(test)]
mod tests;
