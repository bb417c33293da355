//! What a plugin may use beyond its own computing, one folder for each capability, each with the same files:
//!
//! * `grant.rs`: what the operator writes, as pure data, and what it allows;
//! * `host.rs`, or its folder: the import as the guest sees it, where alone Wasmtime is known;
//! * `backend.rs`: the remote side, where there is one, and `fake.rs`, its double for tests.
//!
//! A missing file is a fact, not an accident. Capabilities don't know each other; what they share is here, and knows none of
//! them: `decision` is what every check answers, `place` knows patterns of addresses, `egress` which of them may be dialled,
//! `credential` and `aws` what is attached to requests, `redact` keeps secrets out of what comes back, `record` is told of
//! every use, `complaint` says how often the log is, and `shadow` stands in front of functions of Wasmtime's. `learner`
//! gathers what was refused, in the capabilities' own words.

pub mod aws;
pub(crate) mod complaint;
pub mod credential;
pub mod decision;
pub mod egress;
pub mod files;
pub mod http;
pub mod keyvalue;
pub mod learner;
pub mod place;
pub(crate) mod record;
pub mod redact;
mod shadow;
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
    /// The interfaces of that package that this host has, with their versions.
    pub interfaces: &'static [&'static str],
    /// A line that grants it, for operators who have to write one; none where this host can't give it.
    pub example: Option<&'static str>,
}

/// Every capability that has a name, in the order in which they are shown.
pub const CAPABILITIES: &[Capability] = &[
    Capability { name: files::NAME, package: None, interfaces: &[], example: Some(files::EXAMPLE) },
    Capability {
        name: http::NAME,
        package: Some("wasi:http"),
        interfaces: &["wasi:http/types@0.2.12", "wasi:http/outgoing-handler@0.2.12"],
        example: Some(http::EXAMPLE),
    },
    Capability {
        name: keyvalue::NAME,
        package: Some("wasi:keyvalue"),
        interfaces: &[
            "wasi:keyvalue/store@0.2.0-draft",
            "wasi:keyvalue/atomics@0.2.0-draft",
            "wasi:keyvalue/batch@0.2.0-draft",
        ],
        example: Some(keyvalue::EXAMPLE),
    },
    Capability {
        name: signing::NAME,
        package: Some("wharf:signing"),
        interfaces: &["wharf:signing/signer@0.1.0"],
        example: Some(signing::EXAMPLE),
    },
    Capability { name: "docker", package: Some("wharf:docker"), interfaces: &[], example: None },
    Capability { name: "kubernetes", package: Some("wharf:kubernetes"), interfaces: &[], example: None },
];

impl Capability {
    /// Whether this host has an interface that a component imports: the same one, in a version that fits.
    #[must_use]
    pub fn offers(&self, import: &str) -> bool {
        self.interfaces.iter().any(|offered| *offered == import || is_compatible(offered, import))
    }
}

/// As the linker has it: a version before 1.0 fits another one of the same minor version, and a draft only itself.
fn is_compatible(offered: &str, import: &str) -> bool {
    track(import).is_some_and(|wanted| track(offered) == Some(wanted))
}

/// The name with what of its version has to be the same: `wasi:http/types@0.2` of `wasi:http/types@0.2.12`.
fn track(name: &str) -> Option<&str> {
    let (interface, version) = name.split_once('@')?;
    let version = version.split_once('+').map_or(version, |(version, _)| version);
    let numbers: Vec<&str> = version.split('.').collect();
    let is_number = |text: &&str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let length = match *numbers.as_slice() {
        [major, minor, patch] if ![major, minor, patch].iter().all(is_number) => return None,
        ["0", "0", _] => return None,
        ["0", minor, _] => "0.".len().saturating_add(minor.len()),
        [major, _, _] => major.len(),
        _ => return None,
    };
    name.get(..interface.len().saturating_add("@".len()).saturating_add(length))
}

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
    pub files: Arc<files::Rules>,
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
            places: files::Places::new(Arc::clone(&access.files)),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interface_is_offered_in_versions_that_fit() {
        let cases = [
            ("wasi:http/types@0.2.12", true),
            ("wasi:http/types@0.2.0", true),
            ("wasi:http/types@0.2.99", true),
            ("wasi:http/types@0.2.4+build", true),
            ("wasi:http/types@0.20.0", false),
            ("wasi:http/types@0.3.0", false),
            ("wasi:http/types@0.2.0-rc.1", false),
            ("wasi:http/types@0.2", false),
            ("wasi:http/types@0.2.", false),
            ("wasi:http/types@1.2.0", false),
            ("wasi:http/types@", false),
            ("wasi:http/types", false),
            ("wasi:http/type@0.2.12", false),
            ("wasi:http/incoming-handler@0.2.12", false),
            ("wasi:keyvalue/store@0.2.0-draft", true),
            ("wasi:keyvalue/store@0.2.0-draft2", false),
            ("wasi:keyvalue/store@0.2.0", false),
            ("wasi:keyvalue/watcher@0.2.0-draft", false),
            ("wharf:signing/signer@0.1.7", true),
            ("wharf:signing/signer@0.2.0", false),
        ];
        for (import, expected) in cases {
            assert_eq!(CAPABILITIES.iter().any(|known| known.offers(import)), expected, "{import}");
        }
    }
}
