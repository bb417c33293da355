//! A process of a test: what it writes is kept, its end is waited for with a bound, and it never outlives its owner.

use std::io::Write as _;
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Resource, Rlimit, Signal, kill_process, prlimit};

use crate::bounds;
use crate::lines::Lines;

/// A process that was started.
pub(crate) struct Process {
    child: Child,
    pub(crate) stdout: Lines,
    pub(crate) stderr: Lines,
}

/// What a process left when it ended.
#[derive(Debug)]
pub struct Finished {
    /// Its exit code; none when a signal ended it.
    pub code: Option<i32>,
    /// What it wrote to standard output.
    pub stdout: String,
    /// What it wrote to standard error.
    pub stderr: String,
}

/// Runs a command to its end, with this text as its standard input.
///
/// # Panics
/// When it can't be started, or doesn't end within the bound.
#[must_use]
pub fn run(command: &mut Command, input: &str) -> Finished {
    let mut process = Process::start(command);
    let mut stdin = process.stdin();
    // A command that ends early doesn't read its input, and that is no fault.
    let _ = stdin.write_all(input.as_bytes());
    drop(stdin);
    process.finish(bounds::START)
}

impl Process {
    pub(crate) fn start(command: &mut Command) -> Self {
        let started = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
        let mut child = started.unwrap_or_else(|error| panic!("can't start {command:?}: {error}"));
        Self { stdout: Lines::of(child.stdout.take().unwrap()), stderr: Lines::of(child.stderr.take().unwrap()), child }
    }

    /// Its standard input; it ends when this is dropped.
    pub(crate) fn stdin(&mut self) -> ChildStdin {
        self.child.stdin.take().expect("standard input is taken once")
    }

    pub(crate) fn terminate(&self) {
        kill_process(Pid::from_child(&self.child), Signal::TERM).expect("the process is there to be stopped");
    }

    pub(crate) fn leave_files(&self, more: u64) {
        let open = std::fs::read_dir(format!("/proc/{}/fd", self.child.id())).unwrap().count();
        let limit = Some(u64::try_from(open).unwrap() + more);
        let limit = Rlimit { current: limit, maximum: limit };
        prlimit(Some(Pid::from_child(&self.child)), Resource::Nofile, limit).unwrap();
    }

    pub(crate) fn wait_for_log(&self, text: &str) {
        let found = self.stderr.find(0, bounds::ANSWER, |line| line.contains(text).then_some(()));
        assert!(found.is_some(), "it never logged {text:?}");
    }

    /// Waits for its end.
    pub(crate) fn finish(&mut self, bound: Duration) -> Finished {
        let deadline = Instant::now() + bound;
        let status = loop {
            match self.ended() {
                Some(status) => break status,
                None if Instant::now() < deadline => thread::sleep(bounds::LOOK),
                None => panic!("it didn't end within {bound:?}:\n{}", self.stderr.all().join("\n")),
            }
        };
        Finished {
            code: status.code(),
            stdout: self.stdout.whole(bounds::STOP),
            stderr: self.stderr.whole(bounds::STOP),
        }
    }

    pub(crate) fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().unwrap()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if thread::panicking() {
            eprintln!("--- the log of the process\n{}\n---", self.stderr.all().join("\n"));
        }
    }
}
