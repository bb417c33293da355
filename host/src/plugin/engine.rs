//! The one Wasmtime engine that all plugins share, and the clock that makes guests yield.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use tokio::time::error::Elapsed;
use tokio::time::timeout;
use tokio_util::task::TaskTracker;
use wasmtime::component::Linker;
use wasmtime::{Config, Engine};
use wasmtime_wasi_config::WasiConfig;

use super::bindings::context;
use super::context::ContextOf;
use super::limits;
use super::store::State;

/// Compiles and runs components. Cheap to clone.
#[derive(Clone)]
pub struct Sandbox {
    pub(super) engine: Engine,
    pub(super) linker: Arc<Linker<State>>,
    ticker: Arc<Ticker>,
    /// What is still being cleaned up after calls that were abandoned.
    pub(super) cleanups: TaskTracker,
}

impl Sandbox {
    /// An engine with what every plugin may import linked: the contract's context, WASI's base and `wasi:config`.
    ///
    /// Blocks for some milliseconds; once per process is enough.
    ///
    /// # Errors
    /// When this machine can't run Wasmtime, or no thread can be started.
    pub fn new() -> wasmtime::Result<Self> {
        let engine = Engine::new(&config())?;
        let mut linker = Linker::new(&engine);
        wasmtime_wasi::p2::add_to_linker_async(&mut linker)?;
        wasmtime_wasi_config::add_to_linker(&mut linker, |state: &mut State| WasiConfig::from(&*state.config))?;
        context::add_to_linker::<State, ContextOf>(&mut linker, |state| &mut state.scope)?;
        super::bindings::types::add_to_linker::<State, ContextOf>(&mut linker, |state| &mut state.scope)?;
        let ticker = Arc::new(Ticker::start(engine.clone())?);
        Ok(Self { engine, linker: Arc::new(linker), ticker, cleanups: TaskTracker::new() })
    }

    /// Returns when nothing is being cleaned up any more. Each clean-up is bounded, so this is too.
    pub async fn cleaned_up(&self) {
        self.cleanups.close();
        self.cleanups.wait().await;
        self.cleanups.reopen();
    }

    /// Lets guest code run for at most this long, from now on; meanwhile the epoch moves.
    pub(super) async fn bounded<R>(&self, time: Duration, work: impl Future<Output = R>) -> Result<R, Elapsed> {
        let _running = Running::on(&self.ticker.0);
        timeout(time, work).await
    }
}

fn config() -> Config {
    let mut config = Config::new();
    config.wasm_component_model(true);
    config.epoch_interruption(true);
    config.max_wasm_stack(limits::STACK_BYTES);
    config.async_stack_size(limits::ASYNC_STACK_BYTES);
    // A trap is logged with where the guest was, whatever the environment says about backtraces.
    config.wasm_backtrace_details(wasmtime::WasmBacktraceDetails::Enable);
    config
}

/// Moves the epoch on, from a thread of its own: a guest that spins may hold every thread of the runtime, and with
/// them its timers. Sleeps while nothing runs; ends when it is dropped.
struct Ticker(Arc<Clock>);

#[derive(Default)]
struct Clock {
    state: Mutex<ClockState>,
    changed: Condvar,
}

#[derive(Default)]
struct ClockState {
    running: usize,
    stopped: bool,
}

impl Ticker {
    fn start(engine: Engine) -> wasmtime::Result<Self> {
        let clock = Arc::new(Clock::default());
        let ticking = Arc::clone(&clock);
        thread::Builder::new().name("epoch".into()).spawn(move || {
            while ticking.wait_for_work() {
                thread::sleep(limits::TICK);
                engine.increment_epoch();
            }
        })?;
        Ok(Self(clock))
    }
}

impl Drop for Ticker {
    fn drop(&mut self) {
        self.0.change(|state| state.stopped = true);
    }
}

impl Clock {
    /// Returns when something runs, or with false when there is nothing to wait for any more.
    fn wait_for_work(&self) -> bool {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let idle = |state: &mut ClockState| state.running == 0 && !state.stopped;
        let state = self.changed.wait_while(state, idle).unwrap_or_else(PoisonError::into_inner);
        !state.stopped
    }

    fn change(&self, apply: impl FnOnce(&mut ClockState)) {
        apply(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner));
        self.changed.notify_one();
    }
}

/// Keeps the epoch moving for as long as it lives.
pub(super) struct Running(Arc<Clock>);

impl Running {
    fn on(clock: &Arc<Clock>) -> Self {
        clock.change(|state| state.running += 1);
        Self(Arc::clone(clock))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.change(|state| state.running -= 1);
    }
}
