//! From bytes to a plugin that can be called: read, judged, compiled, linked, described, in this order. Whatever can be
//! looked up is looked up here, never in a call.

use std::pin::pin;
use std::sync::Arc;

use arc_swap::ArcSwap;
use rustix::mm::{Advice, madvise};
use tokio::sync::Semaphore;
use tokio::time::timeout;
use wasmtime::component::{Component, InstancePre};
use wasmtime_wasi_config::WasiConfigVariables;

use super::cache;
use super::describe::Offers;
use super::engine::Sandbox;
use super::error::LoadError;
use super::exports::Exports;
use super::inspect::{self, Inspection};
use super::limits::{self, Limits};
use super::reuse::{Isolation, Residents};
use super::store::{State, Template};
use super::talk::Talk;
use crate::capability::{Access, files};
use crate::policy::{self, Asked, Grants, Held};

/// What the operator says of one plugin.
#[derive(Debug, Clone, Default)]
pub struct Spec {
    /// Its name in the configuration, and the prefix of its tools.
    pub id: String,
    /// What it finds through `wasi:config`.
    pub config: Vec<(String, String)>,
    /// What it may reach.
    pub grants: Grants,
    /// How much it may take.
    pub limits: Limits,
    /// How long its instances live.
    pub isolation: Isolation,
    /// It is held to reading, whatever it was granted.
    pub is_read_only: bool,
}

/// A plugin that was loaded and can be called, from any number of tasks at once.
pub struct Plugin {
    pub(super) core: Arc<Core>,
    inspection: Inspection,
    offers: ArcSwap<Offers>,
}

/// What a call needs of its plugin. It outlives the plugin while something of it still runs.
pub(super) struct Core {
    pub(super) sandbox: Sandbox,
    pub(super) pre: InstancePre<State>,
    pub(super) exports: Exports,
    pub(super) template: Template,
    pub(super) residents: Residents,
    /// Instances whose directories are opened at once.
    pub(super) openings: Arc<Semaphore>,
}

impl Plugin {
    /// Loads a plugin from the bytes of its component, which are read when it is its turn: of a thousand plugins, only a few
    /// are in memory at a time.
    ///
    /// # Errors
    /// Whatever keeps it from being served, with what to do about it.
    pub async fn load(
        sandbox: &Sandbox,
        spec: Spec,
        read: impl FnOnce() -> Result<Vec<u8>, LoadError> + Send + 'static,
    ) -> Result<Self, LoadError> {
        let (judged, code) = in_turn(sandbox, move |sandbox| {
            let bytes = read()?;
            let judged = judge(spec, &bytes)?;
            let cached = sandbox.shared.cache.load(&sandbox.shared.engine, &judged.entry(sandbox));
            Ok((judged, cached.map_or_else(|| Code::Missing(Arc::new(bytes)), Code::Mapped)))
        })
        .await?;
        let component = match code {
            Code::Mapped(component) => component,
            Code::Missing(bytes) => compile(sandbox, &judged, bytes).await?,
        };
        let access = open(sandbox, &judged).await?;
        let linked = component.clone();
        let (core, inspection) = blocking(sandbox, move |sandbox| link(sandbox, judged, access, &linked)).await?;
        let core = Arc::new(core);
        let offers = ArcSwap::from_pointee(offers(&core).await?);
        give_back(&component);
        Ok(Self { core, inspection, offers })
    }

    /// Asks the plugin again what it offers, and whether that is something else than before. On an error, what it
    /// offered stays.
    ///
    /// # Errors
    /// When listing fails, or something that it lists is refused.
    pub async fn list_again(&self) -> Result<bool, LoadError> {
        let newer = offers(&self.core).await?;
        let differs = newer != *self.offers.load_full();
        if differs {
            self.offers.store(Arc::new(newer));
        }
        Ok(differs)
    }

    /// Its name in the configuration.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.core.template.plugin
    }

    /// Names the form of its states: what it declares, or else what this very file is.
    #[must_use]
    pub fn state_version(&self) -> &str {
        let declared = self.inspection.request.as_ref().and_then(|request| request.state_version.as_deref());
        declared.unwrap_or(&self.inspection.digest)
    }

    /// What its file says.
    #[must_use]
    pub const fn inspection(&self) -> &Inspection {
        &self.inspection
    }

    /// How much it may take.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        &self.core.template.limits
    }

    /// What it offers.
    #[must_use]
    pub fn offers(&self) -> Arc<Offers> {
        self.offers.load_full()
    }

    /// Whether it has suggestions for what people type.
    #[must_use]
    pub fn completes(&self) -> bool {
        self.core.exports.completion.is_some()
    }
}

/// Takes the pages of the code out of this process's memory: of a thousand plugins few are called soon, and those get them
/// back from the system's cache as they run.
#[expect(unsafe_code, reason = "a range of addresses is a promise")]
fn give_back(component: &Component) {
    let range = component.image_range();
    let length = range.end.addr().saturating_sub(range.start.addr());
    // SAFETY: the range is the component's own mapping, which it keeps; this advice never changes what is in it.
    let advised = unsafe { madvise(range.start.cast_mut().cast(), length, Advice::LinuxPageOut) };
    if let Err(error) = advised {
        tracing::debug!("the pages of compiled code stay in memory: {error}");
    }
}

/// The limits of a plugin whose calls can't take more than half of the pool, however many memories and tables each needs.
fn fitting(mut limits: Limits, component: &Component) -> Limits {
    let (memories, tables) = component.resources_required().map_or((limits.memories, limits.tables), |needed| {
        let number = |count: u32| usize::try_from(count).unwrap_or(usize::MAX);
        (number(needed.num_memories), number(needed.num_tables))
    });
    let parts = limits::PLUGIN_POOL_PARTS.checked_div(memories.max(tables)).unwrap_or(usize::MAX);
    let instances = (limits::POOL_CORE_INSTANCES / 2).checked_div(limits.core_instances).unwrap_or(usize::MAX);
    limits.calls_running = limits.calls_running.min(parts.min(instances).max(1));
    limits
}

/// What the plugin offers, checked: beside the threads that run calls, since compiling schemas takes as long as they want.
async fn offers(core: &Arc<Core>) -> Result<Offers, LoadError> {
    let listed = core.list().await.map_err(LoadError::Describe)?;
    let time = core.template.limits.list_time();
    blocking(&core.sandbox, move |_| Offers::check(listed, time)).await
}

/// A component that may be loaded.
struct Judged {
    spec: Spec,
    inspection: Inspection,
}

/// The code of a component.
enum Code {
    /// It was compiled before.
    Mapped(Component),
    /// It has to be compiled, from these bytes.
    Missing(Arc<Vec<u8>>),
}

/// Reads what the file says and compares it with what was granted.
fn judge(spec: Spec, bytes: &[u8]) -> Result<Judged, LoadError> {
    let inspection = Inspection::of(bytes)?;
    inspection.interfaces()?;
    policy::check(&spec.id, &inspection.imports, inspection.request.as_ref(), &spec.grants)?;
    files::check_directories(&spec.grants.files).map_err(policy::Refusal::Grant)?;
    Ok(Judged { spec, inspection })
}

impl Judged {
    /// The name of its entry in the cache.
    fn entry(&self, sandbox: &Sandbox) -> String {
        cache::entry_name(&sandbox.shared.engine, &self.inspection.digest)
    }
}

/// Has the component compiled by another process, and maps the result.
async fn compile(sandbox: &Sandbox, judged: &Judged, bytes: Arc<Vec<u8>>) -> Result<Component, LoadError> {
    tracing::info!(plugin = judged.spec.id, "compiling {} bytes; the next start finds them compiled", bytes.len());
    let (validated, entry) = (Arc::clone(&bytes), judged.entry(sandbox));
    let (draft, output) = blocking(sandbox, move |sandbox| {
        inspect::validate(&validated)?;
        let draft = sandbox.shared.cache.draft(&entry).map_err(not_kept)?;
        let output = draft.output().map_err(not_kept)?;
        Ok((draft, output))
    })
    .await?;
    sandbox.shared.compiler.compile(&bytes, output, &judged.spec.limits).await?;
    blocking(sandbox, move |sandbox| sandbox.shared.cache.finish(&sandbox.shared.engine, draft).map_err(not_kept)).await
}

fn not_kept(problem: impl std::fmt::Display) -> LoadError {
    LoadError::Compile(format!("the compiled code can't be kept: {problem}"))
}

/// As [`blocking`], once it is this plugin's turn. Whoever takes long, as on a disk that doesn't answer, gives its turn away
/// and goes on beside the others.
async fn in_turn<R: Send + 'static>(
    sandbox: &Sandbox,
    work: impl FnOnce(&Sandbox) -> Result<R, LoadError> + Send + 'static,
) -> Result<R, LoadError> {
    let turn = sandbox.shared.turns.acquire().await;
    let mut working = pin!(blocking(sandbox, work));
    match timeout(limits::LOAD_TURN_TIME, &mut working).await {
        Ok(done) => done,
        Err(_) => {
            drop(turn);
            working.await
        }
    }
}

/// Reads, digests and maps files on threads that may block; those of the runtime are for calls.
async fn blocking<R: Send + 'static>(
    sandbox: &Sandbox,
    work: impl FnOnce(&Sandbox) -> Result<R, LoadError> + Send + 'static,
) -> Result<R, LoadError> {
    let sandbox = sandbox.clone();
    let done = tokio::task::spawn_blocking(move || work(&sandbox)).await;
    done.unwrap_or_else(|error| Err(LoadError::Compile(format!("the host failed while loading: {error}"))))
}

/// Makes what the plugin may use.
async fn open(sandbox: &Sandbox, judged: &Judged) -> Result<Access, LoadError> {
    let Judged { spec, inspection } = judged;
    let asked = Asked::of(inspection.request.as_ref()).map_err(|problem| LoadError::Claim { problem })?;
    let held = Held { bounds: spec.limits.http(), is_read_only: spec.is_read_only };
    let opened = policy::open(&spec.id, spec.grants.clone(), asked, held, &sandbox.shared.services).await;
    opened
        .map_err(|error| LoadError::Refusal(policy::Refusal::Access { hint: error.hint(), problem: error.to_string() }))
}

fn link(
    sandbox: &Sandbox,
    judged: Judged,
    access: Access,
    component: &Component,
) -> Result<(Core, Inspection), LoadError> {
    let Judged { spec, inspection } = judged;
    let interfaces = inspection.interfaces()?;
    let unfit = |error: wasmtime::Error| LoadError::Link(format!("{error:#}"));
    let pre = sandbox.shared.linker.instantiate_pre(component).map_err(unfit)?;
    let exports = Exports::find(&pre, &interfaces).map_err(unfit)?;
    let template = Template {
        plugin: spec.id.into(),
        digest: inspection.digest.as_str().into(),
        config: Arc::new(WasiConfigVariables::from_iter(spec.config)),
        access,
        limits: fitting(spec.limits, component),
        talk: Arc::new(Talk::new(&spec.limits)),
        traps: Talk::new(&spec.limits),
        announcements: Arc::clone(&sandbox.shared.announcements),
    };
    let residents = Residents::new(spec.isolation, Arc::clone(&sandbox.shared.waiting));
    let openings = Arc::new(Semaphore::new(limits::OPENINGS));
    Ok((Core { sandbox: sandbox.clone(), pre, exports, template, residents, openings }, inspection))
}
