//! A configured plugin, and what it asks for; nothing of it runs.

use anyhow::{Context as _, bail};

use crate::config::{Config, PluginConfig};
use crate::plugin::{Inspection, one_line};
use crate::policy::Asked;

/// The plugin of this id.
pub(super) fn find<'a>(config: &'a Config, id: &str) -> anyhow::Result<&'a PluginConfig> {
    let found = config.plugins.iter().find(|plugin| plugin.spec.id == id);
    found.with_context(|| {
        let known: Vec<&str> = config.plugins.iter().map(|plugin| plugin.spec.id.as_str()).collect();
        format!("no plugin is named `{id}`; there is {}", known.join(", "))
    })
}

/// What its file imports, and asks for.
pub(super) fn inspect(plugin: &PluginConfig) -> anyhow::Result<(Inspection, Asked)> {
    let id = &plugin.spec.id;
    let source = match &plugin.source {
        Ok(source) => source,
        Err(error) => bail!("plugin `{id}`: {error}; {}", error.hint()),
    };
    let bytes = source.read(plugin.spec.limits.component_bytes)?;
    let inspected = Inspection::of(&bytes);
    let inspection = inspected.map_err(|error| anyhow::anyhow!("plugin `{id}`: {}", one_line(&error.to_string())))?;
    let asked = Asked::of(inspection.request.as_ref()).map_err(|problem| anyhow::anyhow!(one_line(&problem)));
    let asked = asked.with_context(|| format!("the request section of plugin `{id}`"))?;
    Ok((inspection, asked))
}
