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
        self.write_bytes(line.as_bytes());
    }

    /// Writes a line that may not even be text.
    ///
    /// # Panics
    /// When the host doesn't read any more.
    pub fn write_bytes(&mut self, line: &[u8]) {
        let stdin = self.stdin.as_mut().expect("its input is open");
        stdin.write_all(line).and_then(|()| stdin.write_all(b"\n")).and_then(|()| stdin.flush()).unwrap();
    }

    /// Every line that it wrote up to now.
    #[must_use]
    pub fn written(&self) -> Vec<String> {
        self.process.stdout.all()
    }

    /// What it logged up to now.
    #[must_use]
    pub fn log(&self) -> String {
        self.process.stderr.all().join("\n")
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

    /// Waits for the line with this index, and reads it.
    ///
    /// # Panics
    /// When there is none within the bound, or something else than JSON is written.
    #[must_use]
    pub fn message(&self, index: usize) -> Value {
        let line = self.process.stdout.find(index, bounds::ANSWER, |line| Some(parse(line)));
        line.unwrap_or_else(|| panic!("nothing more is said; it wrote {:?}", self.process.stdout.all()))
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
