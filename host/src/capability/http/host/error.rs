//! Why a guest's request has no answer.

use std::error::Error as StdError;
use std::io;

use wasmtime_wasi_http::Error as WasiError;

use super::body::TooLarge;
use crate::capability::credential::{CredentialError, SIGNED_BODY_BYTES};
use crate::capability::decision::{By, Refused};
use crate::capability::egress::AddressRefused;
use crate::capability::http::backend::NoAddress;

/// Why there is no answer, or only a part of one.
#[derive(Debug, thiserror::Error)]
pub(super) enum Fault {
    /// The policy says no.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// The name has no address that may be dialled.
    #[error(transparent)]
    Address(#[from] AddressRefused),
    /// What the rule attaches can't be had.
    #[error("what the rule attaches can't be had: {0}")]
    Credential(String),
    /// More requests at once than the plugin may have.
    #[error("the plugin has {0} requests in progress or waiting, and may have no more")]
    Busy(usize),
    /// It took too long to connect.
    #[error("connecting took too long")]
    ConnectTime,
    /// It took too long until an answer began.
    #[error("no answer began in time")]
    FirstByteTime,
    /// The answer's next part took longer than the guest wanted to wait.
    #[error("the answer stopped for too long")]
    BetweenBytesTime,
    /// The whole took too long.
    #[error("the answer did not end in time")]
    TotalTime,
    /// The name has no address at all.
    #[error("the name can't be looked up")]
    Name,
    /// Nobody listens, or the connection broke.
    #[error("no connection could be made")]
    Connect,
    /// The two sides don't agree on how to be private, or the other one isn't trusted.
    #[error("the connection can't be made private: TLS failed")]
    Tls,
    /// The request's headers.
    #[error("the request has more headers than it may have: {0}")]
    RequestHeaders(usize),
    /// The answer's headers.
    #[error("the answer has more headers than it may have: {0}")]
    ResponseHeaders(usize),
    /// The request's body.
    #[error("the request has more than {0} bytes")]
    RequestSize(u64),
    /// The answer's body.
    #[error("the answer has more than {0} bytes")]
    ResponseSize(u64),
    /// The answer is compressed, though it was asked not to be, and a secret in it couldn't be found.
    #[error("the answer is encoded ({0}), so that it can't be searched for secrets")]
    Encoded(String),
    /// The guest's request isn't one.
    #[error("the request's address is not valid")]
    Target,
    /// The other side doesn't speak HTTP, or stopped in the middle.
    #[error("the other side broke off, or does not speak HTTP")]
    Protocol,
}

impl From<CredentialError> for Fault {
    fn from(error: CredentialError) -> Self {
        match error {
            CredentialError::Large => Self::RequestSize(u64::try_from(SIGNED_BODY_BYTES).unwrap_or(u64::MAX)),
            error => Self::Credential(error.to_string()),
        }
    }
}

impl Fault {
    /// Who said no, where it is the policy or a bound that did.
    pub(super) fn refusal(&self) -> Option<Refused> {
        let bound = |hint: &str| Some(Refused::new(By::Bound, self.to_string(), hint));
        match self {
            Self::Refused(refused) => Some(refused.clone()),
            Self::Address(refused) => Some(Refused::new(By::Address, refused.to_string(), refused.hint())),
            Self::Busy(_) => bound("raise `http-running` or `http-waiting` below the plugin's limits"),
            Self::ConnectTime => bound("raise `http-connect-time-ms` below the plugin's limits"),
            Self::FirstByteTime => bound("raise `http-first-byte-time-ms` below the plugin's limits"),
            Self::RequestSize(_) => bound("raise `http-request-bytes` below the plugin's limits"),
            Self::RequestHeaders(_) => bound("raise `http-headers` or `http-header-bytes` below the plugin's limits"),
            Self::TotalTime => bound("raise `http-total-time-ms` below the plugin's limits"),
            Self::ResponseSize(_) => bound("raise `http-response-bytes` below the plugin's limits"),
            Self::ResponseHeaders(_) => bound("raise `http-headers` or `http-header-bytes` below the plugin's limits"),
            Self::Encoded(_) => bound("the server has to answer without compressing"),
            _ => None,
        }
    }

    /// What the client's error was about. Its text isn't passed on: it has the whole address in it.
    pub(super) fn of(error: &reqwest::Error) -> Self {
        if let Some(refused) = cause::<AddressRefused>(error) {
            return Self::Address(*refused);
        }
        if let Some(TooLarge(bound)) = cause::<TooLarge>(error) {
            return Self::RequestSize(*bound);
        }
        if cause::<NoAddress>(error).is_some() {
            return Self::Name;
        }
        if error.is_timeout() {
            return Self::ConnectTime;
        }
        // The innermost one: that of TLS comes within another one.
        let failed = causes(error).filter_map(|cause| cause.downcast_ref::<io::Error>()).last();
        match failed.map(io::Error::kind) {
            _ if !error.is_connect() => Self::Protocol,
            Some(io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof) => Self::Tls,
            _ => Self::Connect,
        }
    }
}

/// The first cause of this type.
fn cause<'a, E: StdError + 'static>(error: &'a (dyn StdError + 'static)) -> Option<&'a E> {
    causes(error).find_map(|cause| cause.downcast_ref())
}

/// The error, and what led to it.
fn causes<'a>(error: &'a (dyn StdError + 'static)) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |&error| {
        // An error of the operating system may have another one inside, which its own `source` skips.
        let inner = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        match inner {
            Some(inner) => Some(inner),
            None => error.source(),
        }
    })
}

/// As `wasi:http` names it.
impl From<Fault> for WasiError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Refused(_) => Self::HttpRequestDenied,
            Fault::Address(_) => Self::DestinationIpProhibited,
            Fault::Credential(_) => Self::ConfigurationError,
            Fault::Busy(_) => Self::ConnectionLimitReached,
            Fault::ConnectTime => Self::ConnectionTimeout,
            Fault::FirstByteTime | Fault::TotalTime => Self::HttpResponseTimeout,
            Fault::BetweenBytesTime => Self::ConnectionReadTimeout,
            Fault::Name => Self::DnsError { rcode: None, info_code: None },
            Fault::Connect => Self::ConnectionRefused,
            Fault::Tls => Self::TlsProtocolError,
            Fault::RequestHeaders(bytes) => Self::HttpRequestHeaderSectionSize(u32::try_from(bytes).ok()),
            Fault::ResponseHeaders(bytes) => Self::HttpResponseHeaderSectionSize(u32::try_from(bytes).ok()),
            Fault::RequestSize(bytes) => Self::HttpRequestBodySize(Some(bytes)),
            Fault::ResponseSize(bytes) => Self::HttpResponseBodySize(Some(bytes)),
            Fault::Encoded(coding) => Self::HttpResponseContentCoding(Some(coding)),
            Fault::Target => Self::HttpRequestUriInvalid,
            Fault::Protocol => Self::HttpProtocolError,
        }
    }
}
