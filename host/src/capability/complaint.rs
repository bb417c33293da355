//! How often the operator is told of what keeps failing: a remote side that is down fails every call.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// When the operator was last told.
#[derive(Debug)]
pub(in crate::capability) struct Complaint {
    last: Mutex<Option<Instant>>,
    /// How long the log is spared afterwards.
    least: Duration,
}

impl Complaint {
    pub(in crate::capability) const fn every(least: Duration) -> Self {
        Self { last: Mutex::new(None), least }
    }

    /// Whether it is time to tell again. Whoever hears yes tells.
    pub(in crate::capability) fn is_due(&self) -> bool {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let is_due = last.is_none_or(|last| last.elapsed() >= self.least);
        if is_due {
            *last = Some(Instant::now());
        }
        is_due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_due_at_first_and_again_after_a_while() {
        let rare = Complaint::every(Duration::from_secs(3_600));
        assert!(rare.is_due() && !rare.is_due());
        let always = Complaint::every(Duration::ZERO);
        assert!(always.is_due() && always.is_due());
    }
}
