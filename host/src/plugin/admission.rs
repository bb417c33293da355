//! Who may run now: calls are admitted up to a bound for each plugin and one for all, and wait in line beyond that. The
//! lines of the plugins take turns, so that a flooded plugin doesn't delay another; a line that is full refuses at once.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

use super::error::CallError;

/// Admits the calls of all plugins.
pub(super) struct Admission {
    most: usize,
    state: Mutex<State>,
}

/// The bounds of one plugin.
#[derive(Clone, Copy)]
pub(super) struct Lane {
    /// Calls that may run.
    pub(super) running: usize,
    /// Calls that may wait.
    pub(super) waiting: usize,
}

#[derive(Default)]
struct State {
    running: usize,
    lanes: HashMap<Arc<str>, LaneState>,
    /// Plugins with calls that wait, in the order of their turns.
    turns: VecDeque<Arc<str>>,
}

#[derive(Default)]
struct LaneState {
    running: usize,
    most: usize,
    waiting: VecDeque<oneshot::Sender<Admitted>>,
}

/// A place among the running calls. Dropping it admits the next.
pub(super) struct Admitted {
    admission: Arc<Admission>,
    plugin: Arc<str>,
}

impl Admission {
    pub(super) fn new(most: usize) -> Arc<Self> {
        Arc::new(Self { most, state: Mutex::default() })
    }

    /// Waits for a place.
    ///
    /// # Errors
    /// At once, when the plugin's line is full.
    pub(super) async fn admit(self: &Arc<Self>, plugin: &Arc<str>, lane: Lane) -> Result<Admitted, CallError> {
        let waiting = {
            let mut state = self.state();
            let state = &mut *state;
            let full = state.running >= self.most;
            let own = state.lanes.entry(Arc::clone(plugin)).or_default();
            own.most = lane.running;
            if !full && own.running < own.most && own.waiting.is_empty() {
                own.running += 1;
                state.running += 1;
                return Ok(Admitted { admission: Arc::clone(self), plugin: Arc::clone(plugin) });
            }
            // Those who went away while they waited don't count.
            own.waiting.retain(|waiting| !waiting.is_closed());
            if own.waiting.len() >= lane.waiting {
                return Err(CallError::Overloaded { running: own.running, waiting: own.waiting.len() });
            }
            let (sender, receiver) = oneshot::channel();
            own.waiting.push_back(sender);
            if !state.turns.contains(plugin) {
                state.turns.push_back(Arc::clone(plugin));
            }
            receiver
        };
        // The sender is dropped only with the whole admission, which this call keeps alive.
        waiting.await.map_err(|_| CallError::Overloaded { running: 0, waiting: 0 })
    }

    fn leave(self: &Arc<Self>, plugin: &Arc<str>) {
        let mut state = self.state();
        state.running = state.running.saturating_sub(1);
        if let Some(lane) = state.lanes.get_mut(plugin) {
            lane.running = lane.running.saturating_sub(1);
        }
        let admitted = self.next(&mut state);
        drop(state);
        // Outside of the lock: where the receiver has gone away, the place comes back through here.
        for (sender, place) in admitted {
            let _ = sender.send(place);
        }
    }

    /// Gives free places to those who wait, one from each line in turn.
    fn next(self: &Arc<Self>, state: &mut State) -> Vec<(oneshot::Sender<Admitted>, Admitted)> {
        let mut admitted = Vec::new();
        let mut passed = 0;
        while state.running < self.most && passed < state.turns.len() {
            let Some(plugin) = state.turns.pop_front() else { break };
            let Some(lane) = state.lanes.get_mut(&plugin) else { continue };
            if lane.running >= lane.most {
                // Its own bound: others may pass, and it keeps its place in the round.
                state.turns.push_back(plugin);
                passed += 1;
                continue;
            }
            let Some(sender) = lane.waiting.pop_front() else { continue };
            if !lane.waiting.is_empty() {
                state.turns.push_back(Arc::clone(&plugin));
            }
            if sender.is_closed() {
                continue;
            }
            lane.running += 1;
            state.running += 1;
            passed = 0;
            admitted.push((sender, Admitted { admission: Arc::clone(self), plugin }));
        }
        admitted
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Admitted {
    fn drop(&mut self) {
        self.admission.leave(&self.plugin);
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt as _;

    use super::*;

    const LANE: Lane = Lane { running: 2, waiting: 3 };

    fn plugin(name: &str) -> Arc<str> {
        Arc::from(name)
    }

    #[tokio::test]
    async fn beyond_the_bound_calls_wait_and_beyond_the_line_they_are_refused() {
        let admission = Admission::new(10);
        let a = plugin("a");
        let first = admission.admit(&a, LANE).await.unwrap();
        let _second = admission.admit(&a, LANE).await.unwrap();
        let mut waiting: Vec<_> = (0..3).map(|_| Box::pin(admission.admit(&a, LANE))).collect();
        assert!(waiting.iter_mut().all(|call| call.as_mut().now_or_never().is_none()));
        assert!(matches!(admission.admit(&a, LANE).await, Err(CallError::Overloaded { .. })));
        drop(first);
        let _third = waiting[0].as_mut().now_or_never().expect("the first in line is next");
        assert!(waiting[1].as_mut().now_or_never().is_none());
    }

    #[tokio::test]
    async fn lines_take_turns() {
        let admission = Admission::new(1);
        let (flooded, other) = (plugin("flooded"), plugin("other"));
        let running = admission.admit(&flooded, LANE).await.unwrap();
        let mut flood: Vec<_> = (0..3).map(|_| Box::pin(admission.admit(&flooded, LANE))).collect();
        assert!(flood.iter_mut().all(|call| call.as_mut().now_or_never().is_none()));
        let mut late = Box::pin(admission.admit(&other, LANE));
        assert!(late.as_mut().now_or_never().is_none());
        drop(running);
        let first = flood[0].as_mut().now_or_never().unwrap().unwrap();
        drop(first);
        assert!(late.as_mut().now_or_never().is_some(), "the other plugin's turn comes before the flood's second call");
    }

    #[tokio::test]
    async fn who_goes_away_while_waiting_loses_no_place() {
        let admission = Admission::new(1);
        let a = plugin("a");
        let running = admission.admit(&a, LANE).await.unwrap();
        let mut gone = Box::pin(admission.admit(&a, LANE));
        assert!(gone.as_mut().now_or_never().is_none());
        drop(gone);
        drop(running);
        assert!(admission.admit(&a, LANE).now_or_never().is_some());
    }

    #[tokio::test]
    async fn a_plugin_at_its_own_bound_does_not_block_the_others() {
        let admission = Admission::new(3);
        let (a, b) = (plugin("a"), plugin("b"));
        let _running = [admission.admit(&a, LANE).await.unwrap(), admission.admit(&a, LANE).await.unwrap()];
        let mut waiting = Box::pin(admission.admit(&a, LANE));
        assert!(waiting.as_mut().now_or_never().is_none());
        assert!(admission.admit(&b, LANE).now_or_never().is_some());
    }
}
