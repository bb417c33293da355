//! Measures the host: `cargo xtask bench`.
//!
//! Each row starts the real programs, and where there is another side to compare with, both run at once and are loaded
//! in turn, A B B A, so that whatever else the machine does hits both. Nothing here is a test: a figure that misses its
//! bar is printed as such, and only what can't be measured fails.
//!
//! | module | what it does |
//! | --- | --- |
//! | [`rows`] | one measurement in each file |
//! | [`load`] | a load generator that costs little: prepared bytes over kept connections |
//! | [`server`] | starts host and baseline |
//! | [`process`] | CPU time and memory of a process, as the kernel counts them |
//! | [`site`] | where the programs, the guests and the scratch folder are |
//! | [`machine`] | what it was measured on |
//! | [`report`] | figures against their bars, as a table |
//!
//! Two programs belong to it: `baseline`, a bare native server, and `instances`, which calls plugins without a server.

mod load;
mod machine;
mod process;
mod report;
mod request;
mod rows;
mod server;
mod side;
mod site;

use std::fs;
use std::io::{Write as _, stderr, stdout};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, Result};
use clap::Parser;

use crate::rows::Row;
use crate::site::Site;

/// Measures the host against others, and prints a table.
#[derive(Parser)]
#[command(name = "wharf-bench", bin_name = "cargo xtask bench")]
struct Arguments {
    /// What to measure [default: everything]
    rows: Vec<Row>,
    /// One short round of each: shows that it works, and little more
    #[arg(long)]
    quick: bool,
    /// Where the table is kept as well, as Markdown
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// A configuration of hyper-mcp 0.8.3 with a plugin `echo` that has a tool `echo`, for the row `stdio`
    #[arg(long, value_name = "FILE")]
    hyper_mcp: Option<PathBuf>,
}

/// What every row is given.
struct Bench {
    site: Site,
    quick: bool,
    hyper_mcp: Option<PathBuf>,
}

impl Bench {
    /// How often each side is loaded.
    const fn rounds(&self) -> usize {
        if self.quick { 2 } else { 6 }
    }

    /// How long one side is loaded at a time.
    const fn round_time(&self) -> Duration {
        if self.quick { Duration::from_secs(1) } else { Duration::from_secs(3) }
    }

    /// The load before the first round, which isn't counted: connections, caches and pools get warm.
    const fn warm_up(&self) -> Duration {
        Duration::from_secs(1)
    }
}

fn main() -> ExitCode {
    match run(Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Nobody is left to tell when standard error is closed.
            let _ = writeln!(stderr(), "error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: Arguments) -> Result<()> {
    let Arguments { rows, quick, output, hyper_mcp } = arguments;
    let bench = Bench { site: Site::find()?, quick, hyper_mcp };
    let rows = if rows.is_empty() { Row::all() } else { rows };
    let machine = machine::describe(quick);
    // One thread: the client must leave the machine to the servers.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let mut figures = Vec::new();
    for row in rows {
        let _ = writeln!(stderr(), "==> {}", row.title());
        match runtime.block_on(row.measure(&bench)) {
            Ok(measured) => figures.extend(measured),
            Err(error) => figures.push(report::Figure::failed(row.title(), &error)),
        }
    }
    let table = report::render(&machine, &figures);
    writeln!(stdout(), "{table}")?;
    match output {
        Some(path) => fs::write(&path, table).with_context(|| format!("can't write {}", path.display())),
        None => Ok(()),
    }
}
