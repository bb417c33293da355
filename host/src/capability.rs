//! What a plugin may use beyond its own computing, one folder for each capability, each with the same files:
//!
//! * `grant.rs`: what the operator writes, as pure data, and what it allows;
//! * `host.rs`: the import as the guest sees it, the only file that knows Wasmtime;
//! * `backend.rs`: the remote side, where there is one, and `fake.rs`, its double for tests.
//!
//! A missing file is a fact, not an accident. Capabilities don't know each other.

pub mod files;

/// A capability that this host knows of, and the imports that stand for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Capability {
    /// The key under `[plugins.<id>.grants]`.
    pub name: &'static str,
    /// The WIT package, without its version, whose import asks for the capability; none where no import shows it.
    pub package: Option<&'static str>,
    /// Whether this host can give it.
    pub available: bool,
}

/// Every capability that has a name, in the order in which they are shown.
pub const CAPABILITIES: &[Capability] = &[
    Capability { name: "files", package: None, available: true },
    Capability { name: "http", package: Some("wasi:http"), available: false },
    Capability { name: "keyvalue", package: Some("wasi:keyvalue"), available: false },
    Capability { name: "signing", package: Some("wharf:signing"), available: false },
    Capability { name: "docker", package: Some("wharf:docker"), available: false },
    Capability { name: "kubernetes", package: Some("wharf:kubernetes"), available: false },
];
