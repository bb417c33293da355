//! The stores that operators configured, each opened when the first plugin that was granted a bucket in it is loaded: who
//! grants none opens none, and a second process that only looks at plugins doesn't meet the first one's file.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use thiserror::Error;
use zeroize::Zeroizing;

use super::bucket::Bucket;
use super::redb::Redb;
use super::redis::Redis;
use super::{Backend, Space};
use crate::capability::keyvalue::grant::{Grant, LOCAL, RedisAddress, Rules, StoreConfig};
use crate::capability::learner::Learner;
use crate::database::OpenError;

/// Least time between two log lines about a store that fails: guests may ask it thousands of times a second.
const LEAST_COMPLAINT: Duration = Duration::from_secs(1);

/// Why a store can't be used.
#[derive(Debug, Error)]
pub enum StoreOpenError {
    /// A grant names it, and nobody configured it.
    #[error("the store {0:?} is not below [stores]: add it, or let the grant leave `store` out")]
    Unknown(String),
    /// The embedded store has no place.
    #[error("there is no folder for the user's state, where key-value pairs are kept: set [stores.local] file = \"…\"")]
    NoFolder,
    /// The embedded store doesn't open.
    #[error(transparent)]
    File(#[from] OpenError),
    /// The secret with the URL can't be had.
    #[error("the store {store:?} has its URL in the secret {secret:?}, which can't be read: {why}")]
    Secret {
        /// The store.
        store: String,
        /// The secret's name.
        secret: String,
        /// Why not.
        why: String,
    },
    /// The server's address is of no use.
    #[error("the store {store:?} can't be used: {why}: correct its `redis` below [stores]")]
    Redis {
        /// The store.
        store: String,
        /// Why not.
        why: String,
    },
}

/// Looks up a secret by its name.
pub type Secrets<'a> = &'a dyn Fn(&str) -> Result<Zeroizing<String>, String>;

/// All stores, by their names.
pub struct Stores {
    configured: BTreeMap<String, StoreConfig>,
    open: Mutex<BTreeMap<String, Arc<Store>>>,
}

/// An open store.
pub(in crate::capability::keyvalue) struct Store {
    name: String,
    pub(in crate::capability::keyvalue) backend: Box<dyn Backend>,
    complained: Mutex<Option<Instant>>,
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

    /// The names of the secrets that have addresses of servers.
    pub fn secrets(&self) -> impl Iterator<Item = &str> {
        self.configured.values().filter_map(StoreConfig::secret)
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
    let url = match address {
        RedisAddress::Url(url) => Zeroizing::new(url.clone()),
        RedisAddress::Secret(secret) => secrets(&secret.url_secret).map_err(|why| StoreOpenError::Secret {
            store: name.to_owned(),
            secret: secret.url_secret.clone(),
            why,
        })?,
    };
    Redis::new(&url).map_err(|why| StoreOpenError::Redis { store: name.to_owned(), why })
}

impl Store {
    pub(in crate::capability::keyvalue) fn new(name: &str, backend: Box<dyn Backend>) -> Self {
        Self { name: name.to_owned(), backend, complained: Mutex::default() }
    }

    /// Says in the log that the store failed, unless it has just been said.
    pub(in crate::capability::keyvalue) fn complain(&self, plugin: &str, why: &str) {
        let mut complained = self.complained.lock().unwrap_or_else(PoisonError::into_inner);
        if complained.is_none_or(|at| at.elapsed() >= LEAST_COMPLAINT) {
            *complained = Some(Instant::now());
            tracing::error!(plugin, store = self.name, "the key-value store failed: {why}");
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

    fn no_secrets(_: &str) -> Result<Zeroizing<String>, String> {
        Err("not there".to_owned())
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
            ("file", StoreConfig::File("/dev/null/state.redb".into())),
        ];
        let configured = configured.map(|(name, config)| (name.to_owned(), config));
        let stores = Stores::new(BTreeMap::from(configured), None);
        let secrets = |name: &str| match name {
            "spoilt" => Ok(Zeroizing::new("redis://:hunter2@h:p".to_owned())),
            _ => Err("not there".to_owned()),
        };
        let cases = [
            ("none", "\"none\" is not below [stores]"),
            (LOCAL, "set [stores.local]"),
            ("team", "\"team-redis\", which can't be read: not there"),
            ("spoilt", "\"spoilt\" can't be used: the URL is not one"),
            ("file", "cannot be opened"),
        ];
        for (name, expected) in cases {
            let error = stores.buckets("p", rules(name), &secrets, Learner::default()).err().unwrap().to_string();
            assert!(error.contains(expected) && !error.contains("hunter2"), "{name}: {error}");
        }
    }
}
