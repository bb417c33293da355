//! The clock that makes guests yield.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::{io, thread};

use wasmtime::Engine;

use super::limits::TICK;

/// Ticks without work after which the clock falls asleep. Waking it costs a call several microseconds, so it stays awake
/// between the calls of a busy client.
const IDLE_TICKS: u32 = 10;

/// Moves the epoch on, from a thread of its own: a guest that spins may hold every thread of the runtime, and with
/// them its timers. Sleeps while nothing runs; ends when it is dropped.
pub(super) struct Ticker(Arc<Clock>);

#[derive(Default)]
struct Clock {
    /// Calls that run.
    running: AtomicUsize,
    /// Written under the lock, and read without it by those who may have to wake the clock.
    asleep: AtomicBool,
    stopped: AtomicBool,
    lock: Mutex<()>,
    woken: Condvar,
}

impl Ticker {
    pub(super) fn start(engine: Engine) -> io::Result<Self> {
        let clock = Arc::new(Clock::default());
        let ticking = Arc::clone(&clock);
        thread::Builder::new().name("epoch".into()).spawn(move || ticking.tick(&engine))?;
        Ok(Self(clock))
    }
}

impl Drop for Ticker {
    fn drop(&mut self) {
        self.0.stopped.store(true, Ordering::SeqCst);
        self.0.wake();
    }
}

impl Clock {
    fn tick(&self, engine: &Engine) {
        let mut idle = 0;
        while !self.stopped.load(Ordering::SeqCst) {
            thread::sleep(TICK);
            engine.increment_epoch();
            idle = if self.running.load(Ordering::SeqCst) == 0 { idle + 1 } else { 0 };
            if idle >= IDLE_TICKS {
                self.sleep();
                idle = 0;
            }
        }
    }

    fn sleep(&self) {
        let guard = self.lock.lock().unwrap_or_else(PoisonError::into_inner);
        // Said before looking once more: whoever begins to run after that look sees that the clock is asleep.
        self.asleep.store(true, Ordering::SeqCst);
        let nothing_to_do = |(): &mut ()| {
            let is_idle = self.running.load(Ordering::SeqCst) == 0 && !self.stopped.load(Ordering::SeqCst);
            is_idle && self.asleep.load(Ordering::SeqCst)
        };
        drop(self.woken.wait_while(guard, nothing_to_do));
        self.asleep.store(false, Ordering::SeqCst);
    }

    fn wake(&self) {
        let _guard = self.lock.lock().unwrap_or_else(PoisonError::into_inner);
        self.asleep.store(false, Ordering::SeqCst);
        self.woken.notify_one();
    }
}

/// Keeps the epoch moving for as long as it lives.
pub(super) struct Running(Arc<Clock>);

impl Running {
    pub(super) fn on(ticker: &Ticker) -> Self {
        let clock = Arc::clone(&ticker.0);
        clock.running.fetch_add(1, Ordering::SeqCst);
        if clock.asleep.load(Ordering::SeqCst) {
            clock.wake();
        }
        Self(clock)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.running.fetch_sub(1, Ordering::SeqCst);
    }
}
