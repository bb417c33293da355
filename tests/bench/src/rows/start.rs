//! From the start of the process to its first list of tools.

use std::time::{Duration, Instant};

use anyhow::Result;
use tokio::process::Command;

use super::{five, median};
use crate::Bench;
use crate::load::Connection;
use crate::report::Figure;
use crate::request;
use crate::server::Server;

const BAR_RATIO: f64 = 4.0;
const BAR_MS: f64 = 40.0;

/// Five plugins, compiled before.
pub(super) async fn measure(bench: &Bench) -> Result<Vec<Figure>> {
    let configuration = five(&bench.site)?;
    let host = Server::host(&bench.site, &configuration).await?;
    let tools = bench.site.write("five.json", host.list().await?)?;
    drop(host);
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..if bench.quick { 3 } else { 21 } {
        ours.push(first_list(&mut Server::host_command(&bench.site, &configuration)?).await?.as_secs_f64() * 1e3);
        theirs.push(first_list(&mut Server::baseline_command(&bench.site, &tools)?).await?.as_secs_f64() * 1e3);
    }
    let (ours, theirs) = (median(ours), median(theirs));
    let ratio = ours / theirs;
    let (bar, value) = (format!("≤ {BAR_RATIO}×, or {BAR_MS} ms"), format!("{ratio:.2}×, {ours:.1} ms"));
    let name = "start to the first `tools/list`, 5 plugins, warm cache ÷ baseline's";
    Ok(vec![
        Figure::new(name, bar, value, Some(ratio <= BAR_RATIO || ours <= BAR_MS))
            .details(format!("medians: host {ours:.1} ms, baseline {theirs:.1} ms")),
    ])
}

async fn first_list(command: &mut Command) -> Result<Duration> {
    let begun = Instant::now();
    let server = Server::start(command).await?;
    let mut connection = Connection::open(server.address).await?;
    connection.ask(&request::list()).await?;
    Ok(begun.elapsed())
}
