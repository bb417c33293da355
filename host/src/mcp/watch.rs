//! Resources that somebody is subscribed to and that change by themselves: read again at the interval that their plugin
//! declares, whoever and however many are subscribed, and made known when the contents differ.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use tokio::time::{MissedTickBehavior, interval};
use tokio_util::task::AbortOnDropHandle;

use crate::plugin::{CallContext, Outcome, Reading, one_line};
use crate::surface::{Change, Published, Target};

/// Most resources that are read again for all subscribers together. Beyond it, only what plugins announce is told.
const WATCHED: usize = 1_000;

/// Reads again what is subscribed to.
pub(super) struct Watches {
    endpoint: Arc<str>,
    published: Arc<Published>,
    watched: Mutex<HashMap<String, Weak<Watch>>>,
}

/// One resource that is read again, as long as somebody holds this.
pub(super) type Watching = Arc<Watch>;

/// See [`Watching`].
pub(super) struct Watch(#[expect(dead_code, reason = "dropping it ends the reading")] AbortOnDropHandle<()>);

impl Watches {
    pub(super) fn new(endpoint: Arc<str>, published: Arc<Published>) -> Self {
        Self { endpoint, published, watched: Mutex::default() }
    }

    /// Reads the resource behind this URI, a client's, again and again. None if it doesn't change by itself, or too many
    /// are watched already.
    pub(super) fn watch(&self, uri: &str) -> Option<Watching> {
        let surface = self.published.current();
        let found = surface.target(uri)?;
        let every = found.poll?;
        let mut watched = self.watched.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(watching) = watched.get(uri).and_then(Weak::upgrade) {
            return Some(watching);
        }
        watched.retain(|_, watch| watch.strong_count() > 0);
        if watched.len() >= WATCHED {
            tracing::warn!("{WATCHED} resources are watched already: one more is not");
            return None;
        }
        let reading = read_again(Arc::clone(&self.endpoint), Arc::clone(&self.published), uri.to_owned(), every);
        let watching = Arc::new(Watch(AbortOnDropHandle::new(tokio::spawn(reading))));
        watched.insert(uri.to_owned(), Arc::downgrade(&watching));
        Some(watching)
    }
}

async fn read_again(endpoint: Arc<str>, published: Arc<Published>, uri: String, every: Duration) {
    let mut ticks = interval(every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut last: Option<Reading> = None;
    loop {
        ticks.tick().await;
        // Looked up each time: the plugin may have been replaced.
        let surface = published.current();
        let Some(found) = surface.target(&uri) else { continue };
        let Some(reading) = read(&endpoint, &found).await else { continue };
        if last.as_ref().is_some_and(|last| last.contents != reading.contents) {
            published.announce(Change::of_resource(uri.clone()));
        }
        last = Some(reading);
    }
}

/// Nobody's request: a plugin that asks or fails is left alone until the next time.
async fn read(endpoint: &Arc<str>, target: &Target<'_>) -> Option<Reading> {
    let plugin = target.plugin;
    let context = CallContext { endpoint: Arc::clone(endpoint), ..CallContext::default() };
    match plugin.begin(context).read(&target.uri, target.listed, None).await {
        Ok(Outcome::Done(reading)) => Some(reading),
        Ok(_) => None,
        Err(error) => {
            let why = one_line(&error.to_string());
            tracing::debug!(plugin = plugin.id(), "a resource that is subscribed to could not be read: {why}");
            None
        }
    }
}
