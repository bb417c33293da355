//! What a plugin may use beyond its own computing, one folder for each capability, each with the same files:
//!
//! * `grant.rs`: what the operator writes, as pure data, and what it allows;
//! * `host.rs`: the import as the guest sees it, the only file that knows Wasmtime;
//! * `backend.rs`: the remote side, where there is one, and `fake.rs`, its double for tests.
//!
//! A missing file is a fact, not an accident. Capabilities don't know each other; what they share is here: `decision` is
//! what every check answers, `egress` which addresses may be dialled, `redact` keeps secrets out of what comes back.

pub mod aws;
pub mod credential;
pub mod decision;
pub mod egress;
pub mod files;
pub mod http;
pub mod keyvalue;
pub mod learner;
pub(crate) mod record;
pub mod redact;
pub mod signing;

use std::sync::Arc;

use self::learner::Learner;
use crate::audit::{Audit, Witness};
use crate::secret::Secrets;

/// A capability that this host knows of, and the imports that stand for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Capability {
    /// The key under `[plugins.<id>.grants]`.
    pub name: &'static str,
    /// The WIT package, without its version, whose import asks for the capability; none where no import shows it.
    pub package: Option<&'static str>,
    /// A line that grants it, for operators who have to write one; none where this host can't give it.
    pub example: Option<&'static str>,
}

/// Every capability that has a name, in the order in which they are shown.
pub const CAPABILITIES: &[Capability] = &[
    Capability { name: files::NAME, package: None, example: Some(files::EXAMPLE) },
    Capability { name: http::NAME, package: Some("wasi:http"), example: Some(http::EXAMPLE) },
    Capability { name: keyvalue::NAME, package: Some("wasi:keyvalue"), example: Some(keyvalue::EXAMPLE) },
    Capability { name: signing::NAME, package: Some("wharf:signing"), example: Some(signing::EXAMPLE) },
    Capability { name: "docker", package: Some("wharf:docker"), example: None },
    Capability { name: "kubernetes", package: Some("wharf:kubernetes"), example: None },
];

/// What the whole host has that capabilities use. Made once, where everything is put together; cheap to clone.
#[derive(Clone)]
pub struct Services {
    /// The way to other machines.
    pub network: http::Network,
    /// The operator's secrets.
    pub secrets: Secrets,
    /// Where plugins keep their state.
    pub stores: Arc<keyvalue::Stores>,
    /// Where uses are put on record.
    pub audit: Audit,
    /// Where refusals are gathered, if an operator wants to learn from them.
    pub learner: Learner,
}

/// What one plugin may use, made when it is loaded. All its instances share it.
#[derive(Default)]
pub struct Access {
    /// Directories.
    pub files: Vec<files::Grant>,
    /// Requests.
    pub http: Option<Arc<http::Access>>,
    /// State.
    pub keyvalue: Option<Arc<keyvalue::Buckets>>,
    /// Addresses that are signed for it.
    pub signing: Option<Arc<signing::Access>>,
}

/// What one instance has of it, for the call that it serves.
pub(crate) struct Instances {
    pub(crate) witness: Witness,
    pub(crate) places: files::Places,
    pub(crate) http: http::Instance,
    pub(crate) keyvalue: Option<Arc<keyvalue::Buckets>>,
    pub(crate) signing: Option<Arc<signing::Access>>,
}

impl Instances {
    pub(crate) fn new(access: &Access, witness: Witness) -> Self {
        Self {
            places: files::Places::default(),
            http: http::Instance::new(access.http.clone(), witness.clone()),
            keyvalue: access.keyvalue.clone(),
            signing: access.signing.clone(),
            witness,
        }
    }

    /// Goes over to another call.
    pub(crate) fn renew(&mut self, witness: Witness) {
        self.http.renew(witness.clone());
        self.witness = witness;
    }
}
