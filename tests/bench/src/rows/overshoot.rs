//! How far a spinning guest gets beyond its CPU time.

use std::time::Duration;

use anyhow::{Result, ensure};
use serde_json::json;
use tokio::time::sleep;

use crate::Bench;
use crate::load::{Connection, Sample};
use crate::report::Figure;
use crate::request;
use crate::server::{Configuration, Server};

const CALLS: usize = 200;

/// What each call is allowed, in milliseconds.
const DEADLINE_MS: u64 = 50;

/// Until the server's threads sleep again, and the kernel has counted their time.
const SETTLE: Duration = Duration::from_millis(2);

/// Everything that the server's threads used during a call, beyond what the guest was allowed: a little more than the
/// guest's own overshoot, and never less.
pub(super) async fn measure(bench: &Bench) -> Result<Vec<Figure>> {
    // Wide enough for a machine that is busy with other things.
    let limits = format!("limits = {{ cpu-time-ms = {DEADLINE_MS}, call-time-ms = 60000 }}");
    let configuration = Configuration::default().plugin("patient", &bench.site.guest("patient")?, &limits);
    let host = Server::host(&bench.site, &configuration).await?;
    let mut connection = Connection::open(host.address).await?;
    let spin = request::call("patient__leave", json!({ "job": "none", "then": "spin" }));
    let deadline = Duration::from_millis(DEADLINE_MS);
    let mut overshoots = Sample::empty()?;
    for _ in 0..if bench.quick { CALLS / 10 } else { CALLS } {
        let before = host.process.exact_cpu()?;
        let body = connection.ask(&spin).await?;
        ensure!(String::from_utf8_lossy(body).contains("timed-out"), "{}", String::from_utf8_lossy(body));
        sleep(SETTLE).await;
        overshoots.record(host.process.exact_cpu()?.saturating_sub(before).saturating_sub(deadline));
    }
    let details =
        format!("of {}, with {DEADLINE_MS} ms each: p50 {:.1} ms", overshoots.answers(), overshoots.quantile(0.5));
    let name = "overshoot of a CPU deadline, p99";
    Ok(vec![Figure::at_most(name, overshoots.quantile(0.99), 20.0, " ms").details(details)])
}
