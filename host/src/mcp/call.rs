//! `tools/call`: from the request to the plugin, and from what became of it to the answer.

use std::sync::Arc;

use rmcp::ErrorData;
use rmcp::model::{CallToolRequestParams, CallToolResponse};
use rmcp::service::{Peer, RequestContext, RoleServer};
use serde_json::Value;

use super::approval::Approval;
use super::client::{self, Client};
use super::dialogue::CallTool;
use super::exchange::{Given, Request, Response};
use super::find::{self, Found};
use super::hub::Hub;
use super::session::Session;
use super::tasks::Begun;
use super::{convert, failure};
use crate::plugin::types::Pause;
use crate::plugin::{Abilities, Arguments, Attempt, CallContext, CallError, TaskSupport, Tool, ToolResult};
use crate::surface::{Surface, SurfaceTool};

/// A tool that was found, and called with arguments that fit.
struct Called<'a> {
    surface: &'a Surface,
    hub: &'a Hub,
    offered: &'a SurfaceTool,
    described: &'a Tool,
    arguments: Arguments,
    client: Client,
}

/// Calls a tool for a client whose request came through rmcp.
#[tracing::instrument(level = "debug", name = "mcp.tools_call", skip_all, fields(tool = &*request.name))]
pub(super) async fn tool(
    surface: &Surface,
    hub: &Hub,
    session: &Session,
    request: CallToolRequestParams,
    context: RequestContext<RoleServer>,
) -> Result<CallToolResponse, ErrorData> {
    let is_stateless = client::is_stateless(&context);
    let request = match find::take(surface, request) {
        Ok(Found::Answered(result)) => return Ok(result.into()),
        Ok(Found::Call(request) | Found::Other(request)) => request,
        Err(error) => return failure::of_tool(&error, is_stateless).map(Into::into),
    };
    let Some((offered, described)) = surface.tool(&request.name).and_then(|tool| Some((tool, tool.described()?)))
    else {
        return Err(ErrorData::invalid_params(format!("unknown tool: {}", request.name), None));
    };
    let given = Given { responses: request.input_responses, state: request.request_state };
    let json = Value::Object(request.arguments.unwrap_or_default());
    let called = match Called::new(surface, hub, offered, described, &json, Client::of(&context)) {
        Ok(called) => called,
        Err(error) => return failure::of_tool(&error, is_stateless).map(Into::into),
    };
    let mut request = called.request(&json, given);
    let peer = (!is_stateless).then_some(&context.peer);
    let asked = tokio::select! {
        biased;
        () = context.ct.cancelled() => return Err(failure::cancelled()),
        asked = called.ask_first(&mut request, peer) => asked?,
    };
    if let Some(unapproved) = asked {
        return Ok(unapproved);
    }
    if called.is_task_at_once(&request.given) {
        return called.begin_task().await;
    }
    let step = CallTool { tool: described, arguments: &called.arguments };
    match hub.exchange.run(&step, request, session, &context).await {
        None => Err(failure::cancelled()),
        Some(outcome) => called.answer(outcome).await,
    }
}

/// Calls a tool for a client of the stateless era, which hears nothing but the answer.
#[tracing::instrument(level = "debug", name = "mcp.tools_call", skip_all, fields(tool = offered.name))]
pub(super) async fn plainly(
    surface: &Surface,
    hub: &Hub,
    offered: &SurfaceTool,
    described: &Tool,
    json: &Value,
    client: Client,
) -> Result<CallToolResponse, ErrorData> {
    let called = match Called::new(surface, hub, offered, described, json, client) {
        Ok(called) => called,
        Err(error) => return failure::of_tool(&error, true).map(Into::into),
    };
    let mut request = called.request(json, Given::default());
    if let Some(unapproved) = called.ask_first(&mut request, None).await? {
        return Ok(unapproved);
    }
    if called.is_task_at_once(&request.given) {
        return called.begin_task().await;
    }
    let step = CallTool { tool: described, arguments: &called.arguments };
    // Futures are moved by value through all that awaits them: the large one is kept apart.
    let outcome = Box::pin(hub.exchange.serve(&step, request, called.client.clone(), None, None)).await;
    called.answer(outcome).await
}

/// The arguments, if they fit and this client can call the tool at all.
fn checked(offered: &SurfaceTool, described: &Tool, json: &Value, client: &Client) -> Result<Arguments, CallError> {
    let needs_task = described.tasks == TaskSupport::Required && client.is_stateless;
    if needs_task && !client.abilities.contains(Abilities::TASKS) {
        return Err(CallError::Unasked { missing: Abilities::TASKS });
    }
    offered.plugin.check_arguments(described, json)
}

/// Records a call that was refused before anything of the plugin ran.
fn put_on_record(hub: &Hub, offered: &SurfaceTool, described: &Tool, json: &Value, client: &Client, error: &CallError) {
    let (caller, endpoint) = (Arc::clone(&client.caller), Arc::clone(&hub.endpoint));
    let context = CallContext { caller, endpoint, ..CallContext::default() };
    offered.plugin.refused(described, json, &context, error);
}

impl<'a> Called<'a> {
    /// Checks the arguments, and whether this client can call the tool at all.
    fn new(
        surface: &'a Surface,
        hub: &'a Hub,
        offered: &'a SurfaceTool,
        described: &'a Tool,
        json: &Value,
        client: Client,
    ) -> Result<Self, CallError> {
        match checked(offered, described, json, &client) {
            Ok(arguments) => Ok(Self { surface, hub, offered, described, arguments, client }),
            Err(error) => {
                put_on_record(hub, offered, described, json, &client, &error);
                Err(error)
            }
        }
    }

    fn request<'r>(&'r self, json: &'r Value, given: Given) -> Request<'r> {
        Request {
            method: "tools/call",
            name: &self.offered.name,
            arguments: json,
            plugin: &self.offered.plugin,
            given,
            may_pause: self.may_be_task(),
            is_approved: false,
        }
    }

    /// Has a person agree first, where the operator wants it so: what the client is told until somebody has, if anything.
    async fn ask_first(
        &self,
        request: &mut Request<'_>,
        peer: Option<&Peer<RoleServer>>,
    ) -> Result<Option<CallToolResponse>, ErrorData> {
        if !self.offered.needs_approval {
            return Ok(None);
        }
        match Box::pin(self.hub.exchange.approve(request, &self.client, peer)).await {
            Ok(Approval::Given) => Ok(None),
            Ok(Approval::Asked(wanted)) => Ok(Some(wanted.into())),
            Err(error) => {
                put_on_record(self.hub, self.offered, self.described, request.arguments, &self.client, &error);
                failure::of_tool(&error, self.client.is_stateless).map(|result| Some(result.into()))
            }
        }
    }

    fn may_be_task(&self) -> bool {
        self.client.is_stateless
            && self.client.abilities.contains(Abilities::TASKS)
            && self.described.tasks != TaskSupport::Forbidden
    }

    /// Whether the client needn't wait for the first word of the guest. One that comes back with answers was asked before
    /// there was a task, and goes on so.
    fn is_task_at_once(&self, given: &Given) -> bool {
        self.may_be_task() && self.described.long_running && given.state.is_none() && given.responses.is_none()
    }

    async fn begin_task(&self) -> Result<CallToolResponse, ErrorData> {
        let Client { caller, abilities, meta, .. } = self.client.clone();
        let endpoint = Arc::clone(&self.hub.endpoint);
        let attempt = self.offered.plugin.begin(CallContext { caller, endpoint, abilities, meta, events: None });
        Box::pin(self.become_task(attempt, None)).await
    }

    /// Has the call go on as a task: from its beginning, or from where it waits.
    async fn become_task(&self, attempt: Attempt, pause: Option<Pause>) -> Result<CallToolResponse, ErrorData> {
        let Self { offered, described, arguments, client, .. } = self;
        match self.hub.tasks.begin(Begun { offered, described, arguments, client, attempt, pause }).await {
            Ok(task) => Ok(task.into()),
            Err(error) => failure::of_tool(&error, client.is_stateless).map(Into::into),
        }
    }

    /// What became of a call, as the protocol says it.
    async fn answer(&self, outcome: Result<Response<ToolResult>, CallError>) -> Result<CallToolResponse, ErrorData> {
        match outcome {
            Ok(Response::Done(result)) => {
                let uri_for_clients = |uri: &str| self.surface.uri_for_clients(self.offered.plugin.id(), uri);
                Ok(convert::tool_result(result, &uri_for_clients).into())
            }
            Ok(Response::InputRequired(wanted)) => Ok(wanted.into()),
            Ok(Response::Paused(attempt, pause)) => Box::pin(self.become_task(attempt, Some(pause))).await,
            Err(error) => failure::of_tool(&error, self.client.is_stateless).map(Into::into),
        }
    }
}
