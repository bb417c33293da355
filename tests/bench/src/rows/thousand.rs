//! Many distinct components, loaded from a warm cache.

use std::fs;
use std::path::Path;
use std::time::Instant;

use anyhow::{Context as _, Result};
use wasm_encoder::{ComponentSectionId, Encode as _};

use super::median;
use crate::Bench;
use crate::load::approximate;
use crate::report::Figure;
use crate::server::{Configuration, Server};
use crate::side::megabytes;

/// How many; a quick run has fewer, since each has to be compiled once.
const COMPONENTS: u32 = 1_000;
const FEW_COMPONENTS: u32 = 50;

/// Time and peak memory.
pub(super) async fn measure(bench: &Bench) -> Result<Vec<Figure>> {
    let count = if bench.quick { FEW_COMPONENTS } else { COMPONENTS };
    let component = fs::read(bench.site.guest("echo")?)?;
    let folder = bench.site.scratch("components")?;
    let mut configuration = Configuration::default();
    for number in 0..count {
        let path = folder.join(format!("{number:04}.wasm"));
        write(&path, &component, number)?;
        configuration = configuration.plugin(&format!("p{number:04}"), &path, "");
    }
    // The first start compiles what isn't in the cache yet.
    drop(Server::host(&bench.site, &configuration).await?);
    let (mut times, mut peaks) = (Vec::new(), Vec::new());
    for _ in 0..3 {
        let begun = Instant::now();
        let host = Server::host(&bench.site, &configuration).await?;
        times.push(begun.elapsed().as_secs_f64());
        peaks.push(megabytes(host.process.memory()?.peak));
    }
    let size = approximate(component.len() as u64) / 1e3;
    let name = format!("{count} distinct components of {size:.0} kB from a warm cache");
    let figures = [
        Figure::at_most(format!("{name}: until ready"), median(times), 2.0, " s"),
        Figure::at_most("the same: peak memory", median(peaks), 600.0, " MB"),
    ];
    Ok(figures
        .into_iter()
        .map(|figure| if bench.quick { figure.without_verdict("for 1,000") } else { figure })
        .collect())
}

/// The component with one custom section more, so that it does the same and is another one.
fn write(path: &Path, component: &[u8], number: u32) -> Result<()> {
    let mut section = Vec::new();
    "number".encode(&mut section);
    section.extend(number.to_le_bytes());
    let mut bytes = component.to_vec();
    bytes.push(ComponentSectionId::CoreCustom.into());
    section.as_slice().encode(&mut bytes);
    if fs::read(path).is_ok_and(|there| there == bytes) {
        return Ok(());
    }
    fs::write(path, bytes).with_context(|| format!("can't write {}", path.display()))
}
