//! The route table: one line for each method, naming who handles it.

use std::sync::Arc;

use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CancelTaskParams, CompleteRequestParams, CompleteResult, CustomRequest,
    CustomResult, GetPromptRequestParams, GetPromptResponse, GetTaskParams, GetTaskResult, Implementation,
    InitializeRequestParams, InitializeResult, ListPromptsResult, ListResourceTemplatesResult, ListResourcesResult,
    ListToolsResult, PaginatedRequestParams, ReadResourceRequestParams, ReadResourceResponse, ServerCapabilities,
    ServerConfig, SetLevelRequestParams, SubscribeRequestParams, SubscriptionFilter, Tool, UnsubscribeRequestParams,
    UpdateTaskParams,
};
use rmcp::service::{NotificationContext, RequestContext, RoleServer, SubscriptionContext};
use rmcp::{ErrorData, ServerHandler};

use super::client::Client;
use super::hub::Hub;
use super::session::{SUBSCRIPTIONS, Session};
use super::subscribe::Eyes;
use super::{call, failure, list, params, prompts, resources, subscribe};
use crate::caller::Caller;

/// Serves one connection, or one request where there are no connections.
pub(super) struct Gateway {
    hub: Arc<Hub>,
    /// Whose connection or request it is. A session is of no use to anybody else.
    caller: Arc<Caller>,
    session: Arc<Session>,
}

impl Gateway {
    pub(super) fn new(hub: &Arc<Hub>, caller: Arc<Caller>) -> Self {
        Self { hub: Arc::clone(hub), caller, session: Arc::default() }
    }
}

const INSTRUCTIONS: &str = "Tools of several plugins, named <plugin>__<tool>. Each plugin runs in a sandbox and \
    reaches only what the operator of this server granted it.";

impl ServerHandler for Gateway {
    fn get_info(&self) -> ServerConfig {
        let server = Implementation::new(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION")).with_title("wharf");
        let capabilities = ServerCapabilities::builder()
            .enable_logging()
            .enable_completions()
            .enable_prompts()
            .enable_prompts_list_changed()
            .enable_resources()
            .enable_resources_list_changed()
            .enable_resources_subscribe()
            .enable_tools()
            .enable_tool_list_changed();
        // Sessions don't know them: there the request of a call stays open, and their methods aren't there either.
        let capabilities =
            if self.session.has_begun() { capabilities.build() } else { capabilities.enable_tasks().build() };
        ServerConfig::new(capabilities).with_server_info(server).with_instructions(INSTRUCTIONS)
    }

    async fn initialize(
        &self,
        request: InitializeRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<InitializeResult, ErrorData> {
        self.session.begin();
        context.peer.set_peer_info(request.clone());
        self.negotiate_initialize(&request)
    }

    async fn on_custom_request(
        &self,
        request: CustomRequest,
        context: RequestContext<RoleServer>,
    ) -> Result<CustomResult, ErrorData> {
        Err(params::refusal(&request, super::client::is_stateless(&context)))
    }

    async fn list_tools(
        &self,
        page: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        list::tools(self.hub.pages(&*self.hub.settled_for(&self.caller).await), page)
    }

    async fn list_prompts(
        &self,
        page: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListPromptsResult, ErrorData> {
        list::prompts(self.hub.pages(&*self.hub.settled_for(&self.caller).await), page)
    }

    async fn list_resources(
        &self,
        page: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListResourcesResult, ErrorData> {
        list::resources(self.hub.pages(&*self.hub.settled_for(&self.caller).await), page)
    }

    async fn list_resource_templates(
        &self,
        page: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListResourceTemplatesResult, ErrorData> {
        list::templates(self.hub.pages(&*self.hub.settled_for(&self.caller).await), page)
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let surface = self.hub.with_tool_for(&self.caller, &request.name).await;
        call::tool(&surface, &self.hub, &self.session, request, context).await
    }

    async fn get_prompt(
        &self,
        request: GetPromptRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<GetPromptResponse, ErrorData> {
        let surface = self.hub.settled_for(&self.caller).await;
        prompts::get(&surface, &self.hub.exchange, &self.session, request, context).await
    }

    async fn read_resource(
        &self,
        request: ReadResourceRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<ReadResourceResponse, ErrorData> {
        let surface = self.hub.settled_for(&self.caller).await;
        resources::read(&surface, &self.hub.exchange, &self.session, request, context).await
    }

    async fn complete(
        &self,
        request: CompleteRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CompleteResult, ErrorData> {
        prompts::complete(&*self.hub.settled_for(&self.caller).await, &self.hub.endpoint, request, context).await
    }

    async fn get_task(
        &self,
        request: GetTaskParams,
        context: RequestContext<RoleServer>,
    ) -> Result<GetTaskResult, ErrorData> {
        self.hub.tasks.get(&Client::of(&context).caller, &request.task_id).await
    }

    async fn update_task(
        &self,
        request: UpdateTaskParams,
        context: RequestContext<RoleServer>,
    ) -> Result<(), ErrorData> {
        self.hub.tasks.answer(&Client::of(&context).caller, &request.task_id, request.input_responses).await
    }

    async fn cancel_task(
        &self,
        request: CancelTaskParams,
        context: RequestContext<RoleServer>,
    ) -> Result<(), ErrorData> {
        self.hub.tasks.cancel(&Client::of(&context).caller, &request.task_id).await
    }

    async fn set_level(
        &self,
        request: SetLevelRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<(), ErrorData> {
        if super::client::is_stateless(&context) {
            return Err(ErrorData::method_not_found::<rmcp::model::SetLevelRequestMethod>());
        }
        self.session.set_level(request.level);
        Ok(())
    }

    async fn subscribe(&self, request: SubscribeRequestParams, _: RequestContext<RoleServer>) -> Result<(), ErrorData> {
        let surface = self.hub.settled_for(&self.caller).await;
        if surface.target(&request.uri).is_none() {
            return Err(failure::no_resource(&request.uri));
        }
        let watching = self.hub.watches.watch(&request.uri);
        if self.session.subscribe(request.uri, watching) {
            return Ok(());
        }
        let text = format!("a session may be subscribed to {SUBSCRIPTIONS} resources; unsubscribe from others first");
        Err(ErrorData::invalid_request(text, None))
    }

    async fn unsubscribe(
        &self,
        request: UnsubscribeRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<(), ErrorData> {
        self.session.unsubscribe(&request.uri);
        Ok(())
    }

    async fn on_initialized(&self, context: NotificationContext<RoleServer>) {
        let changes = self.hub.published.changes();
        let eyes = Eyes::new(&self.hub, &self.caller);
        tokio::spawn(subscribe::tell_session(context.peer, Arc::clone(&self.session), eyes, changes));
    }

    fn accepted_subscription_filter(&self, wanted: &SubscriptionFilter) -> Option<SubscriptionFilter> {
        // From before the client is told that it is heard: what changes right after that must not be missed.
        self.session.expect_changes(self.hub.published.changes());
        Some(subscribe::accepted(wanted))
    }

    async fn listen(&self, context: SubscriptionContext) -> Result<(), ErrorData> {
        let changes = self.session.expected_changes().unwrap_or_else(|| self.hub.published.changes());
        let eyes = Eyes::new(&self.hub, &self.caller);
        subscribe::tell_stream(context, &self.hub, eyes, changes).await
    }

    fn get_tool(&self, name: &str) -> Option<Tool> {
        let surface = self.hub.current_for(&self.caller);
        list::tool(&surface, surface.tool(name)?)
    }
}
