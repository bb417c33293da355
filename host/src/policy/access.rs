//! From what was granted to what a plugin may use: asked for ∩ granted, with what it takes to give it.

use std::collections::BTreeMap;
use std::sync::Arc;

use zeroize::Zeroizing;

use super::{Asked, Grants};
use crate::capability::{Access, Services, files, http, keyvalue, signing};

/// Why a plugin can't be given what it was granted.
#[derive(Debug, thiserror::Error)]
pub enum AccessError {
    /// The rules of requests.
    #[error(transparent)]
    Rules(#[from] http::GrantError),
    /// What it takes to follow them.
    #[error(transparent)]
    Http(#[from] http::AccessError),
    /// A store.
    #[error(transparent)]
    Store(#[from] keyvalue::StoreOpenError),
    /// The keys that addresses are signed with.
    #[error(transparent)]
    Signing(#[from] signing::GrantError),
    /// The host itself.
    #[error("the host failed while it opened a store: {0}")]
    Host(String),
}

impl AccessError {
    /// What the operator can do about it.
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            Self::Rules(error) => error.hint(),
            Self::Http(error) => error.hint(),
            Self::Signing(error) => error.hint(),
            Self::Store(error) => error.hint(),
            Self::Host(_) => "this is a fault of wharf: please report it".into(),
        }
    }
}

/// What the operator says of one plugin as a whole.
#[derive(Debug, Clone, Copy)]
pub struct Held {
    /// How much its requests may take.
    pub bounds: http::Bounds,
    /// It may only read.
    pub is_read_only: bool,
}

/// Makes what one plugin may use. Secrets are looked at, so that one which isn't there shows now. Needs a Tokio runtime.
///
/// # Errors
/// The first grant that can't be given.
pub async fn open(
    plugin: &str,
    grants: Grants,
    asked: Asked,
    held: Held,
    services: &Services,
) -> Result<Access, AccessError> {
    let Grants { files, http: rules, keyvalue: buckets, signing: keys } = grants;
    let files = files::Rules::new(asked.files, files, held.is_read_only);
    let mut access = Access { files: Arc::new(files), ..Access::default() };
    if let Some(rules) = rules {
        let rules = http::Rules::new(asked.http.as_deref(), &rules)?.read_only(held.is_read_only);
        access.http = Some(Arc::new(http::Access::new(rules, held.bounds, services).await?));
    }
    if let Some(buckets) = buckets {
        let rules = keyvalue::Rules::new(plugin, asked.keyvalue, buckets, held.is_read_only);
        access.keyvalue = Some(Arc::new(open_buckets(plugin, rules, services).await?));
    }
    if let Some(keys) = keys {
        let (asked, secrets) = (asked.signing.as_deref(), services.secrets.clone());
        let signing = signing::Access::new(plugin, asked, keys, held.is_read_only, secrets).await?;
        access.signing = Some(Arc::new(signing));
    }
    Ok(access)
}

/// Opens the stores of a plugin's buckets, on a thread that may block.
async fn open_buckets(
    plugin: &str,
    rules: keyvalue::Rules,
    services: &Services,
) -> Result<keyvalue::Buckets, AccessError> {
    let mut urls = BTreeMap::new();
    for name in services.stores.secrets(rules.granted()) {
        let found = services.secrets.get(name).await.map_err(keyvalue::NoSecret::from);
        let text = found.and_then(|secret| {
            let text = std::str::from_utf8(secret.expose()).map_err(|_| keyvalue::NoSecret::no_text(name))?;
            Ok(Zeroizing::new(text.to_owned()))
        });
        urls.insert(name.to_owned(), text);
    }
    let (plugin, stores) = (plugin.to_owned(), Arc::clone(&services.stores));
    let learner = services.learner.clone();
    let opening = tokio::task::spawn_blocking(move || {
        let secret = |name: &str| urls.get(name).cloned().unwrap_or_else(|| Err(keyvalue::NoSecret::unread(name)));
        stores.buckets(&plugin, rules, &secret, learner)
    });
    Ok(opening.await.map_err(|error| AccessError::Host(error.to_string()))??)
}
