//! `wasi:http/outgoing-handler` as the guest sees it. Wasmtime's own host does the interface; how a request is sent is
//! in the files beside it.

pub(super) mod access;
mod body;
mod error;
mod exchange;

use std::sync::Arc;

use http::{Request, Response, uri::Scheme};
use tracing::Instrument as _;
use wasmtime::component::Linker;
use wasmtime_wasi_http::{
    Error, ForbiddenHeaderFilter, RequestOptions, Result, WasiBody, WasiHttpCtx, WasiHttpHooks, WasiHttpView,
};

use self::access::Access;
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
pub(crate) fn link<T: WasiHttpView + 'static>(linker: &mut Linker<T>) -> wasmtime::Result<()> {
    wasmtime_wasi_http::p2::add_only_http_to_linker_async(linker)
}

/// What Wasmtime's host waits for: an answer, and what remains to be done for it, which is nothing here.
type Sending = Box<dyn Future<Output = Result<(Response<WasiBody>, Remaining)>> + Send>;
type Remaining = Box<dyn Future<Output = Result<()>> + Send>;

impl WasiHttpHooks for Hooks {
    fn forbidden_header_filter(&mut self) -> ForbiddenHeaderFilter {
        match &self.access {
            Some(access) => Arc::clone(&access.forbidden),
            None => Arc::new(|name| wasmtime_wasi_http::DEFAULT_FORBIDDEN_HEADERS.contains(name)),
        }
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
        // On the host's own threads: the connection that this may open serves other calls after this one.
        let mut running = Aborted(runtime.spawn(exchange.instrument(span)));
        Box::new(async move {
            let answer = (&mut running.0).await.map_err(|error| Error::InternalError(Some(error.to_string())))??;
            Ok((answer, Box::new(async { Ok(()) }) as Remaining))
        })
    }
}

/// A task that ends when nobody waits for it any more.
struct Aborted<R>(tokio::task::JoinHandle<R>);

impl<R> Drop for Aborted<R> {
    fn drop(&mut self) {
        self.0.abort();
    }
}
