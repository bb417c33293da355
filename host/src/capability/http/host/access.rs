//! What one plugin may do over HTTP, made when it is loaded: its rules, and what its requests in progress share.

use std::collections::BTreeSet;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use http::HeaderName;
use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use wasmtime_wasi_http::{DEFAULT_FORBIDDEN_HEADERS, ForbiddenHeaderFilter};

use super::error::Fault;
use crate::capability::Services;
use crate::capability::credential::{Attached, CredentialError, Credentials};
use crate::capability::http::backend::Clients;
use crate::capability::http::grant::{Match, Rules};
use crate::capability::learner::Learner;
use crate::capability::redact::Redactor;
use crate::secret::{Secret, Secrets};

/// How much the requests of one plugin may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// Time until a connection is there.
    pub connect_time: Duration,
    /// Time until the answer begins, waiting for a free place included.
    pub first_byte_time: Duration,
    /// Time until the answer ends.
    pub total_time: Duration,
    /// Bytes of a request's body.
    pub request_bytes: u64,
    /// Bytes of an answer's body.
    pub response_bytes: u64,
    /// Headers of a request, and of an answer.
    pub headers: usize,
    /// Bytes of all these headers, names and values.
    pub header_bytes: usize,
    /// Requests in progress at once.
    pub running: usize,
    /// Requests that wait for others to end.
    pub waiting: usize,
    /// Requests begun in one second.
    pub per_second: u32,
}

/// Memory that one header takes beside its name and its value, in bytes: Wasmtime counts it when a guest makes headers.
const HEADER_OVERHEAD: usize = 128;

impl Bounds {
    /// What the headers that a guest makes may take in the host's memory.
    pub(super) const fn field_bytes(&self) -> usize {
        self.header_bytes.saturating_add(self.headers.saturating_mul(HEADER_OVERHEAD))
    }

    const fn places(&self) -> usize {
        self.running.saturating_add(self.waiting)
    }
}

/// What one plugin may do over HTTP.
pub struct Access {
    pub(super) rules: Rules,
    pub(super) bounds: Bounds,
    pub(super) clients: Clients,
    /// Where connections live: on the host's own threads, never on those for guests that compute long.
    pub(super) runtime: Handle,
    pub(super) forbidden: ForbiddenHeaderFilter,
    /// What each rule attaches, in the rules' order.
    credentials: Vec<Credentials>,
    secrets: Secrets,
    /// The names of all secrets that any rule attaches.
    secret_names: Vec<String>,
    /// What was last redacted, for each rule.
    redactors: Mutex<Vec<Option<Redacting>>>,
    pub(super) learner: Learner,
    places: Arc<Semaphore>,
    slots: Arc<Semaphore>,
    rate: DefaultDirectRateLimiter,
}

/// A redactor, and what it looks for.
struct Redacting {
    secrets: Vec<Arc<Secret>>,
    redactor: Option<Redactor>,
}

/// A request's place among those in progress.
pub(super) struct Admitted {
    _place: OwnedSemaphorePermit,
    _slot: OwnedSemaphorePermit,
}

/// Why rules can't be given.
#[derive(Debug, thiserror::Error)]
pub enum AccessError {
    /// What a rule attaches.
    #[error("http[{index}] of the grants: {problem}")]
    Credential {
        /// Which rule, from 0.
        index: usize,
        /// What is wrong with it.
        problem: CredentialError,
    },
    /// What this machine trusts.
    #[error("no request can be made: {0}")]
    Client(#[source] reqwest::Error),
}

impl AccessError {
    /// What the operator can do about it.
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            Self::Credential { problem, .. } => problem.hint(),
            Self::Client(_) => "see whether this machine has certificates of authorities (ca-certificates)".into(),
        }
    }
}

impl Access {
    /// What these rules give. Every secret that a rule attaches is read, so that one which isn't there shows now. Needs a
    /// Tokio runtime: it is where connections will live.
    ///
    /// # Errors
    /// When something that a rule attaches can't be had, or this machine trusts nobody.
    pub(crate) async fn new(rules: Rules, bounds: Bounds, services: &Services) -> Result<Self, AccessError> {
        let all = rules.as_granted().iter().map(|rule| Credentials::new(&rule.headers, rule.sign.as_ref()));
        let credentials = each(all)?;
        for (index, credentials) in credentials.iter().enumerate() {
            for name in credentials.secrets() {
                let unread = |error| AccessError::Credential { index, problem: CredentialError::Secret(error) };
                services.secrets.get(name).await.map_err(unread)?;
            }
        }
        let networks = rules.as_granted().iter().map(|rule| rule.networks.as_slice());
        let clients = Clients::new(&services.network, networks, bounds.connect_time).map_err(AccessError::Client)?;
        let secret_names: BTreeSet<&str> = credentials.iter().flat_map(Credentials::secrets).collect();
        Ok(Self {
            clients,
            bounds,
            secrets: services.secrets.clone(),
            secret_names: secret_names.into_iter().map(str::to_owned).collect(),
            redactors: Mutex::new(credentials.iter().map(|_| None).collect()),
            forbidden: forbidden(&credentials),
            credentials,
            rules,
            learner: services.learner.clone(),
            runtime: Handle::current(),
            places: Arc::new(Semaphore::new(bounds.places())),
            slots: Arc::new(Semaphore::new(bounds.running)),
            rate: RateLimiter::direct(Quota::per_second(NonZeroU32::new(bounds.per_second).unwrap_or(NonZeroU32::MIN))),
        })
    }

    /// Waits for a place among the requests in progress, unless too many wait already, and for its turn in this second.
    pub(super) async fn admit(&self) -> Result<Admitted, Fault> {
        let busy = |_| Fault::Busy(self.bounds.places());
        let place = Arc::clone(&self.places).try_acquire_owned().map_err(|_| Fault::Busy(self.bounds.places()))?;
        let slot = Arc::clone(&self.slots).acquire_owned().await.map_err(busy)?;
        self.rate.until_ready().await;
        Ok(Admitted { _place: place, _slot: slot })
    }

    /// What a rule attaches.
    pub(super) fn credentials(&self, granted: Match<'_>) -> Option<&Credentials> {
        self.credentials.get(granted.index)
    }

    pub(super) const fn secrets(&self) -> &Secrets {
        &self.secrets
    }

    /// What keeps secrets out of an answer: those that the request carried, and all others of the plugin's rules, since a
    /// server may give to one request what it got with another.
    pub(super) async fn redactor(&self, granted: Match<'_>, attached: Attached) -> Result<Option<Redactor>, Fault> {
        if self.secret_names.is_empty() && attached.secrets.is_empty() {
            return Ok(None);
        }
        let mut secrets = attached.secrets;
        for name in &self.secret_names {
            // One that can't be had now was in no answer since: whoever could give it has it no more.
            secrets.extend(self.secrets.get(name).await.ok());
        }
        let mut redactors = self.redactors.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = redactors.get_mut(granted.index);
        let same = |kept: &Redacting| exposed(&kept.secrets).eq(exposed(&secrets));
        if let Some(kept) = kept.as_ref().and_then(|kept| kept.as_ref()).filter(|kept| same(kept)) {
            return Ok(kept.redactor.clone());
        }
        let redactor = Redactor::new(&secrets);
        if redactor.is_none() {
            return Err(Fault::Credential("the secrets are too large to be looked for in the answer".into()));
        }
        if let Some(kept) = kept {
            *kept = Some(Redacting { secrets, redactor: redactor.clone() });
        }
        Ok(redactor)
    }
}

fn exposed(secrets: &[Arc<Secret>]) -> impl Iterator<Item = &[u8]> {
    secrets.iter().map(|secret| secret.expose())
}

fn each(all: impl Iterator<Item = Result<Credentials, CredentialError>>) -> Result<Vec<Credentials>, AccessError> {
    let numbered = all.enumerate();
    numbered.map(|(index, one)| one.map_err(|problem| AccessError::Credential { index, problem })).collect()
}

/// Headers that the guest can't set: those that belong to the connection, and those that any rule sets.
fn forbidden(credentials: &[Credentials]) -> ForbiddenHeaderFilter {
    let set: BTreeSet<String> =
        credentials.iter().flat_map(Credentials::names).map(|name| name.as_str().to_owned()).collect();
    Arc::new(move |name: &HeaderName| DEFAULT_FORBIDDEN_HEADERS.contains(name) || set.contains(name.as_str()))
}
