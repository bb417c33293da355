//! How one session is used: who reads what of it, and since when nobody does.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use futures::{Stream, StreamExt as _};
use rmcp::transport::streamable_http_server::session::ServerSseMessage;

use super::super::relay::{Reader, Relay};

/// Requests of one session whose answers are kept while nobody reads them. Beyond it the oldest is let go.
const DETACHED: usize = 16;

/// How a session is used.
pub(super) struct Use(Mutex<Used>);

struct Used {
    /// When it was used last.
    last: Instant,
    /// Streams that a client reads. A session with one is in use.
    open: usize,
    relays: VecDeque<Arc<Relay>>,
    requests: u64,
}

/// A stream that a client reads, until this is dropped.
pub(super) struct Open(Arc<Use>);

impl Default for Use {
    fn default() -> Self {
        Self(Mutex::new(Used { last: Instant::now(), open: 0, relays: VecDeque::new(), requests: 0 }))
    }
}

impl Use {
    fn lock(&self) -> MutexGuard<'_, Used> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets go of what nobody can come back for.
    pub(super) fn tidy(&self) {
        self.lock().tidy();
    }

    pub(super) fn touch(&self) {
        self.lock().last = Instant::now();
    }

    /// A client begins to read a stream.
    pub(super) fn open(self: Arc<Self>) -> Open {
        self.lock().open += 1;
        Open(self)
    }

    /// For how long nobody has used it; none while somebody does, or waits for an answer.
    pub(super) fn unused(&self) -> Option<Duration> {
        let used = self.lock();
        let is_used = used.open > 0 || used.relays.iter().any(|relay| relay.is_open());
        (!is_used).then(|| used.last.elapsed())
    }

    /// Reads the answer to a request, which others may read on.
    pub(super) fn relay(
        &self,
        turn_time: Option<Duration>,
        events: impl Stream<Item = ServerSseMessage> + Send + 'static,
    ) -> Reader {
        let mut used = self.lock();
        used.tidy();
        used.requests += 1;
        let relay = Relay::new(used.requests, turn_time, events);
        used.relays.push_back(Arc::clone(&relay));
        relay.read(0)
    }

    /// Reads on behind an event of an answer.
    pub(super) fn read_on(&self, number: u64, seen: u64) -> Option<Reader> {
        let used = self.lock();
        used.relays.iter().find(|relay| relay.number() == number).map(|relay| relay.read(seen))
    }
}

impl Used {
    /// Lets go of what nobody can come back for, and of the oldest of what is too much.
    fn tidy(&mut self) {
        self.relays.retain(|relay| !relay.is_done());
        let detached = self.relays.iter().filter(|relay| relay.is_detached()).count();
        let mut too_many = detached.saturating_sub(DETACHED);
        self.relays.retain(|relay| {
            let goes = too_many > 0 && relay.is_detached();
            if goes {
                too_many -= 1;
                relay.forget();
            }
            !goes
        });
    }
}

impl Open {
    /// The stream, during which the session is in use.
    pub(super) fn during<S: Stream>(self, stream: S) -> impl Stream<Item = S::Item> {
        stream.map(move |event| {
            let _open = &self;
            event
        })
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        let mut used = self.0.lock();
        used.open = used.open.saturating_sub(1);
        used.last = Instant::now();
    }
}

#[cfg(test)]
pub(super) mod tests {
    use futures::stream;

    use super::*;

    pub(in super::super) fn unused_for(seconds: u64) -> Arc<Use> {
        let session = Arc::<Use>::default();
        session.lock().last = Instant::now().checked_sub(Duration::from_secs(seconds)).unwrap();
        session
    }

    #[tokio::test]
    async fn a_stream_is_use_until_it_is_dropped() {
        let session = unused_for(100);
        let stream = Arc::clone(&session).open().during(stream::pending::<()>());
        assert_eq!(session.unused(), None);
        drop(stream);
        assert!(session.unused().is_some());
        // An answer that is still to come is use, too.
        drop(session.relay(None, stream::pending()));
        assert_eq!(session.unused(), None);
    }

    #[tokio::test]
    async fn of_answers_that_nobody_reads_so_many_are_kept() {
        let session = Arc::<Use>::default();
        for _ in 0..3 * DETACHED {
            drop(session.relay(None, stream::pending()));
        }
        let reader = session.relay(None, stream::pending());
        assert_eq!(session.lock().relays.len(), DETACHED + 1);
        let (first, last) = (1, 3 * u64::try_from(DETACHED).unwrap());
        assert!(session.read_on(first, 0).is_none() && session.read_on(last, 0).is_some());
        drop(reader);
    }
}
