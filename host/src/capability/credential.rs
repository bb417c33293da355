//! What a rule attaches to a request on its way out: headers with secrets in them, and signatures.
//!
//! The operator writes, in a rule of `http`:
//!
//! ```toml
//! headers.X-API-Key = { secret = "catapult" }
//! headers.Authorization = { bearer = "catapult" }
//! headers.X-Team = "models"
//! ```
//!
//! or `sign = { aws = { service = "s3", region = "eu-west-1" } }`. The guest never sees any of it: what it writes under
//! the same names is dropped, and what comes back is redacted.

mod source;

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use http::header::{ACCEPT_ENCODING, AUTHORIZATION};
use http::request::Parts;
use http::{HeaderName, HeaderValue, Uri};
use http_body::Body;
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::capability::aws::{AMZ, Aws, AwsError, Signer};
use crate::secret::{Secret, SecretError, Secrets};

pub use crate::capability::aws::BodyKind;
pub use source::{Basic, HeaderSource};

/// Largest body, in bytes, that is read as a whole because a signature covers it. Calls of interfaces are far smaller,
/// and S3, which takes large ones, doesn't need it.
pub const SIGNED_BODY_BYTES: usize = 8 << 20;

/// How a rule signs requests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Sign {
    /// With AWS's signatures, version 4.
    Aws(Aws),
}

/// Why a request can't carry what its rule attaches. Never holds a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CredentialError {
    /// The name can't be that of a header.
    #[error("`{0}` is not the name of a header")]
    Name(String),
    /// Two ways to set one header.
    #[error("the rule sets the header {0} twice")]
    Twice(HeaderName),
    /// The signature writes this header itself.
    #[error("the rule sets the header {0}, and so does its signature")]
    Signed(HeaderName),
    /// A value that a header can't carry.
    #[error("the header {header} can't be made{}: it would have bytes that no header can carry", of(secret.as_deref()))]
    Value {
        /// The header.
        header: HeaderName,
        /// The secret that it would be made of.
        secret: Option<String>,
    },
    /// A secret isn't there.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// The request can't be signed.
    #[error(transparent)]
    Aws(#[from] AwsError),
    /// The body is too large to be hashed.
    #[error("the body has more than {SIGNED_BODY_BYTES} bytes, and the rule's signature covers all of it")]
    Large,
    /// The body broke off.
    #[error("the body can't be read: {0}")]
    Body(String),
}

fn of(secret: Option<&str>) -> String {
    secret.map_or_else(String::new, |name| format!(" of the secret `{name}`"))
}

impl CredentialError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            Self::Name(_) => "write the name as the server's documentation has it, such as X-API-Key".into(),
            Self::Twice(_) => "names of headers don't differ by case: keep one".into(),
            Self::Signed(name) => format!("remove `headers.{name}` or `sign`"),
            Self::Value { secret: Some(name), .. } => {
                format!("check the source of [secrets.{name}] for line ends and other control characters")
            }
            Self::Value { secret: None, .. } => "remove control characters from the value".into(),
            Self::Secret(error) => error.hint(),
            Self::Aws(error) => error.hint(),
            Self::Large => "send less at once; the service `s3` over https takes bodies of any size".into(),
            Self::Body(_) => "send the request again".into(),
        }
    }
}

/// What a rule attaches, checked. One for each rule, kept as long as it.
#[derive(Debug, Default)]
pub struct Credentials {
    headers: Vec<(HeaderName, HeaderSource)>,
    signer: Option<Signer>,
}

impl Credentials {
    /// What the rule attaches. Reads no secret.
    ///
    /// # Errors
    /// When a name is none, or two parts of the rule set the same header.
    pub fn new(headers: &BTreeMap<String, HeaderSource>, sign: Option<&Sign>) -> Result<Self, CredentialError> {
        let mut checked: Vec<(HeaderName, HeaderSource)> = Vec::with_capacity(headers.len());
        for (text, source) in headers {
            let name = HeaderName::try_from(text).map_err(|_| CredentialError::Name(text.clone()))?;
            if checked.iter().any(|(other, _)| *other == name) {
                return Err(CredentialError::Twice(name));
            }
            if sign.is_some() && (name == AUTHORIZATION || name.as_str().starts_with(AMZ)) {
                return Err(CredentialError::Signed(name));
            }
            source.check(&name)?;
            checked.push((name, source.clone()));
        }
        let signer = sign.map(|Sign::Aws(aws)| Signer::new(aws.clone())).transpose()?;
        Ok(Self { headers: checked, signer })
    }

    /// The headers that the rule sets, in place of whatever a guest has under their names.
    pub fn names(&self) -> impl Iterator<Item = &HeaderName> {
        self.headers.iter().map(|(name, _)| name)
    }

    /// Whether requests are signed, rather than sent with a secret in them.
    #[must_use]
    pub const fn signs(&self) -> bool {
        self.signer.is_some()
    }

    /// Reads every secret, and makes every header of it, so that what is missing or fits nowhere shows before a request. Gives
    /// the secrets, and what was made of them.
    ///
    /// # Errors
    /// When a secret isn't there, or doesn't fit into its header.
    pub async fn check(&self, secrets: &Secrets) -> Result<Vec<Arc<Secret>>, CredentialError> {
        let mut used = match &self.signer {
            Some(signer) => signer.check(secrets).await?,
            None => Vec::new(),
        };
        for (name, source) in &self.headers {
            self.header(secrets, name, source, &mut used).await?;
        }
        Ok(used)
    }

    /// Whether a request's body has to be read as a whole before it is sent, with [`whole`].
    #[must_use]
    pub fn hashes_body(&self, uri: &Uri) -> bool {
        self.signer.as_ref().is_some_and(|signer| signer.hashes_body(uri))
    }

    /// Attaches everything to a request whose URI is absolute: sets headers in place of the guest's, and signs. A
    /// request that carries a secret asks for an answer that isn't compressed, so that an echo can be found in it. Gives the
    /// secrets that it carries now, and what was made of them.
    ///
    /// # Errors
    /// When a secret isn't there, doesn't fit into a header, or the request can't be signed. It must not be sent then.
    pub async fn prepare(
        &self,
        secrets: &Secrets,
        parts: &mut Parts,
        body: BodyKind<'_>,
    ) -> Result<Vec<Arc<Secret>>, CredentialError> {
        let mut used = Vec::new();
        for (name, source) in &self.headers {
            let value = self.header(secrets, name, source, &mut used).await?;
            parts.headers.insert(name.clone(), value);
        }
        if self.signer.is_some() || !used.is_empty() {
            parts.headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        }
        if let Some(signer) = &self.signer {
            // Large, and rare: most requests needn't carry it along.
            used.extend(Box::pin(signer.sign(secrets, parts, body)).await?);
        }
        Ok(used)
    }

    async fn header(
        &self,
        secrets: &Secrets,
        name: &HeaderName,
        source: &HeaderSource,
        used: &mut Vec<Arc<Secret>>,
    ) -> Result<HeaderValue, CredentialError> {
        let secret = match source.secret() {
            Some(secret) => Some(secrets.get(secret).await?),
            None => None,
        };
        let value = source.value(name, secret.as_deref())?;
        if let Some(secret) = secret {
            used.extend(source.whole(&secret).map(Arc::new));
            used.push(secret);
        }
        Ok(value)
    }
}

/// Reads a body as a whole, since a signature covers it: at most so many bytes.
///
/// # Errors
/// When it has more, or breaks off.
pub async fn whole<B>(body: B, bound: usize) -> Result<Bytes, CredentialError>
where
    B: Body,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let collected = Limited::new(body, bound).collect().await;
    let failed = |error: Box<dyn std::error::Error + Send + Sync>| match error.is::<LengthLimitError>() {
        true => CredentialError::Large,
        false => CredentialError::Body(error.to_string()),
    };
    Ok(collected.map_err(failed)?.to_bytes())
}

#[cfg(test)]
mod tests;
