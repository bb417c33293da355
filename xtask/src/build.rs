//! `build`: plugins, host, and the test guests that Cargo builds.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::setup;
use crate::step::{self, step};
use crate::workspace::{COMPONENT_TARGET, Workspace, packages};

/// What a plugin may weigh, in bytes. A plugin is compiled when the host starts, and each byte costs time there; beyond
/// this, look at what the plugin drags in before raising it.
const BUDGETS: &[(&str, u64)] = &[("catalog", 600_000)];

/// How to build.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Builds the host as it is operated and measured, rather than as it is tested: slower to build, faster to run.
    #[arg(long)]
    release: bool,
}

/// Which of Cargo's profiles the host has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Profile {
    /// For running and testing while one works on it.
    Dev,
    /// For operating and measuring it.
    Release,
}

impl Profile {
    /// Where Cargo leaves the programs.
    pub(crate) fn folder(self, workspace: &Workspace) -> PathBuf {
        workspace.target.join(match self {
            Self::Dev => "debug",
            Self::Release => "release",
        })
    }

    /// In development the whole workspace, as `test` does: Cargo joins the features of what is selected, and for the host
    /// alone it would compile Wasmtime with fewer, and then once more for the tests. In a release what is measured.
    const fn selection(self) -> &'static [&'static str] {
        match self {
            Self::Dev => &["--workspace", "--bins"],
            Self::Release => &["--release", "--package", "wharf", "--package", "wharf-bench", "--bins"],
        }
    }
}

/// Sets up, then builds plugins and host, and says where they are.
pub(crate) fn run_for_people(workspace: &Workspace, options: &Options) -> Result<()> {
    let profile = if options.release { Profile::Release } else { Profile::Dev };
    run(workspace, profile)?;
    eprintln!("    {}", profile.folder(workspace).join("wharf").display());
    Ok(())
}

/// Sets up, then builds plugins and host.
pub(crate) fn run(workspace: &Workspace, profile: Profile) -> Result<()> {
    setup::run(workspace)?;
    step("plugins", || plugins(workspace, profile))?;
    step("host", || step::run(workspace.cargo(&workspace.root, "build").args(profile.selection())))
}

/// Builds the test guests written in Rust into the folder where the tests look for them.
pub(crate) fn guests(workspace: &Workspace) -> Result<()> {
    components(workspace, &workspace.guests(), &workspace.built_guests())?;
    examples(workspace, &workspace.guests(), &workspace.built_guests())
}

/// Builds the plugins into the folder where the host looks for those that come with it: beside its executable.
fn plugins(workspace: &Workspace, profile: Profile) -> Result<()> {
    let bundled = profile.folder(workspace).join("plugins");
    let built = components(workspace, &workspace.plugins(), &bundled)?;
    remove_others(&bundled, &built)?;
    let sizes = built.iter().map(|component| Ok((component.id.as_str(), fs::metadata(&component.file)?.len())));
    check_sizes(&sizes.collect::<Result<Vec<_>>>()?, BUDGETS)
}

struct Component {
    /// The name of its folder.
    id: String,
    file: PathBuf,
}

fn components(workspace: &Workspace, folder: &Path, destination: &Path) -> Result<Vec<Component>> {
    step::run(workspace.cargo_component(folder, "build").arg("--release"))?;
    let built = workspace.target.join("wasm").join(COMPONENT_TARGET).join("release");
    fs::create_dir_all(destination).with_context(|| format!("cannot make {}", destination.display()))?;
    let mut components = Vec::new();
    for package in packages(folder)? {
        let Some(artifact) = package.component else { continue };
        let id = package.folder.file_name().and_then(|it| it.to_str()).unwrap_or(&package.name).to_owned();
        let file = destination.join(format!("{id}.wasm"));
        replace(&built.join(artifact), &file)?;
        components.push(Component { id, file });
    }
    Ok(components)
}

/// Builds the components that are examples of a package, into a folder of the package's name.
fn examples(workspace: &Workspace, folder: &Path, destination: &Path) -> Result<()> {
    step::run(workspace.cargo_component(folder, "build").args(["--release", "--examples"]))?;
    let built = workspace.target.join("wasm").join(COMPONENT_TARGET).join("release/examples");
    for package in packages(folder)?.into_iter().filter(|package| !package.examples.is_empty()) {
        let destination = destination.join(&package.name);
        fs::create_dir_all(&destination).with_context(|| format!("cannot make {}", destination.display()))?;
        let mut components = Vec::new();
        for artifact in package.examples {
            let file = destination.join(&artifact);
            replace(&built.join(&artifact), &file)?;
            components.push(Component { id: artifact, file });
        }
        remove_others(&destination, &components)?;
    }
    Ok(())
}

/// Copies beside and renames: a host that is running, and watches the folder, never sees half a file.
fn replace(from: &Path, to: &Path) -> Result<()> {
    let beside = to.with_extension("wasm.new");
    fs::copy(from, &beside)
        .and_then(|_| fs::rename(&beside, to))
        .with_context(|| format!("cannot copy {} to {}", from.display(), to.display()))
}

/// A plugin that was renamed or removed must not be served from an earlier build.
fn remove_others(folder: &Path, keep: &[Component]) -> Result<()> {
    for entry in fs::read_dir(folder).with_context(|| format!("cannot list {}", folder.display()))? {
        let path = entry?.path();
        if !keep.iter().any(|component| component.file == path) {
            fs::remove_file(&path).with_context(|| format!("cannot remove {}", path.display()))?;
        }
    }
    Ok(())
}

fn check_sizes(sizes: &[(&str, u64)], budgets: &[(&str, u64)]) -> Result<()> {
    let mut over = Vec::new();
    for (id, size) in sizes {
        let budget = budgets.iter().find(|(name, _)| name == id).map(|(_, budget)| *budget);
        let of = budget.map(|budget| format!(" of {budget}")).unwrap_or_default();
        eprintln!("    {id}: {size}{of} bytes");
        if budget.is_some_and(|budget| *size > budget) {
            over.push(format!("{id} has {size}{of} bytes"));
        }
    }
    if !over.is_empty() {
        bail!("over budget: {}; look at what it drags in, or raise the budget in xtask/src/build.rs", over.join(", "));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plugin_over_its_budget_fails_by_name() {
        let budgets = &[("small", 10)][..];
        assert!(check_sizes(&[("small", 10), ("unbounded", 99)], budgets).is_ok());
        let error = check_sizes(&[("small", 11)], budgets).unwrap_err().to_string();
        assert!(error.contains("small has 11 of 10 bytes"), "{error}");
    }
}
