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

pub(super) use self::headers::Head;
use self::headers::{Gate, Method};
use self::message::Call;
use self::snapshot::Snapshots;
use super::call;
use super::client::Client;
use super::http::content::Answer;
use super::hub::Hub;
use crate::caller::Caller;
use crate::surface::Surface;

/// Answers what it recognises. Share it behind an [`Arc`].
pub(super) struct FastPath {
    gate: Gate,
    hub: Arc<Hub>,
    snapshots: Snapshots,
}

/// A request whose head was judged, and what it wants.
#[derive(Clone, Copy)]
pub(super) struct Recognised<'a> {
    path: &'a FastPath,
    method: Method,
}

impl Recognised<'_> {
    /// Answers the request, or leaves it to others. Dropping the future, as when the client goes away, stops the guest.
    pub(super) async fn serve(self, head: &Head<'_>, body: &[u8], caller: &Caller) -> Option<Answer> {
        self.path.answer(self.method, head, body, caller).await
    }
}

impl FastPath {
    /// `hosts` are those that rmcp allows.
    pub(super) fn new(hub: Arc<Hub>, hosts: &[String]) -> Self {
        Self { gate: Gate::new(hosts), hub, snapshots: Snapshots::default() }
    }

    /// Takes a request, if its head says that it is worth a look at its body.
    pub(super) fn recognise(&self, head: &Head<'_>) -> Option<Recognised<'_>> {
        Some(Recognised { path: self, method: self.gate.recognise(head)? })
    }

    async fn answer(&self, method: Method, head: &Head<'_>, body: &[u8], caller: &Caller) -> Option<Answer> {
        let surface = self.hub.current_for(caller);
        let answer = match method {
            // Until it has settled, requests for the list wait; rmcp's handler knows how.
            Method::ListTools if !self.hub.published.is_settled() => None,
            Method::ListTools => {
                let id = message::list(body)?;
                answer::list(&id, self.snapshots.of(&surface).list(&surface, self.hub.page_items)?)
            }
            Method::CallTool => self.call(&surface, message::call(body)?, head, caller).await,
        };
        if answer.is_some() {
            tracing::trace!(?method, "answered on the fast path");
        }
        answer
    }

    async fn call(&self, surface: &Arc<Surface>, call: Call<'_>, head: &Head<'_>, caller: &Caller) -> Option<Answer> {
        let offered = surface.tool(&call.name).filter(|_| head.is_name(&call.name))?;
        let described = offered.described().filter(|described| !described.takes_headers)?;
        let client = Client {
            caller: Arc::new(Caller { client: call.client, ..caller.clone() }),
            abilities: call.abilities,
            meta: call.meta,
            is_stateless: true,
        };
        let arguments = call.arguments.into();
        let answered = call::plainly(surface, &self.hub, offered, described, &arguments, client).await;
        Some(answer::call(&call.id, answered))
    }
}
