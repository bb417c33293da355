//! How long tests wait before they fail. Generous: a bound is there so that nothing hangs, never to measure.

use std::time::Duration;

/// Until the host says where it listens, or a command ends: both may compile plugins of other languages' runtimes,
/// which takes 20 seconds of an idle machine.
pub(crate) const START: Duration = Duration::from_secs(240);

/// Until a request is answered.
pub(crate) const ANSWER: Duration = Duration::from_secs(120);

/// Until a host that was told to stop has ended.
pub(crate) const STOP: Duration = Duration::from_secs(60);

/// Between two looks at something that can't be waited for.
pub(crate) const LOOK: Duration = Duration::from_millis(10);
