//! What is measured, one row or some that belong together in each file.

mod call;
mod flight;
mod instance;
mod list;
mod neighbour;
mod outbound;
mod overshoot;
mod resident;
mod start;
mod stdio;
mod thousand;

use anyhow::Result;
use clap::ValueEnum;

use crate::Bench;
use crate::report::Figure;
use crate::server::Configuration;
use crate::site::Site;

/// A measurement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Row {
    /// Calls over HTTP: throughput, CPU time and p99, against the baseline
    Call,
    /// A fresh instance and a call without a server, against a bare Wasmtime loop
    Instance,
    /// Lists of 100 and of 1,000 tools, against the baseline
    List,
    /// Calls over stdio, against hyper-mcp
    Stdio,
    /// From the start to the first list, against the baseline
    Start,
    /// 1,000 distinct components from a warm cache
    Thousand,
    /// Memory of a calling instance, with 500 in flight
    Flight,
    /// Calls of one plugin while another one spins
    Neighbour,
    /// How far a spinning guest gets beyond its CPU time
    Overshoot,
    /// The policy, and requests of guests to other machines, against a plain client
    Outbound,
    /// Memory with 5 plugins, before and after a load
    Resident,
}

impl Row {
    /// All of them.
    pub(crate) fn all() -> Vec<Self> {
        Self::value_variants().to_vec()
    }

    /// For people.
    pub(crate) const fn title(self) -> &'static str {
        match self {
            Self::Call => "calls over HTTP",
            Self::Instance => "fresh instances without a server",
            Self::List => "lists of tools",
            Self::Stdio => "calls over stdio",
            Self::Start => "start",
            Self::Thousand => "1,000 components",
            Self::Flight => "500 calls in flight",
            Self::Neighbour => "spinning neighbours",
            Self::Overshoot => "overshoot of a CPU deadline",
            Self::Outbound => "requests to other machines",
            Self::Resident => "resident memory",
        }
    }

    /// Measures it.
    pub(crate) async fn measure(self, bench: &Bench) -> Result<Vec<Figure>> {
        match self {
            Self::Call => call::measure(bench).await,
            Self::Instance => instance::measure(bench).await,
            Self::List => list::measure(bench).await,
            Self::Stdio => stdio::measure(bench).await,
            Self::Start => start::measure(bench).await,
            Self::Thousand => thousand::measure(bench).await,
            Self::Flight => flight::measure(bench).await,
            Self::Neighbour => neighbour::measure(bench).await,
            Self::Overshoot => overshoot::measure(bench).await,
            Self::Outbound => outbound::measure(bench).await,
            Self::Resident => resident::measure(bench).await,
        }
    }
}

/// Connections of the rows about calls and lists.
const CONNECTIONS: usize = 16;

/// The guest `echo` alone.
fn echo(site: &Site) -> Result<Configuration> {
    Ok(Configuration::default().plugin("echo", &site.guest("echo")?, ""))
}

/// Five plugins, as different as there are.
fn five(site: &Site) -> Result<Configuration> {
    Ok(echo(site)?
        .plugin("patient", &site.guest("patient")?, "")
        .plugin("probe", &site.guest("probe")?, "")
        .plugin("many", &site.guest("many")?, "config = { tools = 10 }")
        .plugin("catalog", &site.plugin("catalog")?, ""))
}

/// The value in the middle.
fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
