//! Where calls go on that have used more CPU time than an ordinary call: threads of their own, at lower priority, so that
//! a spinning guest doesn't stand in anybody's way.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use rustix::process::nice;
use tokio::runtime::{Builder, Handle, Runtime};
use tokio_util::task::AbortOnDropHandle;

use super::meter::{Meter, Metered, Progress};

/// How much nicer these threads are where the kernel has no better word for it: they get about a tenth of what an
/// ordinary thread gets beside them.
const NICENESS: i32 = 10;

/// The threads, one for each core.
pub(super) struct Heavy(Option<Runtime>);

impl Heavy {
    pub(super) fn start() -> std::io::Result<Self> {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let runtime = Builder::new_multi_thread()
            .worker_threads(cores)
            .thread_name("heavy")
            .enable_all()
            .on_thread_start(|| {
                // On Linux both are the thread's alone. Where they are refused, calls only compete more.
                if !run_when_idle()
                    && let Err(error) = nice(NICENESS)
                {
                    tracing::debug!("a thread for heavy calls keeps its priority: {error}");
                }
            })
            .build()?;
        Ok(Self(Some(runtime)))
    }

    /// Goes on with a call. None: it panicked. Dropping the future ends the call at its next yield.
    pub(super) async fn finish<F>(&self, work: Pin<Box<F>>, meter: Arc<Meter>) -> Option<F::Output>
    where
        F: Future<Output: Send + 'static> + Send + 'static,
    {
        let metered = Metered::new(work, meter, Duration::MAX);
        let task = self.handle()?.spawn(async move {
            match metered.await {
                Progress::Done(done) => Some(done),
                // Its allowance is endless.
                Progress::Heavy(_) => None,
            }
        });
        AbortOnDropHandle::new(task).await.ok().flatten()
    }

    fn handle(&self) -> Option<&Handle> {
        self.0.as_ref().map(Runtime::handle)
    }
}

impl Drop for Heavy {
    fn drop(&mut self) {
        // A runtime may not be dropped from within another; this way it may, and doesn't wait for guests.
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

/// Has this thread run when no other wants to. Niceness isn't enough: a nicer thread that has begun its slice of some
/// milliseconds keeps it while an ordinary one wakes up, and this one gives way at once.
#[cfg(target_os = "linux")]
#[expect(unsafe_code, reason = "the system call takes a pointer")]
fn run_when_idle() -> bool {
    let parameters = libc::sched_param { sched_priority: 0 };
    // SAFETY: zero is this very thread, and the parameters live as long as the call.
    unsafe { libc::sched_setscheduler(0, libc::SCHED_IDLE, &raw const parameters) == 0 }
}

#[cfg(not(target_os = "linux"))]
const fn run_when_idle() -> bool {
    false
}
