//! A host that several tests use at the same time, where none of them changes it.

use std::sync::{Arc, Mutex, Weak};

use crate::HttpHost;

/// Holds the host only as long as a test does: what a static owns would never be dropped, and its process would stay.
#[derive(Default)]
pub struct Shared(Mutex<Weak<HttpHost>>);

impl Shared {
    /// Nothing is started yet.
    #[must_use]
    pub const fn new() -> Self {
        Self(Mutex::new(Weak::new()))
    }

    /// The host that runs, or a new one.
    ///
    /// # Panics
    /// When starting it panicked before.
    #[must_use]
    pub fn get(&self, start: impl FnOnce() -> HttpHost) -> Arc<HttpHost> {
        let mut running = self.0.lock().unwrap();
        running.upgrade().unwrap_or_else(|| {
            let host = Arc::new(start());
            *running = Arc::downgrade(&host);
            host
        })
    }
}
