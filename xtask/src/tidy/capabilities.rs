//! The shape of a capability: a folder of the same few files, every time.

use std::collections::BTreeMap;

use super::{CAPABILITY_FILES, Finding, OPTIONAL_CAPABILITY_FILES};

const FOLDER: &str = "host/src/capability/";

/// Looks at the names of the files only.
pub(super) fn check(paths: &[String]) -> Vec<Finding> {
    let mut folders = BTreeMap::<&str, Vec<&str>>::new();
    for (folder, file) in paths.iter().filter_map(|path| path.strip_prefix(FOLDER)?.split_once('/')) {
        folders.entry(folder).or_default().push(file);
    }
    let mut findings = Vec::new();
    for (name, files) in folders {
        let place = format!("{FOLDER}{name}/");
        for missing in CAPABILITY_FILES.iter().filter(|file| !files.contains(file)) {
            findings.push(Finding::new(&place, format!("a capability has {}: {missing} is missing", shape())));
        }
        let may_be = |file: &str| CAPABILITY_FILES.contains(&file) || OPTIONAL_CAPABILITY_FILES.contains(&file);
        for other in files.into_iter().filter(|file| !may_be(file)) {
            findings.push(Finding::new(
                format!("{place}{other}"),
                format!("a capability has {}, and nothing else", shape()),
            ));
        }
        let module = format!("{FOLDER}{name}.rs");
        if !paths.contains(&module) {
            let why = "its module doc says what it gives, what it never gives, and what the operator writes";
            findings.push(Finding::new(
                module,
                format!("a capability has a file of its own name beside the folder: {why}"),
            ));
        }
    }
    findings
}

fn shape() -> String {
    format!(
        "{} in its folder, and {} where it needs them",
        CAPABILITY_FILES.join(", "),
        OPTIONAL_CAPABILITY_FILES.join(", ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_against_the_shape() {
        let found = |paths: &[&str]| {
            let paths: Vec<_> = paths.iter().map(|path| format!("{FOLDER}{path}")).collect();
            check(&paths).into_iter().map(|finding| finding.to_string()).collect::<Vec<_>>()
        };
        assert!(found(&["decision.rs", "x.rs", "x/grant.rs", "x/host.rs", "x/fake.rs"]).is_empty());
        for (paths, expected) in [
            (&["x.rs", "x/host.rs"][..], "grant.rs is missing"),
            (&["x.rs", "x/grant.rs", "x/host.rs", "x/util.rs"], "x/util.rs: a capability has grant.rs, host.rs"),
            (&["x.rs", "x/grant.rs", "x/host.rs", "x/backend/real.rs"], "x/backend/real.rs"),
            (&["x/grant.rs", "x/host.rs"], "capability/x.rs: a capability has a file of its own name"),
        ] {
            let found = found(paths);
            assert!(found.len() == 1 && found[0].contains(expected), "{paths:?}: {found:?}");
        }
    }
}
