//! Resident memory with five plugins, before a load and after it.

use std::time::Duration;

use anyhow::Result;
use tokio::time::sleep;

use super::{CONNECTIONS, five};
use crate::Bench;
use crate::load::Load;
use crate::process::Memory;
use crate::report::Figure;
use crate::request;
use crate::server::Server;
use crate::side::megabytes;

/// Loaded and at rest; then a minute after a load has ended.
pub(super) async fn measure(bench: &Bench) -> Result<Vec<Figure>> {
    let host = Server::host(&bench.site, &five(&bench.site)?).await?;
    let before = host.process.memory()?;
    let load = Load {
        address: host.address,
        request: request::echo().into(),
        expected: request::ECHOED.into(),
        connections: CONNECTIONS,
    };
    let sample = load.closed(bench.round_time() * 5).await?;
    let rest = Duration::from_secs(if bench.quick { 5 } else { 60 });
    sleep(rest).await;
    let after = host.process.memory()?;
    let of = |memory: Memory| {
        let Memory { proportional, peak, .. } = memory;
        format!("proportional {:.1} MB, peak {:.1} MB", megabytes(proportional), megabytes(peak))
    };
    Ok(vec![
        Figure::at_most("resident memory, 5 plugins, before a load", megabytes(before.resident), 45.0, " MB")
            .details(of(before)),
        Figure::at_most(format!("the same, {} s after one", rest.as_secs()), megabytes(after.resident), 90.0, " MB")
            .details(format!("{}; {} calls", of(after), sample.answers())),
    ])
}
