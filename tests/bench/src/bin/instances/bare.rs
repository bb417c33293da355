//! A bare Wasmtime loop: the host's pool, WASI linked but empty, and nothing else: no limits, no epochs, no log.

use std::sync::Arc;

use anyhow::{Result, bail};
use wasmtime::component::{Component, InstancePre, Linker, ResourceTable};
use wasmtime::{Config, Enabled, Engine, InstanceAllocationStrategy, PoolingAllocationConfig, Store};
use wasmtime_wasi::{WasiCtx, WasiCtxBuilder, WasiCtxView, WasiView};
use wharf::plugin::limits;

use self::bindings::exports::wharf::plugin::tools::{GuestIndices, Outcome};
use crate::{ARGUMENTS, Caller, TOOL};

#[allow(missing_docs, unreachable_pub, reason = "generated; the documentation is in wit/plugin")]
mod bindings {
    wasmtime::component::bindgen!({
        path: "../../wit/plugin",
        world: "wharf:plugin/tool-plugin",
        exports: { default: async },
    });
}

/// A component, linked.
#[derive(Clone)]
pub(crate) struct Bare {
    engine: Engine,
    pre: InstancePre<State>,
    indices: Arc<GuestIndices>,
    arguments: Arc<String>,
}

struct State {
    wasi: WasiCtx,
    table: ResourceTable,
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}

impl Bare {
    /// Compiles the component.
    pub(crate) fn new(component: &str) -> Result<Self> {
        let mut config = Config::new();
        config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool()));
        config.async_stack_size(limits::ASYNC_STACK_BYTES);
        let engine = Engine::new(&config)?;
        let component = Component::from_file(&engine, component)?;
        let mut linker = Linker::new(&engine);
        wasmtime_wasi::p2::add_to_linker_async(&mut linker)?;
        let pre = linker.instantiate_pre(&component)?;
        let indices = GuestIndices::new(&pre)?.into();
        Ok(Self { engine, pre, indices, arguments: Arc::new(ARGUMENTS.into()) })
    }
}

impl Caller for Bare {
    async fn call(&self) -> Result<()> {
        let state = State { wasi: WasiCtxBuilder::new().build(), table: ResourceTable::new() };
        let mut store = Store::new(&self.engine, state);
        let instance = self.pre.instantiate_async(&mut store).await?;
        let tools = self.indices.load(&mut store, &instance)?;
        match tools.call_call_tool(&mut store, TOOL, &self.arguments, None).await? {
            Ok(Outcome::Done(result)) if !result.is_error => Ok(()),
            other => bail!("the tool failed: {other:?}"),
        }
    }
}

/// The host's own; see its `plugin/engine.rs`.
fn pool() -> PoolingAllocationConfig {
    let mut pool = PoolingAllocationConfig::new();
    let parts = limits::POOL_INSTANCES.saturating_mul(limits::POOL_PER_INSTANCE);
    pool.total_component_instances(limits::POOL_INSTANCES)
        .total_core_instances(parts.saturating_mul(limits::POOL_PER_INSTANCE))
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
