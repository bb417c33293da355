//! A steady pace. Tokio's own timers are exact to a millisecond, in which a server answers thirty requests; these are the
//! kernel's, exact to some microseconds.

use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use rustix::time::{
    Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, timerfd_create, timerfd_settime,
};
use tokio::io::unix::AsyncFd;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// The times at which requests are due, each as it comes.
pub(super) fn start(rate: f64, time: Duration) -> Result<UnboundedReceiver<Instant>> {
    ensure!(rate >= 1.0, "a pace of {rate} requests a second");
    let interval = Duration::from_secs_f64(1.0 / rate);
    let timer = timerfd_create(TimerfdClockId::Monotonic, TimerfdFlags::NONBLOCK | TimerfdFlags::CLOEXEC)?;
    let step = Timespec { tv_sec: 0, tv_nsec: interval.subsec_nanos().into() };
    timerfd_settime(&timer, TimerfdTimerFlags::empty(), &Itimerspec { it_interval: step, it_value: step })?;
    #[expect(unsafe_code, reason = "Tokio can't check that a descriptor stays the same, and so asks for a promise")]
    // SAFETY: the timer owns its descriptor, which is neither closed nor replaced before it is dropped, registration and
    // all.
    let timer = unsafe { AsyncFd::register(timer) }?;
    let (sender, due) = unbounded_channel();
    tokio::spawn(announce(timer, interval, time, sender));
    Ok(due)
}

/// Ends with the time, or when nobody listens any more.
async fn announce(timer: AsyncFd<OwnedFd>, interval: Duration, time: Duration, sender: UnboundedSender<Instant>) {
    let begun = Instant::now();
    let mut next = begun + interval;
    while next < begun + time {
        let Ok(mut ready) = timer.readable().await else { return };
        let mut expirations = [0; 8];
        let read = ready.try_io(|timer| Ok(rustix::io::read(timer.get_ref(), &mut expirations)?));
        if !matches!(read, Ok(Ok(_))) {
            continue;
        }
        for _ in 0..u64::from_ne_bytes(expirations) {
            if sender.send(next).is_err() {
                return;
            }
            next += interval;
        }
    }
}
