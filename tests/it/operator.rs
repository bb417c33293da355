//! The operator's tools at the border: what is granted and why not, which grants are odd or missing, tools that are held to
//! reading, and those that somebody has to agree to.

mod add;
mod approval;
mod learn;
mod policy;
mod read_only;

use std::fs;
use std::path::PathBuf;

use serde_json::{Value, json};
use wharf_tests::{Finished, Origin, Part, TestHost, answer, find};

/// The guest that does what it is told.
fn reach() -> Option<PathBuf> {
    find(Part::Guest("reach"))
}

/// A server that answers everything.
fn site() -> Origin {
    Origin::start(|_, out| out.write_all(&answer(200, &[], "ok")))
}

/// A host with the guest as `r`, and these lines below `[plugins.r]`.
fn host(lines: &str) -> Option<TestHost> {
    Some(TestHost::new().plugin("r", reach()?).config(lines))
}

/// The guest with a request section.
fn asking(requests: &Value) -> Option<Vec<u8>> {
    let request = json!({ "requests": requests }).to_string();
    let host = TestHost::new().file("plugin.wasm", fs::read(reach()?).unwrap()).file("request.json", request);
    let embedded = host.run(["plugin", "embed", "plugin.wasm", "--request", "request.json"]);
    assert_eq!(embedded.code, Some(0), "{embedded:?}");
    Some(fs::read(host.path("plugin.wasm")).unwrap())
}

/// Ends with this code, and says all of this on standard output.
fn says(finished: &Finished, code: i32, parts: &[&str]) {
    assert_eq!(finished.code, Some(code), "{finished:?}");
    for part in parts {
        assert!(finished.stdout.contains(part), "{part}: {}", finished.stdout);
    }
}
