//! `fuzz`: the tests with generated input, which `test` gives one short round, for as long as one likes.

use anyhow::Result;

use crate::build::{self, Profile};
use crate::step;
use crate::workspace::Workspace;

/// How long.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// How long each test goes on; all of them run at the same time.
    #[arg(long, value_name = "N", default_value_t = 10)]
    minutes: u32,
    /// Runs only tests whose names contain one of these.
    filters: Vec<String>,
}

/// What the tests of the whole system, and those of the host's rooms, take their time from.
const MINUTES: &str = "WHARF_FUZZ_MINUTES";

/// Builds, then runs the tests whose module is called `fuzz`.
pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    build::run(workspace, Profile::Dev)?;
    step::step("test guests", || build::guests(workspace))?;
    let mut test = workspace.cargo(&workspace.root, "test");
    test.args(["--workspace", "--lib", "--test", "it", "--no-fail-fast", "--"]);
    if options.filters.is_empty() {
        test.arg("fuzz::");
    }
    test.args(&options.filters).env(MINUTES, options.minutes.to_string());
    step::step(&format!("generated input, {} minutes", options.minutes), || step::run(&mut test))
}
