//! Host and baseline as processes of their own, started as an operator starts them.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
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

/// A server that listens. It ends with this.
pub(crate) struct Server {
    /// Where.
    pub(crate) address: SocketAddr,
    /// Which process.
    pub(crate) process: Process,
    _child: Child,
}

/// The text of a `wharf.toml`.
#[derive(Default)]
pub(crate) struct Configuration(String);

impl Configuration {
    /// Adds a plugin. Further lines of its table may follow, as in `config = { tools = 100 }`.
    pub(crate) fn plugin(mut self, id: &str, component: &Path, lines: &str) -> Self {
        // As TOML's literal text: nobody's build folder has an apostrophe or a line's end in its name.
        let _ = writeln!(self.0, "[plugins.{id}]\nsource = '{}'\n{lines}", component.display());
        self
    }

    /// The host's command with it, in an environment where the cache of the benchmarks is.
    pub(crate) fn command(&self, site: &Site, arguments: &[&str]) -> Result<Command> {
        let config = site.write("wharf.toml", &self.0)?;
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
    /// The host, ready.
    pub(crate) async fn host(site: &Site, configuration: &Configuration) -> Result<Self> {
        let server = Self::start(&mut Self::host_command(site, configuration)?).await?;
        server.ready().await?;
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
        tokio::spawn(async move {
            let mut found = Some(found);
            let mut said = String::new();
            // To its end: a server that can't write its log would stop.
            while let Ok(Some(line)) = lines.next_line().await {
                match (listening(&line), found.take()) {
                    (Some(address), Some(found)) => drop(found.send(Ok(address))),
                    (_, waiting) => found = waiting,
                }
                if found.is_some() {
                    said = said + &line + "\n";
                }
            }
            found.map(|found| found.send(Err(said)))
        });
        match timeout(START, address).await?? {
            Ok(address) => Ok(Self { address, process, _child: child }),
            Err(said) => bail!("it never said where it listens:\n{said}"),
        }
    }

    /// What the server lists, as JSON text.
    pub(crate) async fn list(&self) -> Result<String> {
        let mut connection = Connection::open(self.address).await?;
        let body = connection.ask(&request::list()).await?;
        let answer: serde_json::Value = serde_json::from_slice(body)?;
        Ok(answer.get("result").context("no result")?.to_string())
    }

    async fn ready(&self) -> Result<()> {
        let waiting = async {
            let mut connection = Connection::open(self.address).await?;
            while connection.exchange(request::READY).await?.0 != 200 {
                sleep(Duration::from_millis(10)).await;
            }
            Ok(())
        };
        timeout(START, waiting).await?
    }
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
    use super::*;

    #[test]
    fn the_address_is_found_in_a_log_line() {
        let line = "2026-01-01T00:00:00Z  INFO listening on http://127.0.0.1:4711/mcp";
        assert_eq!(listening(line), Some(SocketAddr::from(([127, 0, 0, 1], 4711))));
        assert_eq!(listening("listening on nothing"), None);
    }
}
