//! The stores that operators configured, each opened when the first plugin that was granted a bucket in it is loaded: who
//! grants none opens none, and a second process that only looks at plugins doesn't meet the first one's file.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use thiserror::Error;
use zeroize::Zeroizing;

use super::bucket::Bucket;
use super::redb::Redb;
use super::redis::Redis;
use super::{Backend, Space};
use crate::capability::complaint::Complaint;
use crate::capability::keyvalue::grant::{Grant, LOCAL, RedisAddress, Rules, StoreConfig, UrlSecret};
use crate::capability::learner::Learner;
use crate::database::OpenError;
use crate::secret::SecretError;
use crate::text::one_line;

/// Least time between two log lines about a store that fails: guests may ask it thousands of times a second.
const LEAST_COMPLAINT: Duration = Duration::from_secs(1);

/// Why a store can't be used.
#[derive(Debug, Error)]
pub enum StoreOpenError {
    /// A grant names it, and nobody configured it.
    #[error("the store {0:?} is not below [stores]")]
    Unknown(String),
    /// The embedded store has no place.
    #[error("there is no folder for the user's state, where key-value pairs are kept")]
    NoFolder,
    /// The embedded store doesn't open.
    #[error(transparent)]
    File(#[from] OpenError),
    /// The secret with the URL can't be had.
    #[error("the store {store:?} has its URL in the secret {secret:?}, which can't be used: {}", no_secret.why)]
    Secret {
        /// The store.
        store: String,
        /// The secret's name.
        secret: String,
        /// Why not.
        no_secret: NoSecret,
    },
    /// The server's address is of no use.
    #[error("the store {store:?} can't be used: {why}")]
    Redis {
        /// The store.
        store: String,
        /// The secret that has the address, if one does.
        secret: Option<String>,
        /// Why not.
        why: String,
    },
}

impl StoreOpenError {
    /// What the operator can do about it.
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            Self::Unknown(name) => format!("add [stores.{name:?}], or let the grant leave `store` out"),
            Self::NoFolder => "set [stores.local] file = \"…\"".to_owned(),
            // It says what to do itself, for each of its kinds.
            Self::File(_) => "do as it says, or give the store another `file` below [stores]".to_owned(),
            Self::Secret { no_secret, .. } => no_secret.help.clone(),
            Self::Redis { store, secret: None, .. } => {
                format!("write a URL such as redis://host:6379/0 as `redis` of [stores.{store:?}]")
            }
            Self::Redis { secret: Some(secret), .. } => {
                format!("put a URL such as rediss://user:password@host:6379/0 into the secret `{secret}`")
            }
        }
    }
}

/// Why a secret can't be had, and what to do about it.
#[derive(Debug, Clone)]
pub struct NoSecret {
    why: String,
    help: String,
}

impl NoSecret {
    /// It can't be a URL.
    #[must_use]
    pub fn no_text(name: &str) -> Self {
        Self { why: "it is no text".to_owned(), help: format!("check the source of [secrets.{name}]") }
    }

    /// Nobody has read it.
    #[must_use]
    pub fn unread(name: &str) -> Self {
        let help = format!("add [secrets.{name}] with `env`, `file` or `keyring`");
        Self { why: "it isn't below [secrets]".to_owned(), help }
    }
}

impl From<SecretError> for NoSecret {
    fn from(error: SecretError) -> Self {
        Self { why: error.to_string(), help: error.hint() }
    }
}

/// Looks up a secret by its name.
pub type Secrets<'a> = &'a dyn Fn(&str) -> Result<Zeroizing<String>, NoSecret>;

/// All stores, by their names.
pub struct Stores {
    configured: BTreeMap<String, StoreConfig>,
    open: Mutex<BTreeMap<String, Arc<Store>>>,
}

/// An open store.
pub(in crate::capability::keyvalue) struct Store {
    name: String,
    pub(in crate::capability::keyvalue) backend: Box<dyn Backend>,
    complaint: Complaint,
}

/// What one plugin was granted, open. All instances of it share this.
pub struct Buckets {
    pub(in crate::capability::keyvalue) learner: Learner,
    pub(in crate::capability::keyvalue) rules: Rules,
    pub(in crate::capability::keyvalue) buckets: BTreeMap<String, Arc<Bucket>>,
}

impl Stores {
    /// The configured stores, which have been checked, and the embedded one, in `local_file` where the operator names no
    /// other. Opens nothing.
    #[must_use]
    pub fn new(mut configured: BTreeMap<String, StoreConfig>, local_file: Option<PathBuf>) -> Self {
        if let Some(file) = local_file {
            configured.entry(LOCAL.to_owned()).or_insert(StoreConfig::File(file));
        }
        Self { configured, open: Mutex::default() }
    }

    /// The names of the secrets that have the addresses of the servers where these buckets are.
    pub fn secrets(&self, grants: &[Grant]) -> BTreeSet<&str> {
        grants.iter().filter_map(|grant| self.configured.get(&grant.store)?.secret()).collect()
    }

    /// The buckets of one plugin. Opens the stores that aren't open yet. Blocks on the disk, and is called where Tokio runs;
    /// servers are connected to later.
    ///
    /// # Errors
    /// The first store that can't be used.
    pub fn buckets(
        &self,
        plugin: &str,
        rules: Rules,
        secrets: Secrets<'_>,
        learner: Learner,
    ) -> Result<Buckets, StoreOpenError> {
        let plugin: Arc<str> = Arc::from(plugin);
        let open = |grant: &Grant| {
            let bucket = Bucket {
                space: Space {
                    plugin: Arc::clone(&plugin),
                    bucket: Arc::from(grant.bucket.as_str()),
                    bounds: grant.bounds(),
                },
                rule: grant.to_string(),
                store: self.store(&grant.store, secrets)?,
            };
            Ok((grant.bucket.clone(), Arc::new(bucket)))
        };
        let buckets = rules.granted().iter().map(open).collect::<Result<_, StoreOpenError>>()?;
        Ok(Buckets { learner, rules, buckets })
    }

    fn store(&self, name: &str, secrets: Secrets<'_>) -> Result<Arc<Store>, StoreOpenError> {
        // A panic while a store is opened leaves it out, and the others as they are.
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(store) = open.get(name) {
            return Ok(Arc::clone(store));
        }
        let store = Arc::new(Store::new(name, self.backend(name, secrets)?));
        open.insert(name.to_owned(), Arc::clone(&store));
        Ok(store)
    }

    fn backend(&self, name: &str, secrets: Secrets<'_>) -> Result<Box<dyn Backend>, StoreOpenError> {
        match self.configured.get(name) {
            None if name == LOCAL => Err(StoreOpenError::NoFolder),
            None => Err(StoreOpenError::Unknown(name.to_owned())),
            Some(StoreConfig::File(path)) => {
                let (store, moved) = Redb::open(path)?;
                if let Some(moved) = moved {
                    tracing::error!(store = name, "{moved}");
                }
                Ok(Box::new(store))
            }
            Some(StoreConfig::Redis(address)) => Ok(Box::new(redis(name, address, secrets)?)),
        }
    }
}

fn redis(name: &str, address: &RedisAddress, secrets: Secrets<'_>) -> Result<Redis, StoreOpenError> {
    let (url, secret) = match address {
        RedisAddress::Url(url) => (Zeroizing::new(url.clone()), None),
        RedisAddress::Secret(UrlSecret { url_secret }) => {
            let (store, secret) = (name.to_owned(), url_secret.clone());
            let url = secrets(url_secret).map_err(|no_secret| StoreOpenError::Secret { store, secret, no_secret })?;
            (url, Some(url_secret.clone()))
        }
    };
    Redis::new(&url).map_err(|why| StoreOpenError::Redis { store: name.to_owned(), secret, why })
}

impl Store {
    pub(in crate::capability::keyvalue) fn new(name: &str, backend: Box<dyn Backend>) -> Self {
        Self { name: name.to_owned(), backend, complaint: Complaint::every(LEAST_COMPLAINT) }
    }

    /// Says in the log that the store failed, unless it has just been said.
    pub(in crate::capability::keyvalue) fn complain(&self, plugin: &str, why: &str) {
        if self.complaint.is_due() {
            tracing::error!(plugin, store = self.name, "the key-value store failed: {}", one_line(why));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(store: &str) -> Rules {
        let grant = |bucket: &str| Grant {
            bucket: bucket.into(),
            access: crate::capability::keyvalue::Access::ReadWrite,
            store: store.into(),
            bytes: None,
            keys: None,
            value_bytes: None,
        };
        Rules::new("p", None, vec![grant("a"), grant("b")], false)
    }

    fn no_secrets(name: &str) -> Result<Zeroizing<String>, NoSecret> {
        Err(NoSecret::unread(name))
    }

    #[tokio::test]
    async fn a_store_is_opened_when_it_is_first_granted_and_shared_from_then_on() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("state.redb");
        let stores = Stores::new(BTreeMap::new(), Some(file.clone()));
        stores
            .buckets("p", Rules::new("p", None, vec![], false), &no_secrets, Learner::default())
            .unwrap_or_else(|error| panic!("{error}"));
        assert!(!file.exists());
        let first = stores
            .buckets("p", rules(LOCAL), &no_secrets, Learner::default())
            .unwrap_or_else(|error| panic!("{error}"));
        let second = stores
            .buckets("q", rules(LOCAL), &no_secrets, Learner::default())
            .unwrap_or_else(|error| panic!("{error}"));
        assert!(Arc::ptr_eq(&first.buckets["a"].store, &second.buckets["b"].store));
    }

    #[tokio::test]
    async fn a_store_that_cannot_be_used_is_named() {
        let redis = |address| StoreConfig::Redis(address);
        let secret = |name: &str| {
            RedisAddress::Secret(crate::capability::keyvalue::grant::UrlSecret { url_secret: name.into() })
        };
        let configured = [
            ("team", redis(secret("team-redis"))),
            ("spoilt", redis(secret("spoilt"))),
            ("odd", redis(RedisAddress::Url("redis://h:port".into()))),
            ("file", StoreConfig::File("/dev/null/state.redb".into())),
        ];
        let configured = configured.map(|(name, config)| (name.to_owned(), config));
        let stores = Stores::new(BTreeMap::from(configured), None);
        let secrets = |name: &str| match name {
            "spoilt" => Ok(Zeroizing::new("redis://:hunter2@h:p".to_owned())),
            other => no_secrets(other),
        };
        let cases = [
            ("none", "\"none\" is not below [stores]", "add [stores.\"none\"]"),
            (LOCAL, "no folder", "set [stores.local]"),
            ("team", "\"team-redis\", which can't be used: it isn't below [secrets]", "add [secrets.team-redis]"),
            ("spoilt", "\"spoilt\" can't be used: the URL is not one", "into the secret `spoilt`"),
            ("odd", "\"odd\" can't be used", "`redis` of [stores.\"odd\"]"),
            ("file", "cannot be opened", "another `file`"),
        ];
        for (name, expected, help) in cases {
            let error = stores.buckets("p", rules(name), &secrets, Learner::default()).err().unwrap();
            let (text, hint) = (error.to_string(), error.hint());
            assert!(text.contains(expected) && !text.contains("hunter2"), "{name}: {text}");
            assert!(hint.contains(help) && !hint.contains("hunter2"), "{name}: {hint}");
        }
        assert!(stores.secrets(&[]).is_empty());
        assert_eq!(Vec::from_iter(stores.secrets(rules("team").granted())), ["team-redis"], "and no other store's");
    }
}
