//! What it was measured on: a figure means little without.

use std::{env, fs};

/// Load average up to which a machine counts as idle.
const IDLE: f64 = 0.5;

/// The machine in some lines, each a fact.
pub(crate) fn describe(quick: bool) -> Vec<String> {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let model = field("/proc/cpuinfo", "model name").unwrap_or_else(|| "unknown processor".into());
    let memory = field("/proc/meminfo", "MemTotal").unwrap_or_else(|| "unknown".into());
    let profile = if cfg!(debug_assertions) { "dev" } else { "release" };
    let mut lines = vec![
        format!("{cores} cores of {model}, which the load generator shares with the servers; memory {memory}"),
        format!("Linux {}", first_line("/proc/sys/kernel/osrelease")),
        format!("load average at the beginning: {}", first_line("/proc/loadavg")),
        format!(
            "profile `{profile}` of the workspace on both sides; the host has jemalloc, as always, the others the C library's"
        ),
        format!("RUST_BACKTRACE={}, handed on to both sides", env::var("RUST_BACKTRACE").unwrap_or_default()),
    ];
    if let Some(load) = load().filter(|load| *load > IDLE) {
        lines.push(format!(
            "**other work was running (load {load}): what depends on waiting, as rates and p99, is unreliable**"
        ));
    }
    if quick {
        lines.push("**a quick run: short rounds, whose figures show that it works and little more**".into());
    }
    lines
}

/// The value of the first line that begins with this key.
fn field(path: &str, key: &str) -> Option<String> {
    let text = fs::read_to_string(path).ok()?;
    let line = text.lines().find(|line| line.starts_with(key))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

/// Processes that ran or wanted to, on average over the last minute.
fn load() -> Option<f64> {
    first_line("/proc/loadavg").split(' ').next()?.parse().ok()
}

fn first_line(path: &str) -> String {
    let text = fs::read_to_string(path).unwrap_or_default();
    text.lines().next().unwrap_or("unknown").to_owned()
}
