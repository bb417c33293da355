//! The test guests that other languages' toolchains make, from the contract alone.
//!
//! Each is a folder in `tests/guests` with a `world.wit` and one source file. The component goes where those of the Rust
//! guests go, and is made again only when the guest, the contract or the toolchain's version changes.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::clients::{Clients, optional};
use crate::workspace::Workspace;
use crate::{stamp, step};

/// Builds the guests whose toolchain is there.
pub(crate) fn guests(workspace: &Workspace, clients: &Clients) -> Result<()> {
    if let Some(python) = &clients.python {
        let guest = Guest::new(workspace, "python-echo", "requirements.txt");
        optional("python-echo", || guest.build(|output| guest.componentize_py(python, output)))?;
    }
    if let Some(node) = &clients.node {
        for (name, without) in [("js-echo", &["http", "fetch-event"][..]), ("js-fetch", &["fetch-event"])] {
            let guest = Guest::new(workspace, name, "package-lock.json");
            optional(name, || guest.build(|output| guest.componentize_js(node, without, output)))?;
        }
    }
    Ok(())
}

struct Guest {
    /// The name of its folder, of its world, and of its component.
    name: &'static str,
    source: PathBuf,
    contract: PathBuf,
    /// The list with the toolchain's version.
    toolchain: PathBuf,
    built: PathBuf,
}

impl Guest {
    fn new(workspace: &Workspace, name: &'static str, list: &str) -> Self {
        Self {
            name,
            source: workspace.guests().join(name),
            contract: workspace.root.join("wit/plugin"),
            toolchain: workspace.root.join("tests/clients").join(list),
            built: workspace.built_guests(),
        }
    }

    fn build(&self, make: impl FnOnce(&Path) -> Result<()>) -> Result<()> {
        let inputs = [self.source.clone(), self.contract.clone(), self.toolchain.clone()];
        let output = self.built.join(format!("{}.wasm", self.name));
        // How a component is made, which is this file, is as much of an input as what it is made of.
        let key = stamp::key(&inputs, &[include_str!("foreign.rs")])?;
        stamp::unless_made(&output, &key, || {
            self.lay_out().with_context(|| format!("cannot lay out the sources of {}", self.name))?;
            make(&output).with_context(|| format!("cannot build the guest {}", self.name))
        })
    }

    /// A copy of the sources to build in, because toolchains leave things beside them.
    fn layout(&self) -> PathBuf {
        self.built.join(self.name)
    }

    fn wit(&self) -> PathBuf {
        self.layout().join("wit")
    }

    /// Beside the sources: world and contract as one folder, in the layout that WIT tools agree on.
    fn lay_out(&self) -> Result<()> {
        if self.layout().exists() {
            fs::remove_dir_all(self.layout())?;
        }
        copy_files(&self.source, &self.layout())?;
        copy_files(&self.contract, &self.wit().join("deps/wharf-plugin"))?;
        fs::copy(self.source.join("world.wit"), self.wit().join("world.wit"))?;
        Ok(())
    }

    fn componentize_py(&self, python: &Path, output: &Path) -> Result<()> {
        let mut command = Command::new(python.join("bin/componentize-py"));
        command.arg("--quiet").arg("--wit-path").arg(self.wit()).args(["--world", self.name]);
        command.args(["componentize", "app", "--python-path"]).arg(self.layout()).arg("--output").arg(output);
        step::run(&mut command)
    }

    /// Without the features that import what the guest doesn't use: `http` needs a grant, and nobody offers what
    /// `fetch-event` is for.
    fn componentize_js(&self, node: &Path, without: &[&str], output: &Path) -> Result<()> {
        let mut command = Command::new(node.join("bin/node"));
        command.arg(node.join("node_modules/@bytecodealliance/componentize-js/src/cli.js"));
        command.arg(self.layout().join("app.js")).arg("--wit").arg(self.wit());
        command.args(["--world-name", self.name, "--disable"]).args(without);
        command.arg("--out").arg(output);
        step::run(&mut command)
    }
}

fn copy_files(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        fs::copy(entry.path(), to.join(entry.file_name()))?;
    }
    Ok(())
}
