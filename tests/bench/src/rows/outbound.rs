//! Requests of guests to other machines, against a plain client; and the policy's part of it.

use std::net::SocketAddr;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

use super::median;
use crate::Bench;
use crate::load::{Connection, Load, approximate};
use crate::report::Figure;
use crate::request;
use crate::server::{Configuration, Server};
use crate::side::megabytes;

/// Guests, and plain tasks, that send requests at once.
const AT_ONCE: usize = 64;

/// Bytes of the large answer; a quick run has fewer.
const LARGE: u64 = 1 << 30;
const LESS_LARGE: u64 = 64 << 20;

/// Rules that a decision is made among.
const RULES: &str = "1000";

/// The bounds of the guest: one call takes as long as a gigabyte does.
const LIMITS: &str = "limits = { call-time-ms = 120000, cpu-time-ms = 120000, http-total-time-ms = 120000, \
     http-response-bytes = 2000000000, http-running = 256, http-per-second = 1000000 }";

/// The decision, requests to a slow server, and a large answer.
pub(super) async fn measure(bench: &Bench) -> Result<Vec<Figure>> {
    let other = OtherSide::start(bench).await?;
    let grant = format!(
        "{LIMITS}\n[plugins.fetch.grants]\n\
         http = [{{ scheme = 'http', host = '127.0.0.1', port = {}, networks = ['127.0.0.0/8'] }}]",
        other.address.port()
    );
    let configuration = Configuration::default().plugin("fetch", &bench.site.guest("fetch")?, &grant);
    let host = Server::host(&bench.site, &configuration).await?;
    let mut figures = vec![decision(bench).await?];
    figures.extend(requests(bench, &host, &other).await?);
    figures.extend(large(bench, &host, &other).await?);
    Ok(figures)
}

async fn decision(bench: &Bench) -> Result<Figure> {
    let taken = outbound(bench, &["decide", RULES]).await?;
    let micros =
        |key: &str| taken.get(key).and_then(Value::as_f64).map(|nanoseconds| nanoseconds / 1e3).context("no figure");
    let (half, most) = (micros("p50_ns")?, micros("p99_ns")?);
    Ok(Figure::at_most("a decision of the policy with 1,000 rules: p99", most, 5.0, " µs")
        .details(format!("the slowest of four kinds: p50 {half:.2} µs")))
}

async fn requests(bench: &Bench, host: &Server, other: &OtherSide) -> Result<Vec<Figure>> {
    let url = format!("http://{}/slow", other.address);
    let load = Load {
        address: host.address,
        request: request::call("fetch__fetch", json!({ "url": url })).into(),
        expected: "\"status\":200".into(),
        connections: AT_ONCE,
    };
    load.closed(bench.warm_up()).await?;
    let seconds = bench.round_time().as_secs().max(1).to_string();
    let (mut rates, mut costs, mut words) = (Vec::new(), Vec::new(), String::new());
    for _ in 0..bench.rounds() {
        let before = host.process.cpu()?;
        let ours = load.closed(bench.round_time()).await?;
        let cpu = host.process.cpu()?.saturating_sub(before).as_secs_f64() * 1e6 / approximate(ours.answers().max(1));
        let theirs = Fetched::of(&outbound(bench, &["fetch", &url, &AT_ONCE.to_string(), &seconds]).await?)?;
        rates.push(ours.rate() / theirs.rate());
        costs.push(cpu - theirs.cpu_each());
        words = format!(
            "the last round: guests {:.0}/s, {cpu:.0} µs; plain {:.0}/s, {:.0} µs",
            ours.rate(),
            theirs.rate(),
            theirs.cpu_each()
        );
    }
    let name = "64 guests at once, each a request to a server that answers after 5 ms";
    Ok(vec![
        Figure::at_least(format!("{name}: requests/s ÷ plain reqwest's"), median(rates), 0.8, "×").details(words),
        Figure::at_most("the same: CPU time of a call beyond a plain request's", median(costs), 150.0, " µs"),
    ])
}

async fn large(bench: &Bench, host: &Server, other: &OtherSide) -> Result<Vec<Figure>> {
    let bytes = if bench.quick { LESS_LARGE } else { LARGE };
    let url = format!("http://{}/large/{bytes}", other.address);
    let before = host.process.memory()?;
    let mut connection = Connection::open(host.address).await?;
    let begun = std::time::Instant::now();
    let call = request::call("fetch__fetch", json!({ "url": url }));
    let answer: Value = serde_json::from_slice(connection.ask(&call).await?)?;
    let ours = approximate(bytes) / begun.elapsed().as_secs_f64();
    let received = answer.pointer("/result/structuredContent/bytes").and_then(Value::as_u64);
    ensure!(received == Some(bytes), "the guest got {received:?} of {bytes} bytes: {answer:.500}");
    let grown = host.process.memory()?.peak.saturating_sub(before.peak);
    let theirs = Fetched::of(&outbound(bench, &["fetch", &url, "1", "0"]).await?)?;
    let details = format!("{bytes} bytes: guest {:.0} MB/s, plain {:.0} MB/s", ours / 1e6, theirs.bytes_rate() / 1e6);
    Ok(vec![
        Figure::at_least("a body of 1 GB: rate ÷ plain reqwest's", ours / theirs.bytes_rate(), 0.4, "×")
            .details(details),
        Figure::at_most("the same: growth of the host's peak memory", megabytes(grown), 64.0, " MB"),
    ])
}

/// What a plain client had.
struct Fetched {
    answers: f64,
    bytes: f64,
    seconds: f64,
    cpu: f64,
}

impl Fetched {
    fn of(line: &Value) -> Result<Self> {
        let number = |key: &str| line.get(key).and_then(Value::as_f64).with_context(|| format!("no `{key}`"));
        Ok(Self {
            answers: number("answers")?,
            bytes: number("bytes")?,
            seconds: number("seconds")?,
            cpu: number("cpu")?,
        })
    }

    fn rate(&self) -> f64 {
        self.answers / self.seconds
    }

    fn bytes_rate(&self) -> f64 {
        self.bytes / self.seconds
    }

    fn cpu_each(&self) -> f64 {
        self.cpu * 1e6 / self.answers
    }
}

/// Runs the program that stands for others to its end, and reads its line.
async fn outbound(bench: &Bench, arguments: &[&str]) -> Result<Value> {
    let output = Command::new(bench.site.program("outbound")?).args(arguments).kill_on_drop(true).output().await?;
    ensure!(output.status.success(), "outbound {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).context("its line is no JSON")
}

/// The server that requests go to. It ends with this.
struct OtherSide {
    address: SocketAddr,
    _child: Child,
}

impl OtherSide {
    async fn start(bench: &Bench) -> Result<Self> {
        let mut command = Command::new(bench.site.program("outbound")?);
        let mut child = command.arg("serve").stdout(Stdio::piped()).kill_on_drop(true).spawn()?;
        let mut lines = BufReader::new(child.stdout.take().context("no standard output")?).lines();
        let line =
            tokio::time::timeout(Duration::from_secs(10), lines.next_line()).await??.context("it ended at once")?;
        Ok(Self { address: line.parse()?, _child: child })
    }
}
