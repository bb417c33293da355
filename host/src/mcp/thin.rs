//! The fast path: plain `tools/call` and `tools/list` of the stateless era, answered without rmcp.
//!
//! rmcp gives each request a transport and two tasks of its own, parses it by trial, and copies and writes the whole
//! list of tools each time; for a small call that is most of the work. This path takes a request only when it
//! recognises it completely: every header that rmcp judges by, every key of the body. Everything else goes on to rmcp
//! unchanged, so that one place decides what a request means that is wrong, rare or new. What this path answers is what
//! rmcp would have answered; the tests send the same requests through both and compare.
//!
//! A request is handed on only before its tool is called, never after.

mod answer;
mod headers;
mod message;
mod snapshot;

use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::response::Response;
use futures::stream;
use http::request::Parts;

use self::headers::{Gate, Method, is_name};
use self::message::Call;
use self::snapshot::Snapshots;
use super::call;
use crate::caller::Caller;
use crate::plugin::CallContext;
use crate::surface::{Published, Surface};

/// Answers what it recognises. Share it behind an [`Arc`].
pub(super) struct FastPath {
    gate: Gate,
    published: Arc<Published>,
    snapshots: Snapshots,
    body_bytes: usize,
}

/// What became of a request.
pub(super) enum Served {
    /// It was answered.
    Answered(Response),
    /// It is somebody else's, and as it came.
    HandedOn(Request),
}

impl FastPath {
    /// `hosts` are those that rmcp allows, and `body_bytes` is the bound that it has.
    pub(super) fn new(published: Arc<Published>, hosts: &[String], body_bytes: usize) -> Self {
        Self { gate: Gate::new(hosts, body_bytes), published, snapshots: Snapshots::default(), body_bytes }
    }

    /// Answers a request, or gives it back. Dropping the future, as when the client goes away, stops the guest.
    pub(super) async fn serve(&self, request: Request) -> Served {
        let (parts, body) = request.into_parts();
        let Some(method) = self.gate.recognise(&parts) else {
            return handed_on(parts, body);
        };
        let body = match to_bytes(body, self.body_bytes).await {
            Ok(body) => body,
            // The client broke off. What rmcp reads fails in the same way.
            Err(error) => return handed_on(parts, Body::from_stream(stream::iter([Err::<&[u8], _>(error)]))),
        };
        match self.answer(method, &parts, &body).await {
            Some(response) => {
                tracing::trace!(?method, "answered on the fast path");
                Served::Answered(response)
            }
            None => handed_on(parts, body.into()),
        }
    }

    /// The answer; none for a request that isn't recognised completely.
    async fn answer(&self, method: Method, parts: &Parts, body: &[u8]) -> Option<Response> {
        let surface = self.published.current();
        match method {
            // Until it has settled, requests for the list wait; rmcp's handler knows how.
            Method::ListTools if !self.published.is_settled() => None,
            Method::ListTools => {
                let id = message::list(body)?;
                answer::list(&id, &self.snapshots.of(&surface)?.list)
            }
            Method::CallTool => self.call(&surface, message::call(body)?, parts).await,
        }
    }

    async fn call(&self, surface: &Arc<Surface>, call: Call<'_>, parts: &Parts) -> Option<Response> {
        if !is_name(&parts.headers, &call.name) || self.snapshots.of(surface)?.has_headers(&call.name) {
            return None;
        }
        let offered = surface.tool(&call.name)?;
        let described = offered.described()?;
        let proven = parts.extensions.get::<Caller>().cloned().unwrap_or_default();
        let context = CallContext {
            caller: Arc::new(Caller { client: call.client, ..proven }),
            meta: call.meta,
            // Nobody listens: who wants progress says so with a token, which this path doesn't take.
            ..CallContext::default()
        };
        let outcome = offered.plugin.call_tool(described, call.arguments.into(), context).await;
        Some(answer::call(&call.id, call::answer(outcome)))
    }
}

fn handed_on(parts: Parts, body: Body) -> Served {
    tracing::trace!("handed on by the fast path");
    Served::HandedOn(Request::from_parts(parts, body))
}
