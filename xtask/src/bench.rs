//! `bench`: everything that is measured, built, and then the benchmarks.

use std::process::Command;

use anyhow::Result;

use crate::build::{self, Profile};
use crate::step;
use crate::workspace::Workspace;

/// What to measure.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Short rounds, which show that everything works, and little more.
    #[arg(long)]
    quick: bool,
    /// A configuration of hyper-mcp 0.8.3 with a plugin `echo` that has a tool `echo`, to compare with over stdio.
    #[arg(long, value_name = "FILE")]
    hyper_mcp: Option<std::path::PathBuf>,
    /// Only these rows: see what `--help` of the program `wharf-bench` lists.
    rows: Vec<String>,
}

/// Builds, then measures. A whole run, and only that, replaces what BENCHMARKS.md says.
pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    build::run(workspace, Profile::Release)?;
    step::step("test guests", || build::guests(workspace))?;
    let mut bench = Command::new(Profile::Release.folder(workspace).join("wharf-bench"));
    bench.args(&options.rows);
    if options.quick {
        bench.arg("--quick");
    }
    if let Some(configuration) = &options.hyper_mcp {
        bench.arg("--hyper-mcp").arg(configuration);
    }
    if options.rows.is_empty() && !options.quick {
        bench.arg("--output").arg(workspace.root.join("BENCHMARKS.md"));
    }
    step::run_visibly(&mut bench)
}
