//! Why a guest's request has no answer.

use std::error::Error as StdError;
use std::io;

use wasmtime_wasi_http::Error as WasiError;

use super::body::TooLarge;
use crate::capability::credential::CredentialError;
use crate::capability::decision::{By, Refused};
use crate::capability::egress::AddressRefused;
use crate::capability::http::backend::NoAddress;

/// Why there is no answer, or only a part of one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Fault {
    /// The policy says no.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// The name has no address that may be dialled.
    #[error(transparent)]
    Address(#[from] AddressRefused),
    /// What the rule attaches can't be had.
    #[error("what the rule attaches can't be had: {0}")]
    Credential(CredentialError),
    /// More requests at once than the plugin may have.
    #[error("the plugin has {0} requests in progress or waiting, and may have no more")]
    Busy(usize),
    /// It took too long to connect.
    #[error("connecting took too long")]
    ConnectTime,
    /// It took too long until an answer began.
    #[error("no answer began in time")]
    FirstByteTime,
    /// The answer, or its next part, took longer than the guest wanted to wait.
    #[error("the answer took longer than the plugin wanted to wait")]
    OwnTime,
    /// The whole took too long.
    #[error("the answer did not end in time")]
    TotalTime,
    /// The name has no address at all.
    #[error("the name can't be looked up: {0}")]
    Name(String),
    /// Nobody listens, or the connection broke.
    #[error("no connection could be made: {0}")]
    Connect(String),
    /// The two sides don't agree on how to be private, or the other one isn't trusted.
    #[error("the connection can't be made private: {0}")]
    Tls(String),
    /// The request's headers.
    #[error("the request has more headers than it may have: {0} bytes")]
    RequestHeaders(usize),
    /// The answer's headers.
    #[error("the answer has more headers, or larger ones, than it may have")]
    ResponseHeaders,
    /// The request's body.
    #[error("the request has more than {0} bytes")]
    RequestSize(u64),
    /// The answer's body.
    #[error("the answer has more than {0} bytes")]
    ResponseSize(u64),
    /// The answer is compressed, though it was asked not to be, and a secret in it couldn't be found.
    #[error("the answer is compressed, so that it can't be searched for secrets")]
    Encoded,
    /// The guest's request isn't one.
    #[error("the request's address is not valid")]
    Target,
    /// The other side doesn't speak HTTP, or stopped in the middle.
    #[error("the other side broke off, or does not speak HTTP: {0}")]
    Protocol(String),
}

impl From<CredentialError> for Fault {
    fn from(error: CredentialError) -> Self {
        Self::Credential(error)
    }
}

impl Fault {
    /// Who said no, where it is the policy or a bound that did.
    pub(super) fn refusal(&self) -> Option<Refused> {
        let bound = |hint: &str| Some(Refused::new(By::Bound, self.to_string(), hint));
        match self {
            Self::Refused(refused) => Some(refused.clone()),
            Self::Address(refused) => Some((*refused).into()),
            Self::Busy(_) => bound("raise `http-running` or `http-waiting` below the plugin's limits"),
            Self::ConnectTime => bound("raise `http-connect-time-ms` below the plugin's limits"),
            Self::FirstByteTime => bound("raise `http-first-byte-time-ms` below the plugin's limits"),
            Self::RequestSize(_) => bound("raise `http-request-bytes` below the plugin's limits"),
            Self::RequestHeaders(_) => bound("raise `http-headers` or `http-header-bytes` below the plugin's limits"),
            Self::TotalTime => bound("raise `http-total-time-ms` below the plugin's limits"),
            Self::ResponseSize(_) => bound("raise `http-response-bytes` below the plugin's limits"),
            Self::ResponseHeaders => bound("raise `http-headers` or `http-header-bytes` below the plugin's limits"),
            Self::Encoded => bound("the server has to answer without compressing"),
            Self::Credential(error @ CredentialError::Large) => bound(&error.hint()),
            Self::Target => {
                Some(Refused::new(By::Malformed, self.to_string(), "the plugin has to send another address"))
            }
            _ => None,
        }
    }

    /// What the operator can see to.
    pub(super) fn hint(&self) -> String {
        match self {
            Self::Credential(error) => error.hint(),
            Self::Name(_) => {
                "see whether the host of the rule is spelt right, and whether its name server answers".into()
            }
            Self::Tls(_) => {
                "see whether the server's certificate is good, and trusted by this machine or by `authorities`".into()
            }
            _ => "see whether the server is up".into(),
        }
    }

    /// What the client's error was about, before the answer began. Only its last cause is passed on: its own text has the whole
    /// address in it.
    pub(super) fn of(error: &reqwest::Error) -> Self {
        if let Some(refused) = cause::<AddressRefused>(error) {
            return Self::Address(*refused);
        }
        if let Some(TooLarge(bound)) = cause::<TooLarge>(error) {
            return Self::RequestSize(*bound);
        }
        if cause::<hyper::Error>(error).is_some_and(hyper::Error::is_parse_too_large) {
            return Self::ResponseHeaders;
        }
        let why = last_cause(error);
        if cause::<NoAddress>(error).is_some() {
            return Self::Name(why);
        }
        if !error.is_connect() {
            return Self::Protocol(why);
        }
        if error.is_timeout() {
            return Self::ConnectTime;
        }
        // The innermost one: that of TLS comes within another one.
        let failed = causes(error).filter_map(|cause| cause.downcast_ref::<io::Error>()).last();
        match failed.map(io::Error::kind) {
            Some(io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof) => Self::Tls(why),
            _ => Self::Connect(why),
        }
    }

    /// What the client's error was about, after the answer had begun.
    pub(super) fn of_body(error: &reqwest::Error) -> Self {
        Self::Protocol(last_cause(error))
    }
}

fn last_cause(error: &reqwest::Error) -> String {
    causes(error).skip(1).last().map_or_else(|| "no cause is known".to_owned(), ToString::to_string)
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
            Fault::Credential(CredentialError::Large) => Self::HttpRequestBodySize(None),
            Fault::Credential(_) => Self::ConfigurationError,
            Fault::Busy(_) => Self::ConnectionLimitReached,
            Fault::ConnectTime => Self::ConnectionTimeout,
            Fault::FirstByteTime | Fault::TotalTime => Self::HttpResponseTimeout,
            Fault::OwnTime => Self::ConnectionReadTimeout,
            Fault::Name(_) => Self::DnsError { rcode: None, info_code: None },
            Fault::Connect(_) => Self::ConnectionRefused,
            Fault::Tls(_) => Self::TlsProtocolError,
            Fault::RequestHeaders(bytes) => Self::HttpRequestHeaderSectionSize(u32::try_from(bytes).ok()),
            Fault::ResponseHeaders => Self::HttpResponseHeaderSectionSize(None),
            Fault::RequestSize(bytes) => Self::HttpRequestBodySize(Some(bytes)),
            Fault::ResponseSize(bytes) => Self::HttpResponseBodySize(Some(bytes)),
            Fault::Encoded => Self::HttpResponseContentCoding(None),
            Fault::Target => Self::HttpRequestUriInvalid,
            Fault::Protocol(_) => Self::HttpProtocolError,
        }
    }
}
