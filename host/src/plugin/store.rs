//! What belongs to one instance: its WASI base, its bounds and the call it serves.

use std::sync::Arc;

use wasmtime::component::ResourceTable;
use wasmtime::{ResourceLimiter, Store};
use wasmtime_wasi::{WasiCtx, WasiCtxBuilder, WasiCtxView, WasiView};
use wasmtime_wasi_config::WasiConfigVariables;

use super::context::Scope;
use super::engine::Sandbox;
use super::limits::{self, Limits};
use super::output::Output;
use crate::capability::files;

/// The data of a store, made for one instance and dropped with it.
pub(super) struct State {
    wasi: WasiCtx,
    table: ResourceTable,
    pub(super) config: Arc<WasiConfigVariables>,
    pub(super) limiter: Limiter,
    pub(super) scope: Scope,
}

/// What the instances of one plugin have in common.
pub(super) struct Template {
    pub(super) plugin: Arc<str>,
    pub(super) config: Arc<WasiConfigVariables>,
    pub(super) files: Vec<files::Grant>,
    pub(super) limits: Limits,
}

/// A store for one instance of a plugin.
///
/// # Errors
/// When a granted directory can't be opened.
pub(super) fn new_store(sandbox: &Sandbox, template: &Template, scope: Scope) -> wasmtime::Result<Store<State>> {
    let state = State {
        wasi: wasi(template)?,
        table: ResourceTable::new(),
        config: Arc::clone(&template.config),
        limiter: Limiter { memory_bytes: template.limits.memory_bytes, exceeded: false },
        scope,
    };
    let mut store = Store::new(&sandbox.engine, state);
    store.limiter(|state| &mut state.limiter);
    store.set_hostcall_fuel(limits::HOSTCALL_BYTES);
    // One tick, then yield: so a spinning guest lets timers and other calls of this thread run.
    store.set_epoch_deadline(1);
    store.epoch_deadline_async_yield_and_update(1);
    Ok(store)
}

/// WASI's base, empty: no environment, no arguments, standard input at its end, no socket, no name look-up. Directories
/// only as granted.
fn wasi(template: &Template) -> wasmtime::Result<WasiCtx> {
    let mut builder = WasiCtxBuilder::new();
    builder
        .stdout(Output::new(Arc::clone(&template.plugin), "stdout"))
        .stderr(Output::new(Arc::clone(&template.plugin), "stderr"))
        .allow_tcp(false)
        .allow_udp(false)
        .allow_ip_name_lookup(false);
    for grant in &template.files {
        files::preopen(&mut builder, grant)?;
    }
    Ok(builder.build())
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}

/// Holds an instance to its memory, and remembers that it wanted more.
pub(super) struct Limiter {
    memory_bytes: usize,
    pub(super) exceeded: bool,
}

impl Limiter {
    fn allow(&mut self, desired: usize, bound: usize) -> bool {
        let allowed = desired <= bound;
        self.exceeded |= !allowed;
        allowed
    }
}

impl ResourceLimiter for Limiter {
    fn memory_growing(&mut self, _: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        Ok(self.allow(desired, self.memory_bytes))
    }

    fn table_growing(&mut self, _: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        Ok(self.allow(desired, limits::TABLE_ELEMENTS))
    }

    fn instances(&self) -> usize {
        limits::CORE_INSTANCES
    }

    fn tables(&self) -> usize {
        limits::TABLES
    }

    fn memories(&self) -> usize {
        limits::MEMORIES
    }
}
