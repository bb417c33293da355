//! Where things are: the checkout, what Cargo builds into, and the packages of each workspace.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::step;

/// The target that a plugin is compiled for.
pub(crate) const COMPONENT_TARGET: &str = "wasm32-wasip2";

/// The checkout and its build folder.
pub(crate) struct Workspace {
    /// The folder of the root manifest.
    pub(crate) root: PathBuf,
    /// What Cargo builds the root workspace into.
    pub(crate) target: PathBuf,
}

/// A package, as far as the commands care.
pub(crate) struct Package {
    /// As its manifest says.
    pub(crate) name: String,
    /// The folder of its manifest.
    pub(crate) folder: PathBuf,
    /// The file that Cargo leaves when it builds the package as a component. None: it isn't one.
    pub(crate) component: Option<String>,
    /// The files that Cargo leaves when it builds the examples that are components.
    pub(crate) examples: Vec<String>,
    /// The folders of the packages that it depends on by path.
    pub(crate) depends_on: Vec<PathBuf>,
}

impl Workspace {
    /// Finds the checkout that this binary was compiled in.
    pub(crate) fn locate() -> Result<Self> {
        // As Cargo says at run time: checkouts that share a target folder share this program as well, and what was
        // compiled in may be another one's.
        let package = std::env::var("CARGO_MANIFEST_DIR").unwrap_or_else(|_| env!("CARGO_MANIFEST_DIR").to_owned());
        let root = Path::new(&package).parent().context("xtask has no parent folder")?;
        if !root.join("Cargo.toml").is_file() {
            bail!("no Cargo.toml in {}: run `cargo xtask` inside the checkout", root.display());
        }
        let target = metadata(root)?.get("target_directory").and_then(Value::as_str).map(PathBuf::from);
        let target = target.context("`cargo metadata` names no target directory")?;
        Ok(Self { root: root.to_owned(), target })
    }

    /// The workspace of the shipped plugins.
    pub(crate) fn plugins(&self) -> PathBuf {
        self.root.join("plugins")
    }

    /// The workspace of the test guests that are written in Rust, and the folders of the others.
    pub(crate) fn guests(&self) -> PathBuf {
        self.root.join("tests/guests")
    }

    /// Where the tests look for the guests' components.
    pub(crate) fn built_guests(&self) -> PathBuf {
        self.target.join("guests")
    }

    /// A command with Cargo in one of the workspaces. Continuous integration insists on the committed lock file.
    pub(crate) fn cargo(&self, folder: &Path, subcommand: &str) -> Command {
        let mut command = cargo(folder);
        command.arg(subcommand);
        if is_ci() && subcommand != "fmt" {
            command.arg("--locked");
        }
        command.env("CARGO_TARGET_DIR", &self.target);
        command
    }

    /// As [`Self::cargo`], for components: in a build folder that all of them share.
    pub(crate) fn cargo_component(&self, folder: &Path, subcommand: &str) -> Command {
        let mut command = self.cargo(folder, subcommand);
        command.args(["--target", COMPONENT_TARGET]).env("CARGO_TARGET_DIR", self.target.join("wasm"));
        // Flags for this machine's processor and linker aren't for WebAssembly.
        command.env_remove("RUSTFLAGS");
        command
    }

    /// As [`Self::cargo`], for what is a component in the end, but compiled for this machine: to run its tests, and to
    /// look at them. In a build folder of its own, since features and profile differ from the host's.
    pub(crate) fn cargo_native(&self, folder: &Path, subcommand: &str) -> Command {
        let mut command = self.cargo(folder, subcommand);
        command.env("CARGO_TARGET_DIR", self.target.join("native"));
        command
    }
}

/// Whether a missing part is a failure rather than a reason to skip.
pub(crate) fn is_ci() -> bool {
    env::var("CI").is_ok_and(|value| !matches!(value.as_str(), "" | "0" | "false"))
}

/// The packages of the workspace in `folder`, sorted by folder.
pub(crate) fn packages(folder: &Path) -> Result<Vec<Package>> {
    let metadata = metadata(folder)?;
    let listed = metadata.get("packages").and_then(Value::as_array).context("`cargo metadata` lists no packages")?;
    let mut packages = listed.iter().map(package).collect::<Result<Vec<_>>>()?;
    packages.sort_by(|one, other| one.folder.cmp(&other.folder));
    Ok(packages)
}

fn package(value: &Value) -> Result<Package> {
    let text = |key: &str| value.get(key).and_then(Value::as_str);
    let list = |key: &str| value.get(key).and_then(Value::as_array).into_iter().flatten();
    let name = text("name").context("a package without a name in `cargo metadata`")?.to_owned();
    let manifest = text("manifest_path").with_context(|| format!("package {name} has no manifest path"))?;
    let folder = Path::new(manifest).parent().with_context(|| format!("{manifest} has no folder"))?.to_owned();
    Ok(Package {
        component: list("targets").filter(|it| !is_example(it)).find_map(component),
        examples: list("targets").filter(|it| is_example(it)).filter_map(component).collect(),
        depends_on: list("dependencies").filter_map(|it| it.get("path")?.as_str().map(PathBuf::from)).collect(),
        name,
        folder,
    })
}

fn component(target: &Value) -> Option<String> {
    let is_component = target.get("crate_types")?.as_array()?.iter().any(|kind| kind == "cdylib");
    let name = target.get("name")?.as_str()?.replace('-', "_");
    is_component.then(|| format!("{name}.wasm"))
}

fn is_example(target: &Value) -> bool {
    let kinds = target.get("kind").and_then(Value::as_array);
    kinds.is_some_and(|kinds| kinds.iter().any(|kind| kind == "example"))
}

fn metadata(folder: &Path) -> Result<Value> {
    let mut command = cargo(folder);
    command.args(["metadata", "--no-deps", "--format-version", "1"]);
    let output = step::output(&mut command)?;
    serde_json::from_str(&output).with_context(|| format!("cannot read `cargo metadata` of {}", folder.display()))
}

fn cargo(folder: &Path) -> Command {
    // Cargo tells its subprocesses which Cargo it is.
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(folder);
    command
}
