//! `wharf policy learn`.

use std::process::ExitCode;

use anyhow::{Context as _, bail};
use clap::Args;
use serde_json::Value;

use super::subject;
use crate::app::{Host, services};
use crate::capability::Services;
use crate::capability::learner::Learner;
use crate::cli::call::{arguments, no_tool};
use crate::cli::{ConfigFile, print};
use crate::plugin::{CallContext, one_line};
use crate::policy::Grants;
use crate::policy::learn::Learned;

/// How often a tool is called at most. Each time it comes one refusal further.
const ROUNDS: usize = 64;

/// The tool is called again after each refusal, with what it needed added for this run alone: so what it does before the
/// refusal, it does again. Nothing is written; the lines that are printed go below the plugin's grants, once you have
/// read them.
#[derive(Debug, Args)]
pub(in crate::cli) struct Learn {
    /// The tool, as clients name it: `catalog__list_servers`
    #[arg(value_name = "PLUGIN__TOOL")]
    tool: String,
    /// Its arguments, a JSON object; `-` reads them from standard input
    #[arg(value_name = "JSON", default_value = "{}")]
    arguments: String,
    #[command(flatten)]
    config: ConfigFile,
}

impl Learn {
    pub(in crate::cli) async fn run(self) -> anyhow::Result<ExitCode> {
        let arguments = arguments(&self.arguments)?;
        let (id, _) =
            self.tool.split_once("__").context("a tool is named PLUGIN__TOOL, such as catalog__list_servers")?;
        let config = self.config.load()?.0;
        let found = subject::find(&config, id)?;
        let (inspection, _) = subject::inspect(found)?;
        let plugin = Pupil { id, grants: &found.spec.grants, imports: &inspection.imports };
        let mut learned = Learned::beyond(plugin.grants);
        // One set for all runs: a store's file is open once.
        let services = services(&config)?;
        for round in 1..=ROUNDS {
            let (wishes, outcome) = self.call(&plugin, &arguments, &learned, services.clone()).await?;
            let mut news = false;
            for wish in wishes {
                news |= learned.add(wish);
            }
            if !news {
                return self.conclude(&plugin, &learned, outcome.err());
            }
            tracing::info!("run {round}: something was refused, and is added for the next run");
        }
        bail!("after {ROUNDS} runs there is still something new that is refused; until then it was\n{learned}");
    }

    /// Calls the tool once, with what was learned added to its plugin's grants.
    async fn call(
        &self,
        plugin: &Pupil<'_>,
        arguments: &Value,
        learned: &Learned,
        services: Services,
    ) -> anyhow::Result<(Vec<crate::capability::learner::Wish>, Result<(), String>)> {
        let mut config = self.config.load()?.0;
        config.plugins.retain(|other| other.spec.id == plugin.id);
        for only in &mut config.plugins {
            only.spec.grants = learned.added_to(plugin.grants).for_imports(plugin.imports);
        }
        let learner = Learner::on();
        let host = Host::with(config, Services { learner: learner.clone(), ..services })?;
        host.loaded().await;
        let surface = host.published().current();
        let outcome = match surface.tool(&self.tool).and_then(|tool| Some((tool, tool.described()?))) {
            Some((tool, described)) => tool.plugin.call_tool(described, arguments, CallContext::default()).await,
            None => bail!(no_tool(&self.tool, &host)),
        };
        host.cleaned_up().await;
        let outcome = match outcome {
            Ok(result) if result.is_error => Err("the tool says that it failed".to_owned()),
            Ok(_) => Ok(()),
            Err(error) => Err(error.to_string()),
        };
        Ok((learner.take(), outcome))
    }

    fn conclude(&self, plugin: &Pupil<'_>, learned: &Learned, problem: Option<String>) -> anyhow::Result<ExitCode> {
        for address in learned.withheld() {
            print(&format!("# {address} is not granted by learning: it hands out the machine's own credentials"))?;
        }
        for (index, networks) in learned.widened(plugin.grants) {
            let networks: Vec<String> = networks.iter().map(ToString::to_string).collect();
            print(&format!("# the rule http[{index}] needs: networks = {networks:?}"))?;
        }
        let lines = learned.to_string() + &plugin.refused_on_purpose(learned);
        match lines.trim_end() {
            "" if learned.is_empty() => {
                print(&format!("# nothing was refused to {} that a grant for `http` or `keyvalue` allows", self.tool))?;
            }
            "" => {}
            lines => print(&format!("# below [plugins.{}.grants]:\n{lines}", plugin.id))?,
        }
        match problem {
            None => Ok(ExitCode::SUCCESS),
            Some(problem) => {
                print(&format!("# with this, it still fails: {}", one_line(&problem)))?;
                Ok(ExitCode::FAILURE)
            }
        }
    }
}

/// The plugin that is learned from, as it was at the beginning.
struct Pupil<'a> {
    id: &'a str,
    grants: &'a Grants,
    imports: &'a [String],
}

impl Pupil<'_> {
    /// What it imports and didn't use: without a word of it, the plugin isn't loaded.
    fn refused_on_purpose(&self, learned: &Learned) -> String {
        let unsaid = learned.added_to(self.grants).unsaid(self.imports);
        unsaid.iter().map(|name| format!("{name} = []\n")).collect()
    }
}
