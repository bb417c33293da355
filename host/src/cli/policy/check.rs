//! `wharf policy check`.

use std::collections::BTreeSet;
use std::process::ExitCode;

use clap::Args;

use super::subject;
use crate::cli::{ConfigFile, print};
use crate::config::Config;
use crate::plugin::one_line;
use crate::policy::check::{Finding, findings};

/// Ends with 0 where nothing was found. Nothing runs, and no secret is read.
#[derive(Debug, Args)]
pub(in crate::cli) struct Check {
    #[command(flatten)]
    config: ConfigFile,
}

impl Check {
    pub(in crate::cli) fn run(self) -> anyhow::Result<ExitCode> {
        let (config, _) = self.config.load()?;
        let mut count = 0_usize;
        for plugin in &config.plugins {
            let (_, asked) = subject::inspect(plugin)?;
            let found = findings(&plugin.spec.grants, &asked, plugin.spec.is_read_only);
            let found =
                found.map_err(|problem| anyhow::anyhow!("plugin `{}`: {}", plugin.spec.id, one_line(&problem)))?;
            count += found.len();
            found.iter().try_for_each(|finding| show(&format!("plugin `{}`", plugin.spec.id), finding))?;
        }
        for name in unused_secrets(&config) {
            count += 1;
            let problem = format!("nothing uses the secret `{name}`");
            show("configuration", &Finding { problem, help: format!("remove [secrets.{name}]") })?;
        }
        let plugins = config.plugins.len();
        print(&match count {
            0 => format!("{plugins} plugins: nothing to correct"),
            count => format!("{plugins} plugins: {count} to look at"),
        })?;
        Ok(if count == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

fn show(whose: &str, finding: &Finding) -> anyhow::Result<()> {
    print(&format!("{whose}: {}\n  help: {}", one_line(&finding.problem), one_line(&finding.help)))
}

fn unused_secrets(config: &Config) -> Vec<&str> {
    let of_plugins = config.plugins.iter().flat_map(|plugin| plugin.spec.grants.secrets());
    let used: BTreeSet<&str> = of_plugins.chain(config.stores.values().filter_map(|store| store.secret())).collect();
    config.secrets.keys().map(String::as_str).filter(|name| !used.contains(name)).collect()
}
