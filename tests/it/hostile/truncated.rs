//! The first half of a component, with all of its size in its header's fields.

use std::fs;

use wharf_tests::{Part, find};

use super::attack::Attack;

#[test]
fn truncated() {
    let Some(whole) = find(Part::Guest("echo")) else {
        return;
    };
    let whole = fs::read(whole).unwrap();
    Attack::with_bytes(&whole[..whole.len() / 2]).must_be_refused(&["is not a WebAssembly component", "copied whole"]);
}
