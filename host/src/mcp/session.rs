//! What is known of one client of the older era beyond its requests: the level of messages that it wants, what it is
//! subscribed to, and that it is still there. A request of the stateless era has one that is used for nothing.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rmcp::model::LoggingLevel;
use rmcp::service::{RequestContext, RoleServer};
use tokio::sync::broadcast::Receiver;
use tokio_util::sync::{CancellationToken, DropGuard};

use super::client::is_stateless;
use super::events::rank;
use super::watch::Watching;
use crate::surface::Change;

/// Most resources that one session may be subscribed to.
pub(super) const SUBSCRIPTIONS: usize = 256;

/// How long a stream may take from being accepted to being opened: what was kept for one that never was is let go.
const OPENING_TIME: Duration = Duration::from_secs(10);

/// The session of one client. Dropped when the client is gone.
pub(super) struct Session {
    /// The rank of the least important level.
    level: AtomicU8,
    subscribed: Mutex<BTreeMap<String, Option<Watching>>>,
    /// For streams that are about to be opened, and since when.
    expected: Mutex<VecDeque<(Instant, Receiver<Change>)>>,
    /// Whether a handshake began it. One of the stateless era has none.
    has_begun: AtomicBool,
    ended: CancellationToken,
    _end: DropGuard,
}

impl Default for Session {
    fn default() -> Self {
        let ended = CancellationToken::new();
        // Clients that never say which messages they want get those that are for people.
        let level = AtomicU8::new(rank(LoggingLevel::Info));
        Self {
            level,
            subscribed: Mutex::default(),
            expected: Mutex::default(),
            has_begun: AtomicBool::new(false),
            _end: ended.clone().drop_guard(),
            ended,
        }
    }
}

impl Session {
    /// A handshake was made.
    pub(super) fn begin(&self) {
        self.has_begun.store(true, Ordering::Relaxed);
    }

    pub(super) fn has_begun(&self) -> bool {
        self.has_begun.load(Ordering::Relaxed)
    }

    /// The least important level of messages that go to the client with this request; none for no messages.
    pub(super) fn level(&self, context: &RequestContext<RoleServer>) -> Option<LoggingLevel> {
        if is_stateless(context) {
            return context.meta.log_level();
        }
        let least = self.level.load(Ordering::Relaxed);
        LEVELS.into_iter().find(|level| rank(*level) == least)
    }

    pub(super) fn set_level(&self, level: LoggingLevel) {
        self.level.store(rank(level), Ordering::Relaxed);
    }

    /// Remembers that the client wants to hear of this resource; false beyond the bound.
    pub(super) fn subscribe(&self, uri: String, watching: Option<Watching>) -> bool {
        let mut subscribed = self.subscribed.lock().unwrap_or_else(PoisonError::into_inner);
        let fits = subscribed.len() < SUBSCRIPTIONS || subscribed.contains_key(&uri);
        if fits {
            subscribed.insert(uri, watching);
        }
        fits
    }

    pub(super) fn unsubscribe(&self, uri: &str) {
        self.subscribed.lock().unwrap_or_else(PoisonError::into_inner).remove(uri);
    }

    pub(super) fn is_subscribed(&self, uri: &str) -> bool {
        self.subscribed.lock().unwrap_or_else(PoisonError::into_inner).contains_key(uri)
    }

    /// Hears of changes for a stream that is about to be opened.
    pub(super) fn expect_changes(&self, changes: Receiver<Change>) {
        let mut expected = self.expected.lock().unwrap_or_else(PoisonError::into_inner);
        expected.retain(|(since, _)| since.elapsed() < OPENING_TIME);
        expected.push_back((Instant::now(), changes));
    }

    /// What was heard for the stream that is opened now.
    pub(super) fn expected_changes(&self) -> Option<Receiver<Change>> {
        let mut expected = self.expected.lock().unwrap_or_else(PoisonError::into_inner);
        expected.retain(|(since, _)| since.elapsed() < OPENING_TIME);
        expected.pop_front().map(|(_, changes)| changes)
    }

    /// Cancelled when the client is gone.
    pub(super) fn ended(self: &Arc<Self>) -> CancellationToken {
        self.ended.clone()
    }
}

const LEVELS: [LoggingLevel; 8] = [
    LoggingLevel::Debug,
    LoggingLevel::Info,
    LoggingLevel::Notice,
    LoggingLevel::Warning,
    LoggingLevel::Error,
    LoggingLevel::Critical,
    LoggingLevel::Alert,
    LoggingLevel::Emergency,
];
