//! A fresh instance and a call in the host, against a bare Wasmtime loop over the same component.

use anyhow::{Result, ensure};
use serde::Deserialize;
use tokio::process::Command;

use crate::Bench;
use crate::report::Figure;

/// What the program `instances` prints.
#[derive(Deserialize)]
struct Measured {
    host: Tally,
    bare: Tally,
}

#[derive(Deserialize)]
struct Tally {
    calls: f64,
    seconds: f64,
    p50: f64,
    p99: f64,
}

impl Tally {
    fn rate(&self) -> f64 {
        self.calls / self.seconds
    }

    fn describe(&self) -> String {
        let Self { p50, p99, .. } = self;
        format!("{:.0} calls/s, p50 {:.1} µs, p99 {:.1} µs", self.rate(), p50 / 1e3, p99 / 1e3)
    }
}

/// One call at a time, and four at a time, where whatever the host shares between calls would show.
pub(super) async fn measure(bench: &Bench) -> Result<Vec<Figure>> {
    let alone = run(bench, 1).await?;
    let four = run(bench, 4).await?;
    let figure = |name: &str, measured: &Measured| {
        let sides = format!("host {}\nbare {}", measured.host.describe(), measured.bare.describe());
        Figure::at_most(name, measured.bare.rate() / measured.host.rate(), 1.3, "×").details(sides)
    };
    Ok(vec![
        figure("fresh instance and call in the host ÷ a bare Wasmtime loop", &alone),
        figure("the same, from 4 tasks at once", &four).without_verdict("beyond what was asked for"),
    ])
}

async fn run(bench: &Bench, tasks: usize) -> Result<Measured> {
    let mut command = Command::new(bench.site.program("instances")?);
    let (time, rounds) = (bench.round_time().as_secs().to_string(), bench.rounds().to_string());
    command
        .arg(bench.site.guest("echo")?)
        .args([time, rounds, tasks.to_string()])
        .env_clear()
        // As the host's program sets it for itself; it would slow down both sides.
        .env("RUST_LIB_BACKTRACE", "0")
        .env("XDG_CACHE_HOME", bench.site.scratch("cache")?)
        .env("XDG_STATE_HOME", bench.site.scratch("state")?);
    let output = command.kill_on_drop(true).output().await?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr).trim());
    Ok(serde_json::from_slice(&output.stdout)?)
}
