//! The load generator: prepared bytes over connections that stay open. It shares the machine with what it measures, so
//! it does next to nothing: no client library, no parsing beyond the length of an answer, one thread.

mod connection;
mod pace;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use hdrhistogram::Histogram;
use tokio::sync::Mutex;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::task::JoinSet;

pub(crate) use self::connection::Connection;

/// Bytes by which answers to the same request may differ: a duration in them has more digits, or fewer.
const DIGITS: usize = 8;

/// Longest latency that is told apart, in nanoseconds: a minute.
const LONGEST: u64 = 60_000_000_000;

/// One request, sent again and again.
#[derive(Clone)]
pub(crate) struct Load {
    /// Whom it is sent to.
    pub(crate) address: SocketAddr,
    /// Its bytes.
    pub(crate) request: Arc<[u8]>,
    /// What the first answer on each connection must contain. All others must be as long as that one.
    pub(crate) expected: Arc<str>,
    /// How many connections send it.
    pub(crate) connections: usize,
}

/// What came of a load.
pub(crate) struct Sample {
    /// Of each answer, in nanoseconds.
    pub(crate) latencies: Histogram<u64>,
    /// How long the load lasted.
    pub(crate) time: Duration,
    /// Bytes of one answer's body.
    pub(crate) bytes: usize,
}

impl Load {
    /// As fast as answers come: each connection sends again as soon as it has its answer.
    pub(crate) async fn closed(&self, time: Duration) -> Result<Sample> {
        let connections = self.connect().await?;
        let begun = Instant::now();
        let mut running = JoinSet::new();
        for (connection, bytes) in connections {
            running.spawn(keep_busy(connection, Arc::clone(&self.request), bytes, begun + time));
        }
        gather(running, begun).await
    }

    /// At this many requests a second, whether answers come or not. A latency begins when the request was due, so that
    /// a server which stalls is billed for every request that it kept waiting.
    pub(crate) async fn open(&self, rate: f64, time: Duration) -> Result<Sample> {
        let connections = self.connect().await?;
        let due = Arc::new(Mutex::new(pace::start(rate, time)?));
        let begun = Instant::now();
        let mut running = JoinSet::new();
        for (connection, bytes) in connections {
            running.spawn(keep_pace(connection, Arc::clone(&self.request), bytes, Arc::clone(&due)));
        }
        gather(running, begun).await
    }

    /// Opens the connections, and checks the first answer on each. Also, how long that answer is.
    async fn connect(&self) -> Result<Vec<(Connection, usize)>> {
        let mut connections = Vec::with_capacity(self.connections);
        for _ in 0..self.connections {
            let mut connection = Connection::open(self.address).await?;
            let body = connection.ask(&self.request).await?;
            let text = String::from_utf8_lossy(body);
            ensure!(text.contains(&*self.expected), "`{}` is not in the answer {text:.1000}", self.expected);
            let bytes = body.len();
            connections.push((connection, bytes));
        }
        Ok(connections)
    }
}

impl Sample {
    /// Without an answer yet.
    pub(crate) fn empty() -> Result<Self> {
        Ok(Self { latencies: Histogram::new_with_bounds(1, LONGEST, 3)?, time: Duration::ZERO, bytes: 0 })
    }

    /// Takes in another one.
    pub(crate) fn add(&mut self, other: &Self) -> Result<()> {
        self.latencies.add(&other.latencies)?;
        self.time += other.time;
        self.bytes = self.bytes.max(other.bytes);
        Ok(())
    }

    /// Answers.
    pub(crate) fn answers(&self) -> u64 {
        self.latencies.len()
    }

    /// Answers a second.
    pub(crate) fn rate(&self) -> f64 {
        Duration::from_secs(1).div_duration_f64(self.time) * approximate(self.answers())
    }

    /// The latency that this part of the answers doesn't exceed, in milliseconds.
    pub(crate) fn quantile(&self, part: f64) -> f64 {
        Duration::from_nanos(self.latencies.value_at_quantile(part)).as_secs_f64() * 1e3
    }

    /// Takes in one latency, or another time.
    pub(crate) fn record(&mut self, latency: Duration) {
        self.latencies.saturating_record(u64::try_from(latency.as_nanos()).unwrap_or(u64::MAX));
    }
}

/// A count as a number to calculate with. Exact up to 2^53, which no load reaches.
#[expect(clippy::cast_precision_loss, reason = "no count here reaches 2^53")]
pub(crate) const fn approximate(count: u64) -> f64 {
    count as f64
}

async fn keep_busy(mut connection: Connection, request: Arc<[u8]>, bytes: usize, end: Instant) -> Result<Sample> {
    let mut sample = Sample { bytes, ..Sample::empty()? };
    let mut sent = Instant::now();
    while sent < end {
        let body = connection.ask(&request).await?;
        check(body, bytes)?;
        let answered = Instant::now();
        sample.record(answered - sent);
        sent = answered;
    }
    Ok(sample)
}

async fn keep_pace(
    mut connection: Connection,
    request: Arc<[u8]>,
    bytes: usize,
    due: Arc<Mutex<UnboundedReceiver<Instant>>>,
) -> Result<Sample> {
    let mut sample = Sample { bytes, ..Sample::empty()? };
    loop {
        let next = due.lock().await.recv().await;
        let Some(due) = next else { return Ok(sample) };
        let body = connection.ask(&request).await?;
        check(body, bytes)?;
        sample.record(due.elapsed());
    }
}

/// Whether an answer is as the first one was. To look at each as a whole would take the processor from the server.
fn check(body: &[u8], bytes: usize) -> Result<()> {
    let differs = body.len().abs_diff(bytes);
    ensure!(differs <= DIGITS, "an answer has another length: {:.1000}", String::from_utf8_lossy(body));
    Ok(())
}

async fn gather(mut running: JoinSet<Result<Sample>>, begun: Instant) -> Result<Sample> {
    let mut total = Sample::empty()?;
    while let Some(ended) = running.join_next().await {
        total.add(&ended.context("a connection's task failed")??)?;
    }
    total.time = begun.elapsed();
    Ok(total)
}
