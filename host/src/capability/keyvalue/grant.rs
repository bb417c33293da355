//! What the operator writes for `keyvalue`, whether it holds together, and what it allows.

mod rules;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use url::Url;

use super::{ANSWER_BYTES, BUCKET_NAME_BYTES, BYTES, KEYS, VALUE_BYTES, length};

pub use rules::Rules;

/// The store that is always there.
pub const LOCAL: &str = "local";

/// One bucket of a plugin, where it is kept, and how much it may hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Grant {
    /// The name by which the plugin opens it.
    pub bucket: String,
    /// What the plugin may do with it.
    #[serde(default)]
    pub access: Access,
    /// The store that keeps it: `local`, or one of `[stores]`.
    #[serde(default = "local")]
    pub store: String,
    /// Most bytes of its keys and values together [default: 67108864].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
    /// Most keys [default: 10000].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keys: Option<u64>,
    /// Most bytes of one value [default: 1048576, or `bytes` where that is less].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value_bytes: Option<usize>,
}

impl Grant {
    /// A bucket of this name, in the embedded store.
    #[must_use]
    pub fn of(bucket: impl Into<String>) -> Self {
        let bucket = bucket.into();
        Self { bucket, access: Access::default(), store: local(), bytes: None, keys: None, value_bytes: None }
    }
}

fn local() -> String {
    LOCAL.to_owned()
}

/// What a plugin may do with a bucket. By default everything: what is in it is the plugin's own.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Access {
    /// Get and list.
    Read,
    /// Also set, delete and increment.
    #[default]
    ReadWrite,
}

/// A bucket that a plugin asks for. The same words as the grant's; how much and where is not for a plugin to say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Want {
    /// The name by which the plugin opens it.
    pub bucket: String,
    /// What it does with it.
    #[serde(default)]
    pub access: Access,
}

/// What is done to a bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// Leaves it as it is.
    Read,
    /// May change it.
    Write,
}

/// How much a bucket may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// Of keys and values together.
    pub bytes: u64,
    /// How many keys.
    pub keys: u64,
    /// Of one value.
    pub value_bytes: usize,
}

/// A store, below `[stores]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum StoreConfig {
    /// The embedded store, in this file. A relative path starts at the configuration file's folder.
    File(PathBuf),
    /// A Redis server.
    Redis(RedisAddress),
}

/// Where a Redis server is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged, expecting = "expected a URL such as `redis://host:6379/0`, or `{ url-secret = \"name\" }`")]
pub enum RedisAddress {
    /// Its URL, which has no password: `redis://host:port/database`, or `rediss://` for TLS.
    Url(String),
    /// The secret that has its URL.
    Secret(UrlSecret),
}

/// The name of a secret that has a URL.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct UrlSecret {
    /// The secret's name.
    pub url_secret: String,
}

/// Why a grant, or a store, can't be given.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GrantError {
    /// The bucket has no usable name.
    #[error("`bucket = {0:?}` is no name of 1 to {BUCKET_NAME_BYTES} bytes without control characters")]
    Bucket(String),
    /// Two grants of the same bucket.
    #[error("two grants of keyvalue both have `bucket = {0:?}`")]
    Twice(String),
    /// Nobody configured the store.
    #[error("the bucket {bucket:?} is in the store {store:?}, which is not below [stores]")]
    Store {
        /// The bucket.
        bucket: String,
        /// What was taken for a store.
        store: String,
    },
    /// A bound that lets nothing in, or more than can be handed over.
    #[error("the bucket {bucket:?} has `{key} = {value}`, which is not from 1 to {most}")]
    Bound {
        /// The bucket.
        bucket: String,
        /// Which bound.
        key: &'static str,
        /// What was written.
        value: u64,
        /// The most that may be.
        most: u64,
    },
    /// The name says something else than the table.
    #[error("the store {LOCAL:?} is a file on this machine, and can't be a Redis server")]
    LocalIsRemote,
    /// No URL of a Redis server.
    #[error("the store {store:?} has no URL of the form `redis://host:port/database` or `rediss://…`")]
    Url {
        /// The store.
        store: String,
    },
    /// A password that everyone who may read the configuration reads as well.
    #[error("the store {store:?} has a password in its URL")]
    Password {
        /// The store.
        store: String,
    },
}

impl GrantError {
    /// What the operator can do about it.
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            Self::Bucket(_) => "use the name that the plugin opens, such as `default`".to_owned(),
            Self::Twice(_) => "keep one of the two".to_owned(),
            Self::Store { store, .. } => {
                format!("add [stores.{store:?}] with `redis = \"redis://host:6379/0\"`, or leave `store` out")
            }
            Self::Bound { .. } => "correct the number, or leave it out for the default".to_owned(),
            Self::LocalIsRemote => {
                "give the server a name of its own, and let the grants say `store = \"name\"`".to_owned()
            }
            Self::Url { .. } => "such as `redis = \"redis://127.0.0.1:6379/0\"`".to_owned(),
            Self::Password { .. } => "keep the whole URL as a secret: `redis = { url-secret = \"name\" }`".to_owned(),
        }
    }
}

impl Grant {
    /// Whether the grants of one plugin hold together, and their stores are there. Opens nothing.
    ///
    /// # Errors
    /// The first grant that doesn't.
    pub fn check(grants: &[Self], stores: &BTreeMap<String, StoreConfig>) -> Result<(), GrantError> {
        let mut seen = BTreeSet::new();
        for grant in grants {
            grant.check_alone(stores)?;
            if !seen.insert(&grant.bucket) {
                return Err(GrantError::Twice(grant.bucket.clone()));
            }
        }
        Ok(())
    }

    fn check_alone(&self, stores: &BTreeMap<String, StoreConfig>) -> Result<(), GrantError> {
        let bucket = || self.bucket.clone();
        if !is_name(&self.bucket) {
            return Err(GrantError::Bucket(bucket()));
        }
        if self.store != LOCAL && !stores.contains_key(&self.store) {
            return Err(GrantError::Store { bucket: bucket(), store: self.store.clone() });
        }
        let value_bytes = self.value_bytes.map(length);
        let bounds = [
            ("bytes", self.bytes, i64::MAX.unsigned_abs()),
            ("keys", self.keys, i64::MAX.unsigned_abs()),
            ("value-bytes", value_bytes, length(ANSWER_BYTES).min(self.bytes.unwrap_or(BYTES))),
        ];
        let wrong = bounds.into_iter().find(|(_, value, most)| value.is_some_and(|value| value == 0 || value > *most));
        wrong.map_or(Ok(()), |(key, value, most)| {
            Err(GrantError::Bound { bucket: bucket(), key, value: value.unwrap_or_default(), most })
        })
    }

    /// How much the bucket may hold.
    #[must_use]
    pub fn bounds(&self) -> Bounds {
        let bytes = self.bytes.unwrap_or(BYTES);
        let usual = VALUE_BYTES.min(usize::try_from(bytes).unwrap_or(VALUE_BYTES));
        Bounds { bytes, keys: self.keys.unwrap_or(KEYS), value_bytes: self.value_bytes.unwrap_or(usual) }
    }
}

impl StoreConfig {
    /// The name of the secret that it needs.
    #[must_use]
    pub fn secret(&self) -> Option<&str> {
        match self {
            Self::Redis(RedisAddress::Secret(secret)) => Some(&secret.url_secret),
            Self::Redis(RedisAddress::Url(_)) | Self::File(_) => None,
        }
    }

    /// Whether the stores are of use. Opens nothing.
    ///
    /// # Errors
    /// The first that isn't.
    pub fn check(stores: &BTreeMap<String, Self>) -> Result<(), GrantError> {
        stores.iter().try_for_each(|(name, store)| match store {
            Self::File(_) => Ok(()),
            Self::Redis(_) if name == LOCAL => Err(GrantError::LocalIsRemote),
            Self::Redis(RedisAddress::Secret(_)) => Ok(()),
            Self::Redis(RedisAddress::Url(url)) => check_url(name, url),
        })
    }
}

fn check_url(store: &str, url: &str) -> Result<(), GrantError> {
    let url = Url::parse(url).ok().filter(|url| matches!(url.scheme(), "redis" | "rediss") && url.has_host());
    match url {
        None => Err(GrantError::Url { store: store.to_owned() }),
        Some(url) if url.password().is_some() => Err(GrantError::Password { store: store.to_owned() }),
        Some(_) => Ok(()),
    }
}

/// Names are shown in one line.
fn is_name(name: &str) -> bool {
    (1..=BUCKET_NAME_BYTES).contains(&name.len()) && !name.contains(char::is_control)
}

impl fmt::Display for Access {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Read => "read",
            Self::ReadWrite => "read-write",
        })
    }
}

/// As the operator could have written it, with what decides.
impl fmt::Display for Grant {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { bucket, access, store, .. } = self;
        write!(formatter, "{{ bucket = {bucket:?}, access = \"{access}\", store = {store:?} }}")
    }
}

impl Access {
    fn allows(self, operation: Operation) -> bool {
        self == Self::ReadWrite || operation == Operation::Read
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capability::decision::By;

    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct File {
        #[serde(default)]
        keyvalue: Vec<Grant>,
        #[serde(default)]
        stores: BTreeMap<String, StoreConfig>,
    }

    fn problem(text: &str) -> String {
        let file: File = match toml::from_str(text) {
            Ok(file) => file,
            Err(error) => return error.message().to_owned(),
        };
        let checked = StoreConfig::check(&file.stores).and_then(|()| Grant::check(&file.keyvalue, &file.stores));
        checked.err().map_or_else(String::new, |error| format!("{error}: {}", error.hint()))
    }

    #[test]
    fn a_grant_names_a_bucket_once_with_bounds_that_hold_something() {
        let long = format!("keyvalue = [{{ bucket = '{}' }}]", "b".repeat(BUCKET_NAME_BYTES + 1));
        let cases = [
            ("keyvalue = [{ bucket = 'default' }]", ""),
            ("keyvalue = [{ bucket = 'a' }, { bucket = 'b', access = 'read' }]", ""),
            ("keyvalue = [{ bucket = 'ä/b c' }]", ""),
            ("keyvalue = [{ bucket = 'a', bytes = 10, keys = 1, value-bytes = 10 }]", ""),
            ("keyvalue = [{}]", "missing field `bucket`"),
            ("keyvalue = [{ bucket = 'a', acces = 'read' }]", "unknown field `acces`"),
            ("keyvalue = [{ bucket = 'a', access = 'write' }]", "unknown variant `write`"),
            ("keyvalue = [{ bucket = '' }]", "is no name"),
            ("keyvalue = [{ bucket = \"a\\n\" }]", "is no name"),
            (long.as_str(), "is no name"),
            ("keyvalue = [{ bucket = 'a' }, { bucket = 'a', store = 'local' }]", "keep one of the two"),
            ("keyvalue = [{ bucket = 'a', store = 'team' }]", "[stores.\"team\"]"),
            ("keyvalue = [{ bucket = 'a', keys = 0 }]", "`keys = 0`"),
            ("keyvalue = [{ bucket = 'a', bytes = 0 }]", "`bytes = 0`"),
            ("keyvalue = [{ bucket = 'a', value-bytes = 16_777_217 }]", "not from 1 to 16777216"),
            ("keyvalue = [{ bucket = 'a', bytes = 9, value-bytes = 10 }]", "not from 1 to 9"),
        ];
        for (text, expected) in cases {
            let problem = problem(text);
            assert_eq!(problem.is_empty(), expected.is_empty(), "{text}: {problem}");
            assert!(problem.contains(expected), "{text}: {problem}");
        }
    }

    #[test]
    fn a_store_is_a_file_or_a_redis_without_a_password_in_the_open() {
        let cases = [
            ("[stores.local]\nfile = '/var/lib/wharf/state.redb'", ""),
            ("[stores.team]\nredis = 'redis://10.0.0.1:6379/0'", ""),
            ("[stores.team]\nredis = 'rediss://user@redis.example.com'", ""),
            ("[stores.team]\nredis = { url-secret = 'team' }", ""),
            ("keyvalue = [{ bucket = 'a', store = 'team' }]\n[stores.team]\nredis = 'redis://h'", ""),
            ("[stores.local]\nredis = { url-secret = 'team' }", "a name of its own"),
            ("[stores.team]\nredis = 'redis://:hunter2@10.0.0.1'", "url-secret"),
            ("[stores.team]\nredis = 'http://10.0.0.1'", "no URL of the form"),
            ("[stores.team]\nredis = 'redis:'", "no URL of the form"),
            ("[stores.team]\nredis = '10.0.0.1:6379'", "no URL of the form"),
            ("[stores.team]\nredis = { secret = 'team' }", "expected a URL such as"),
            ("[stores.team]\nredis = { url-secret = 'a', more = 1 }", "expected a URL such as"),
            ("[stores.team]\nfil = 'a'", "unknown variant `fil`"),
            ("[stores.team]\nfile = 'a'\nredis = 'redis://h'", "exactly 1"),
        ];
        for (text, expected) in cases {
            let problem = problem(text);
            assert_eq!(problem.is_empty(), expected.is_empty(), "{text}: {problem}");
            assert!(problem.contains(expected), "{text}: {problem}");
            assert!(!problem.contains("hunter2"), "{problem}");
        }
    }

    fn grant(bucket: &str, access: Access) -> Grant {
        Grant { bucket: bucket.into(), access, store: local(), bytes: None, keys: None, value_bytes: None }
    }

    #[test]
    fn a_bucket_is_what_was_asked_for_and_granted() {
        use Operation::{Read, Write};
        let granted = vec![grant("own", Access::ReadWrite), grant("seen", Access::Read)];
        let want = |bucket: &str, access| Want { bucket: bucket.into(), access };
        let asked = vec![want("own", Access::Read), want("seen", Access::ReadWrite), want("other", Access::Read)];
        let cases = [
            ("granted", None, false, "own", Write, None, ""),
            ("granted for reading", None, false, "seen", Read, None, ""),
            ("beyond the grant", None, false, "seen", Write, Some(By::Operator), "access = \"read-write\""),
            (
                "not granted",
                None,
                false,
                "other",
                Read,
                Some(By::Operator),
                "{ bucket = \"other\", access = \"read\" }",
            ),
            ("not granted to write", None, false, "other", Write, Some(By::Operator), "access = \"read-write\""),
            ("a part of the name", None, false, "ow", Read, Some(By::Operator), "[plugins.p.grants]"),
            ("another case", None, false, "OWN", Read, Some(By::Operator), "[plugins.p.grants]"),
            ("an empty name", None, false, "", Read, Some(By::Operator), "such as `default`"),
            ("no name", None, false, "a\u{1b}[2J", Read, Some(By::Operator), "such as `default`"),
            ("asked and granted", Some(&asked), false, "own", Read, None, ""),
            ("beyond what was asked", Some(&asked), false, "own", Write, Some(By::Plugin), "wants.buckets"),
            ("asked, beyond the grant", Some(&asked), false, "seen", Write, Some(By::Operator), "read-write"),
            ("asked, not granted", Some(&asked), false, "other", Read, Some(By::Operator), "[plugins.p.grants]"),
            ("neither", Some(&asked), false, "none", Read, Some(By::Plugin), "wants.buckets"),
            ("read-only, reading", None, true, "own", Read, None, ""),
            ("read-only, writing", None, true, "own", Write, Some(By::ReadOnly), "read-only = true"),
        ];
        for (case, asked, read_only, bucket, operation, by, hint) in cases {
            let rules = Rules::new("p", asked.cloned(), granted.clone(), read_only);
            let refused = rules.decide(bucket, operation).err();
            assert_eq!(refused.as_ref().map(|refused| refused.by), by, "{case}: {refused:?}");
            assert!(refused.is_none_or(|refused| refused.hint.contains(hint)), "{case}");
        }
    }

    #[test]
    fn the_line_of_a_refusal_allows_it() {
        let rules = Rules::new("p", None, vec![grant("seen", Access::Read)], false);
        for (bucket, operation) in
            [("new \"x\"", Operation::Read), ("new", Operation::Write), ("seen", Operation::Write)]
        {
            let hint = rules.decide(bucket, operation).unwrap_err().hint;
            let file: File = toml::from_str(hint.split_once(": ").unwrap().1).unwrap();
            assert!(Rules::new("p", None, file.keyvalue, false).decide(bucket, operation).is_ok(), "{hint}");
        }
    }
}
