//! What the catalogue says of a server, whichever source it comes from. This is also what the tools return.

mod deployment;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub(crate) use deployment::{DeploymentConfig, EnvVar, Permissions, Resources, SecurityProfile};

/// An MCP server that could be used or deployed. What a source doesn't say is left out, never guessed.
#[derive(Clone, Debug, JsonSchema, PartialEq, Serialize)]
pub(crate) struct Server {
    /// Short name, as in `github`.
    pub(crate) name: String,
    /// Name in the official registry, as in `io.github.owner/github`. It tells apart servers with the same short name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) full_name: Option<String>,
    /// Name for people.
    pub(crate) display_name: String,
    /// What the server is for.
    pub(crate) description: String,
    /// `validated` where the tier is `Official`, else `community`.
    pub(crate) category: Category,
    /// Who makes the server: a name, an account, or the namespace of the full name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) provider: Option<String>,
    /// Whether the maker of the product behind the server stands behind the server too.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) tier: Option<Tier>,
    /// Whether the server is still maintained.
    pub(crate) status: Status,
    /// Version of the server.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) version: Option<String>,
    /// Container image.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) image: Option<String>,
    /// Packages to run the server from, other than the image.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) packages: Vec<Package>,
    /// Addresses where the server is hosted.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) remotes: Vec<Remote>,
    /// How the image speaks; without an image, the first package; without one, the first remote.
    pub(crate) transport: Transport,
    /// TCP port that the server listens on in its container.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) target_port: Option<u16>,
    /// Tools that the server offers.
    pub(crate) tools: Vec<Tool>,
    /// Keywords, in lower case.
    pub(crate) tags: Vec<String>,
    /// Where the server comes from, and how widely it is used.
    pub(crate) metadata: Metadata,
    /// What is needed to run the server without the Internet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) air_gapped: Option<AirGapped>,
    /// How to run the server.
    pub(crate) deployment_config: DeploymentConfig,
    /// Page about the server.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) website_url: Option<String>,
    /// Addresses where the facts of a built-in entry were found.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) references: Vec<String>,
    /// Other servers with the same short name, by the names that tell them apart. Only `get_server` looks for them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) same_name: Vec<String>,
    /// `built-in`, or the registry file that the entry comes from.
    pub(crate) origin: String,
    /// What the source says and no other field here has a place for, by its path in the source.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) extensions: BTreeMap<String, Value>,
}

/// How far a server has been looked at.
#[derive(Clone, Copy, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub(crate) enum Category {
    Validated,
    Community,
}

#[derive(Clone, Copy, Debug, Eq, JsonSchema, PartialEq, Serialize)]
#[schemars(inline)]
pub(crate) enum Tier {
    Official,
    Community,
}

#[derive(Clone, Copy, Debug, Default, Eq, JsonSchema, PartialEq, Serialize)]
#[schemars(inline)]
pub(crate) enum Status {
    #[default]
    Active,
    Deprecated,
}

/// How a server speaks MCP.
#[derive(Clone, Copy, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[schemars(inline)]
pub(crate) enum Transport {
    Stdio,
    Sse,
    StreamableHttp,
}

#[derive(Clone, Debug, JsonSchema, PartialEq, Serialize)]
pub(crate) struct Tool {
    pub(crate) name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) description: Option<String>,
}

#[derive(Clone, Debug, JsonSchema, PartialEq, Serialize)]
pub(crate) struct Package {
    /// Kind of registry: `npm`, `pypi`, `oci`, `nuget`, `cargo`, `mcpb`.
    pub(crate) registry: String,
    /// Name in that registry, or an address.
    pub(crate) identifier: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) version: Option<String>,
}

#[derive(Clone, Debug, JsonSchema, PartialEq, Serialize)]
pub(crate) struct Remote {
    pub(crate) transport: Transport,
    pub(crate) url: String,
}

#[derive(Clone, Debug, Default, JsonSchema, PartialEq, Serialize)]
pub(crate) struct Metadata {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) stars: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) pulls: Option<u64>,
    /// RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) last_updated: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) repository_url: Option<String>,
}

#[derive(Clone, Debug, Default, JsonSchema, PartialEq, Serialize)]
pub(crate) struct AirGapped {
    /// Digest that the image is pinned to, as in `sha256:…`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) image_digest: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) offline_docs_path: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) dependencies: Vec<String>,
    /// RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) verified_date: Option<String>,
    /// Size of the image in megabytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) size_mb: Option<u64>,
}

impl Server {
    /// A server of which nothing is known but its name, to be filled in.
    pub(crate) fn named(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            full_name: None,
            display_name: display_name(name),
            description: String::new(),
            category: Category::Community,
            provider: None,
            tier: None,
            status: Status::Active,
            version: None,
            image: None,
            packages: Vec::new(),
            remotes: Vec::new(),
            transport: Transport::Stdio,
            target_port: None,
            tools: Vec::new(),
            tags: Vec::new(),
            metadata: Metadata::default(),
            air_gapped: None,
            deployment_config: DeploymentConfig::default(),
            website_url: None,
            references: Vec::new(),
            same_name: Vec::new(),
            origin: String::new(),
            extensions: BTreeMap::new(),
        }
    }

    /// What makes a server the same in two sources: the full name where there is one, else the short name.
    pub(crate) fn identity(&self) -> &str {
        self.full_name.as_deref().unwrap_or(&self.name)
    }

    /// Sets the tier, and the category that follows from it.
    pub(crate) fn set_tier(&mut self, tier: Option<Tier>) {
        self.tier = tier;
        self.category = Category::of(tier);
    }

    /// Sets the image, and the digest where the image is pinned to one.
    pub(crate) fn set_image(&mut self, image: String) {
        if let Some((_, digest)) = image.split_once('@') {
            self.air_gapped.get_or_insert_default().image_digest = Some(digest.to_owned());
        }
        self.image = Some(image);
    }

    /// There is something to run or to connect to.
    pub(crate) fn is_usable(&self) -> bool {
        self.image.is_some() || !self.packages.is_empty() || !self.remotes.is_empty()
    }
}

impl Category {
    /// Only what is official counts as validated: nothing else in a registry vouches for a server.
    pub(crate) fn of(tier: Option<Tier>) -> Self {
        match tier {
            Some(Tier::Official) => Self::Validated,
            Some(Tier::Community) | None => Self::Community,
        }
    }
}

/// `aws-documentation` becomes `Aws Documentation`: better than nothing where a source has no name for people.
fn display_name(name: &str) -> String {
    let words = name.split(['-', '_']).filter(|word| !word.is_empty());
    let capitalised = words.map(|word| {
        let mut word = word.to_owned();
        if let Some(first) = word.get_mut(..1) {
            first.make_ascii_uppercase();
        }
        word
    });
    capitalised.collect::<Vec<_>>().join(" ")
}
