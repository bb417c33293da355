//! What is worked out once for each snapshot of the surface, rather than for each request.

use std::sync::{Arc, OnceLock, Weak};

use arc_swap::ArcSwap;
use hyper::body::Bytes;
use rmcp::model::ServerResult;

use super::super::list::{self, Pages};
use super::answer;
use crate::surface::Surface;

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
    /// The answer to `tools/list`, from its result on, once somebody has asked for it.
    list: OnceLock<Option<Bytes>>,
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
        Self { of: Arc::downgrade(surface), list: OnceLock::new() }
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
}

#[cfg(test)]
mod tests {
    use super::*;

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
