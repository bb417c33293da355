//! Two sides that are loaded in turn.

use std::time::Duration;

use anyhow::Result;

use crate::Bench;
use crate::load::{Load, Sample, approximate};
use crate::process::Process;

/// A server under load, and what came of it so far.
pub(crate) struct Side {
    load: Load,
    process: Process,
    /// Of all rounds.
    pub(crate) total: Sample,
    /// CPU time of the server in all rounds.
    pub(crate) cpu: Duration,
    /// Answers a second in each round.
    pub(crate) rates: Vec<f64>,
}

impl Side {
    /// Before the first round.
    pub(crate) fn new(load: Load, process: Process) -> Result<Self> {
        Ok(Self { load, process, total: Sample::empty()?, cpu: Duration::ZERO, rates: Vec::new() })
    }

    /// CPU time of the server for each answer, in microseconds.
    pub(crate) fn cpu_each(&self) -> f64 {
        self.cpu.as_secs_f64() * 1e6 / approximate(self.total.answers().max(1))
    }

    /// What was measured, in words.
    pub(crate) fn describe(&self) -> Result<String> {
        let memory = self.process.memory()?;
        Ok(format!(
            "{:.0}/s, p50 {:.2} ms, p99 {:.2} ms, {:.0} µs CPU, {} bytes, peak {:.0} MB",
            self.total.rate(),
            self.total.quantile(0.5),
            self.total.quantile(0.99),
            self.cpu_each(),
            self.total.bytes,
            megabytes(memory.peak),
        ))
    }

    async fn round(&mut self, time: Duration) -> Result<()> {
        let before = self.process.cpu()?;
        let sample = self.load.closed(time).await?;
        self.cpu += self.process.cpu()?.saturating_sub(before);
        self.rates.push(sample.rate());
        self.total.add(&sample)
    }
}

/// Loads both, in turn: A B B A, so that a machine which gets slower or faster favours neither.
pub(crate) async fn interleave(bench: &Bench, ours: &mut Side, theirs: &mut Side) -> Result<()> {
    for side in [&*ours, &*theirs] {
        side.load.closed(bench.warm_up()).await?;
    }
    for round in 0..bench.rounds() {
        let (first, second) = if round % 2 == 0 { (&mut *ours, &mut *theirs) } else { (&mut *theirs, &mut *ours) };
        first.round(bench.round_time()).await?;
        second.round(bench.round_time()).await?;
    }
    Ok(())
}

/// The ratio of the rates, and the least and the largest one of a round, in words.
pub(crate) fn spread(ours: &[f64], theirs: &[f64]) -> String {
    let ratios = ours.iter().zip(theirs).map(|(ours, theirs)| ours / theirs);
    let (least, largest) = ratios.fold((f64::MAX, f64::MIN), |(low, high), it| (low.min(it), high.max(it)));
    format!("{least:.2}–{largest:.2} by round")
}

/// Bytes as megabytes.
pub(crate) fn megabytes(bytes: u64) -> f64 {
    approximate(bytes) / 1e6
}
