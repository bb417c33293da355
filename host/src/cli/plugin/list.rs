//! `wharf plugin list`.

use std::process::ExitCode;

use clap::Args;

use crate::cli::{ConfigFile, print, table};
use crate::config::PluginConfig;
use crate::plugin::{Inspection, LoadError, one_line};
use crate::policy::in_short;

#[derive(Debug, Args)]
pub(in crate::cli) struct List {
    #[command(flatten)]
    config: ConfigFile,
}

impl List {
    pub(in crate::cli) fn run(self) -> anyhow::Result<ExitCode> {
        let (config, _) = self.config.load()?;
        let mut rows = table(&["plugin", "name", "version", "exports", "source"]);
        for plugin in &config.plugins {
            rows.add_row(row(plugin));
        }
        print(&rows.to_string())?;
        Ok(ExitCode::SUCCESS)
    }
}

fn row(plugin: &PluginConfig) -> [String; 5] {
    let id = plugin.spec.id.clone();
    let source = plugin.source.as_ref().map_or_else(ToString::to_string, ToString::to_string);
    match read(plugin) {
        Ok(found) => {
            let exports = found.interfaces().map_or_else(|error| error.to_string(), |names| names.join(", "));
            // What the file says must not look like a row of its own.
            let said = |text: String| in_short(&text);
            [id, said(found.name.unwrap_or_default()), said(found.version.unwrap_or_default()), said(exports), source]
        }
        Err(error) => [id, String::new(), String::new(), format!("error: {}", one_line(&error.to_string())), source],
    }
}

fn read(plugin: &PluginConfig) -> Result<Inspection, LoadError> {
    let source = plugin.source.as_ref().map_err(Clone::clone)?;
    Inspection::of(&source.read(plugin.spec.limits.component_bytes)?)
}
