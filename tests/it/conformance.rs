//! The protocol's own conformance suite, against the guest that offers what it asks for. Nothing may fail, what the
//! suite doesn't score included, and there is no list of expected failures. `cargo xtask conformance` runs this alone.

use std::io::{Write as _, stderr};

use wharf_tests::{Part, Suite, TestHost, find};

/// The newest revision of each era.
const REVISIONS: [&str; 2] = ["2026-07-28", "2025-11-25"];

/// The suite calls tools by their bare names.
const CONFIG: &str = r#"
[endpoints.default]
prefix = "never"
"#;

#[test]
fn the_suite_finds_no_fault() {
    let program = find(Part::NodeModule("@modelcontextprotocol/conformance/dist/index.js"));
    let (Some(node), Some(program), Some(guest)) = (find(Part::Node), program, find(Part::Guest("conformance"))) else {
        return;
    };
    let host = TestHost::new().config(CONFIG).plugin("conformance", guest).http();
    let suite = Suite { node, program };
    let reports = REVISIONS.map(|revision| suite.run(&host.url(), revision));
    for report in &reports {
        // Past the test harness, which would keep it to itself.
        let _ = write!(stderr(), "{report}");
    }
    let faults: Vec<_> = reports.iter().flat_map(wharf_tests::Report::faults).collect();
    assert!(faults.is_empty(), "{} faults\n{}", faults.len(), faults.join("\n"));
}
