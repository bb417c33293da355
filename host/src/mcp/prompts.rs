//! `prompts/get` and `completion/complete`.

use std::sync::Arc;

use rmcp::ErrorData;
use rmcp::model::{
    CompleteRequestParams, CompleteResult, CompletionInfo, GetPromptRequestParams, GetPromptResponse, JsonObject,
    Reference as WireReference,
};
use rmcp::service::{RequestContext, RoleServer};
use serde_json::{Value, json};

use super::client::Client;
use super::convert;
use super::dialogue::Fill;
use super::exchange::{Exchange, Given, Request, Response};
use super::failure;
use super::session::Session;
use crate::plugin::{CallContext, Plugin, Prompt, Reference};
use crate::surface::Surface;

/// Fills in a prompt for a client.
pub(super) async fn get(
    surface: &Surface,
    exchange: &Exchange,
    session: &Session,
    request: GetPromptRequestParams,
    context: RequestContext<RoleServer>,
) -> Result<GetPromptResponse, ErrorData> {
    let Some(found) = surface.prompt(&request.name) else {
        return Err(ErrorData::invalid_params(format!("unknown prompt: {}", request.name), None));
    };
    let Some(described) = found.described() else {
        return Err(ErrorData::invalid_params(format!("unknown prompt: {}", request.name), None));
    };
    let arguments = arguments(described, request.arguments.unwrap_or_default())?;
    let step = Fill { name: &described.name, arguments: &arguments };
    let arguments_json = json!(arguments);
    let asked = Request {
        method: "prompts/get",
        name: &request.name,
        arguments: &arguments_json,
        plugin: &found.plugin,
        given: Given { responses: request.input_responses, state: request.request_state },
        may_pause: false,
        is_approved: false,
    };
    let is_stateless = super::client::is_stateless(&context);
    match exchange.run(&step, asked, session, &context).await {
        None => Err(failure::cancelled()),
        Some(Err(error)) => Err(failure::of_other(&error, is_stateless)),
        Some(Ok(Response::InputRequired(wanted))) => Ok(wanted.into()),
        // Only tools pause.
        Some(Ok(Response::Paused(..))) => Err(failure::cancelled()),
        Some(Ok(Response::Done(filled))) => {
            Ok(convert::prompt_result(filled, &|uri| surface.uri_for_clients(found.plugin.id(), uri)).into())
        }
    }
}

/// The arguments as the contract has them: texts, with the required ones there and no others.
fn arguments(prompt: &Prompt, given: JsonObject) -> Result<Vec<(String, String)>, ErrorData> {
    let invalid = |problem: String| ErrorData::invalid_params(problem, None);
    if let Some(missing) =
        prompt.arguments.iter().find(|argument| argument.required && !given.contains_key(&argument.name))
    {
        return Err(invalid(format!("the required argument `{}` is missing", missing.name)));
    }
    let text = |(name, value): (String, Value)| match value {
        _ if !prompt.arguments.iter().any(|argument| argument.name == name) => {
            Err(invalid(format!("the prompt has no argument `{name}`")))
        }
        Value::String(text) => Ok((name, text)),
        _ => Err(invalid(format!("the argument `{name}` is not a text"))),
    };
    given.into_iter().map(text).collect()
}

/// Asks a plugin for suggestions.
pub(super) async fn complete(
    surface: &Surface,
    endpoint: &Arc<str>,
    request: CompleteRequestParams,
    context: RequestContext<RoleServer>,
) -> Result<CompleteResult, ErrorData> {
    let Some((plugin, of)) = completed(surface, &request.r#ref) else {
        return Err(ErrorData::invalid_params("the reference leads to no prompt and to no template", None));
    };
    if !plugin.completes() {
        return Ok(CompleteResult::new(CompletionInfo::default()));
    }
    let client = Client::of(&context);
    let (caller, meta, endpoint) = (client.caller, client.meta, Arc::clone(endpoint));
    let call = CallContext { caller, endpoint, meta, ..CallContext::default() };
    let others = request.context.and_then(|context| context.arguments).unwrap_or_default().into_iter().collect();
    let mut attempt = plugin.begin(call);
    let completing = attempt.complete(of, request.argument.name, request.argument.value, others);
    let completed = tokio::select! {
        () = context.ct.cancelled() => return Err(failure::cancelled()),
        completed = completing => completed,
    };
    completed.map(convert::completion).map_err(|error| failure::of_other(&error, client.is_stateless))
}

/// Whose suggestions are wanted, and for what, in the plugin's own words.
fn completed(surface: &Surface, reference: &WireReference) -> Option<(Arc<Plugin>, Reference)> {
    match reference {
        WireReference::Prompt(prompt) => {
            let found = surface.prompt(&prompt.name)?;
            Some((Arc::clone(&found.plugin), Reference::Prompt(found.described()?.name.clone())))
        }
        WireReference::Resource(template) => {
            let found = surface.template(&template.uri)?;
            Some((Arc::clone(&found.plugin), Reference::Template(found.described()?.uri.source().to_owned())))
        }
        // What newer revisions may add.
        _ => None,
    }
}
