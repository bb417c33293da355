//! What is worked out once for each snapshot of the surface, rather than for each request.

use std::collections::HashSet;
use std::sync::{Arc, OnceLock, Weak};

use arc_swap::ArcSwap;
use hyper::body::Bytes;
use rmcp::model::ServerResult;
use serde_json::Value;

use super::super::list::{self, Pages};
use super::answer;
use crate::surface::Surface;

/// The key of a schema that makes clients send an argument as a header too.
const HEADER_KEY: &str = "x-mcp-header";

/// Keeps what was prepared for the newest snapshots: one for all callers, and one for each that sees less than all.
#[derive(Default)]
pub(super) struct Snapshots(ArcSwap<Vec<Arc<Prepared>>>);

/// Snapshots for which something is kept. Beyond it, the oldest is prepared anew when it is needed.
const KEPT: usize = 64;

/// What is known of one snapshot.
pub(super) struct Prepared {
    /// Doesn't hold the snapshot, whose plugins are to go when the last call to them ends; only its address is
    /// compared, which nothing else gets as long as this is here.
    of: Weak<Surface>,
    /// The answer to `tools/list`, from its result on, once somebody has asked for it: who only calls tools needs none.
    list: OnceLock<Option<Bytes>>,
    /// Tools some of whose arguments travel as headers.
    with_headers: HashSet<String>,
}

impl Snapshots {
    /// What is known of this snapshot. The first who asks works it out; two who ask at once do so twice, to the same
    /// end.
    pub(super) fn of(&self, surface: &Arc<Surface>) -> Arc<Prepared> {
        if let Some(prepared) = self.0.load().iter().find(|prepared| prepared.is_of(surface)) {
            return Arc::clone(prepared);
        }
        let prepared = Arc::new(Prepared::new(surface));
        self.0.rcu(|kept| {
            // Snapshots that were replaced go as soon as nobody holds them.
            let others = kept.iter().filter(|prepared| prepared.of.strong_count() > 0 && !prepared.is_of(surface));
            let others: Vec<_> = others.cloned().collect();
            let newest = others.iter().skip(others.len().saturating_sub(KEPT - 1));
            newest.chain([&prepared]).cloned().collect::<Vec<_>>()
        });
        prepared
    }
}

impl Prepared {
    fn new(surface: &Arc<Surface>) -> Self {
        let described = surface.tools().iter().filter_map(|tool| Some((tool, tool.described()?)));
        let with_headers = described.filter(|(_, described)| described.input.document.iter().any(names_header));
        let with_headers = with_headers.map(|(tool, _)| tool.name.clone()).collect();
        Self { of: Arc::downgrade(surface), list: OnceLock::new(), with_headers }
    }

    /// The answer to `tools/list`. None if it can't be written.
    pub(super) fn list(&self, surface: &Surface, page_items: usize) -> Option<&Bytes> {
        let write = || {
            let pages = Pages { surface, size: page_items };
            answer::list_bytes(&ServerResult::ListToolsResult(list::tools(pages, None).ok()?))
        };
        self.list.get_or_init(write).as_ref()
    }

    fn is_of(&self, surface: &Arc<Surface>) -> bool {
        std::ptr::eq(self.of.as_ptr(), Arc::as_ptr(surface))
    }

    /// Whether some of the tool's arguments travel as headers, which rmcp compares with the body.
    pub(super) fn has_headers(&self, tool: &str) -> bool {
        self.with_headers.contains(tool)
    }
}

/// Whether the key is somewhere in a schema. It may stand there as mere data: then rmcp finds nothing to compare.
fn names_header((key, value): (&String, &Value)) -> bool {
    key == HEADER_KEY
        || match value {
            Value::Object(fields) => fields.iter().any(names_header),
            Value::Array(items) => items.iter().filter_map(Value::as_object).flatten().any(names_header),
            _ => false,
        }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_header_is_found_wherever_it_is() {
        let cases = [
            (json!({ "properties": { "a": { "type": "string", "x-mcp-header": "A" } } }), true),
            (json!({ "properties": { "a": { "properties": { "b": { "x-mcp-header": "B" } } } } }), true),
            (json!({ "anyOf": [{ "properties": { "a": { "x-mcp-header": "A" } } }] }), true),
            (json!({ "properties": { "a": { "description": "x-mcp-header" } } }), false),
            (json!({}), false),
        ];
        for (schema, found) in cases {
            assert_eq!(schema.as_object().unwrap().iter().any(names_header), found, "{schema}");
        }
    }

    #[test]
    fn each_snapshot_is_prepared_once() {
        let (first, second) = (Arc::new(Surface::default()), Arc::new(Surface::default()));
        let snapshots = Snapshots::default();
        let prepared = snapshots.of(&first);
        assert!(Arc::ptr_eq(&prepared, &snapshots.of(&first)));
        let other = snapshots.of(&second);
        assert!(!Arc::ptr_eq(&prepared, &other));
        assert!(Arc::ptr_eq(&prepared, &snapshots.of(&first)), "both are kept");
        assert!(Arc::ptr_eq(&other, &snapshots.of(&second)));
        assert_eq!(Arc::strong_count(&first), 1, "the snapshot isn't held");
    }
}
