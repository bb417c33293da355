//! Between packages: who may depend on whom, and the lints that every workspace shares.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use super::{DEPENDENCIES, Finding, begins_with};
use crate::workspace::{Package, Workspace, packages};

/// Looks at the manifests of every workspace.
pub(super) fn check(workspace: &Workspace) -> Result<Vec<Finding>> {
    let root_manifest = read_manifest(&workspace.root)?;
    let root = lints(&root_manifest);
    let mut findings = Vec::new();
    for folder in [workspace.root.clone(), workspace.plugins(), workspace.guests()] {
        for package in packages(&folder)? {
            findings.extend(check_package(&workspace.root, &package)?);
        }
        if lints(&read_manifest(&folder)?) != root {
            let place = relative(&workspace.root, &folder.join("Cargo.toml"));
            findings.push(Finding::new(
                place,
                "every workspace has the same lints: copy the tables of the root Cargo.toml",
            ));
        }
    }
    Ok(findings)
}

fn check_package(root: &Path, package: &Package) -> Result<Vec<Finding>> {
    let place = format!("{}/Cargo.toml", relative(root, &package.folder));
    let used: Vec<_> = package.depends_on.iter().map(|folder| relative(root, folder)).collect();
    let mut findings = dependency_rule(&relative(root, &package.folder), &used, &place);
    if !read_manifest(&package.folder)?.contains("[lints]\nworkspace = true") {
        findings.push(Finding::new(place, "every package takes the workspace's lints: `[lints]`, `workspace = true`"));
    }
    Ok(findings)
}

fn dependency_rule(folder: &str, used: &[String], place: &str) -> Vec<Finding> {
    let names: Vec<_> = folder.split('/').collect();
    let is_of = |pattern: &str| pattern.split('/').count() == names.len() && begins_with(&names, pattern);
    let Some((_, allowed)) = DEPENDENCIES.iter().find(|(pattern, _)| is_of(pattern)) else {
        return vec![Finding::new(
            place,
            format!("`{folder}` has no line in DEPENDENCIES, which says what it may depend on"),
        )];
    };
    let wrong = used.iter().filter(|other| !allowed.contains(&other.as_str()));
    let may = if allowed.is_empty() { "none of our packages".to_owned() } else { allowed.join(", ") };
    wrong.map(|other| Finding::new(place, format!("`{folder}` may depend on {may}, and not on `{other}`"))).collect()
}

/// The lines of a manifest's tables of lints, without comments.
fn lints(manifest: &str) -> Vec<&str> {
    let mut is_lints = false;
    let lines = manifest.lines().map(str::trim).filter(|line| {
        if line.starts_with('[') {
            is_lints = line.starts_with("[workspace.lints");
        }
        is_lints && !line.is_empty() && !line.starts_with('#')
    });
    lines.collect()
}

fn read_manifest(folder: &Path) -> Result<String> {
    let manifest = folder.join("Cargo.toml");
    fs::read_to_string(&manifest).with_context(|| format!("cannot read {}", manifest.display()))
}

fn relative(root: &Path, path: &Path) -> String {
    path.strip_prefix(root).unwrap_or(path).to_string_lossy().replace('\\', "/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_may_depend_on_whom() {
        for (folder, used, expected) in [
            ("host", &[][..], None),
            ("host", &["sdk"], Some("`host` may depend on none of our packages, and not on `sdk`")),
            ("sdk", &["sdk/macros"], None),
            ("sdk", &["host"], Some("not on `host`")),
            ("plugins/catalog", &["sdk"], None),
            ("plugins/catalog", &["host"], Some("`plugins/catalog` may depend on sdk, and not on `host`")),
            ("tests/guests/echo", &["sdk"], None),
            ("attic", &[], Some("no line in DEPENDENCIES")),
        ] {
            let used: Vec<_> = used.iter().map(|it| (*it).to_owned()).collect();
            let found = dependency_rule(folder, &used, "x");
            match expected {
                None => assert_eq!(found, [], "{folder}"),
                Some(text) => assert!(found.len() == 1 && found[0].text.contains(text), "{folder}: {found:?}"),
            }
        }
    }

    #[test]
    fn only_the_tables_of_lints_are_compared() {
        let manifest = "[workspace]\na = 1\n[workspace.lints.rust]\n# Why.\nb = 1\n\n[workspace.lints.clippy]\nc = 1\n[profile]\nd = 1\n";
        assert_eq!(lints(manifest), ["[workspace.lints.rust]", "b = 1", "[workspace.lints.clippy]", "c = 1"]);
    }
}
