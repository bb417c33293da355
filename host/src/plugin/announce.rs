//! What guests say has changed, kept until the host looks into it: outside of the call that said so.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Notify;

use super::bindings::context::ListKind;
use super::limits;

/// What one plugin says has changed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Announced {
    /// Its list of tools.
    pub tools: bool,
    /// Its lists of resources and of templates.
    pub resources: bool,
    /// Its list of prompts.
    pub prompts: bool,
    /// What is behind these URIs, its own.
    pub updated: BTreeSet<String>,
}

impl Announced {
    /// Whether some list has changed.
    #[must_use]
    pub const fn is_of_lists(&self) -> bool {
        self.tools || self.resources || self.prompts
    }

    pub(super) const fn list(&mut self, kind: ListKind) {
        match kind {
            ListKind::Tools => self.tools = true,
            ListKind::Resources => self.resources = true,
            ListKind::Prompts => self.prompts = true,
        }
    }

    /// Whether the URI was taken: there are bounds.
    pub(super) fn resource(&mut self, uri: String) -> bool {
        let fits = uri.len() <= limits::URI_BYTES && self.updated.len() < limits::UPDATES;
        if fits {
            self.updated.insert(uri);
        }
        fits
    }

    fn is_nothing(&self) -> bool {
        !self.is_of_lists() && self.updated.is_empty()
    }

    fn merge(&mut self, newer: Self) {
        self.tools |= newer.tools;
        self.resources |= newer.resources;
        self.prompts |= newer.prompts;
        for uri in newer.updated {
            self.resource(uri);
        }
    }
}

/// What all plugins have announced and nobody has looked into yet: at most one entry for each.
#[derive(Default)]
pub(super) struct Announcements {
    waiting: Mutex<BTreeMap<Arc<str>, Announced>>,
    added: Notify,
}

impl Announcements {
    pub(super) fn add(&self, plugin: &Arc<str>, announced: Announced) {
        if announced.is_nothing() {
            return;
        }
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.entry(Arc::clone(plugin)).or_default().merge(announced);
        drop(waiting);
        self.added.notify_one();
    }

    /// Waits until there is something, and takes all of it. For one taker.
    pub(super) async fn take(&self) -> BTreeMap<Arc<str>, Announced> {
        loop {
            let waiting = std::mem::take(&mut *self.waiting.lock().unwrap_or_else(PoisonError::into_inner));
            if !waiting.is_empty() {
                return waiting;
            }
            self.added.notified().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt as _;

    use super::*;

    #[tokio::test]
    async fn what_is_announced_is_gathered_once_and_within_bounds() {
        let announcements = Announcements::default();
        assert!(announcements.take().now_or_never().is_none());
        let plugin: Arc<str> = Arc::from("a");
        for number in 0..2 * limits::UPDATES {
            let mut announced = Announced::default();
            announced.list(ListKind::Prompts);
            announced.resource(format!("a:{number}"));
            announcements.add(&plugin, announced);
        }
        let taken = announcements.take().await;
        let announced = &taken[&plugin];
        assert_eq!((announced.tools, announced.prompts, announced.updated.len()), (false, true, limits::UPDATES));
        assert!(announcements.take().now_or_never().is_none());
    }

    #[test]
    fn a_giant_uri_is_not_kept() {
        assert!(!Announced::default().resource("x".repeat(limits::URI_BYTES + 1)));
    }
}
