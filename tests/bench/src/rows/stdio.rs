//! Calls over standard input and output, against hyper-mcp where it is installed.

use std::collections::HashMap;
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

use super::echo;
use crate::Bench;
use crate::load::Sample;
use crate::report::Figure;
use crate::request::ECHOED;

const IN_FLIGHT: u64 = 16;
const NAME: &str = "sandboxed echo over stdio, 16 in flight: calls per second ÷ hyper-mcp's";

/// What is seen of an answer.
#[derive(Deserialize)]
struct Answer {
    id: Option<u64>,
    #[serde(default)]
    error: Option<IgnoredAny>,
}

/// Both sides, or ours alone.
pub(super) async fn measure(bench: &Bench) -> Result<Vec<Figure>> {
    let mut ours = Client::start(echo(&bench.site)?.command(&bench.site, &["--stdio"])?, "echo__echo").await?;
    let mut theirs = hyper_mcp(bench).await?;
    ours.load(bench.warm_up()).await?;
    let (mut ours_total, mut theirs_total) = (Sample::empty()?, Sample::empty()?);
    for _ in 0..bench.rounds() {
        ours_total.add(&ours.load(bench.round_time()).await?)?;
        if let Some(theirs) = &mut theirs {
            theirs_total.add(&theirs.load(bench.round_time()).await?)?;
        }
    }
    let details = format!("host {}", describe(&ours_total));
    Ok(vec![match theirs {
        Some(_) => Figure::at_least(NAME, ours_total.rate() / theirs_total.rate(), 2.0, "×")
            .details(format!("{details}\nhyper-mcp {}", describe(&theirs_total))),
        None => Figure::new(NAME, "≥ 2×".into(), format!("{:.0}/s", ours_total.rate()), None)
            .details(format!("{details}\nhyper-mcp: not measured, no configuration of it was named with --hyper-mcp")),
    }])
}

fn describe(sample: &Sample) -> String {
    format!("{:.0}/s, p50 {:.2} ms, p99 {:.2} ms", sample.rate(), sample.quantile(0.5), sample.quantile(0.99))
}

async fn hyper_mcp(bench: &Bench) -> Result<Option<Client>> {
    let Some(configuration) = &bench.hyper_mcp else { return Ok(None) };
    let mut command = Command::new("hyper-mcp");
    command.arg("--config-file").arg(configuration);
    Client::start(command, "echo-echo").await.map(Some)
}

/// A client of the older era, which is all that hyper-mcp speaks.
struct Client {
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    tool: &'static str,
    last_id: u64,
    _child: Child,
}

impl Client {
    async fn start(mut command: Command, tool: &'static str) -> Result<Self> {
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).kill_on_drop(true);
        let mut child = command.spawn().with_context(|| format!("can't start {command:?}"))?;
        let input = child.stdin.take().context("no standard input")?;
        let output = BufReader::new(child.stdout.take().context("no standard output")?);
        let mut client = Self { input, output, tool, last_id: 0, _child: child };
        let client_info = json!({ "name": "wharf-bench", "version": "0" });
        let params = json!({ "protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": client_info });
        client.write(&json!({ "jsonrpc": "2.0", "id": 0, "method": "initialize", "params": params })).await?;
        client.answer(&mut String::new()).await?;
        client.write(&json!({ "jsonrpc": "2.0", "method": "notifications/initialized" })).await?;
        client.check().await?;
        Ok(client)
    }

    /// Keeps this many calls in flight for this long.
    async fn load(&mut self, time: Duration) -> Result<Sample> {
        let mut sample = Sample::empty()?;
        let (mut sent, mut line) = (HashMap::new(), String::new());
        let begun = Instant::now();
        for _ in 0..IN_FLIGHT {
            sent.insert(self.call().await?, Instant::now());
        }
        while !sent.is_empty() {
            let id = self.answer(&mut line).await?;
            let since = sent.remove(&id).context("an answer that nobody waits for")?;
            sample.record(since.elapsed());
            if begun.elapsed() < time {
                sent.insert(self.call().await?, Instant::now());
            }
        }
        sample.time = begun.elapsed();
        Ok(sample)
    }

    /// Calls once, and looks at what comes back.
    async fn check(&mut self) -> Result<()> {
        self.call().await?;
        let mut line = String::new();
        self.answer(&mut line).await?;
        ensure!(line.contains(ECHOED), "the echo isn't in the answer {line:.1000}");
        Ok(())
    }

    async fn call(&mut self) -> Result<u64> {
        self.last_id += 1;
        let params = json!({ "name": self.tool, "arguments": { "text": ECHOED } });
        let id = self.last_id;
        self.write(&json!({ "jsonrpc": "2.0", "id": id, "method": "tools/call", "params": params })).await?;
        Ok(id)
    }

    async fn write(&mut self, message: &Value) -> Result<()> {
        self.input.write_all(format!("{message}\n").as_bytes()).await.context("the server doesn't read any more")
    }

    /// The id of the next answer, and its line. Whatever is no answer is passed over.
    async fn answer(&mut self, line: &mut String) -> Result<u64> {
        loop {
            line.clear();
            ensure!(self.output.read_line(line).await? > 0, "the server ended");
            let answer: Answer = serde_json::from_str(line).with_context(|| format!("not JSON-RPC: {line:.1000}"))?;
            ensure!(answer.error.is_none(), "an error: {line:.1000}");
            if let Some(id) = answer.id {
                return Ok(id);
            }
        }
    }
}
