//! Host and baseline as processes of their own, started as an operator starts them.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Stdio;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::oneshot;
use tokio::time::{sleep, timeout};

use crate::load::Connection;
use crate::process::Process;
use crate::request;
use crate::site::Site;

/// Until a server is ready: a thousand components may have to be compiled first.
const START: Duration = Duration::from_secs(3_600);

/// Between two looks at a server that isn't ready yet.
const LOOK: Duration = Duration::from_millis(10);

/// A server that listens. It ends with this.
pub(crate) struct Server {
    /// Where.
    pub(crate) address: SocketAddr,
    /// Which process.
    pub(crate) process: Process,
    /// What it logs.
    log: Log,
    _child: Child,
}

type Log = Arc<Mutex<String>>;

/// The text of a `wharf.toml`, and the ids of its plugins.
#[derive(Default)]
pub(crate) struct Configuration {
    text: String,
    plugins: BTreeSet<String>,
}

impl Configuration {
    /// Adds a plugin. Further lines of its table may follow, as in `config = { tools = 100 }`.
    pub(crate) fn plugin(mut self, id: &str, component: &Path, lines: &str) -> Self {
        // As TOML's literal text: nobody's build folder has an apostrophe or a line's end in its name.
        let _ = writeln!(self.text, "[plugins.{id}]\nsource = '{}'\n{lines}", component.display());
        self.plugins.insert(id.to_owned());
        self
    }

    /// The host's command with it, in an environment where the cache of the benchmarks is.
    pub(crate) fn command(&self, site: &Site, arguments: &[&str]) -> Result<Command> {
        let config = site.write("wharf.toml", &self.text)?;
        let mut command = command(&site.program("wharf")?);
        command
            .arg("serve")
            .args(arguments)
            .arg("--config")
            .arg(config)
            .env("XDG_CACHE_HOME", site.scratch("cache")?)
            .env("XDG_STATE_HOME", site.scratch("state")?)
            .env("WHARF_LOG", "error,wharf::mcp=info,wharf::cli=info");
        Ok(command)
    }
}

impl Server {
    /// The host, with every plugin loaded.
    pub(crate) async fn host(site: &Site, configuration: &Configuration) -> Result<Self> {
        let server = Self::start(&mut Self::host_command(site, configuration)?).await?;
        timeout(START, server.loaded(&configuration.plugins)).await??;
        Ok(server)
    }

    /// The host's command, on a port of its own.
    pub(crate) fn host_command(site: &Site, configuration: &Configuration) -> Result<Command> {
        configuration.command(site, &["--http", "127.0.0.1:0"])
    }

    /// The baseline, which lists what this file says.
    pub(crate) async fn baseline(site: &Site, tools: &Path) -> Result<Self> {
        Self::start(&mut Self::baseline_command(site, tools)?).await
    }

    /// The baseline's command.
    pub(crate) fn baseline_command(site: &Site, tools: &Path) -> Result<Command> {
        let mut command = command(&site.program("baseline")?);
        command.arg(tools);
        Ok(command)
    }

    /// Starts a server, and waits until it says where it listens.
    pub(crate) async fn start(command: &mut Command) -> Result<Self> {
        let started = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn();
        let mut child = started.with_context(|| format!("can't start {command:?}"))?;
        let process = Process::new(child.id().context("it has ended already")?);
        let mut lines = BufReader::new(child.stderr.take().context("no standard error")?).lines();
        let (found, address) = oneshot::channel();
        let log = Log::default();
        let kept = Arc::clone(&log);
        tokio::spawn(async move {
            let mut found = Some(found);
            // To its end: a server that can't write its log would stop.
            while let Ok(Some(line)) = lines.next_line().await {
                if let Some(address) = listening(&line) {
                    found.take().map(|found| found.send(address));
                }
                let _ = writeln!(lock(&kept), "{line}");
            }
        });
        match timeout(START, address).await? {
            Ok(address) => Ok(Self { address, process, log, _child: child }),
            Err(_) => bail!("it never said where it listens:\n{}", lock(&log)),
        }
    }

    /// What the server lists, as JSON text.
    pub(crate) async fn list(&self) -> Result<String> {
        let mut connection = Connection::open(self.address).await?;
        let body = connection.ask(&request::list()).await?;
        let answer: Value = serde_json::from_slice(body)?;
        Ok(answer.get("result").context("no result")?.to_string())
    }

    /// Ready isn't enough: a host whose plugins compile for long begins to serve those that it has.
    async fn loaded(&self, plugins: &BTreeSet<String>) -> Result<()> {
        let mut connection = Connection::open(self.address).await?;
        while connection.exchange(request::READY).await?.0 != 200 {
            sleep(LOOK).await;
        }
        while self.listed_plugins(&mut connection).await? != *plugins {
            let log = lock(&self.log).clone();
            ensure!(!log.contains("not served"), "a plugin wasn't loaded:\n{log}");
            sleep(LOOK).await;
        }
        Ok(())
    }

    /// Whose tools are on any page of the list.
    async fn listed_plugins(&self, connection: &mut Connection) -> Result<BTreeSet<String>> {
        let mut found = BTreeSet::new();
        let mut asked = request::list();
        loop {
            let page: Value = serde_json::from_slice(connection.ask(&asked).await?)?;
            if page.get("error").is_some() && !found.is_empty() {
                // The list has changed since its first page, as it does while plugins are loaded.
                return Ok(BTreeSet::new());
            }
            found.append(&mut plugins_on(&page)?);
            let Some(cursor) = page.pointer("/result/nextCursor").and_then(Value::as_str) else { return Ok(found) };
            asked = request::list_from(cursor);
        }
    }
}

/// Whose tools a page has.
fn plugins_on(answer: &Value) -> Result<BTreeSet<String>> {
    let tools = answer.pointer("/result/tools").and_then(Value::as_array).context("an answer without tools")?;
    let names = tools.iter().filter_map(|tool| tool.get("name")?.as_str()?.split_once("__"));
    Ok(names.map(|(plugin, _)| plugin.to_owned()).collect())
}

fn lock(log: &Log) -> MutexGuard<'_, String> {
    log.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A program with an empty environment, but for the variable that decides what errors cost.
fn command(program: &Path) -> Command {
    let mut command = Command::new(program);
    command.env_clear().kill_on_drop(true);
    if let Some(value) = std::env::var_os("RUST_BACKTRACE") {
        command.env("RUST_BACKTRACE", value);
    }
    command
}

fn listening(line: &str) -> Option<SocketAddr> {
    let (_, rest) = line.split_once("listening on http://")?;
    rest.split('/').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn plugins_are_told_by_the_names_of_their_tools() {
        let answer = json!({"result": {"tools": [{"name": "b__x"}, {"name": "a__y__z"}, {"name": "b__y"}]}});
        assert_eq!(plugins_on(&answer).unwrap(), ["a".to_owned(), "b".to_owned()].into());
        assert!(plugins_on(&json!({"error": {}})).is_err());
    }

    #[test]
    fn the_address_is_found_in_a_log_line() {
        let line = "2026-01-01T00:00:00Z  INFO listening on http://127.0.0.1:4711/mcp";
        assert_eq!(listening(line), Some(SocketAddr::from(([127, 0, 0, 1], 4711))));
        assert_eq!(listening("listening on nothing"), None);
    }
}
