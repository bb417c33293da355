//! The baseline: a bare native MCP server with rmcp, as one writes it without a sandbox, set up as fast as it can be.
//!
//! Usage: `baseline FILE`. The file holds the result of `tools/list` that it lists, so that both sides send the same
//! bytes. Every tool is the one of the guest `echo`.

use std::borrow::Cow;
use std::future::{Future, ready};
use std::io::{Write as _, stderr};
use std::sync::Arc;

use anyhow::{Context as _, Result};
use axum::Router;
use axum::serve::ListenerExt as _;
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, ContentBlock, ListToolsResult, PaginatedRequestParams,
    ServerCapabilities, ServerConfig,
};
use rmcp::service::{RequestContext, RoleServer};
use rmcp::transport::streamable_http_server::session::local::LocalSessionManager;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};
use rmcp::{ErrorData, ServerHandler};
use serde::Deserialize;
use serde_json::Value;

#[derive(Clone)]
struct Echo {
    list: Arc<ListToolsResult>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Arguments {
    text: String,
}

impl ServerHandler for Echo {
    fn get_info(&self) -> ServerConfig {
        ServerConfig::new(ServerCapabilities::builder().enable_tools().build())
    }

    fn list_tools(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> impl Future<Output = Result<ListToolsResult, ErrorData>> + Send {
        ready(Ok(ListToolsResult::clone(&self.list)))
    }

    fn call_tool(
        &self,
        request: CallToolRequestParams,
        _: RequestContext<RoleServer>,
    ) -> impl Future<Output = Result<CallToolResponse, ErrorData>> + Send {
        ready(echo(request))
    }
}

fn echo(request: CallToolRequestParams) -> Result<CallToolResponse, ErrorData> {
    let arguments = Value::Object(request.arguments.unwrap_or_default());
    let wrong = |error: serde_json::Error| ErrorData::invalid_params(Cow::Owned(error.to_string()), None);
    let Arguments { text } = Arguments::deserialize(arguments).map_err(wrong)?;
    Ok(CallToolResult::success(vec![ContentBlock::text(text)]).into())
}

#[tokio::main]
async fn main() -> Result<()> {
    let path = std::env::args_os().nth(1).context("usage: baseline FILE")?;
    let list = Arc::new(serde_json::from_slice(&std::fs::read(path)?)?);
    let server = Echo { list };
    let config = StreamableHttpServerConfig::default().with_json_response(true);
    let mcp = StreamableHttpService::new(move || Ok(server.clone()), LocalSessionManager::default().into(), config);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    writeln!(stderr(), "listening on http://{}/mcp", listener.local_addr()?)?;
    let listener = listener.tap_io(|stream| {
        // Refused, it would only be slower.
        let _ = stream.set_nodelay(true);
    });
    Ok(axum::serve(listener, Router::new().route_service("/mcp", mcp)).await?)
}
