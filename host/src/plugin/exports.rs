//! Where a component's exports are: looked up and type-checked at load, never in a call.

use wasmtime::Store;
use wasmtime::component::{ComponentExportIndex, Instance, InstancePre, TypedFunc};

use super::bindings::types::{Failure, Resumption};
use super::bindings::{cleanup, completion, prompts, resources, tools};
use super::store::State;

/// Where the exports are that the component has, for each interface of the contract.
pub(super) struct Exports {
    pub(super) tools: Option<Tools>,
    pub(super) resources: Option<resources::GuestIndices>,
    pub(super) prompts: Option<prompts::GuestIndices>,
    pub(super) completion: Option<completion::GuestIndices>,
    pub(super) cleanup: Option<cleanup::GuestIndices>,
}

impl Exports {
    pub(super) fn find(pre: &InstancePre<State>, interfaces: &[&str]) -> wasmtime::Result<Self> {
        let has = |name| interfaces.contains(&name);
        Ok(Self {
            tools: has("tools").then(|| Tools::find(pre)).transpose()?,
            resources: has("resources").then(|| resources::GuestIndices::new(pre)).transpose()?,
            prompts: has("prompts").then(|| prompts::GuestIndices::new(pre)).transpose()?,
            completion: has("completion").then(|| completion::GuestIndices::new(pre)).transpose()?,
            cleanup: has("cleanup").then(|| cleanup::GuestIndices::new(pre)).transpose()?,
        })
    }

    pub(super) fn tools(&self) -> wasmtime::Result<&Tools> {
        self.tools.as_ref().ok_or_else(not_exported)
    }

    pub(super) fn resources(&self) -> wasmtime::Result<&resources::GuestIndices> {
        self.resources.as_ref().ok_or_else(not_exported)
    }

    pub(super) fn prompts(&self) -> wasmtime::Result<&prompts::GuestIndices> {
        self.prompts.as_ref().ok_or_else(not_exported)
    }

    pub(super) fn completion(&self) -> wasmtime::Result<&completion::GuestIndices> {
        self.completion.as_ref().ok_or_else(not_exported)
    }
}

fn not_exported() -> wasmtime::Error {
    wasmtime::Error::msg("the plugin does not export this interface")
}

/// Where the functions of `tools` are.
pub(super) struct Tools {
    /// Checks the types of both functions each time: for listing, which is the first that is done with a plugin.
    pub(super) indices: tools::GuestIndices,
    call_tool: ComponentExportIndex,
}

/// The contract's `call-tool`.
pub(super) type CallTool<'a> =
    TypedFunc<(&'a str, &'a str, Option<&'a Resumption>), (Result<tools::Outcome, Failure>,)>;

impl Tools {
    fn find(pre: &InstancePre<State>) -> wasmtime::Result<Self> {
        let component = pre.component();
        let interface = component.get_export_index(None, "wharf:plugin/tools@0.1.0").ok_or_else(not_exported)?;
        let call_tool = component.get_export_index(Some(&interface), "call-tool").ok_or_else(not_exported)?;
        Ok(Self { indices: tools::GuestIndices::new(pre)?, call_tool })
    }

    /// The function that most calls are of, without checking its type in each of them.
    #[expect(unsafe_code, reason = "Wasmtime checks a function's type, or is promised it")]
    pub(super) fn call_tool<'a>(&self, store: &mut Store<State>, instance: Instance) -> wasmtime::Result<CallTool<'a>> {
        let function = instance.get_func(store, self.call_tool).ok_or_else(not_exported)?;
        // SAFETY: a function's type is the component's, whatever its instance, and a plugin isn't served before it was
        // listed, where `indices` has compared this very type.
        Ok(unsafe { TypedFunc::new_unchecked(function) })
    }
}
