//! `wharf call`.

use std::io::{read_to_string, stdin};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use clap::Args;
use serde_json::Value;

use super::{ConfigFile, open_audit, print_json};
use crate::app::Host;
use crate::mcp;
use crate::plugin::{CallContext, one_line};

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
        let arguments = arguments(&self.arguments)?;
        let config = self.config.load()?.0;
        let audit = open_audit(config.audit.settings(None))?;
        let called = self.call(Host::start_recorded(config, audit.clone())?, &arguments).await;
        audit.closed().await;
        called
    }

    async fn call(&self, host: Arc<Host>, arguments: &Value) -> anyhow::Result<ExitCode> {
        host.loaded().await;
        let surface = host.published().current();
        let Some(offered) = surface.tool(&self.tool) else {
            bail!(no_tool(&self.tool, &host));
        };
        let described = offered.described().context("the tool has no description")?;
        let result = offered.plugin.call_tool(described, arguments, CallContext::default()).await;
        host.cleaned_up().await;
        let result = result.map_err(|error| anyhow::anyhow!("{} ({})", one_line(&error.to_string()), error.kind()))?;
        let failed = result.is_error;
        print_json(&mcp::result_json(result)?)?;
        Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
    }
}

/// The arguments of a tool, as somebody gives them who calls it from here.
pub(super) fn arguments(given: &str) -> anyhow::Result<Value> {
    let text = match given {
        "-" => read_to_string(stdin()).context("can't read the arguments from standard input")?,
        given => given.to_owned(),
    };
    let value: Value = serde_json::from_str(&text).context("the arguments are not JSON")?;
    if !value.is_object() {
        bail!("the arguments must be a JSON object, such as '{{\"name\": \"fetch\"}}'");
    }
    Ok(value)
}

/// Why there is no such tool.
pub(super) fn no_tool(name: &str, host: &Host) -> String {
    let reports = host.reports();
    let failed = reports.iter().filter_map(|report| Some((&report.id, report.outcome.as_ref().err()?)));
    let mut own = failed.filter(|(id, _)| name.starts_with(&format!("{id}__")));
    if let Some((id, error)) = own.next() {
        return format!("plugin `{id}` is not served: {}; {}", one_line(&error.to_string()), one_line(error.hint()));
    }
    let surface = host.published().current();
    let known: Vec<&str> = surface.tools().iter().map(|tool| tool.name.as_str()).collect();
    let known = if known.is_empty() { "none at all".to_owned() } else { known.join(", ") };
    format!("no tool is named `{name}`; there is {known}")
}
