//! `tools/call` of a sandboxed echo over HTTP, against the same tool in a bare native server.

use anyhow::Result;

use super::{CONNECTIONS, echo};
use crate::Bench;
use crate::load::Load;
use crate::report::Figure;
use crate::request;
use crate::server::Server;
use crate::side::{Side, interleave, spread};

const NAME: &str = "`tools/call` of an echo over HTTP, 16 connections";

/// Throughput, CPU time and p99.
pub(super) async fn measure(bench: &Bench) -> Result<Vec<Figure>> {
    let host = Server::host(&bench.site, &echo(&bench.site)?).await?;
    let tools = bench.site.write("echo.json", host.list().await?)?;
    let baseline = Server::baseline(&bench.site, &tools).await?;
    let load = |server: &Server| Load {
        address: server.address,
        request: request::echo().into(),
        expected: request::ECHOED.into(),
        connections: CONNECTIONS,
    };
    let mut ours = Side::new(load(&host), host.process)?;
    let mut theirs = Side::new(load(&baseline), baseline.process)?;
    interleave(bench, &mut ours, &mut theirs).await?;
    let spread = spread(&ours.rates, &theirs.rates);
    let sides = format!("host {}\nbaseline {}\n{spread}", ours.describe()?, theirs.describe()?);
    let (rates, cpu) = (ours.total.rate() / theirs.total.rate(), ours.cpu_each() / theirs.cpu_each());
    let tail = ours.total.quantile(0.99) / theirs.total.quantile(0.99);
    Ok(vec![
        Figure::at_least(format!("{NAME}: throughput ÷ baseline's"), rates, 1.3, "×").details(sides),
        Figure::at_most("the same: server CPU time per request ÷ baseline's", cpu, 0.75, "×"),
        Figure::at_most("the same: p99 ÷ baseline's", tail, 1.0, "×"),
    ])
}
