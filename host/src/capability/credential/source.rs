//! Where the value of a header comes from.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderName, HeaderValue};
use schemars::JsonSchema;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, Error as _, MapAccess, Visitor};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::CredentialError;
use crate::secret::Secret;

/// What a rule puts into a header.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(untagged, deny_unknown_fields)]
pub enum HeaderSource {
    /// A text that is no secret.
    Text(String),
    /// A secret as it is, after a prefix if there is one: `{ secret = "name", prefix = "token " }`.
    Secret {
        /// The secret's name.
        secret: String,
        /// What stands before it.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        prefix: String,
    },
    /// `Bearer`, and the secret: `{ bearer = "name" }`.
    Bearer {
        /// The secret's name.
        bearer: String,
    },
    /// A user's name and the secret as password: `{ basic = { user = "x", secret = "name" } }`.
    Basic {
        /// Both of them.
        basic: Basic,
    },
}

/// A user's name, and the name of the secret that is the password.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Basic {
    /// The user's name: has no colon, and is no secret.
    pub user: String,
    /// The secret's name.
    pub secret: String,
}

/// The table as it is written: which keys go together is looked at afterwards, so that errors can say it.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Table {
    secret: Option<String>,
    prefix: Option<String>,
    bearer: Option<String>,
    basic: Option<Basic>,
}

impl<'de> Deserialize<'de> for HeaderSource {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = HeaderSource;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a text, or a table with one of `secret`, `bearer` and `basic`")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<HeaderSource, E> {
        Ok(HeaderSource::Text(text.to_owned()))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<HeaderSource, A::Error> {
        let table = Table::deserialize(MapAccessDeserializer::new(map))?;
        table.source().map_err(A::Error::custom)
    }
}

impl Table {
    fn source(self) -> Result<HeaderSource, &'static str> {
        match (self.secret, self.bearer, self.basic) {
            (Some(secret), None, None) => Ok(HeaderSource::Secret { secret, prefix: self.prefix.unwrap_or_default() }),
            _ if self.prefix.is_some() => Err("`prefix` goes with `secret` only"),
            (None, Some(bearer), None) => Ok(HeaderSource::Bearer { bearer }),
            (None, None, Some(basic)) => Ok(HeaderSource::Basic { basic }),
            _ => Err("a header has exactly one of `secret`, `bearer` and `basic`"),
        }
    }
}

impl HeaderSource {
    /// The name of the secret in it.
    #[must_use]
    pub fn secret(&self) -> Option<&str> {
        match self {
            Self::Text(_) => None,
            Self::Secret { secret, .. } => Some(secret),
            Self::Bearer { bearer } => Some(bearer),
            Self::Basic { basic } => Some(&basic.secret),
        }
    }

    /// Whether what isn't secret in it can stand in a header.
    pub(super) fn check(&self, header: &HeaderName) -> Result<(), CredentialError> {
        let plain = match self {
            Self::Text(text) => text,
            Self::Secret { prefix, .. } => prefix,
            Self::Bearer { .. } => return Ok(()),
            Self::Basic { basic } if basic.user.contains(':') => {
                return Err(CredentialError::Value { header: header.clone(), secret: None });
            }
            Self::Basic { basic } => &basic.user,
        };
        let made = HeaderValue::from_str(plain).map(drop);
        made.map_err(|_| CredentialError::Value { header: header.clone(), secret: None })
    }

    /// The value, with the secret that [`Self::secret`] names.
    pub(super) fn value(&self, header: &HeaderName, secret: Option<&Secret>) -> Result<HeaderValue, CredentialError> {
        let bytes = secret.map(Secret::expose).unwrap_or_default();
        let text = match self {
            Self::Text(text) => Zeroizing::new(text.as_bytes().to_vec()),
            Self::Secret { prefix, .. } => joined(prefix.as_bytes(), bytes),
            Self::Bearer { .. } => joined(b"Bearer ", bytes),
            Self::Basic { basic } => {
                let encoded = Zeroizing::new(STANDARD.encode(&*pair(&basic.user, bytes)));
                joined(b"Basic ", encoded.as_bytes())
            }
        };
        let name = secret.map(|secret| secret.name().to_owned());
        let mut value = HeaderValue::from_bytes(&text)
            .map_err(|_| CredentialError::Value { header: header.clone(), secret: name })?;
        value.set_sensitive(secret.is_some());
        Ok(value)
    }

    /// What the secret is a part of in the header, where that is encoded as a whole.
    pub(super) fn whole(&self, secret: &Secret) -> Option<Secret> {
        let Self::Basic { basic } = self else { return None };
        Some(Secret::derived(secret.name(), pair(&basic.user, secret.expose())))
    }
}

fn pair(user: &str, password: &[u8]) -> Zeroizing<Vec<u8>> {
    Zeroizing::new([user.as_bytes(), b":", password].concat())
}

fn joined(prefix: &[u8], rest: &[u8]) -> Zeroizing<Vec<u8>> {
    Zeroizing::new([prefix, rest].concat())
}
