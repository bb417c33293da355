//! Calls of one plugin while another one spins.

use std::time::Duration;

use anyhow::Result;
use serde_json::json;
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::{CONNECTIONS, echo};
use crate::Bench;
use crate::load::{Connection, Load, Sample};
use crate::report::Figure;
use crate::request;
use crate::server::Server;

/// Of the rate that saturates the server.
const PART: f64 = 0.3;

/// Longer than any round: a spinning call must not end by itself.
const LIMITS: &str = "limits = { cpu-time-ms = 600000, call-time-ms = 600000 }";

/// Until spinning calls have begun, or are gone.
const SETTLE: Duration = Duration::from_millis(500);

/// The p99 with a spinning guest for each worker, against the p99 without, at the same pace.
pub(super) async fn measure(bench: &Bench) -> Result<Vec<Figure>> {
    let configuration = echo(&bench.site)?.plugin("patient", &bench.site.guest("patient")?, LIMITS);
    let host = Server::host(&bench.site, &configuration).await?;
    let load = Load {
        address: host.address,
        request: request::echo().into(),
        expected: request::ECHOED.into(),
        connections: CONNECTIONS,
    };
    load.closed(bench.warm_up()).await?;
    let saturated = load.closed(bench.round_time()).await?.rate();
    let (mut alone, mut beside) = (Sample::empty()?, Sample::empty()?);
    for _ in 0..bench.rounds() {
        alone.add(&load.open(saturated * PART, bench.round_time()).await?)?;
        let spinning = spin(&host);
        sleep(SETTLE).await;
        beside.add(&load.open(saturated * PART, bench.round_time()).await?)?;
        drop(spinning);
        sleep(SETTLE).await;
    }
    let details = format!(
        "at {:.0}/s of {saturated:.0}/s, by latency from when a request was due: undisturbed p50 {:.2}, p99 {:.2} ms; \
         beside two spinning guests p50 {:.2}, p99 {:.2} ms",
        saturated * PART,
        alone.quantile(0.5),
        alone.quantile(0.99),
        beside.quantile(0.5),
        beside.quantile(0.99),
    );
    let name = "a spinning guest in each of 2 workers, at 30 % of saturation: other plugins' p99 ÷ undisturbed";
    Ok(vec![Figure::at_most(name, beside.quantile(0.99) / alone.quantile(0.99), 2.0, "×").details(details)])
}

/// A spinning call for each worker. Dropped, their connections are closed, which stops them.
fn spin(host: &Server) -> JoinSet<Result<()>> {
    let mut running = JoinSet::new();
    let workers = std::thread::available_parallelism().map_or(2, usize::from);
    for _ in 0..workers {
        let address = host.address;
        running.spawn(async move {
            let mut connection = Connection::open(address).await?;
            connection.ask(&request::call("patient__leave", json!({ "job": "none", "then": "spin" }))).await?;
            Ok(())
        });
    }
    running
}
