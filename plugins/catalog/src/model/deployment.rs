//! How a server is run.

use schemars::JsonSchema;
use serde::Serialize;

#[derive(Clone, Debug, Default, JsonSchema, PartialEq, Serialize)]
pub(crate) struct DeploymentConfig {
    /// Quantities as Kubernetes writes them, as in `100m` and `128Mi`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) recommended_resources: Option<Resources>,
    /// `none`: needs nothing from outside; `network`: needs the network; `custom`: needs more, as files or privileges.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) security_profile: Option<SecurityProfile>,
    /// What exactly the server asks for, where the source says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) permissions: Option<Permissions>,
    /// Arguments to start the server with.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) args: Vec<String>,
    pub(crate) env_vars: Vec<EnvVar>,
}

#[derive(Clone, Debug, JsonSchema, PartialEq, Serialize)]
pub(crate) struct Resources {
    pub(crate) cpu: String,
    pub(crate) memory: String,
    pub(crate) cpu_limit: String,
    pub(crate) memory_limit: String,
}

#[derive(Clone, Copy, Debug, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub(crate) enum SecurityProfile {
    None,
    Network,
    Custom,
}

#[derive(Clone, Debug, Default, JsonSchema, PartialEq, Serialize)]
pub(crate) struct Permissions {
    /// Hosts that the server connects to; with a leading dot, a domain and all below it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) outbound_hosts: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) outbound_ports: Vec<u16>,
    /// The server may connect to any host.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(crate) outbound_any: bool,
    /// Paths that the server reads.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) read: Vec<String>,
    /// Paths that the server writes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) write: Vec<String>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(crate) privileged: bool,
}

/// An environment variable that configures a server.
#[derive(Clone, Debug, Default, JsonSchema, PartialEq, Serialize)]
pub(crate) struct EnvVar {
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) required: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(crate) secret: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) default: Option<String>,
    /// The only values that are allowed. Empty: any.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) choices: Vec<String>,
}
