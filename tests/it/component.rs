//! Components made from the echo guest's.

use std::fs;

use serde_json::json;
use wharf_tests::TestHost;

/// The component with every occurrence of a text replaced by one of the same length, so that nothing moves.
pub(crate) fn patched(component: &[u8], text: &str, replacement: &str) -> Vec<u8> {
    let (text, replacement) = (text.as_bytes(), replacement.as_bytes());
    assert_eq!(text.len(), replacement.len());
    let mut patched = component.to_vec();
    let places: Vec<usize> = component
        .windows(text.len())
        .enumerate()
        .filter_map(|(place, window)| (window == text).then_some(place))
        .collect();
    assert!(!places.is_empty(), "the text is in the component");
    for place in places {
        patched[place..place + text.len()].copy_from_slice(replacement);
    }
    patched
}

/// The component, which says that it can't do without a directory.
pub(crate) fn needing_files(component: &[u8]) -> Vec<u8> {
    let request = json!({ "requests": [
        { "capability": "files", "reason": "to read the books", "wants": { "at": "/books" } },
    ] });
    let host = TestHost::new().file("plugin.wasm", component).file("request.json", request.to_string());
    let embedded = host.run(["plugin", "embed", "plugin.wasm", "--request", "request.json"]);
    assert_eq!(embedded.code, Some(0), "{embedded:?}");
    fs::read(host.path("plugin.wasm")).unwrap()
}
