//! The shape of a capability: a folder of the same few files, every time.

use std::collections::BTreeMap;

use super::{CAPABILITY_FILES, Finding, OPTIONAL_CAPABILITY_FILES};

const FOLDER: &str = "host/src/capability/";

/// Tests of all of a capability.
const TESTS: &str = "tests.rs";

/// Looks at the names of the files only.
pub(super) fn check(paths: &[String]) -> Vec<Finding> {
    let mut folders = BTreeMap::<&str, Vec<&str>>::new();
    for (folder, file) in paths.iter().filter_map(|path| path.strip_prefix(FOLDER)?.split_once('/')) {
        folders.entry(folder).or_default().push(file);
    }
    let mut findings = Vec::new();
    for (name, files) in folders {
        let shapes = || CAPABILITY_FILES.iter().chain(OPTIONAL_CAPABILITY_FILES);
        if !files.iter().any(|file| shapes().any(|shape| file == shape)) {
            // What capabilities share has folders too.
            continue;
        }
        let place = format!("{FOLDER}{name}/");
        for missing in CAPABILITY_FILES.iter().filter(|file| !files.contains(file)) {
            findings.push(Finding::new(&place, format!("a capability has {}: {missing} is missing", shape())));
        }
        let within =
            |file: &str| file.split_once('/').map_or_else(|| file.to_owned(), |(folder, _)| format!("{folder}.rs"));
        let is_shape = |file: &str| shapes().any(|shape| *shape == within(file));
        let may_be = |file: &str| is_shape(file) || within(file) == TESTS;
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
        "{} in its folder, and {} where it needs them, each with a folder for its parts",
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
        assert!(
            found(&["decision.rs", "x.rs", "x/grant.rs", "x/host.rs", "x/fake.rs", "x/backend/real.rs"]).is_empty()
        );
        assert!(found(&["shared.rs", "shared/part.rs"]).is_empty());
        for (paths, expected) in [
            (&["x.rs", "x/host.rs"][..], "grant.rs is missing"),
            (&["x.rs", "x/grant.rs", "x/host.rs", "x/util.rs"], "x/util.rs: a capability has grant.rs, host.rs"),
            (&["x.rs", "x/grant.rs", "x/host.rs", "x/util/real.rs"], "x/util/real.rs"),
            (&["x/grant.rs", "x/host.rs"], "capability/x.rs: a capability has a file of its own name"),
        ] {
            let found = found(paths);
            assert!(found.len() == 1 && found[0].contains(expected), "{paths:?}: {found:?}");
        }
    }
}
