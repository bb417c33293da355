//! What each open connection is doing, and how long it may: the one who looks is a task of its own, so that a request
//! costs a store or two and no timer.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Waker;
use std::time::{Duration, Instant, SystemTime};

use arc_swap::{ArcSwap, Guard};
use futures::task::AtomicWaker;
use tokio::sync::Notify;
use tokio::time::MissedTickBehavior;

/// How often somebody looks, and so how exact the times below are.
const LOOK: Duration = Duration::from_secs(1);

/// Seconds between two requests. Clients close what they don't need earlier, most after 5 to 90 seconds; a server that
/// closes first makes them lose the request that they are just sending.
const IDLE: u32 = 120;

/// Seconds between two requests while most places are taken.
const IDLE_IN_A_CROWD: u32 = 10;

/// Seconds from the first byte of a request to the end of its head, or of all of it where it is small: clients send that
/// in one piece or two.
const HEAD: u32 = 10;

/// Seconds in which a client takes nothing at all of what is being written to it.
const STALLED: u32 = 60;

/// Seconds in which a client that was refused may take note of that and close its end.
const CLOSING: u32 = 5;

/// What a connection is doing, in the lowest bits of [`Watch::doing`]. The seconds since when stand above them.
const PHASES: u32 = 2;
const PHASE_IDLE: u32 = 0;
const PHASE_HEAD: u32 = 1;
const PHASE_SERVING: u32 = 2;
const PHASE_CLOSING: u32 = 3;

/// The open connections.
pub(super) struct Connections {
    most: usize,
    open: Mutex<Open>,
    clock: Arc<Clock>,
    left: Notify,
}

#[derive(Default)]
struct Open {
    next: u64,
    watches: HashMap<u64, Arc<Watch>>,
    /// Whether somebody was refused since it was said last.
    is_full: bool,
}

struct Clock {
    /// Since the server began, from 1.
    second: AtomicU32,
    /// As HTTP writes it.
    date: ArcSwap<String>,
    is_stopping: AtomicBool,
}

/// One connection, as seen from outside.
pub(super) struct Watch {
    clock: Arc<Clock>,
    doing: AtomicU32,
    /// Since which second the client takes nothing; 0 while it does.
    stalled: AtomicU32,
    has_unread: AtomicBool,
    is_cut: AtomicBool,
    task: AtomicWaker,
}

/// A place among the open connections. It is free again when this is dropped.
pub(super) struct Place {
    connections: Arc<Connections>,
    id: u64,
    pub(super) watch: Arc<Watch>,
}

/// A request that is being served, until this is dropped.
pub(super) struct Serving(Arc<Watch>);

impl Connections {
    /// Room for so many.
    pub(super) fn new(most: usize) -> Arc<Self> {
        let clock = Clock {
            second: AtomicU32::new(1),
            date: ArcSwap::from_pointee(date()),
            is_stopping: AtomicBool::new(false),
        };
        Arc::new(Self { most, open: Mutex::default(), clock: clock.into(), left: Notify::new() })
    }

    /// Takes a place; none when all are taken.
    pub(super) fn enter(self: &Arc<Self>) -> Option<Place> {
        let watch = Arc::new(Watch::new(Arc::clone(&self.clock)));
        let mut open = self.lock();
        if open.watches.len() >= self.most {
            if !open.is_full {
                tracing::warn!("all {} connections are taken: others are refused", self.most);
            }
            open.is_full = true;
            return None;
        }
        open.next += 1;
        let id = open.next;
        open.watches.insert(id, Arc::clone(&watch));
        Some(Place { connections: Arc::clone(self), id, watch })
    }

    /// Ends those that take too long, for ever.
    pub(super) async fn look_after(&self) {
        let began = Instant::now();
        let mut looks = tokio::time::interval(LOOK);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            looks.tick().await;
            let second = u32::try_from(began.elapsed().as_secs()).unwrap_or(u32::MAX).saturating_add(1);
            self.clock.second.store(second, Ordering::Relaxed);
            self.clock.date.store(Arc::new(date()));
            let mut open = self.lock();
            let is_crowded = open.watches.len() > self.most / 4 * 3;
            open.is_full &= is_crowded;
            open.watches.values().filter(|watch| watch.is_overdue(is_crowded)).for_each(|watch| watch.cut());
        }
    }

    /// Lets each end with the request that it is serving, and those that serve none at once.
    pub(super) fn stop(&self) {
        self.clock.is_stopping.store(true, Ordering::Release);
        self.lock().watches.values().for_each(|watch| watch.task.wake());
    }

    /// Ends all that are left; how many those are.
    pub(super) fn cut(&self) -> usize {
        let open = self.lock();
        open.watches.values().for_each(|watch| watch.cut());
        open.watches.len()
    }

    /// Returns when none is open.
    pub(super) async fn all_left(&self) {
        loop {
            let left = self.left.notified();
            if self.lock().watches.is_empty() {
                return;
            }
            left.await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = self.connections.lock();
        open.watches.remove(&self.id);
        if open.watches.is_empty() {
            self.connections.left.notify_one();
        }
    }
}

impl Watch {
    fn new(clock: Arc<Clock>) -> Self {
        let watch = Self {
            clock,
            doing: AtomicU32::new(0),
            stalled: AtomicU32::new(0),
            has_unread: AtomicBool::new(false),
            is_cut: AtomicBool::new(false),
            task: AtomicWaker::new(),
        };
        watch.begin(PHASE_IDLE);
        watch
    }

    /// Names the task to wake when the connection is to end.
    pub(super) fn is_driven_by(&self, task: &Waker) {
        self.task.register(task);
    }

    /// Whether the connection is to end now.
    pub(super) fn is_cut(&self) -> bool {
        self.is_cut.load(Ordering::Acquire)
    }

    /// Whether the connection is to take no further request.
    pub(super) fn is_stopping(&self) -> bool {
        self.clock.is_stopping.load(Ordering::Acquire)
    }

    /// Whether nothing is going on: the last request is answered, and the next one hasn't begun.
    pub(super) fn is_at_rest(&self) -> bool {
        self.phase() == PHASE_IDLE
            && self.stalled.load(Ordering::Relaxed) == 0
            && !self.has_unread.load(Ordering::Relaxed)
            && !self.is_stopping()
    }

    /// Today, now, as HTTP writes it: exact to the second, or nearly.
    pub(super) fn date(&self) -> Guard<Arc<String>> {
        self.clock.date.load()
    }

    /// The client has sent something.
    pub(super) fn heard(&self) {
        if self.phase() == PHASE_IDLE {
            self.begin(PHASE_HEAD);
        }
    }

    /// A request has come.
    pub(super) fn serve(self: &Arc<Self>) -> Serving {
        self.begin(PHASE_SERVING);
        Serving(Arc::clone(self))
    }

    /// The client took something of what is written to it, or nothing.
    pub(super) fn wrote(&self, nothing: bool) {
        let was_stalled = self.stalled.load(Ordering::Relaxed) != 0;
        if was_stalled != nothing {
            self.stalled.store(if nothing { self.clock.now() } else { 0 }, Ordering::Relaxed);
        }
    }

    /// A request was answered before all of it was read.
    pub(super) fn leave_unread(&self) {
        self.has_unread.store(true, Ordering::Relaxed);
    }

    /// The last answer is written. Whether the client may still be sending: then what it sends has to be read, or it
    /// would learn of a broken connection before it reads the answer.
    pub(super) fn close(&self) -> bool {
        let may_send = self.has_unread.load(Ordering::Relaxed) || self.phase() == PHASE_HEAD;
        self.begin(PHASE_CLOSING);
        may_send && !self.is_stopping()
    }

    fn cut(&self) {
        self.is_cut.store(true, Ordering::Release);
        self.task.wake();
    }

    fn phase(&self) -> u32 {
        self.doing.load(Ordering::Relaxed) & ((1 << PHASES) - 1)
    }

    fn begin(&self, phase: u32) {
        self.doing.store((self.clock.now() << PHASES) | phase, Ordering::Relaxed);
    }

    fn is_overdue(&self, is_crowded: bool) -> bool {
        let now = self.clock.now();
        let since = self.doing.load(Ordering::Relaxed) >> PHASES;
        let stalled = self.stalled.load(Ordering::Relaxed);
        let may_last = match self.phase() {
            PHASE_IDLE if is_crowded => IDLE_IN_A_CROWD,
            PHASE_IDLE => IDLE,
            PHASE_HEAD => HEAD,
            PHASE_CLOSING => CLOSING,
            // Its body has a bound of its own, and so has its call.
            _ => u32::MAX,
        };
        now.saturating_sub(since) > may_last || (stalled != 0 && now.saturating_sub(stalled) > STALLED)
    }
}

fn date() -> String {
    httpdate::fmt_http_date(SystemTime::now())
}

impl Clock {
    fn now(&self) -> u32 {
        self.second.load(Ordering::Relaxed)
    }
}

impl Serving {
    /// The connection that it came over.
    pub(super) fn watch(&self) -> &Watch {
        &self.0
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        self.0.begin(PHASE_IDLE);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(connections: &Connections, second: u32) {
        connections.clock.second.store(second, Ordering::Relaxed);
    }

    #[test]
    fn places_are_bounded_and_come_back() {
        let connections = Connections::new(2);
        let first = connections.enter().unwrap();
        let _second = connections.enter().unwrap();
        assert!(connections.enter().is_none());
        drop(first);
        assert!(connections.enter().is_some());
    }

    #[test]
    fn each_phase_has_its_time() {
        let connections = Connections::new(2);
        let place = connections.enter().unwrap();
        let watch = &place.watch;
        let overdue_after = |seconds: u32, is_crowded| {
            at(&connections, 1 + seconds);
            let overdue = watch.is_overdue(is_crowded);
            at(&connections, 1);
            overdue
        };
        assert!(!overdue_after(IDLE, false) && overdue_after(IDLE + 1, false));
        assert!(!overdue_after(IDLE_IN_A_CROWD, true) && overdue_after(IDLE_IN_A_CROWD + 1, true));
        watch.heard();
        assert!(!overdue_after(HEAD, false) && overdue_after(HEAD + 1, false));
        let serving = watch.serve();
        watch.heard();
        assert!(!overdue_after(1_000_000, true));
        watch.wrote(true);
        assert!(!overdue_after(STALLED, false) && overdue_after(STALLED + 1, false));
        watch.wrote(false);
        assert!(!overdue_after(1_000_000, true));
        drop(serving);
        assert!(overdue_after(IDLE + 1, false));
        watch.close();
        assert!(!overdue_after(CLOSING, false) && overdue_after(CLOSING + 1, false));
    }

    #[test]
    fn who_may_still_be_sending_is_read_to_the_end() {
        let connections = Connections::new(4);
        let enter = || connections.enter().unwrap();
        let (quiet, begun, unread) = (enter(), enter(), enter());
        begun.watch.heard();
        unread.watch.leave_unread();
        assert_eq!([&quiet, &begun, &unread].map(|place| place.watch.close()), [false, true, true]);
        connections.stop();
        assert!(!unread.watch.close());
    }
}
