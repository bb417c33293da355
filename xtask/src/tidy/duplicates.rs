//! Crates that a lock file holds in several versions: each is listed, with a reason.
//!
//! One line each, `name version version…: reason`, where a version is as far as compatibility goes: `1`, or `0.12`.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;

use super::{DUPLICATES, Finding, Tree};

/// A crate's name, and its versions as far as compatibility goes.
type Duplicates = BTreeMap<String, BTreeSet<String>>;

/// Compares the lock files of all workspaces with the list.
pub(super) fn check(tree: &Tree) -> Result<Vec<Finding>> {
    let mut found = Duplicates::new();
    for path in tree.paths.iter().filter(|path| path.ends_with("Cargo.lock")) {
        for (name, versions) in duplicates(&tree.read(path)?) {
            found.entry(name).or_default().extend(versions);
        }
    }
    let list = if tree.paths.iter().any(|path| path == DUPLICATES) { tree.read(DUPLICATES)? } else { String::new() };
    Ok(compare(&found, &list))
}

fn duplicates(lock: &str) -> Duplicates {
    let mut versions = Duplicates::new();
    let mut name = "";
    for line in lock.lines() {
        if let Some(value) = quoted(line, "name = ") {
            name = value;
        } else if let Some(version) = quoted(line, "version = ") {
            versions.entry(name.to_owned()).or_default().insert(compatible(version));
        }
    }
    versions.retain(|_, versions| versions.len() > 1);
    versions
}

fn quoted<'a>(line: &'a str, key: &str) -> Option<&'a str> {
    line.strip_prefix(key)?.strip_prefix('"')?.strip_suffix('"')
}

/// `1.4.2` -> `1`, `0.12.1` -> `0.12`, `0.0.3` -> `0.0.3`: Cargo keeps one version of what is compatible.
fn compatible(version: &str) -> String {
    let parts: Vec<_> = version.split(['-', '+']).next().unwrap_or_default().split('.').collect();
    let kept = parts.iter().take_while(|part| **part == "0").count() + 1;
    parts.into_iter().take(kept).collect::<Vec<_>>().join(".")
}

fn compare(found: &Duplicates, list: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut listed = BTreeSet::new();
    for (number, line) in list.lines().enumerate() {
        if line.trim().is_empty() || line.starts_with('#') {
            continue;
        }
        let (names, reason) = line.split_once(':').unwrap_or((line, ""));
        let mut words = names.split_whitespace();
        let name = words.next().unwrap_or_default();
        let versions: BTreeSet<_> = words.map(str::to_owned).collect();
        listed.insert(name);
        let what = match found.get(name) {
            _ if reason.trim().is_empty() => "a line is `name version version: reason`".to_owned(),
            None => format!("`{name}` has one version by now: remove its line"),
            Some(found) if *found != versions => format!("`{name}` has the versions {}: correct its line", join(found)),
            Some(_) => continue,
        };
        findings.push(Finding::at(DUPLICATES, number + 1, what));
    }
    for (name, versions) in found.iter().filter(|(name, _)| !listed.contains(name.as_str())) {
        let line = format!("{name} {}: <reason>", join(versions));
        let text =
            format!("each crate in several versions has a reason: bring `{name}` to one version, or add `{line}`");
        findings.push(Finding::new(DUPLICATES, text));
    }
    findings
}

fn join(versions: &BTreeSet<String>) -> String {
    versions.iter().map(String::as_str).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_as_far_as_compatibility_goes() {
        for (version, expected) in
            [("1.4.2", "1"), ("0.12.1", "0.12"), ("0.0.3", "0.0.3"), ("2.0.0-rc.1", "2"), ("0.11.1+wasi-0.2", "0.11")]
        {
            assert_eq!(compatible(version), expected);
        }
    }

    #[test]
    fn the_list_against_a_lock_file() {
        let package =
            |name: &str, version: &str| format!("[[package]]\nname = \"{name}\"\nversion = \"{version}\"\n\n");
        let lock =
            package("one", "1.0.0") + &package("two", "1.2.3") + &package("two", "2.0.0") + &package("two", "2.1.0");
        for (list, expected) in [
            ("# Why.\n\ntwo 1 2: a reason\n", None),
            ("", Some("bring `two` to one version, or add `two 1 2: <reason>`")),
            ("two 1 2:\n", Some("a line is `name version version: reason`")),
            ("two 1 2\n", Some("a line is `name version version: reason`")),
            ("two 1 3: a reason\n", Some("`two` has the versions 1 2")),
            ("two 1 2: a reason\none 1 2: gone\n", Some("`one` has one version by now")),
        ] {
            let found = compare(&duplicates(&lock), list);
            match expected {
                None => assert_eq!(found, [], "{list}"),
                Some(text) => assert!(found.len() == 1 && found[0].text.contains(text), "{list}: {found:?}"),
            }
        }
    }
}
