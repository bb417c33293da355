//! What no tracked text contains: paths of somebody's machine, and host names of package registries.

use anyhow::Result;

use super::{Finding, MACHINE_FOLDERS, REGISTRIES, Tree};

/// Reads every file. Cargo's lock files name their registry by an address that Cargo prescribes.
pub(super) fn check(tree: &Tree) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for path in tree.paths.iter().filter(|path| !path.ends_with("Cargo.lock")) {
        for (number, line) in tree.read(path)?.lines().enumerate() {
            findings.extend(check_line(line).map(|text| Finding::at(path, number + 1, text)));
        }
    }
    Ok(findings)
}

fn check_line(line: &str) -> Option<String> {
    if let Some(folder) = MACHINE_FOLDERS.iter().find(|folder| has_path(line, folder)) {
        return Some(format!(
            "no path that exists on one machine only: `/{folder}`; write a relative one, or `/path/to`"
        ));
    }
    let name = REGISTRIES.iter().map(|parts| parts.join(".")).find(|name| line.contains(name))?;
    Some(format!("no host name of a package registry, since a mirror serves as well: `{name}`"))
}

/// Whether an absolute path in `folder` stands here, as opposed to a piece of another path or of an address.
fn has_path(line: &str, folder: &str) -> bool {
    let path = format!("/{folder}");
    line.match_indices(&path).any(|(at, _)| {
        let before = line.get(..at).and_then(|text| text.chars().next_back());
        let after = line.get(at + path.len()..).and_then(|text| text.chars().next());
        let begins = before.is_none_or(|it| it.is_whitespace() || "\"'`(=:[,<".contains(it));
        let ends = after.is_none_or(|it| !it.is_alphanumeric() && it != '_' && it != '-');
        begins && ends
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_of_a_machine() {
        for (line, expected) in [
            ("cd /{}/somewhere", true),
            ("path = \"/{}\"", true),
            ("/{}", true),
            ("cd ./{}/somewhere", false),
            ("https://example.org/{}/x", false),
            ("/{}s", false),
            ("/srv/{}/x", false),
        ] {
            for folder in MACHINE_FOLDERS {
                let line = line.replace("{}", folder);
                assert_eq!(check_line(&line).is_some(), expected, "{line}");
            }
        }
    }

    #[test]
    fn host_names_of_registries() {
        for parts in REGISTRIES {
            assert!(check_line(&format!("see https://index.{}/x", parts.join("."))).is_some(), "{parts:?}");
            assert!(check_line(&parts.join("-")).is_none(), "{parts:?}");
        }
    }
}
