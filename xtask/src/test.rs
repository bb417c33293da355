//! `test`: everything that tests need, then the tests.

use std::process::Command;

use anyhow::Result;

use crate::build::{self, Profile};
use crate::workspace::Workspace;
use crate::{clients, foreign, step};

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
    /// Tests the program as it is operated, which is built beside the usual one.
    #[arg(long)]
    release: bool,
    /// Runs only tests whose names contain one of these.
    filters: Vec<String>,
}

/// Builds, then runs the tests: the workspace's, and then the plugins' own, which run natively and so without the host.
pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    build::run(workspace, Profile::Dev)?;
    if options.release {
        build::run(workspace, Profile::Release)?;
    }
    step::step("test guests", || build::guests(workspace))?;
    if !options.no_clients {
        let clients = clients::install(workspace)?;
        foreign::guests(workspace, &clients)?;
    }
    if options.no_run {
        return Ok(());
    }
    step::all(vec![
        ("tests of the workspace", Box::new(|| cargo_test(of_the_workspace(workspace, options), &options.filters))),
        (
            "tests of the plugins",
            Box::new(|| cargo_test(workspace.cargo_native(&workspace.plugins(), "test"), &options.filters)),
        ),
    ])
}

fn of_the_workspace(workspace: &Workspace, options: &Options) -> Command {
    let mut cargo = workspace.cargo(&workspace.root, "test");
    if options.release {
        cargo.env("WHARF_TEST_PROFILE", "release");
    }
    cargo
}

fn cargo_test(mut cargo: Command, filters: &[String]) -> Result<()> {
    step::run_visibly(cargo.args(["--workspace", "--no-fail-fast", "--"]).args(filters))
}
