//! `wharf call`.

use std::io::Read as _;
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use clap::Args;
use serde_json::Value;

use super::{ConfigFile, print};
use crate::app::Host;
use crate::mcp;
use crate::plugin::CallContext;

#[derive(Debug, Args)]
pub(super) struct Call {
    /// The tool, as clients name it: `catalog__list_servers`
    #[arg(value_name = "PLUGIN__TOOL")]
    tool: String,
    /// Its arguments, a JSON object; `-` reads them from standard input
    #[arg(value_name = "JSON", default_value = "{}")]
    arguments: String,
    #[command(flatten)]
    config: ConfigFile,
}

impl Call {
    pub(super) async fn run(self) -> anyhow::Result<ExitCode> {
        let arguments = self.arguments()?;
        let host = Host::start(self.config.load()?.0)?;
        host.loaded().await;
        let surface = host.published().current();
        let Some(offered) = surface.tool(&self.tool) else {
            let known: Vec<&str> = surface.tools().iter().map(|tool| tool.name.as_str()).collect();
            bail!("no tool is named `{}`; there is {}", self.tool, known.join(", "));
        };
        let described = offered.described().context("the tool has no description")?;
        let result = offered.plugin.call_tool(described, arguments, CallContext::default()).await;
        host.cleaned_up().await;
        let result = result.map_err(|error| anyhow::anyhow!("{} ({})", error, error.kind()))?;
        let failed = result.is_error;
        print(&serde_json::to_string_pretty(&mcp::result_json(result)?)?)?;
        Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
    }

    fn arguments(&self) -> anyhow::Result<Value> {
        let mut text = self.arguments.clone();
        if text == "-" {
            text.clear();
            std::io::stdin().read_to_string(&mut text).context("can't read the arguments from standard input")?;
        }
        let value: Value = serde_json::from_str(&text).context("the arguments are not JSON")?;
        if !value.is_object() {
            bail!("the arguments must be a JSON object, such as '{{\"name\": \"fetch\"}}'");
        }
        Ok(value)
    }
}
