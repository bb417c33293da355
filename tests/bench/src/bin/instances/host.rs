//! The host, embedded as a library.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;
use wharf::plugin::CallContext;
use wharf::surface::Surface;
use wharf::{Config, Host};

use crate::{ARGUMENTS, Caller, TOOL};

/// A host with one plugin.
#[derive(Clone)]
pub(crate) struct Embedded {
    surface: Arc<Surface>,
    name: Arc<str>,
    arguments: Value,
    _host: Arc<Host>,
}

impl Embedded {
    /// Loads the component.
    pub(crate) async fn start(component: &str) -> Result<Self> {
        let text = format!("[plugins.bench]\nsource = '{component}'\n");
        let host = Host::start(Config::parse(&text, Path::new("wharf.toml"))?)?;
        host.loaded().await;
        let surface = host.published().current();
        let name: Arc<str> = wharf::surface::tool_name("bench", TOOL).into();
        surface.tool(&name).context("the plugin wasn't loaded")?;
        Ok(Self { surface, name, arguments: serde_json::from_str(ARGUMENTS)?, _host: host })
    }
}

impl Caller for Embedded {
    async fn call(&self) -> Result<()> {
        let offered = self.surface.tool(&self.name).context("no such tool")?;
        let tool = offered.described().context("no such tool")?;
        let result = offered.plugin.call_tool(tool, &self.arguments, CallContext::default()).await?;
        ensure!(!result.is_error, "the tool failed");
        Ok(())
    }
}
