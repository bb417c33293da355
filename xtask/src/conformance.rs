//! `conformance`: the protocol's conformance suite against the test guest that offers what it asks for.
//!
//! The run itself is a test (`tests/it/conformance.rs`), so that `test` runs it as well.

use anyhow::{Result, bail};

use crate::build::{self, Profile};
use crate::workspace::Workspace;
use crate::{clients, step};

/// Builds, installs the suite, and runs it. Here a missing Node is a failure: the suite is what was asked for.
pub(crate) fn run(workspace: &Workspace) -> Result<()> {
    build::run(workspace, Profile::Dev)?;
    step::step("test guests", || build::guests(workspace))?;
    if clients::install_node(workspace)?.is_none() {
        bail!("the suite runs on Node, and that isn't there: see the warning above");
    }
    let mut test = workspace.cargo(&workspace.root, "test");
    // The whole workspace, as elsewhere: for one package alone Cargo would compile Wasmtime with other features.
    test.args(["--workspace", "--test", "it", "--", "--nocapture", "--exact", TEST]);
    step::step("conformance suite", || step::run(test.env("CI", "true")))
}

/// The test that runs the suite.
const TEST: &str = "conformance::the_suite_finds_no_fault";
