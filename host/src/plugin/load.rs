//! From bytes to a plugin that can be called: read, judged, compiled, linked, described, in this order. Whatever can be
//! looked up is looked up here, never in a call.

use std::sync::Arc;

use wasmtime::component::{Component, InstancePre};
use wasmtime_wasi_config::WasiConfigVariables;

use super::bindings::{cleanup, tools};
use super::context::CallContext;
use super::describe::{self, Tool};
use super::engine::Sandbox;
use super::error::LoadError;
use super::inspect::Inspection;
use super::limits::Limits;
use super::store::{State, Template};
use crate::capability::files;
use crate::policy::{self, Grants};

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
}

/// A plugin that was loaded and can be called, from any number of tasks at once.
pub struct Plugin {
    pub(super) core: Arc<Core>,
    inspection: Inspection,
    tools: Vec<Tool>,
}

/// What a call needs of its plugin. It outlives the plugin while something of it still runs.
pub(super) struct Core {
    pub(super) sandbox: Sandbox,
    pub(super) pre: InstancePre<State>,
    pub(super) exports: Exports,
    pub(super) template: Template,
}

/// Where the exports are that the component has, for each interface of the contract.
pub(super) struct Exports {
    pub(super) tools: Option<tools::GuestIndices>,
    pub(super) cleanup: Option<cleanup::GuestIndices>,
}

impl Plugin {
    /// Loads a plugin from the bytes of its component.
    ///
    /// # Errors
    /// Whatever keeps it from being served, with what to do about it.
    pub async fn load(sandbox: &Sandbox, spec: Spec, bytes: Vec<u8>) -> Result<Self, LoadError> {
        let sandbox = sandbox.clone();
        // Compiling takes seconds; the threads of the runtime are for calls.
        let linked = tokio::task::spawn_blocking(move || link(sandbox, spec, &bytes));
        let (core, inspection) = linked.await.map_err(|error| LoadError::Compile(error.to_string()))??;
        let core = Arc::new(core);
        let tools = match &core.exports.tools {
            None => Vec::new(),
            Some(_) => describe::check_tools(list_tools(&core).await?)?,
        };
        Ok(Self { core, inspection, tools })
    }

    /// Its name in the configuration.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.core.template.plugin
    }

    /// What its file says.
    #[must_use]
    pub const fn inspection(&self) -> &Inspection {
        &self.inspection
    }

    /// What it offers, in its own order.
    #[must_use]
    pub fn tools(&self) -> &[Tool] {
        &self.tools
    }
}

async fn list_tools(core: &Arc<Core>) -> Result<Vec<tools::Tool>, LoadError> {
    core.list_tools(CallContext::default())
        .await
        .map_err(|cause| LoadError::Describe { function: "tools.list-tools", cause })
}

fn link(sandbox: Sandbox, spec: Spec, bytes: &[u8]) -> Result<(Core, Inspection), LoadError> {
    let inspection = Inspection::of(bytes)?;
    let interfaces = inspection.interfaces()?;
    policy::check(&spec.id, &inspection.imports, inspection.request.as_ref(), &spec.grants)?;
    files::check_directories(&spec.grants.files).map_err(policy::Refusal::Grant)?;
    let component = Component::new(&sandbox.engine, bytes).map_err(|error| LoadError::Compile(format!("{error:#}")))?;
    let unfit = |error: wasmtime::Error| LoadError::Link(format!("{error:#}"));
    let pre = sandbox.linker.instantiate_pre(&component).map_err(unfit)?;
    let exports = Exports {
        tools: interfaces.contains(&"tools").then(|| tools::GuestIndices::new(&pre)).transpose().map_err(unfit)?,
        cleanup: interfaces
            .contains(&"cleanup")
            .then(|| cleanup::GuestIndices::new(&pre))
            .transpose()
            .map_err(unfit)?,
    };
    let template = Template {
        plugin: spec.id.into(),
        config: Arc::new(WasiConfigVariables::from_iter(spec.config)),
        files: spec.grants.files,
        limits: spec.limits,
    };
    Ok((Core { sandbox, pre, exports, template }, inspection))
}
