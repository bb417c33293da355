//! What belongs to one instance: its WASI base, its bounds and the call it serves.

use std::sync::Arc;
use std::time::Duration;

use wasmtime::component::ResourceTable;
use wasmtime::{ResourceLimiter, Store, UpdateDeadline};
use wasmtime_wasi::{WasiCtx, WasiCtxBuilder, WasiCtxView, WasiView};
use wasmtime_wasi_config::WasiConfigVariables;
use wasmtime_wasi_http::{WasiHttpCtxView, WasiHttpView};

use super::announce::Announcements;
use super::context::Scope;
use super::engine::Sandbox;
use super::error::Exceeded;
use super::limits::{self, Limits};
use super::meter::Meter;
use super::output::Output;
use super::talk::Talk;
use crate::audit::Witness;
use crate::capability::http::HttpView;
use crate::capability::keyvalue::KeyValue;
use crate::capability::signing::Signing;
use crate::capability::{Access, Instances, files};

/// The data of a store, made for one instance and dropped with it.
pub(super) struct State {
    wasi: WasiCtx,
    table: ResourceTable,
    pub(super) config: Arc<WasiConfigVariables>,
    pub(super) limiter: Limiter,
    pub(super) meter: Arc<Meter>,
    pub(super) scope: Scope,
    pub(super) uses: Instances,
    outputs: [Output; 2],
}

/// What the instances of one plugin have in common.
pub(super) struct Template {
    pub(super) plugin: Arc<str>,
    /// Of its file.
    pub(super) digest: Arc<str>,
    pub(super) config: Arc<WasiConfigVariables>,
    pub(super) access: Access,
    pub(super) limits: Limits,
    pub(super) talk: Arc<Talk>,
    /// For its traps, which what it prints must not hide.
    pub(super) traps: Talk,
    pub(super) announcements: Arc<Announcements>,
}

/// A store for one instance of a plugin, which may use this much CPU time.
///
/// # Errors
/// When a granted directory can't be opened.
pub(super) fn new_store(
    sandbox: &Sandbox,
    template: &Template,
    scope: Scope,
    witness: Witness,
    cpu_time: Duration,
) -> wasmtime::Result<Store<State>> {
    let limits = template.limits;
    let mut table = ResourceTable::new();
    table.set_max_capacity(limits.handles);
    let outputs = [Output::new(template, "stdout"), Output::new(template, "stderr")];
    let meter: Arc<Meter> = Arc::default();
    let state = State {
        wasi: wasi(template, &outputs)?,
        table,
        config: Arc::clone(&template.config),
        limiter: Limiter { limits, meter: Arc::clone(&meter), memory_bytes: 0, exceeded: None },
        meter,
        scope,
        uses: Instances::new(&template.access, witness),
        outputs,
    };
    let mut store = Store::new(&sandbox.shared.engine, state);
    store.limiter(|state| &mut state.limiter);
    store.set_hostcall_fuel(limits.hostcall_bytes);
    store.set_max_component_handles(limits.handles);
    // An epoch is wall-clock time, so it only makes the guest yield, and compares what it has used.
    store.set_epoch_deadline(1);
    store.epoch_deadline_callback(move |store| match store.data().meter.now() > cpu_time {
        true => Err(OutOfCpuTime.into()),
        false => Ok(UpdateDeadline::Yield(1)),
    });
    Ok(store)
}

/// Makes a store ready for another call of its instance. What the instance has in memory stays; so does what it has
/// used of its memory's bound.
pub(super) fn renew(store: &mut Store<State>, template: &Template, scope: Scope, witness: Witness) {
    let state = store.data_mut();
    state.scope = scope;
    state.uses.renew(witness);
    state.meter = Arc::default();
    state.meter.has_memory(state.limiter.memory_bytes);
    state.limiter.meter = Arc::clone(&state.meter);
    state.limiter.exceeded = None;
    state.outputs.iter().for_each(Output::renew);
    store.set_hostcall_fuel(template.limits.hostcall_bytes);
    store.set_epoch_deadline(1);
}

/// Why a guest was stopped that has used up its CPU time.
#[derive(Debug, thiserror::Error)]
#[error("the call has used up its CPU time")]
pub(super) struct OutOfCpuTime;

/// WASI's base, empty: no environment, no arguments, standard input at its end, no socket, no name look-up. Directories
/// only as granted.
fn wasi(template: &Template, [stdout, stderr]: &[Output; 2]) -> wasmtime::Result<WasiCtx> {
    let mut builder = WasiCtxBuilder::new();
    builder
        .stdout(stdout.clone())
        .stderr(stderr.clone())
        .max_random_size(limits::RANDOM_BYTES)
        .allow_tcp(false)
        .allow_udp(false)
        .allow_ip_name_lookup(false);
    for grant in template.access.files.given() {
        files::preopen(&mut builder, grant)?;
    }
    Ok(builder.build())
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}

impl files::FilesView for State {
    fn places(&mut self) -> &mut files::Places {
        &mut self.uses.places
    }

    fn witness(&self) -> &Witness {
        &self.uses.witness
    }
}

impl State {
    /// The capability's view of this state.
    pub(super) fn keyvalue(&mut self) -> KeyValue<'_> {
        let Instances { keyvalue, witness, .. } = &self.uses;
        KeyValue { buckets: keyvalue.as_deref(), record: witness, table: &mut self.table }
    }

    /// The capability's view of this state.
    pub(super) fn signing(&mut self) -> Signing<'_> {
        let Instances { signing, witness, .. } = &self.uses;
        Signing { access: signing.as_deref(), record: witness }
    }
}

impl WasiHttpView for State {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        let http = &mut self.uses.http;
        WasiHttpCtxView { ctx: &mut http.ctx, hooks: &mut http.hooks, table: &mut self.table }
    }
}

impl HttpView for State {
    fn witness(&self) -> &Witness {
        &self.uses.witness
    }
}

/// Holds an instance to its memory and tables, and remembers that it wanted more.
pub(super) struct Limiter {
    limits: Limits,
    meter: Arc<Meter>,
    /// Of all memories together.
    memory_bytes: usize,
    pub(super) exceeded: Option<Exceeded>,
}

impl ResourceLimiter for Limiter {
    fn memory_growing(&mut self, current: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        let total = self.memory_bytes.saturating_sub(current).saturating_add(desired);
        if total > self.limits.memory_bytes {
            self.exceeded = Some(Exceeded::Memory(self.limits.memory_bytes));
            return Ok(false);
        }
        self.memory_bytes = total;
        self.meter.has_memory(total);
        Ok(true)
    }

    fn table_growing(&mut self, _: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        if desired > self.limits.table_elements {
            self.exceeded = Some(Exceeded::Table(self.limits.table_elements));
            return Ok(false);
        }
        Ok(true)
    }

    fn instances(&self) -> usize {
        self.limits.core_instances
    }

    fn tables(&self) -> usize {
        self.limits.tables
    }

    fn memories(&self) -> usize {
        self.limits.memories
    }
}
