//! `wasi:http/outgoing-handler` as the guest sees it. Wasmtime's own host does the interface; how a request is sent is
//! in the files beside it.

pub(super) mod access;
mod ahead;
mod answers;
mod body;
mod error;
mod exchange;
mod guard;

use std::sync::Arc;

use http::{HeaderName, Request, Response, uri::Scheme};
use tokio::runtime::Handle;
use tokio_util::task::AbortOnDropHandle;
use tracing::Instrument as _;
use wasmtime::component::Linker;
use wasmtime_wasi_http::{
    DEFAULT_FORBIDDEN_HEADERS, Error, ForbiddenHeaderFilter, RequestOptions, Result, WasiBody, WasiHttpCtx,
    WasiHttpHooks,
};

use self::access::Access;
pub(crate) use self::guard::HttpView;
use super::grant::is_same_header;
use crate::audit::Witness;

/// What one instance has of the capability. Without a grant, every request is refused.
pub(crate) struct Instance {
    pub(crate) ctx: WasiHttpCtx,
    pub(crate) hooks: Hooks,
}

/// Sends the requests of one call.
pub(crate) struct Hooks {
    access: Option<Arc<Access>>,
    witness: Witness,
}

impl Instance {
    pub(crate) fn new(access: Option<Arc<Access>>, witness: Witness) -> Self {
        let mut ctx = WasiHttpCtx::new();
        if let Some(access) = &access {
            ctx.set_field_size_limit(access.bounds.field_bytes());
        }
        Self { ctx, hooks: Hooks { access, witness } }
    }

    /// Goes over to another call.
    pub(crate) fn renew(&mut self, witness: Witness) {
        self.hooks.witness = witness;
    }
}

/// Gives guests the import.
///
/// # Errors
/// When it is linked already.
pub(crate) fn link<T: HttpView + 'static>(linker: &mut Linker<T>) -> wasmtime::Result<()> {
    wasmtime_wasi_http::p2::add_only_http_to_linker_async(linker)?;
    guard::guard(linker)
}

/// What Wasmtime's host waits for: an answer, and what remains to be done for it, which is nothing here.
type Sending = Box<dyn Future<Output = Result<(Response<WasiBody>, Remaining)>> + Send>;
type Remaining = Box<dyn Future<Output = Result<()>> + Send>;

/// Headers that guests can't set, beside those of the connection: they speak for the host, or for who is behind it.
const FORBIDDEN: &[&str] =
    &["expect", "forwarded", "te", "trailer", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip"];

/// Those that guests can't set. They stay away from answers as well: Wasmtime has one filter for both.
fn is_forbidden(name: &HeaderName) -> bool {
    DEFAULT_FORBIDDEN_HEADERS.iter().any(|known| is_same_header(name.as_str(), known.as_str()))
        || FORBIDDEN.iter().any(|known| is_same_header(name.as_str(), known))
}

impl WasiHttpHooks for Hooks {
    fn forbidden_header_filter(&mut self) -> ForbiddenHeaderFilter {
        // For a function alone, nothing is allocated.
        Arc::new(is_forbidden)
    }

    fn set_host_header(&mut self) -> bool {
        // The client writes it from the address that was judged.
        false
    }

    fn is_supported_scheme(&mut self, _: &Scheme) -> bool {
        // The policy judges it, and says why.
        true
    }

    fn send_request(&mut self, request: Request<WasiBody>, options: Option<RequestOptions>, _: Remaining) -> Sending {
        let Some(access) = self.access.clone() else {
            exchange::refuse_ungranted(&self.witness, &request);
            return Box::new(async { Err(Error::HttpRequestDenied) });
        };
        let runtime = access.runtime.clone();
        let span = tracing::debug_span!("capability.http.request", method = %request.method());
        let exchange = exchange::exchange(access, self.witness.clone(), request, options.unwrap_or_default());
        let exchange = exchange.instrument(span);
        let nothing_remains = || Box::new(async { Ok(()) }) as Remaining;
        // On the host's own threads: the connection that this may open serves other calls after this one.
        if Handle::try_current().is_ok_and(|current| current.id() == runtime.id()) {
            return Box::new(async move { Ok((exchange.await?, nothing_remains())) });
        }
        let running = AbortOnDropHandle::new(runtime.spawn(exchange));
        Box::new(async move {
            let answer = running.await.map_err(|error| Error::InternalError(Some(error.to_string())))??;
            Ok((answer, nothing_remains()))
        })
    }
}
