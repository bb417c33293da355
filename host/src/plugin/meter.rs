//! CPU time of one call: thread CPU time around each poll of its future, summed. Epochs count wall-clock time, so on a
//! busy machine they would bill a guest for others.

use std::cell::Cell;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};

/// What a call has used. Written by whoever polls the call, read from within it; one thread at a time.
#[derive(Debug, Default)]
pub(super) struct Meter {
    /// Nanoseconds of the polls that have ended.
    settled: AtomicU64,
    /// The clocks at the beginning of the poll in progress.
    begun: Mutex<Option<Clocks>>,
    /// The most linear memory so far, in bytes.
    memory: AtomicUsize,
}

impl Meter {
    fn begin(&self) -> Instant {
        let now = Instant::now();
        *self.begun.lock().unwrap_or_else(PoisonError::into_inner) = Some(Clocks::at(now));
        now
    }

    fn end(&self, begun: Instant) {
        let elapsed = begun.elapsed();
        let used = if elapsed < SHORT_POLL { nanoseconds(elapsed) } else { self.in_progress() };
        self.settled.fetch_add(used, Ordering::Relaxed);
    }

    fn in_progress(&self) -> u64 {
        let begun = *self.begun.lock().unwrap_or_else(PoisonError::into_inner);
        begun.map_or(0, Clocks::used)
    }

    /// CPU time so far. Called from within a poll, on its thread.
    pub(super) fn now(&self) -> Duration {
        Duration::from_nanos(self.settled.load(Ordering::Relaxed).saturating_add(self.in_progress()))
    }

    /// Notes that the instance has this much linear memory now.
    pub(super) fn has_memory(&self, bytes: usize) {
        self.memory.fetch_max(bytes, Ordering::Relaxed);
    }

    /// The most linear memory so far, in bytes.
    pub(super) fn memory_bytes(&self) -> usize {
        self.memory.load(Ordering::Relaxed)
    }

    /// CPU time of the polls that have ended.
    pub(super) fn settled(&self) -> Duration {
        Duration::from_nanos(self.settled.load(Ordering::Relaxed))
    }
}

/// A poll that took less time by the clock than this is billed with that time: it can't have used more, and the thread's
/// own clock costs a call into the kernel, which is a part of what a short call costs.
const SHORT_POLL: Duration = Duration::from_micros(50);

/// For how long a reading of the thread's clock serves the polls that begin after it: busy threads begin one every few
/// microseconds. What the thread did meanwhile for others may be billed to a poll that waits for a processor, and never more
/// than the poll took by the clock on the wall: little beside what a call may use before it counts as heavy.
const FRESH: Duration = Duration::from_micros(200);

thread_local! {
    /// The newest reading of both clocks on this thread.
    static READING: Cell<Option<Clocks>> = const { Cell::new(None) };
}

/// When something began: by the clock on the wall, and by the thread's own clock, in nanoseconds.
#[derive(Debug, Clone, Copy)]
struct Clocks {
    wall: Instant,
    thread: u64,
}

impl Clocks {
    /// Reads the thread's clock only if that hasn't been done for a while.
    fn at(now: Instant) -> Self {
        let fresh = READING.get().filter(|reading| now.duration_since(reading.wall) < FRESH);
        let thread = fresh.map_or_else(|| Self::read(now).thread, |reading| reading.thread);
        Self { wall: now, thread }
    }

    fn read(now: Instant) -> Self {
        let reading = Self { wall: now, thread: thread_nanoseconds() };
        READING.set(Some(reading));
        reading
    }

    /// What the thread has used since.
    fn used(self) -> u64 {
        let now = Self::read(Instant::now());
        let elapsed = nanoseconds(now.wall.duration_since(self.wall));
        now.thread.saturating_sub(self.thread).min(elapsed)
    }
}

fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

fn thread_nanoseconds() -> u64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    let (seconds, nanoseconds) = (time.tv_sec.cast_unsigned(), u64::try_from(time.tv_nsec).unwrap_or_default());
    seconds.saturating_mul(1_000_000_000).saturating_add(nanoseconds)
}

/// A future whose polls are metered, and that gives itself up once it has used more than its allowance: then whoever
/// drives it may go on with it elsewhere.
pub(super) struct Metered<F> {
    work: Option<Pin<Box<F>>>,
    meter: Arc<Meter>,
    allowance: Duration,
}

/// What became of a metered future.
pub(super) enum Progress<F: Future> {
    /// It is done.
    Done(F::Output),
    /// It has used up its allowance, and isn't done.
    Heavy(Pin<Box<F>>),
}

impl<F: Future> Metered<F> {
    pub(super) fn new(work: Pin<Box<F>>, meter: Arc<Meter>, allowance: Duration) -> Self {
        Self { work: Some(work), meter, allowance }
    }
}

impl<F: Future> Future for Metered<F> {
    type Output = Progress<F>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let Self { work, meter, allowance } = &mut *self;
        let Some(running) = work.as_mut() else { return Poll::Pending };
        let begun = meter.begin();
        let polled = running.as_mut().poll(context);
        meter.end(begun);
        match polled {
            Poll::Ready(output) => {
                *work = None;
                Poll::Ready(Progress::Done(output))
            }
            Poll::Pending if meter.settled() > *allowance => match work.take() {
                Some(heavy) => Poll::Ready(Progress::Heavy(heavy)),
                None => Poll::Pending,
            },
            Poll::Pending => Poll::Pending,
        }
    }
}
