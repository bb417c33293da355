//! What one plugin may do over HTTP, made when it is loaded: its rules, and what its requests in progress share.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::answers::Answers;
use super::error::Fault;
use crate::capability::Services;
use crate::capability::complaint::Complaint;
use crate::capability::credential::{CredentialError, Credentials};
use crate::capability::http::backend::Clients;
use crate::capability::http::grant::{Match, Rules};
use crate::capability::learner::Learner;
use crate::secret::Secrets;
use crate::text::one_line;

/// How long the log is spared after it was told of a request that failed: a server that is down fails all of them.
const LEAST_COMPLAINT: Duration = Duration::from_secs(10);

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
    /// What each rule attaches, in the rules' order.
    credentials: Vec<Credentials>,
    secrets: Secrets,
    pub(super) answers: Answers,
    /// When the operator was last told of requests that fail.
    complaint: Complaint,
    pub(super) learner: Learner,
    places: Arc<Semaphore>,
    slots: Arc<Semaphore>,
    rate: DefaultDirectRateLimiter,
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
        let mut sent = Vec::new();
        for (index, credentials) in credentials.iter().enumerate() {
            let unfit = |problem| AccessError::Credential { index, problem };
            sent.extend(credentials.check(&services.secrets).await.map_err(unfit)?);
        }
        let networks = rules.as_granted().iter().map(|rule| rule.networks.as_slice());
        let clients = Clients::new(&services.network, networks, &bounds).map_err(AccessError::Client)?;
        Ok(Self {
            clients,
            bounds,
            secrets: services.secrets.clone(),
            answers: Answers::new(&sent),
            complaint: Complaint::every(LEAST_COMPLAINT),
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

    /// Says in the log that requests fail for a reason which only the operator can see to, unless that has just been said.
    pub(super) fn complain(&self, plugin: &str, what: &str, fault: &Fault) {
        if self.complaint.is_due() {
            tracing::warn!(
                plugin,
                ?what,
                "a request failed: {}; {}",
                one_line(&fault.to_string()),
                one_line(&fault.hint())
            );
        }
    }
}

fn each(all: impl Iterator<Item = Result<Credentials, CredentialError>>) -> Result<Vec<Credentials>, AccessError> {
    let numbered = all.enumerate();
    numbered.map(|(index, one)| one.map_err(|problem| AccessError::Credential { index, problem })).collect()
}
