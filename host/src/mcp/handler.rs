//! The route table: one line for each method, naming who handles it.

use std::sync::Arc;

use rmcp::ErrorData;
use rmcp::ServerHandler;
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, Implementation, ListToolsResult, PaginatedRequestParams,
    ServerCapabilities, ServerConfig, Tool,
};
use rmcp::service::{RequestContext, RoleServer};

use super::{call, list};
use crate::surface::Published;

/// Serves one connection, or one request where there are no connections. Cheap to clone.
#[derive(Clone)]
pub(super) struct Gateway {
    pub(super) published: Arc<Published>,
}

const INSTRUCTIONS: &str = "Tools of several plugins, named <plugin>__<tool>. Each plugin runs in a sandbox and \
    reaches only what the operator of this server granted it.";

impl ServerHandler for Gateway {
    fn get_info(&self) -> ServerConfig {
        let server = Implementation::new(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION")).with_title("wharf");
        ServerConfig::new(ServerCapabilities::builder().enable_tools().build())
            .with_server_info(server)
            .with_instructions(INSTRUCTIONS)
    }

    async fn list_tools(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        Ok(list::tools(&*self.published.settled().await))
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let surface = self.published.with_tool(&request.name).await;
        call::tool(&surface, request, context).await.map(Into::into)
    }

    fn get_tool(&self, name: &str) -> Option<Tool> {
        let surface = self.published.current();
        list::tool(surface.tool(name)?)
    }
}
