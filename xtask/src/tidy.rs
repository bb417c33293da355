//! `tidy`: the rules of the layout that no compiler checks.
//!
//! The tables below are the rules. The modules check them, each one kind, and each failure says the rule.

mod capabilities;
mod crates;
mod duplicates;
mod imports;
mod lengths;
mod rooms;
mod source;
mod texts;

use std::path::PathBuf;
use std::process::Command;
use std::{fmt, fs};

use anyhow::{Context, Result, bail};

use self::source::Source;
use crate::step::{self, step};
use crate::workspace::Workspace;

/// The rooms of the host, in the order in which they may use each other: a room uses only rooms that come after it.
/// `lib.rs` and `main.rs` stand above them all.
const ROOMS: &[&str] = &[
    "cli",
    "app",
    // Made of the rooms' own types, and read by `app` and `cli` alone: no room knows where its settings come from.
    "config",
    "mcp",
    "reload",
    "surface",
    "search",
    "seal",
    "task",
    "plugin",
    "policy",
    "capability",
    "source",
    "database",
    "secret",
    "audit",
    "caller",
    "pattern",
    "telemetry",
    "random",
    "text",
];

/// Rooms that don't use each other although the order would let them, and how they meet instead.
const APART: &[(&str, &str, &str)] = &[("mcp", "reload", "they meet in surface/publish.rs alone")];

/// Outside crates that belong to one place: names, where they may be used (`*` is any one name), and why.
const CONFINED: &[(&[&str], &[&str], &str)] = &[
    (&["rmcp"], &["mcp"], "mcp/ alone knows the protocol"),
    (&["axum", "tower", "hyper_util", "httparse"], &["mcp"], "mcp/ alone knows the transports"),
    (
        &["hyper"],
        &["mcp", "capability/http/host"],
        "mcp/ alone knows the transports, and requests fail with its errors",
    ),
    (
        &["wasmtime", "wasmtime_wasi", "wasmtime_wasi_config", "wasmtime_wasi_http"],
        &["plugin", "capability/*/host", "capability/shadow"],
        "plugin/ and capability/*/host.rs alone know the sandbox, and capability/shadow.rs, which these share",
    ),
    (&["wasmparser", "wasm_encoder"], &["plugin"], "plugin/ alone reads and writes components"),
    (
        &["wasm_metadata"],
        &["plugin", "cli/plugin/embed"],
        "plugin/ reads the metadata, and `wharf plugin embed` writes it",
    ),
    (&["bollard", "kube", "redis"], &["capability/*/backend"], "a capability's backend alone does IO"),
    (&["reqwest"], &["capability/*/backend", "capability/http/host"], "requests go out through `http` alone"),
    (&["redb"], &["database", "task", "capability/*/backend"], "task/ and a capability's backend alone keep data"),
    (&["bm25", "rust_stemmers"], &["search"], "search/ alone ranks"),
    (&["chacha20poly1305"], &["seal"], "seal/ alone encrypts"),
    (&["notify"], &["reload/watch"], "reload/watch.rs alone watches files"),
    (&["toml"], &["config"], "config/ alone knows TOML"),
    (&["toml_edit", "dialoguer"], &["cli"], "cli/ alone edits configurations, and asks the operator"),
    (&["tracing_subscriber"], &["telemetry"], "telemetry alone decides where log lines go"),
    (&["clap", "comfy_table"], &["cli"], "cli/ alone talks to the terminal"),
    (&["anyhow"], &["app", "cli"], "errors are typed at a room's border: anyhow is for main, app, cli and tests"),
];

/// What is in each folder of a capability, and what else may be.
const CAPABILITY_FILES: &[&str] = &["grant.rs", "host.rs"];
const OPTIONAL_CAPABILITY_FILES: &[&str] = &["backend.rs", "fake.rs"];

/// Which of our packages may depend on which, by folder (`*` is any one name). `wit/` is text, and open to everyone.
const DEPENDENCIES: &[(&str, &[&str])] = &[
    ("host", &[]),
    // On itself for its tests, with all features.
    ("sdk", &["sdk", "sdk/macros"]),
    ("sdk/macros", &[]),
    ("tests", &["host"]),
    ("tests/bench", &["host"]),
    ("xtask", &[]),
    ("plugins/*", &["sdk"]),
    ("tests/guests/*", &["sdk"]),
];

/// Lines of a function, and of a file without its tests. Beyond the goal is said, beyond the limit fails: one screen, and
/// what one sitting reads.
const FUNCTION_LINES: Bound = Bound { goal: 40, limit: 70 };
const FILE_LINES: Bound = Bound { goal: 300, limit: 400 };

/// The file with a reason for each crate that a lock file holds in several versions.
const DUPLICATES: &str = "Cargo.duplicates";

/// First folders of absolute paths that exist on somebody's machine only. Without slashes, or this file would break the
/// rule that it states.
const MACHINE_FOLDERS: &[&str] = &["root", "work", "home", "Users"];

/// Host names of package registries, in parts for the same reason. A mirror serves as well: tools know where to ask.
const REGISTRIES: &[&[&str]] =
    &[&["crates", "io"], &["pypi", "org"], &["pythonhosted", "org"], &["npmjs", "org"], &["npmjs", "com"]];

struct Bound {
    goal: usize,
    limit: usize,
}

/// Something that breaks a rule, or comes near to it.
#[derive(Debug, PartialEq)]
struct Finding {
    /// A file, and where it helps a line.
    place: String,
    /// The rule, and how it is broken.
    text: String,
    /// Only said.
    is_warning: bool,
}

impl Finding {
    fn new(place: impl Into<String>, text: impl Into<String>) -> Self {
        Self { place: place.into(), text: text.into(), is_warning: false }
    }

    fn at(path: &str, line: usize, text: impl Into<String>) -> Self {
        Self::new(format!("{path}:{line}"), text)
    }

    fn warning(self) -> Self {
        Self { is_warning: true, ..self }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = if self.is_warning { "warning" } else { "error" };
        write!(f, "{kind}: {}: {}", self.place, self.text)
    }
}

/// The files of the checkout that Git tracks or would track, by path from the root with `/`.
struct Tree {
    root: PathBuf,
    paths: Vec<String>,
}

/// The command.
pub(crate) fn run(workspace: &Workspace) -> Result<()> {
    step("tidy", || check(workspace))
}

/// Checks every rule, and says every finding before it fails.
pub(crate) fn check(workspace: &Workspace) -> Result<()> {
    let tree = Tree::list(workspace)?;
    let mut findings = check_sources(&tree)?;
    findings.extend(capabilities::check(&tree.paths));
    findings.extend(texts::check(&tree)?);
    findings.extend(duplicates::check(&tree)?);
    findings.extend(crates::check(workspace)?);
    report(&findings)
}

fn check_sources(tree: &Tree) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for path in tree.paths.iter().filter(|path| path.ends_with(".rs")) {
        if path.ends_with("/mod.rs") {
            findings.push(Finding::new(path, "a module's file has its name: `foo.rs` beside the folder `foo/`"));
        }
        match Source::parse(path, &tree.read(path)?) {
            Ok(source) => {
                findings.extend(imports::check(&source));
                findings.extend(rooms::check(&source));
                findings.extend(lengths::check(&source));
            }
            Err(error) => findings.push(Finding::new(path, format!("cannot be read as Rust: {error}"))),
        }
    }
    Ok(findings)
}

fn report(findings: &[Finding]) -> Result<()> {
    findings.iter().for_each(|finding| eprintln!("{finding}"));
    let errors = findings.iter().filter(|finding| !finding.is_warning).count();
    if errors > 0 {
        bail!("{errors} places break a rule of the layout; the rules are the tables in xtask/src/tidy.rs");
    }
    Ok(())
}

impl Tree {
    fn list(workspace: &Workspace) -> Result<Self> {
        let mut git = Command::new("git");
        git.args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"]).current_dir(&workspace.root);
        let listed = step::output(&mut git).context("tidy looks at the files that Git tracks")?;
        let mut paths: Vec<_> = listed.split_terminator('\0').map(str::to_owned).collect();
        // A file that was removed, but not yet in the index, is listed all the same.
        paths.retain(|path| workspace.root.join(path).is_file());
        paths.sort();
        paths.dedup();
        Ok(Self { root: workspace.root.clone(), paths })
    }

    /// The text of a file. Whatever isn't text is read as well as it can be.
    fn read(&self, path: &str) -> Result<String> {
        let bytes = fs::read(self.root.join(path)).with_context(|| format!("cannot read {path}"))?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }
}

/// Whether a path begins with a pattern, name by name, where `*` is any one name.
fn begins_with(path: &[&str], pattern: &str) -> bool {
    let names: Vec<_> = pattern.split('/').collect();
    path.len() >= names.len() && names.iter().zip(path).all(|(name, part)| *name == "*" || name == part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_name_by_name() {
        for (path, pattern, expected) in [
            ("mcp", "mcp", true),
            ("mcp/http", "mcp", true),
            ("mcpx", "mcp", false),
            ("capability/files/host", "capability/*/host", true),
            ("capability/files/grant", "capability/*/host", false),
            ("capability/host", "capability/*/host", false),
        ] {
            assert_eq!(begins_with(&path.split('/').collect::<Vec<_>>(), pattern), expected, "{path} {pattern}");
        }
    }

    #[test]
    fn warnings_are_said_and_errors_fail() {
        assert!(report(&[Finding::new("a.rs", "long").warning()]).is_ok());
        let error = report(&[Finding::new("a.rs", "long").warning(), Finding::new("b.rs", "longer")]).unwrap_err();
        assert!(error.to_string().starts_with("1 places"), "{error}");
    }
}
