//! Puts on record what Wasmtime's host refuses before there is a request that the policy could judge, and tells guests why an
//! answer broke off.

use wasmtime::StoreContextMut;
use wasmtime::component::{Linker, Resource};
use wasmtime_wasi_http::p2::bindings::http::outgoing_handler::Host as _;
use wasmtime_wasi_http::p2::bindings::http::types::{
    ErrorCode, HeaderError, Host as _, HostFields as _, HostOutgoingRequest as _, IoError,
};
use wasmtime_wasi_http::p2::types::{HostFutureIncomingResponse, HostOutgoingRequest};
use wasmtime_wasi_http::p2::{HeaderResult, HttpResult};
use wasmtime_wasi_http::{Error, FieldMap, RequestOptions, WasiHttpView};

use crate::audit::{Refusal, Witness};
use crate::capability::decision::{By, Refused};
use crate::capability::http::NAME;
use crate::capability::record::Record as _;
use crate::capability::shadow::Shadow;

/// The data of a store whose guests make requests.
pub(crate) trait HttpView: WasiHttpView {
    /// Who sees what the guest does.
    fn witness(&self) -> &Witness;
}

/// The interfaces that [`guard`] stands in front of, in the version that Wasmtime implements.
const TYPES: &str = "wasi:http/types@0.2.12";
const HANDLER: &str = "wasi:http/outgoing-handler@0.2.12";

/// Puts itself before what refuses parts of requests, and requests as a whole.
///
/// # Errors
/// When Wasmtime has the interfaces in another version, or another shape.
pub(super) fn guard<T: HttpView + 'static>(linker: &mut Linker<T>) -> wasmtime::Result<()> {
    let types = &mut Shadow::of(linker, TYPES);
    guard_headers(types)?;
    guard_target(types)?;
    types.func_wrap("http-error-code", |mut store: StoreContextMut<'_, T>, (error,): (Resource<IoError>,)| {
        Ok((broken_off(store.data_mut(), &error)?,))
    })?;
    Shadow::of(linker, HANDLER).func_wrap("handle", |mut store: StoreContextMut<'_, T>, request: Handle| {
        Ok((handle(store.data_mut(), request)?,))
    })
}

/// What gives a request headers.
fn guard_headers<T: HttpView + 'static>(types: &mut Shadow<'_, T>) -> wasmtime::Result<()> {
    type Append = (Resource<FieldMap>, String, Vec<u8>);
    type Set = (Resource<FieldMap>, String, Vec<Vec<u8>>);
    type FromList = (Vec<(String, Vec<u8>)>,);
    types.func_wrap("[method]fields.append", |mut store: StoreContextMut<'_, T>, (fields, name, value): Append| {
        let done = store.data_mut().http().append(fields, name.clone(), value);
        recorded(store.data_mut(), &name, done)
    })?;
    types.func_wrap("[method]fields.set", |mut store: StoreContextMut<'_, T>, (fields, name, values): Set| {
        let done = store.data_mut().http().set(fields, name.clone(), values);
        recorded(store.data_mut(), &name, done)
    })?;
    types.func_wrap("[static]fields.from-list", |mut store: StoreContextMut<'_, T>, (entries,): FromList| {
        let names: Vec<&str> = entries.iter().map(|(name, _)| name.as_str()).collect();
        let names = names.join(", ");
        let done = store.data_mut().http().from_list(entries);
        recorded(store.data_mut(), &names, done)
    })
}

/// Where a request goes.
fn guard_target<T: HttpView + 'static>(types: &mut Shadow<'_, T>) -> wasmtime::Result<()> {
    type To = (Resource<HostOutgoingRequest>, Option<String>);
    types.func_wrap("[method]outgoing-request.set-path-with-query", |mut store: StoreContextMut<'_, T>, to: To| {
        let done = store.data_mut().http().set_path_with_query(to.0, to.1)?;
        if done.is_err() {
            refuse(store.data().witness(), "a path", "it isn't one that a request can have");
        }
        Ok((done,))
    })?;
    types.func_wrap("[method]outgoing-request.set-authority", |mut store: StoreContextMut<'_, T>, to: To| {
        let done = store.data_mut().http().set_authority(to.0, to.1)?;
        if done.is_err() {
            refuse(store.data().witness(), "an authority", "it isn't a host with or without a port");
        }
        Ok((done,))
    })
}

/// The parameters of `outgoing-handler.handle`.
type Handle = (Resource<HostOutgoingRequest>, Option<Resource<RequestOptions>>);

type Handled = Result<Resource<HostFutureIncomingResponse>, ErrorCode>;

fn handle<T: HttpView>(state: &mut T, (request, options): Handle) -> wasmtime::Result<Handled> {
    let handled: HttpResult<_> = state.http().handle(request, options);
    let handled = match handled {
        Ok(answer) => Ok(answer),
        Err(error) => Err(error.downcast()?),
    };
    if handled.is_err() {
        refuse(state.witness(), "a request", "its address or its length isn't one that a request can have");
    }
    Ok(handled)
}

/// Puts on record that headers were refused. Their values aren't for records.
fn recorded<T: HttpView, R>(
    state: &mut T,
    names: &str,
    done: HeaderResult<R>,
) -> wasmtime::Result<(Result<R, HeaderError>,)> {
    let error = match done {
        Ok(done) => return Ok((Ok(done),)),
        Err(error) => state.http().convert_header_error(error)?,
    };
    let why = match error {
        HeaderError::InvalidSyntax => "no header can have this name, or this value",
        HeaderError::Forbidden => "the host writes it, or what the rule attaches has it",
        HeaderError::Immutable => return Ok((Err(error),)),
    };
    let refusal = Refusal { by: By::Malformed.name(), why, help: "" };
    state.witness().saw_left_out(NAME, &format!("header {names}"), refusal);
    Ok((Err(error),))
}

fn refuse(witness: &Witness, what: &str, why: &str) {
    let refused = Refused::new(By::Malformed, why, "no grant allows it: the plugin has to send it otherwise");
    witness.used(NAME, what, None, Err(&refused));
}

/// Why an answer broke off, in the contract's words. Wasmtime looks for its own type in the error, and bodies fail with
/// another one.
fn broken_off<T: WasiHttpView>(state: &mut T, error: &Resource<IoError>) -> wasmtime::Result<Option<ErrorCode>> {
    let error = state.http().table.get(error)?;
    Ok(match error.downcast_ref::<Error>() {
        None => error.downcast_ref::<ErrorCode>().cloned(),
        Some(Error::HttpResponseTimeout) => Some(ErrorCode::HttpResponseTimeout),
        Some(Error::ConnectionReadTimeout) => Some(ErrorCode::ConnectionReadTimeout),
        Some(Error::HttpResponseBodySize(size)) => Some(ErrorCode::HttpResponseBodySize(*size)),
        Some(Error::HttpProtocolError) => Some(ErrorCode::HttpProtocolError),
        Some(Error::HttpResponseHeaderSectionSize(size)) => Some(ErrorCode::HttpResponseTrailerSectionSize(*size)),
        Some(other) => Some(ErrorCode::InternalError(Some(other.to_string()))),
    })
}
