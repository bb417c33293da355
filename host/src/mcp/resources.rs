//! `resources/read`: from the URI to the plugin, and from what became of it to the answer.

use rmcp::ErrorData;
use rmcp::model::{ReadResourceRequestParams, ReadResourceResponse};
use rmcp::service::{RequestContext, RoleServer};
use serde_json::Value;

use super::client::is_stateless;
use super::dialogue::Read;
use super::exchange::{Exchange, Given, Request, Response};
use super::session::Session;
use super::{convert, failure};
use crate::surface::Surface;

/// Reads a resource for a client.
pub(super) async fn read(
    surface: &Surface,
    exchange: &Exchange,
    session: &Session,
    request: ReadResourceRequestParams,
    context: RequestContext<RoleServer>,
) -> Result<ReadResourceResponse, ErrorData> {
    let Some(found) = surface.target(&request.uri) else {
        return Err(failure::no_resource(&request.uri));
    };
    let asked = Request {
        method: "resources/read",
        name: &request.uri,
        arguments: &Value::Null,
        plugin: found.plugin,
        given: Given { responses: request.input_responses, state: request.request_state },
        may_pause: false,
        is_approved: false,
    };
    let is_stateless = is_stateless(&context);
    let step = Read { uri: &found.uri, listed: found.listed };
    match exchange.run(&step, asked, session, &context).await {
        None => Err(failure::cancelled()),
        Some(Err(error)) => Err(failure::of_reading(&error, &request.uri, is_stateless)),
        Some(Ok(Response::InputRequired(wanted))) => Ok(wanted.into()),
        // Only tools pause.
        Some(Ok(Response::Paused(..))) => Err(failure::cancelled()),
        Some(Ok(Response::Done(reading))) => {
            Ok(convert::reading(reading, &|uri| surface.uri_for_clients(found.plugin.id(), uri)).into())
        }
    }
}
