//! A snapshot as one caller may see it. Lists, searches, calls and all else look into this one, so that what a caller
//! may not use isn't there for it, whatever it asks for.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::Surface;
use crate::caller::{Caller, Permissions};

/// Callers with permissions of their own for whom a snapshot is kept as they see it. Beyond it, the oldest is made anew
/// when it is asked for.
const KEPT: usize = 256;

/// Snapshots as callers with these permissions see them.
#[derive(Default)]
pub(super) struct Narrowed(Mutex<Vec<(Arc<Permissions>, Arc<Surface>)>>);

impl Surface {
    /// What of it this caller may use. The same each time, for the same permissions.
    #[must_use]
    pub fn for_caller(self: &Arc<Self>, caller: &Caller) -> Arc<Self> {
        let Some(permissions) = &caller.permissions else { return Arc::clone(self) };
        let mut kept = self.narrowed.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_same = |known: &Arc<Permissions>| Arc::ptr_eq(known, permissions) || known == permissions;
        if let Some((_, surface)) = kept.iter().find(|(known, _)| is_same(known)) {
            return Arc::clone(surface);
        }
        let surface = Arc::new(self.narrow(caller, permissions));
        if kept.len() >= KEPT {
            kept.remove(0);
        }
        kept.push((Arc::clone(permissions), Arc::clone(&surface)));
        surface
    }

    fn narrow(&self, caller: &Caller, permissions: &Permissions) -> Self {
        let tools: Vec<_> = self.tools.iter().filter(|tool| tool.is_for(caller)).cloned().collect();
        let may_use = |plugin: &str| permissions.allow_plugin(plugin);
        let prompts: Vec<_> = self.prompts.iter().filter(|prompt| may_use(prompt.plugin.id())).cloned().collect();
        let resources = self.resources.iter().filter(|resource| may_use(resource.plugin.id()));
        let resources: Vec<_> = resources.cloned().collect();
        let mut narrow =
            Self { prefix: self.prefix, listing: self.listing, is_complete: self.is_complete, ..Self::default() };
        narrow.by_name.tools = places(tools.iter().map(|tool| &tool.name));
        narrow.by_name.prompts = places(prompts.iter().map(|prompt| &prompt.name));
        narrow.by_name.resources = places(resources.iter().map(|resource| &resource.uri));
        (narrow.tools, narrow.prompts, narrow.resources) = (tools, prompts, resources);
        self.narrow_templates(&mut narrow, may_use);
        narrow
    }

    /// The templates of a plugin lie together, in the order of the plugins.
    fn narrow_templates(&self, narrow: &mut Self, may_use: impl Fn(&str) -> bool) {
        let mut families: Vec<_> = self.by_name.families.iter().filter(|(plugin, _)| may_use(plugin)).collect();
        families.sort_by_key(|(_, range)| range.start);
        for (plugin, range) in families {
            let first = narrow.templates.len();
            narrow.templates.extend(self.templates.get(range.clone()).unwrap_or_default().iter().cloned());
            narrow.by_name.families.insert(plugin.clone(), first..narrow.templates.len());
        }
        narrow.by_name.templates = places(narrow.templates.iter().map(|template| &template.uri));
    }
}

fn places<'a>(names: impl Iterator<Item = &'a String>) -> HashMap<String, usize> {
    names.enumerate().map(|(place, name)| (name.clone(), place)).collect()
}
