//! `lint`: formatting, clippy and documentation over every workspace, and `tidy`.

use std::path::Path;
use std::process::Command;

use anyhow::Result;

use crate::step::{all, run};
use crate::workspace::Workspace;
use crate::{setup, tidy};

/// Checks everything, and then says what failed.
pub(crate) fn run_all(workspace: &Workspace) -> Result<()> {
    setup::run(workspace)?;
    let (root, plugins, guests) = (workspace.root.as_path(), &workspace.plugins(), &workspace.guests());
    all(vec![
        ("rustfmt", Box::new(|| [root, plugins, guests].into_iter().try_for_each(|folder| rustfmt(workspace, folder)))),
        ("clippy", Box::new(|| clippy(workspace.cargo(root, "clippy").arg("--all-targets")))),
        ("clippy of the plugins", Box::new(|| clippy(&mut workspace.cargo_component(plugins, "clippy")))),
        // Their tests are compiled for this machine only.
        (
            "clippy of the plugins' tests",
            Box::new(|| clippy(workspace.cargo_native(plugins, "clippy").arg("--all-targets"))),
        ),
        (
            "clippy of the guests",
            Box::new(|| clippy(workspace.cargo_component(guests, "clippy").args(["--lib", "--examples"]))),
        ),
        ("rustdoc", Box::new(|| rustdoc(&mut workspace.cargo(root, "doc")))),
        ("rustdoc of the plugins", Box::new(|| rustdoc(&mut workspace.cargo_native(plugins, "doc")))),
        ("tidy", Box::new(|| tidy::check(workspace))),
    ])
}

fn rustfmt(workspace: &Workspace, folder: &Path) -> Result<()> {
    run(workspace.cargo(folder, "fmt").args(["--all", "--check"]))
}

fn clippy(cargo: &mut Command) -> Result<()> {
    run(cargo.args(["--workspace", "--", "--deny", "warnings"]))
}

/// Private items too: most of the documentation is for whoever works on the host.
fn rustdoc(cargo: &mut Command) -> Result<()> {
    cargo.args(["--workspace", "--no-deps", "--document-private-items"]).env("RUSTDOCFLAGS", "--deny warnings");
    run(cargo)
}
