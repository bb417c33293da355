//! Compilation, which never happens in the serving process: Cranelift takes seconds, keeps its memory and can't be
//! interrupted. A child of the same program compiles, at low priority and within hard bounds; the server maps the result.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::path::PathBuf;
use std::pin::pin;
use std::process::{ExitCode, ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::{Resource, Rlimit, Signal, nice, set_parent_process_death_signal, setrlimit};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::{Child, Command};
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::timeout;
use wasmtime::Engine;

use super::engine;
use super::error::LoadError;
use super::limits::{LOG_LINE_BYTES, Limits};

/// The first argument of a child that compiles. Nobody types it.
const CHILD_ARGUMENT: &str = "__compile-component";

/// How much nicer than the server a compiling child is.
const NICENESS: i32 = 10;

/// Starts children that compile.
pub(super) struct Compiler {
    program: io::Result<PathBuf>,
    /// One child for each core: more would only take each other's memory and time.
    running: Semaphore,
    /// As many more for what takes long, so that the rest needn't wait for it.
    slow: Semaphore,
}

/// How long a component is compiled for before it makes room for others. Those of usual plugins take a second or two.
const SLOW_AFTER: Duration = Duration::from_secs(20);

impl Compiler {
    pub(super) fn new() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        // Not the path of the file, which an update may replace while this process still runs the old code.
        let program = match cfg!(target_os = "linux") {
            true => Ok(PathBuf::from("/proc/self/exe")),
            false => std::env::current_exe(),
        };
        Self { program, running: Semaphore::new(cores), slow: Semaphore::new(cores) }
    }

    /// Compiles a component into `output`, which is written from its current position.
    ///
    /// # Errors
    /// When the component doesn't compile, or not within the bounds.
    pub(super) async fn compile(&self, component: &[u8], output: File, limits: &Limits) -> Result<(), LoadError> {
        let failed = |problem: String| LoadError::Compile(problem);
        let turn = self.running.acquire().await.map_err(|error| failed(error.to_string()))?;
        let program = self.program.as_ref().map_err(|error| failed(format!("the program is not found: {error}")))?;
        let mut child = Command::new(program)
            .arg(CHILD_ARGUMENT)
            .arg(limits.compile_memory_bytes.to_string())
            .arg(limits.compile_time().as_secs().max(1).to_string())
            .env_clear()
            // The allocator's own threads are for processes that stay, and they count as memory here.
            .env("_RJEM_MALLOC_CONF", "background_thread:false")
            .stdin(Stdio::piped())
            .stdout(output)
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| failed(format!("no compiling process could be started: {error}")))?;
        let conversing = self.making_room(turn, SLOW_AFTER, converse(&mut child, component));
        match timeout(limits.compile_time(), conversing).await {
            Err(_) => Err(failed(format!("it was stopped after {:?}", limits.compile_time()))),
            Ok((Ok(status), _)) if status.success() => Ok(()),
            Ok((Ok(status), said)) if said.is_empty() => {
                Err(failed(format!("the compiling process ended with {status}: it needs too much memory or time")))
            }
            Ok((Ok(_), said)) => Err(failed(said)),
            Ok((Err(error), _)) => Err(failed(error.to_string())),
        }
    }
}

impl Compiler {
    /// Does something in its turn, which it gives away after this time, if there is room among what is slow.
    async fn making_room<R>(&self, turn: SemaphorePermit<'_>, time: Duration, work: impl Future<Output = R>) -> R {
        let mut working = pin!(work);
        if let Ok(done) = timeout(time, &mut working).await {
            return done;
        }
        let place = self.slow.try_acquire();
        let turn = place.is_err().then_some(turn);
        let done = working.await;
        drop((place, turn));
        done
    }
}

/// Gives a child the component, and waits for how it ends and what it says.
async fn converse(child: &mut Child, component: &[u8]) -> (io::Result<ExitStatus>, String) {
    let (input, errors) = (child.stdin.take(), child.stderr.take());
    let feeding = async {
        if let Some(mut input) = input {
            // A child that died doesn't read; how it ended says more than this error.
            let _ = input.write_all(component).await;
        }
    };
    let listening = async {
        let mut said = Vec::new();
        if let Some(errors) = errors {
            // Bounded, since it is only shown.
            let _ = errors.take(LOG_LINE_BYTES as u64).read_to_end(&mut said).await;
        }
        // What follows is advice for whoever runs the child by hand.
        String::from_utf8_lossy(&said).lines().next().unwrap_or_default().trim().to_owned()
    };
    let ((), said, status) = tokio::join!(feeding, listening, child.wait());
    (status, said)
}

/// Compiles, where this process was started as a compiling child; else returns none at once.
///
/// A program that embeds wharf calls this first of all in `main`, and ends with the code that it returns: the host starts
/// that program again to compile in.
#[must_use]
pub fn compile_if_child() -> Option<ExitCode> {
    if !is_child() {
        return None;
    }
    let mut arguments = std::env::args_os().skip(2);
    let mut bound = || arguments.next()?.to_str()?.parse().ok();
    let outcome =
        confine(bound(), bound()).map_err(|error| format!("the compiling process can't be confined: {error}"));
    Some(match outcome.and_then(|()| compile_standard_input()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            // Standard error is a pipe to the server; where nobody reads it, there is nobody to tell.
            let _ = io::stderr().write_all(problem.as_bytes());
            ExitCode::FAILURE
        }
    })
}

/// Whether this process was started to compile. One that was and serves would start itself again for each plugin.
pub(super) fn is_child() -> bool {
    std::env::args_os().nth(1).as_deref() == Some(OsStr::new(CHILD_ARGUMENT))
}

/// Bounds this process to so many bytes of memory and seconds of CPU time, and ties it to the server's life.
fn confine(memory: Option<u64>, seconds: Option<u64>) -> io::Result<()> {
    let (Some(memory), Some(seconds)) = (memory, seconds) else {
        return Err(io::Error::other("its bounds are not given"));
    };
    let bound = |limit: u64| Rlimit { current: Some(limit), maximum: Some(limit) };
    setrlimit(Resource::As, bound(memory))?;
    setrlimit(Resource::Cpu, bound(seconds))?;
    setrlimit(Resource::Core, bound(0))?;
    #[cfg(target_os = "linux")]
    set_parent_process_death_signal(Some(Signal::KILL))?;
    nice(NICENESS)?;
    Ok(())
}

fn compile_standard_input() -> Result<(), String> {
    let mut component = Vec::new();
    io::stdin().read_to_end(&mut component).map_err(|error| format!("can't read the component: {error}"))?;
    let engine = Engine::new(&engine::code_config()).map_err(|error| format!("{error:#}"))?;
    let code = engine.precompile_component(&component).map_err(|error| format!("{error:#}"))?;
    io::stdout().write_all(&code).map_err(|error| format!("can't write the compiled code: {error}"))
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use futures::FutureExt as _;

    use super::*;

    #[tokio::test]
    async fn what_compiles_for_long_gives_its_turn_away_while_there_is_room() {
        let compiler = Compiler { program: Ok(PathBuf::new()), running: Semaphore::new(1), slow: Semaphore::new(1) };
        let begin = async || {
            let turn = compiler.running.acquire().await.unwrap();
            compiler.making_room(turn, Duration::ZERO, pending::<()>()).await;
        };
        let (mut first, mut second) = (Box::pin(begin()), Box::pin(begin()));
        while compiler.slow.available_permits() > 0 {
            assert!(first.as_mut().now_or_never().is_none());
            tokio::task::yield_now().await;
        }
        assert_eq!(compiler.running.available_permits(), 1, "others may begin");
        for _ in 0..100 {
            assert!(second.as_mut().now_or_never().is_none());
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        assert_eq!(compiler.running.available_permits(), 0, "there is no room for a second one");
        drop(first);
        drop(second);
        assert_eq!((compiler.running.available_permits(), compiler.slow.available_permits()), (1, 1));
    }
}
