//! The program, serving over standard input and output.

use std::io::Write as _;
use std::process::ChildStdin;

use serde_json::Value;
use tempfile::TempDir;

use crate::process::Process;
use crate::{Finished, bounds};

/// A host that serves the test over standard input and output.
pub struct StdioHost {
    process: Process,
    stdin: Option<ChildStdin>,
    _folder: TempDir,
}

impl StdioHost {
    pub(crate) fn new(mut process: Process, folder: TempDir) -> Self {
        Self { stdin: Some(process.stdin()), process, _folder: folder }
    }

    /// Writes a line, whatever it is.
    ///
    /// # Panics
    /// When the host doesn't read any more.
    pub fn write(&mut self, line: &str) {
        let stdin = self.stdin.as_mut().expect("its input is open");
        writeln!(stdin, "{line}").and_then(|()| stdin.flush()).unwrap();
    }

    /// Waits for the answer to the request with this id.
    ///
    /// # Panics
    /// When there is none within the bound, or something else than JSON is written.
    #[must_use]
    pub fn answer(&self, id: u64) -> Value {
        let answer = self.process.stdout.find(0, bounds::ANSWER, |line| {
            let message = parse(line);
            (message["id"] == id && message.get("method").is_none()).then_some(message)
        });
        answer.unwrap_or_else(|| panic!("no answer to request {id}; it wrote {:?}", self.process.stdout.all()))
    }

    /// Waits for a notification of this method.
    ///
    /// # Panics
    /// When there is none within the bound.
    pub fn wait_for(&self, method: &str) {
        let found = self.process.stdout.find(0, bounds::ANSWER, |line| (parse(line)["method"] == method).then_some(()));
        assert!(found.is_some(), "{method} never came; it wrote {:?}", self.process.stdout.all());
    }

    /// Waits until it logs a line with this text.
    ///
    /// # Panics
    /// When it doesn't within the bound.
    pub fn wait_for_log(&self, text: &str) {
        self.process.wait_for_log(text);
    }

    /// Closes its input, and waits for its end.
    ///
    /// # Panics
    /// When it doesn't end within the bound.
    #[must_use]
    pub fn close(mut self) -> Finished {
        self.stdin = None;
        self.process.finish(bounds::STOP)
    }

    /// Asks it to stop while its input stays open, and waits for its end.
    ///
    /// # Panics
    /// When it doesn't end within the bound.
    #[must_use]
    pub fn stop(mut self) -> Finished {
        self.process.terminate();
        self.process.finish(bounds::STOP)
    }
}

fn parse(line: &str) -> Value {
    serde_json::from_str(line).unwrap_or_else(|error| panic!("on standard output: {line:?}: {error}"))
}
