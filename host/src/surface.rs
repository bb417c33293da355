//! What clients see: an immutable snapshot of everything that the plugins offer, under the names that clients use.

mod name;
mod publish;

use std::collections::HashMap;
use std::sync::Arc;

use crate::plugin::{Plugin, Tool};

pub use name::{NAME_ADVISED, NAME_BOUND, PLUGIN_ID_BOUND, check_plugin_id, tool_name};
pub use publish::Published;

/// A snapshot. A call keeps the one that it began with.
#[derive(Default)]
pub struct Surface {
    tools: Vec<SurfaceTool>,
    by_name: HashMap<String, usize>,
    is_complete: bool,
}

/// A tool under the name that clients call it by.
pub struct SurfaceTool {
    /// `<plugin>__<tool>`.
    pub name: String,
    /// Whose it is.
    pub plugin: Arc<Plugin>,
    index: usize,
}

/// Two plugins whose tools get the same name, which is possible only where long names were shortened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("its tool `{tool}` and plugin `{other}` get the same name `{name}`")]
pub struct Collision {
    /// The name for clients.
    pub name: String,
    /// The plugin's own name of the second tool.
    pub tool: String,
    /// The plugin that has the name already.
    pub other: String,
}

impl Surface {
    /// A snapshot of these plugins, in this order, and whether they are all that is to come. One whose names collide with
    /// an earlier one's is left out whole.
    #[must_use]
    pub fn of(plugins: &[Arc<Plugin>], is_complete: bool) -> (Self, Vec<(Arc<Plugin>, Collision)>) {
        let mut surface = Self { is_complete, ..Self::default() };
        let mut refused = Vec::new();
        for plugin in plugins {
            if let Err(collision) = surface.add(plugin) {
                refused.push((Arc::clone(plugin), collision));
            }
        }
        (surface, refused)
    }

    fn add(&mut self, plugin: &Arc<Plugin>) -> Result<(), Collision> {
        let named: Vec<(String, &Tool)> =
            plugin.tools().iter().map(|tool| (tool_name(plugin.id(), &tool.name), tool)).collect();
        for (name, tool) in &named {
            if let Some(taken) = self.tool(name) {
                let other = taken.plugin.id().to_owned();
                return Err(Collision { name: name.clone(), tool: tool.name.clone(), other });
            }
        }
        for (index, (name, _)) in named.into_iter().enumerate() {
            self.by_name.insert(name.clone(), self.tools.len());
            self.tools.push(SurfaceTool { name, plugin: Arc::clone(plugin), index });
        }
        Ok(())
    }

    /// Every tool, in the order of the plugins and of each plugin's own list.
    #[must_use]
    pub fn tools(&self) -> &[SurfaceTool] {
        &self.tools
    }

    /// Whether every plugin was loaded or refused. Else another snapshot follows soon.
    #[must_use]
    pub const fn is_complete(&self) -> bool {
        self.is_complete
    }

    /// The tool of this name.
    #[must_use]
    pub fn tool(&self, name: &str) -> Option<&SurfaceTool> {
        self.tools.get(*self.by_name.get(name)?)
    }
}

impl SurfaceTool {
    /// What the plugin says of it.
    #[must_use]
    pub fn described(&self) -> Option<&Tool> {
        self.plugin.tools().get(self.index)
    }
}
