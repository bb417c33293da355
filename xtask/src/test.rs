//! `test`: everything that tests need, then the tests.

use std::process::Command;

use anyhow::Result;

use crate::workspace::Workspace;
use crate::{build, clients, foreign, step};

/// What to run.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Leaves out the MCP clients, and the guests in Python and JavaScript. Tests that need them use what is there from an
    /// earlier run, or are skipped.
    #[arg(long)]
    no_clients: bool,
    /// Builds and installs everything that the tests need, and stops there: from then on a plain `cargo test` does.
    #[arg(long)]
    no_run: bool,
    /// Runs only tests whose names contain one of these.
    filters: Vec<String>,
}

/// Builds, then runs the tests: the workspace's, and then the plugins' own, which run natively and so without the host.
pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    build::run(workspace)?;
    step::step("test guests", || build::guests(workspace))?;
    if !options.no_clients {
        let clients = clients::install(workspace)?;
        foreign::guests(workspace, &clients)?;
    }
    if options.no_run {
        return Ok(());
    }
    step::all(vec![
        ("tests of the workspace", Box::new(|| cargo_test(workspace.cargo(&workspace.root, "test"), &options.filters))),
        (
            "tests of the plugins",
            Box::new(|| cargo_test(workspace.cargo_native(&workspace.plugins(), "test"), &options.filters)),
        ),
    ])
}

fn cargo_test(mut cargo: Command, filters: &[String]) -> Result<()> {
    step::run_visibly(cargo.args(["--workspace", "--no-fail-fast", "--"]).args(filters))
}
