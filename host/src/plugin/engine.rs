//! The one Wasmtime engine that all plugins share: how code is made, where instances live, and how guest code runs
//! within its bounds.

use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt as _;
use tokio::sync::Semaphore;
use tokio::time::timeout;
use tokio_util::task::TaskTracker;
use wasmtime::component::Linker;
use wasmtime::{Config, Enabled, Engine, InstanceAllocationStrategy, PoolingAllocationConfig};
use wasmtime_wasi_config::WasiConfig;

use super::admission::Admission;
use super::announce::{Announced, Announcements};
use super::bindings::context;
use super::cache::Cache;
use super::compile::{self, Compiler};
use super::context::ContextOf;
use super::heavy::Heavy;
use super::limits;
use super::meter::{Meter, Metered, Progress};
use super::store::State;
use super::ticker::{Running, Ticker};
use crate::capability::{Services, files, http, keyvalue, signing};

/// Compiles and runs components. Cheap to clone.
#[derive(Clone)]
pub struct Sandbox {
    pub(super) shared: Arc<Shared>,
}

/// What all plugins share.
pub(super) struct Shared {
    pub(super) engine: Engine,
    pub(super) linker: Linker<State>,
    pub(super) admission: Arc<Admission>,
    pub(super) cleanup_admission: Arc<Admission>,
    pub(super) announcements: Arc<Announcements>,
    pub(super) compiler: Compiler,
    pub(super) cache: Cache,
    /// Plugins take turns at being read and mapped.
    pub(super) turns: Semaphore,
    /// Plugins take turns at being asked what they offer.
    pub(super) listings: Semaphore,
    /// Places for instances that wait for their next call.
    pub(super) waiting: Arc<Semaphore>,
    /// What is still being cleaned up after calls that were abandoned.
    pub(super) cleanups: TaskTracker,
    pub(super) services: Services,
    ticker: Ticker,
    heavy: Heavy,
}

/// Why guest code didn't come to its end.
pub(super) enum Stopped {
    /// Its wall-clock time was over.
    TimedOut,
    /// The host itself panicked. The guest gets no more time, and everybody else goes on.
    Panicked,
}

impl Sandbox {
    /// An engine with what plugins may import linked: the contract's context, WASI's base, `wasi:config` and the capabilities.
    ///
    /// Blocks for some milliseconds; once per process is enough.
    ///
    /// # Errors
    /// When this machine can't run Wasmtime, or no thread can be started.
    pub fn new(services: Services) -> wasmtime::Result<Self> {
        if compile::is_child() {
            return Err(wasmtime::Error::msg(
                "this process was started to compile: call `compile_if_child` first in `main`",
            ));
        }
        let engine = new_engine()?;
        let mut linker = Linker::new(&engine);
        wasmtime_wasi::p2::add_to_linker_async(&mut linker)?;
        files::guard(&mut linker)?;
        http::link(&mut linker)?;
        keyvalue::link(&mut linker, State::keyvalue)?;
        signing::link(&mut linker, State::signing)?;
        wasmtime_wasi_config::add_to_linker(&mut linker, |state: &mut State| WasiConfig::from(&*state.config))?;
        context::add_to_linker::<State, ContextOf>(&mut linker, |state| &mut state.scope)?;
        super::bindings::types::add_to_linker::<State, ContextOf>(&mut linker, |state| &mut state.scope)?;
        let shared = Arc::new(Shared {
            ticker: Ticker::start(engine.clone())?,
            heavy: Heavy::start()?,
            admission: Admission::new(limits::CALLS_RUNNING),
            cleanup_admission: Admission::new(limits::CLEANUPS_RUNNING),
            announcements: Arc::default(),
            compiler: Compiler::new(),
            cache: Cache::open()?,
            turns: Semaphore::new(limits::LOADS_RUNNING),
            listings: Semaphore::new(limits::LISTS_RUNNING),
            waiting: Arc::new(Semaphore::new(limits::INSTANCES_WAITING)),
            cleanups: TaskTracker::new(),
            services,
            linker,
            engine,
        });
        Ok(Self { shared })
    }

    /// Returns when nothing is being cleaned up any more. Each clean-up is bounded, so this is too.
    pub async fn cleaned_up(&self) {
        self.shared.cleanups.close();
        self.shared.cleanups.wait().await;
        self.shared.cleanups.reopen();
    }

    /// Waits until plugins say that something changed, and takes what they said, by plugin. For one taker.
    pub async fn announced(&self) -> BTreeMap<Arc<str>, Announced> {
        self.shared.announcements.take().await
    }

    /// Lets guest code run for at most this long, from now on. Once it has used more CPU time than an ordinary call, it
    /// goes on at lower priority. Dropping the future stops the guest at its next yield.
    pub(super) async fn run<R: Send + 'static>(
        &self,
        time: Duration,
        meter: Arc<Meter>,
        work: impl Future<Output = R> + Send + 'static,
    ) -> Result<R, Stopped> {
        let _running = Running::on(&self.shared.ticker);
        let work = AssertUnwindSafe(work).catch_unwind();
        let metered = Metered::new(Box::pin(work), Arc::clone(&meter), limits::HEAVY_AFTER);
        let running = async {
            match metered.await {
                Progress::Done(done) => done.map_err(|_| Stopped::Panicked),
                // Rare, and large: it stays out of every call's future.
                Progress::Heavy(rest) => match Box::pin(self.shared.heavy.finish(rest, meter)).await {
                    Some(Ok(done)) => Ok(done),
                    Some(Err(_)) | None => Err(Stopped::Panicked),
                },
            }
        };
        timeout(time, running).await.unwrap_or(Err(Stopped::TimedOut))
    }
}

/// The engine of a server: instances from a pool, or made on demand where there is no address space for one.
fn new_engine() -> wasmtime::Result<Engine> {
    let mut pooled = code_config();
    pooled.allocation_strategy(InstanceAllocationStrategy::Pooling(pool()));
    Engine::new(&pooled).or_else(|problem| {
        tracing::warn!("instances are made on demand, which is slower: no pool could be reserved ({problem:#})");
        Engine::new(&code_config())
    })
}

/// What decides how machine code is made: the same in the server and in the process that compiles.
pub(super) fn code_config() -> Config {
    let mut config = Config::new();
    config.wasm_component_model(true);
    config.epoch_interruption(true);
    config.memory_init_cow(true);
    config.max_wasm_stack(limits::STACK_BYTES);
    config.async_stack_size(limits::ASYNC_STACK_BYTES);
    // A trap is logged with where the guest was, whatever the environment says about backtraces.
    config.wasm_backtrace_details(wasmtime::WasmBacktraceDetails::Enable);
    config
}

fn pool() -> PoolingAllocationConfig {
    let mut pool = PoolingAllocationConfig::new();
    let parts = limits::POOL_INSTANCES.saturating_mul(limits::POOL_PER_INSTANCE);
    pool.total_component_instances(limits::POOL_INSTANCES)
        .total_core_instances(u32::try_from(limits::POOL_CORE_INSTANCES).unwrap_or(u32::MAX))
        .total_memories(parts)
        .total_tables(parts)
        .total_stacks(limits::POOL_INSTANCES)
        .max_memories_per_module(limits::POOL_PER_INSTANCE)
        .max_tables_per_module(limits::POOL_PER_INSTANCE)
        .table_elements(limits::TABLE_ELEMENTS)
        .max_unused_warm_slots(limits::POOL_WARM_SLOTS)
        .linear_memory_keep_resident(limits::MEMORY_KEPT_BYTES)
        .table_keep_resident(limits::TABLE_KEPT_BYTES)
        .async_stack_keep_resident(limits::STACK_KEPT_BYTES)
        .pagemap_scan(Enabled::Auto);
    pool
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Config;
    use crate::app::services;

    #[tokio::test]
    async fn a_panic_of_the_host_ends_one_call_and_nothing_else() {
        let sandbox = Sandbox::new(services(&Config::default()).unwrap()).unwrap();
        let run = |work| sandbox.run(limits::CALL_TIME, Arc::default(), work);
        let failing: futures::future::BoxFuture<'static, u32> = Box::pin(async { panic!("on purpose, for a test") });
        assert!(matches!(run(failing).await, Err(Stopped::Panicked)));
        assert!(matches!(run(Box::pin(async { 7 })).await, Ok(7)));
    }
}
