//! How much a plugin may write into the log: so many lines in a second, over all its calls.

use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU64, Ordering};

use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};

use super::limits::Limits;

/// What one plugin may still write. All its calls share it.
pub(super) struct Talk {
    rate: DefaultDirectRateLimiter,
    /// Lines that were dropped since somebody said so.
    dropped: AtomicU64,
}

impl Talk {
    pub(super) fn new(limits: &Limits) -> Self {
        let number = |lines: u32| NonZeroU32::new(lines).unwrap_or(NonZeroU32::MIN);
        let each_second = number(limits.log_lines_per_second);
        // A call after a quiet second writes all that it may write, and that there was more.
        let of_a_call = u32::try_from(limits.log_lines).unwrap_or(u32::MAX).saturating_add(1);
        let quota = Quota::per_second(each_second).allow_burst(each_second.saturating_add(of_a_call));
        Self { rate: RateLimiter::direct(quota), dropped: AtomicU64::new(0) }
    }

    /// Whether one more line may be written. If so, says first how many weren't.
    pub(super) fn may(&self, plugin: &str) -> bool {
        if self.rate.check().is_err() {
            self.dropped.fetch_add(1, Ordering::Relaxed);
            return false;
        }
        let dropped = self.dropped.swap(0, Ordering::Relaxed);
        if dropped > 0 {
            tracing::warn!(target: "wharf::guest", plugin, dropped, "more lines than are logged in a second");
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_many_lines_pass_at_once_and_the_rest_is_counted() {
        let talk = Talk::new(&Limits { log_lines: 4, log_lines_per_second: 1, ..Limits::default() });
        assert_eq!((0..10).filter(|_| talk.may("a")).count(), 6);
        assert_eq!(talk.dropped.load(Ordering::Relaxed), 4);
    }
}
