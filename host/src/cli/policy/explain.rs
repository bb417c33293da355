//! `wharf policy explain`.

use std::process::ExitCode;

use clap::Args;

use super::subject;
use crate::cli::{ConfigFile, print};
use crate::policy::explain::{Use, explain};

/// Ends with 0 where the policy allows it, and with 1 where it doesn't. Nothing is sent, opened or looked up.
#[derive(Debug, Args)]
pub(in crate::cli) struct Explain {
    /// The plugin's id
    plugin: String,
    /// What it would do: `GET https://host/path`, `read file /path`, `write file /path`, `read bucket NAME`,
    /// `write bucket NAME` or `sign PUT https://host/path with KEY for SECONDS`
    #[arg(value_name = "USE")]
    what: Use,
    #[command(flatten)]
    config: ConfigFile,
}

impl Explain {
    pub(in crate::cli) fn run(self) -> anyhow::Result<ExitCode> {
        let (config, _) = self.config.load()?;
        let plugin = subject::find(&config, &self.plugin)?;
        let (_, asked) = subject::inspect(plugin)?;
        let spec = &plugin.spec;
        let answer = explain(&spec.id, &spec.grants, &asked, spec.is_read_only, &self.what);
        let answer = answer.map_err(anyhow::Error::msg)?;
        print(&answer.to_string())?;
        Ok(if answer.decision.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}
