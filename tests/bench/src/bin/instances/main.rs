//! A fresh instance and a call, again and again, without a server: in the host, embedded as a library, and in a bare
//! Wasmtime loop over the same component, with the same pool. Both take turns in one process.
//!
//! Usage: `instances COMPONENT SECONDS ROUNDS TASKS`. Prints one line of JSON: for each side its calls a second, and the
//! quantiles of their latencies in nanoseconds.

mod bare;
mod host;

use std::io::{Write as _, stdout};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use hdrhistogram::Histogram;
use serde_json::json;
use tokio::task::JoinSet;

/// What both sides call, and with what.
const TOOL: &str = "echo";
const ARGUMENTS: &str = r#"{"text":"a short text, as models write them"}"#;

/// Longest latency that is told apart, in nanoseconds: a minute.
const LONGEST: u64 = 60_000_000_000;

/// One side. Cheap to clone: each task has its own.
trait Caller: Clone + Send + 'static {
    /// A fresh instance, one call, and the instance is gone.
    fn call(&self) -> impl Future<Output = Result<()>> + Send;
}

fn main() -> ExitCode {
    // The host starts the program that embeds it again, to compile in.
    if let Some(code) = wharf::plugin::compile_if_child() {
        return code;
    }
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Nobody is left to tell when standard error is closed.
            let _ = writeln!(std::io::stderr(), "error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

#[tokio::main]
async fn run() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let mut next = || arguments.next().context("usage: instances COMPONENT SECONDS ROUNDS TASKS");
    let (component, time, rounds, tasks) = (next()?, next()?, next()?, next()?);
    let (time, rounds, tasks) = (Duration::from_secs(time.parse()?), rounds.parse::<usize>()?, tasks.parse()?);
    let host = host::Embedded::start(&component).await?;
    let bare = bare::Bare::new(&component)?;
    let (mut ours, mut theirs) = (Tally::new()?, Tally::new()?);
    measure(&host, tasks, Duration::from_secs(1), &mut Tally::new()?).await?;
    measure(&bare, tasks, Duration::from_secs(1), &mut Tally::new()?).await?;
    for round in 0..rounds {
        if round % 2 == 0 {
            measure(&host, tasks, time, &mut ours).await?;
            measure(&bare, tasks, time, &mut theirs).await?;
        } else {
            measure(&bare, tasks, time, &mut theirs).await?;
            measure(&host, tasks, time, &mut ours).await?;
        }
    }
    writeln!(stdout(), "{}", json!({ "host": ours.json(), "bare": theirs.json() }))?;
    Ok(())
}

/// What came of one side's rounds.
struct Tally {
    latencies: Histogram<u64>,
    time: Duration,
}

impl Tally {
    fn new() -> Result<Self> {
        Ok(Self { latencies: Histogram::new_with_bounds(1, LONGEST, 3)?, time: Duration::ZERO })
    }

    fn json(&self) -> serde_json::Value {
        let quantile = |part| self.latencies.value_at_quantile(part);
        json!({
            "calls": self.latencies.len(),
            "seconds": self.time.as_secs_f64(),
            "p50": quantile(0.5),
            "p99": quantile(0.99),
        })
    }
}

async fn measure(caller: &impl Caller, tasks: usize, time: Duration, tally: &mut Tally) -> Result<()> {
    let begun = Instant::now();
    let mut running = JoinSet::new();
    for _ in 0..tasks {
        running.spawn(call_until(caller.clone(), begun + time));
    }
    while let Some(ended) = running.join_next().await {
        tally.latencies.add(&ended??)?;
    }
    tally.time += begun.elapsed();
    Ok(())
}

async fn call_until(caller: impl Caller, end: Instant) -> Result<Histogram<u64>> {
    let mut latencies = Histogram::new_with_bounds(1, LONGEST, 3)?;
    let mut begun = Instant::now();
    while begun < end {
        caller.call().await?;
        let ended = Instant::now();
        latencies.saturating_record(u64::try_from((ended - begun).as_nanos())?);
        begun = ended;
    }
    Ok(latencies)
}
