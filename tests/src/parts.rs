//! What tests need beside the program, and where it is. `cargo xtask test` puts it there.

use std::env;
use std::io::{Write as _, stderr};
use std::path::PathBuf;

/// Something that a test needs and that may be missing on a developer's machine.
#[derive(Debug, Clone, Copy)]
pub enum Part {
    /// The component of a test guest, by its name.
    Guest(&'static str),
    /// The component of a plugin that comes with wharf, by its name.
    Plugin(&'static str),
    /// A file of the data that lies beside the checkout, by its path there.
    Data(&'static str),
    /// The Python in which the clients are installed.
    Python,
    /// A program that was installed beside that Python.
    PythonProgram(&'static str),
    /// The Python in which the store is installed that checks signatures.
    StorePython,
    /// Node.
    Node,
    /// A file of a package that was installed for Node, by its path below `node_modules`.
    NodeModule(&'static str),
    /// A program of the operating system.
    Program(&'static str),
}

/// Where the part is. None: the test is to be skipped, and the reason was said.
///
/// # Panics
/// When the part is missing in continuous integration, where nothing may be skipped.
#[must_use]
pub fn find(part: Part) -> Option<PathBuf> {
    let path = place(part);
    if path.exists() {
        return Some(path);
    }
    let help = if matches!(part, Part::Program(_)) { "install it" } else { "`cargo xtask test` brings it" };
    let reason = format!("{part:?} is not at {}; {help}", path.display());
    assert!(!is_ci(), "{reason}");
    // Past the test harness, which would keep it to itself.
    let _ = writeln!(stderr(), "skipped: {reason}");
    None
}

/// The program under test.
pub(crate) fn wharf() -> PathBuf {
    let path = programs().join("wharf");
    assert!(path.exists(), "{} is missing: run `cargo build -p wharf`", path.display());
    path
}

/// Where the program under test is, and the plugins that come with it: `cargo xtask test --release` says which.
fn programs() -> PathBuf {
    build_folder().join(env::var_os("WHARF_TEST_PROFILE").unwrap_or_else(|| "debug".into()))
}

fn place(part: Part) -> PathBuf {
    let build = build_folder();
    let tools = build.join("test-tools");
    match part {
        Part::Guest(name) => build.join("guests").join(format!("{name}.wasm")),
        Part::Plugin(name) => programs().join("plugins").join(format!("{name}.wasm")),
        Part::Data(path) => package_folder().join("../../shared/data").join(path),
        Part::Python => tools.join("python/bin/python"),
        Part::PythonProgram(name) => tools.join("python/bin").join(name),
        Part::StorePython => tools.join("store/bin/python"),
        Part::Node => tools.join("node/bin/node"),
        Part::NodeModule(path) => tools.join("node/node_modules").join(path),
        Part::Program(name) => in_path(name),
    }
}

/// Where a shell would find it; its name where it wouldn't.
fn in_path(name: &str) -> PathBuf {
    let folders = env::var_os("PATH").unwrap_or_default();
    let places = env::split_paths(&folders).map(|folder| folder.join(name));
    places.into_iter().find(|place| place.is_file()).unwrap_or_else(|| name.into())
}

/// Cargo's: a test runs from `debug/deps` in it.
fn build_folder() -> PathBuf {
    let program = env::current_exe().unwrap();
    program.ancestors().nth(3).unwrap().to_owned()
}

fn is_ci() -> bool {
    env::var("CI").is_ok_and(|value| !matches!(value.as_str(), "" | "0" | "false"))
}

/// The folder of this package, as Cargo says at run time: checkouts that share a target folder may share the test
/// program as well, and what was compiled in may be another one's.
#[must_use]
pub fn package_folder() -> PathBuf {
    std::env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| env!("CARGO_MANIFEST_DIR").into(), PathBuf::from)
}
