//! `tools/list` with many tools, all in one response, against the same bytes from a bare native server.

use anyhow::{Result, ensure};

use super::CONNECTIONS;
use crate::Bench;
use crate::load::Load;
use crate::report::Figure;
use crate::request;
use crate::server::{Configuration, Server};
use crate::side::{Side, interleave, spread};

/// A list of a hundred tools, and one of a thousand.
pub(super) async fn measure(bench: &Bench) -> Result<Vec<Figure>> {
    Ok(vec![list(bench, 100).await?, list(bench, 1_000).await?])
}

async fn list(bench: &Bench, tools: usize) -> Result<Figure> {
    let many = bench.site.guest("many")?;
    let configuration = Configuration::default().plugin("many", &many, &format!("config = {{ tools = {tools} }}"));
    let host = Server::host(&bench.site, &configuration).await?;
    let listed = bench.site.write("many.json", host.list().await?)?;
    let baseline = Server::baseline(&bench.site, &listed).await?;
    let load = |server: &Server| Load {
        address: server.address,
        request: request::list().into(),
        expected: format!("tool_{:04}", tools - 1).into(),
        connections: CONNECTIONS,
    };
    let mut ours = Side::new(load(&host), host.process)?;
    let mut theirs = Side::new(load(&baseline), baseline.process)?;
    interleave(bench, &mut ours, &mut theirs).await?;
    let (one, other) = (ours.total.bytes, theirs.total.bytes);
    ensure!(one == other, "the two sides don't send the same: {one} and {other} bytes");
    let ratio = ours.total.rate() / theirs.total.rate();
    let sides = format!("host {}\nbaseline {}", ours.describe()?, theirs.describe()?);
    let details = format!("{sides}\n{}", spread(&ours.rates, &theirs.rates));
    let name = format!("`tools/list` with {tools} tools: throughput ÷ baseline's");
    Ok(Figure::at_least(name, ratio, 3.0, "×").details(details))
}
