//! The lines that a process writes, as they come.

use std::io::{BufRead as _, BufReader, Read};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::Duration;

/// Lines of one stream. A thread reads on, so that the process never waits for its reader.
#[derive(Clone, Default)]
pub(crate) struct Lines(Arc<(Mutex<State>, Condvar)>);

#[derive(Default)]
struct State {
    lines: Vec<String>,
    ended: bool,
}

impl Lines {
    /// Reads until the stream ends.
    pub(crate) fn of(stream: impl Read + Send + 'static) -> Self {
        let lines = Self::default();
        let writer = lines.clone();
        thread::spawn(move || {
            let mut stream = BufReader::new(stream);
            let mut line = Vec::new();
            while matches!(stream.read_until(b'\n', &mut line), Ok(1..)) {
                writer.change(|state| state.lines.push(String::from_utf8_lossy(&line).trim_end().to_owned()));
                line.clear();
            }
            writer.change(|state| state.ended = true);
        });
        lines
    }

    /// What `pick` makes of the first line that it wants, from the line with this index on. None when the stream ends,
    /// or the time is over, before there is one.
    pub(crate) fn find<T>(&self, from: usize, bound: Duration, pick: impl Fn(&str) -> Option<T>) -> Option<T> {
        let (state, changed) = &*self.0;
        let found = |state: &State| state.lines.iter().skip(from).find_map(|line| pick(line));
        let waiting = |state: &mut State| !state.ended && found(state).is_none();
        let (state, _) = changed.wait_timeout_while(state.lock().unwrap(), bound, waiting).unwrap();
        found(&state)
    }

    /// Every line up to now; when the process has ended, once the stream has.
    pub(crate) fn all(&self) -> Vec<String> {
        self.0.0.lock().unwrap().lines.clone()
    }

    /// Every line, once the stream has ended or the time is over.
    pub(crate) fn whole(&self, bound: Duration) -> String {
        self.find(0, bound, |_| None::<()>);
        self.all().join("\n")
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        let (state, changed) = &*self.0;
        change(&mut state.lock().unwrap());
        changed.notify_all();
    }
}
