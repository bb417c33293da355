//! Memory of a call in flight.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use serde_json::json;
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::Bench;
use crate::load::{Connection, approximate};
use crate::report::Figure;
use crate::request;
use crate::server::{Configuration, Server};
use crate::side::megabytes;

const CALLS: u64 = 500;

/// How long each call waits within its instance, in milliseconds; memory is looked at half-way.
const WAIT_MS: u64 = 6_000;

const TOOL: &str = "many__tool_0000";

/// Each call has a connection of its own, and what those take is part of the figure.
pub(super) async fn measure(bench: &Bench) -> Result<Vec<Figure>> {
    let configuration = Configuration::default().plugin("many", &bench.site.guest("many")?, "config = { tools = 1 }");
    let host = Server::host(&bench.site, &configuration).await?;
    let mut first = Connection::open(host.address).await?;
    first.ask(&request::call(TOOL, json!({ "ms": 0 }))).await?;
    let resting = host.process.memory()?.resident;
    let connections = connect(&host).await?;
    let connected = host.process.memory()?.resident;
    let mut running = JoinSet::new();
    for mut connection in connections {
        running.spawn(async move {
            let body = connection.ask(&request::call(TOOL, json!({ "ms": WAIT_MS }))).await?;
            ensure!(!String::from_utf8_lossy(body).contains("wharf/error"), "{}", String::from_utf8_lossy(body));
            Ok(())
        });
    }
    sleep(Duration::from_millis(WAIT_MS / 2)).await;
    ensure!(running.try_join_next().is_none(), "a call ended before its time");
    let flying = host.process.memory()?.resident;
    while let Some(ended) = running.join_next().await {
        ended.context("a call's task failed")??;
    }
    let each = |bytes: u64| approximate(bytes) / approximate(CALLS) / 1_024.0;
    let details = format!(
        "at rest {:.0} MB, connected {:.0} MB, in flight {:.0} MB; of each call's, {:.0} KiB are its connection's",
        megabytes(resting),
        megabytes(connected),
        megabytes(flying),
        each(connected.saturating_sub(resting)),
    );
    let value = each(flying.saturating_sub(resting));
    Ok(vec![
        Figure::at_most("extra resident memory per call in flight, 500 in flight", value, 128.0, " KiB")
            .details(details),
    ])
}

/// A connection for each call, which has carried a request already.
async fn connect(host: &Server) -> Result<Vec<Connection>> {
    let mut connections = Vec::new();
    for _ in 0..CALLS {
        let mut connection = Connection::open(host.address).await?;
        connection.ask(&request::list()).await?;
        connections.push(connection);
    }
    Ok(connections)
}
