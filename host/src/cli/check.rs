//! `wharf check`.

use std::process::ExitCode;
use std::time::SystemTime;

use clap::Args;

use super::serve::read_token;
use super::{ConfigFile, open_audit, print, table};
use crate::app::{Host, PluginReport};
use crate::mcp::Tokens;
use crate::plugin::one_line;
use crate::policy::in_short;
use crate::surface::LeftOut;

/// Characters of a plugin's digest that tell builds apart at a glance.
const DIGEST_SHOWN: usize = 12;

#[derive(Debug, Args)]
pub(super) struct Check {
    #[command(flatten)]
    config: ConfigFile,
}

impl Check {
    pub(super) async fn run(self) -> anyhow::Result<ExitCode> {
        let (config, path) = self.config.load()?;
        let from =
            path.map_or_else(|| "the bundled plugins (no wharf.toml)".to_owned(), |path| path.display().to_string());
        let grants: Vec<String> = config.plugins.iter().map(|plugin| plugin.spec.grants.to_string()).collect();
        let token_file = config.server.token_file.clone();
        let audit = open_audit(config.audit.settings(None)).err();
        let remarks = Tokens::new(config.tokens.clone()).remarks(SystemTime::now());
        let host = Host::start(config)?;
        host.loaded().await;
        let reports = host.reports();
        let mut rows = table(&["plugin", "state", "version", "tools", "grants", "digest"]);
        for (report, grants) in reports.iter().zip(&grants) {
            rows.add_row(row(report, grants));
        }
        print(&rows.to_string())?;
        let token = token_file.and_then(|path| read_token(&path).err()).map(|error| format!("error: {error:#}"));
        let left_out = reports.iter().flat_map(|report| &report.left_out).map(left_out);
        let audit = audit.map(|error| format!("error: {error:#}"));
        let problems: Vec<String> =
            token.into_iter().chain(audit).chain(reports.iter().filter_map(problem)).chain(left_out).collect();
        host.idle_settings().iter().try_for_each(|setting| print(&format!("note: {}", one_line(setting))))?;
        remarks.iter().try_for_each(|remark| print(&format!("note: {remark}")))?;
        problems.iter().try_for_each(|problem| print(problem))?;
        let served = reports.iter().filter(|report| report.outcome.is_ok()).count();
        print(&format!("{from}: {served} of {} plugins can be served", reports.len()))?;
        Ok(if problems.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

fn row(report: &PluginReport, grants: &str) -> [String; 6] {
    let (state, version, tools, digest) = match &report.outcome {
        Ok(plugin) => {
            let inspection = plugin.inspection();
            let digest = inspection.digest.get(..DIGEST_SHOWN).unwrap_or_default().to_owned();
            let version = in_short(inspection.version.as_deref().unwrap_or_default());
            ("ready", version, plugin.offers().tools.len().to_string(), digest)
        }
        Err(_) => ("error", String::new(), String::new(), String::new()),
    };
    [report.id.clone(), state.into(), version, tools, grants.to_owned(), digest]
}

fn problem(report: &PluginReport) -> Option<String> {
    let error = report.outcome.as_ref().err()?;
    let (reason, hint) = (one_line(&error.to_string()), one_line(error.hint()));
    Some(format!("error: plugin `{}`: {reason}\n  help: {hint}", report.id))
}

fn left_out(left_out: &LeftOut) -> String {
    format!("error: {}\n  help: {}", one_line(&left_out.to_string()), left_out.collision.hint())
}
