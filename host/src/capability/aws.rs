//! Signatures of AWS, version 4, for requests and for URLs: also what S3-compatible stores ask for.
//!
//! The secret key stays here: a request carries a signature, and only where credentials are temporary their token.

mod chain;

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SignatureLocation, SigningInstructions,
    SigningSettings, UriPathNormalizationMode, sign,
};
use aws_sigv4::sign::v4;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::request::Parts;
use http::uri::Scheme;
use http::{HeaderName, HeaderValue, Method, Uri};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tracing::dispatcher::{Dispatch, with_default};
use url::Url;
use zeroize::Zeroizing;

use self::chain::Chain;
use crate::secret::{Secret, SecretError, Secrets};

/// What stands in all names of headers and parameters that belong to AWS.
pub(in crate::capability) const AMZ: &str = "x-amz-";

/// What a path of S3 has unescaped: letters, digits, and these.
const PATH: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Longest name of a service or region, in bytes. They are signed with every request; real ones have about twenty.
const NAME_BYTES: usize = 64;

/// How to sign for one service of AWS, or one that signs alike. Without an access key the credentials come from where
/// AWS's own tools look: the environment, profiles, single sign-on, and the machine or the container that wharf runs on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Aws {
    /// The service's name in signatures, such as `s3` or `execute-api`.
    pub service: String,
    /// Its region, such as `eu-west-1`; S3-compatible stores often say `us-east-1`.
    pub region: String,
    /// A profile of AWS's configuration files, in place of the one that the environment names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
    /// An access key's id, which is no secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access_key: Option<String>,
    /// The name of the secret that belongs to `access-key`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
    /// The name of the secret that has the token of a temporary access key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_token: Option<String>,
}

/// Why nothing was signed. Never holds a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AwsError {
    /// The keys of the table don't go together.
    #[error("{0}")]
    Table(&'static str),
    /// A secret that it names isn't there.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// A secret that it names is no text, as keys of AWS are.
    #[error("the secret `{0}` is not text, so that it can't be a key of AWS")]
    NoText(String),
    /// AWS's own sources have no credentials.
    #[error("no credentials of AWS: {0}")]
    Chain(String),
    /// The service wants a hash of the body, which isn't known.
    #[error("the service `{0}` wants a hash of the whole body in the signature, and this body is streamed")]
    Streamed(String),
    /// The request can't be signed as it is.
    #[error("the request can't be signed: {0}")]
    Request(String),
}

impl AwsError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            Self::Table(_) => {
                "write aws = { service, region }, with `profile`, or with `access-key` and `secret`, or alone".into()
            }
            Self::Secret(error) => error.hint(),
            Self::NoText(name) => format!("check the source of [secrets.{name}]"),
            Self::Chain(_) => "see that `aws sts get-caller-identity` works as the user that wharf runs as, or write \
                               `access-key` and `secret`"
                .into(),
            Self::Streamed(_) => "send the body as a whole".into(),
            Self::Request(_) => "check the request's URL and its headers that begin with x-amz-".into(),
        }
    }
}

/// What is known of a request's body when it is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodyKind<'a> {
    /// There is none.
    Empty,
    /// All of it.
    Whole(&'a [u8]),
    /// It is sent as it comes.
    Streamed,
}

impl Aws {
    /// Whether the keys go together. Looks nothing up.
    ///
    /// # Errors
    /// What doesn't.
    pub fn check(&self) -> Result<(), AwsError> {
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        let name = |text: &str| (1..=NAME_BYTES).contains(&text.len()) && text.bytes().all(plain);
        if !name(&self.service) || !name(&self.region) {
            return Err(AwsError::Table("`service` and `region` are made of small letters, digits and `-`"));
        }
        match (&self.access_key, &self.secret) {
            (Some(_), Some(_)) if self.profile.is_some() => {
                Err(AwsError::Table("`profile` and `access-key` exclude each other"))
            }
            (Some(key), Some(_)) if key.is_empty() || !key.bytes().all(|byte| byte.is_ascii_graphic()) => {
                Err(AwsError::Table("`access-key` is the id of an access key, such as AKIAIOSFODNN7EXAMPLE"))
            }
            (Some(_), Some(_)) => Ok(()),
            (None, None) if self.session_token.is_some() => {
                Err(AwsError::Table("`session-token` belongs to `access-key` and `secret`"))
            }
            (None, None) => Ok(()),
            _ => Err(AwsError::Table("`access-key` and `secret` belong together")),
        }
    }

    /// The names of the secrets that it needs.
    pub fn secrets(&self) -> impl Iterator<Item = &str> {
        self.secret.iter().chain(&self.session_token).map(String::as_str)
    }

    /// S3 and its kin: paths are signed as they are, and bodies needn't be hashed.
    fn is_s3(&self) -> bool {
        self.service == "s3" || self.service.starts_with("s3-")
    }
}

/// Signs for one service.
#[derive(Debug)]
pub struct Signer {
    aws: Aws,
    chain: Chain,
}

impl Signer {
    /// A signer for this service. Looks nothing up.
    ///
    /// # Errors
    /// When the keys of the table don't go together.
    pub fn new(aws: Aws) -> Result<Self, AwsError> {
        aws.check()?;
        let chain = Chain::new(aws.profile.clone(), aws.region.clone());
        Ok(Self { aws, chain })
    }

    /// Gives the secrets that are named, which have to be there and to be text. AWS's own sources aren't asked: they may be
    /// far away.
    ///
    /// # Errors
    /// The first one that isn't there, or can't be a key.
    pub async fn check(&self, secrets: &Secrets) -> Result<Vec<Arc<Secret>>, AwsError> {
        let mut found = Vec::new();
        for name in self.aws.secrets() {
            let secret = secrets.get(name).await?;
            text(&secret)?;
            found.push(secret);
        }
        Ok(found)
    }

    /// Whether the signature of a request to this place covers its body, so that it has to be read as a whole first.
    #[must_use]
    pub fn hashes_body(&self, uri: &Uri) -> bool {
        !(self.aws.is_s3() && uri.scheme() == Some(&Scheme::HTTPS))
    }

    /// Signs a request: whatever the guest wrote of signatures is taken out first. Gives what of it is secret.
    ///
    /// # Errors
    /// When there are no credentials, or the request can't be signed.
    pub async fn sign(
        &self,
        secrets: &Secrets,
        parts: &mut Parts,
        body: BodyKind<'_>,
    ) -> Result<Vec<Arc<Secret>>, AwsError> {
        let (credentials, used) = self.credentials(secrets).await?;
        self.sign_at(&credentials, parts, body, SystemTime::now())?;
        Ok(used)
    }

    fn sign_at(
        &self,
        credentials: &Credentials,
        parts: &mut Parts,
        body: BodyKind<'_>,
        now: SystemTime,
    ) -> Result<(), AwsError> {
        for name in [AUTHORIZATION.as_str(), "x-amz-date", "x-amz-security-token", "x-amz-content-sha256"] {
            parts.headers.remove(name);
        }
        let body = match body {
            BodyKind::Streamed if self.hashes_body(&parts.uri) => {
                return Err(AwsError::Streamed(self.aws.service.clone()));
            }
            BodyKind::Streamed => SignableBody::UnsignedPayload,
            BodyKind::Empty => SignableBody::empty(),
            BodyKind::Whole(bytes) => SignableBody::Bytes(bytes),
        };
        let url = self.signed_url(&parts.uri.to_string())?;
        let headers = signed_headers(parts)?;
        let instructions = self.calculate(credentials, &parts.method, &url, &headers, body, self.settings(), now)?;
        // What is signed is what is sent: not every store writes a path and a query its own way before it compares.
        parts.uri = url.parse().map_err(request)?;
        for header in instructions.into_parts().0 {
            let mut value = HeaderValue::try_from(header.value()).map_err(request)?;
            value.set_sensitive(true);
            parts.headers.insert(HeaderName::from_static(header.name()), value);
        }
        Ok(())
    }

    /// A URL that carries its signature, good for so long. The body isn't part of what is signed.
    ///
    /// # Errors
    /// When there are no credentials, or the URL can't be signed.
    pub async fn presign(
        &self,
        secrets: &Secrets,
        method: &Method,
        url: &Url,
        lifetime: Duration,
    ) -> Result<Url, AwsError> {
        let (credentials, _) = self.credentials(secrets).await?;
        self.presign_at(&credentials, method, url, lifetime, SystemTime::now())
    }

    fn presign_at(
        &self,
        credentials: &Credentials,
        method: &Method,
        url: &Url,
        lifetime: Duration,
        now: SystemTime,
    ) -> Result<Url, AwsError> {
        if is_signed(url) {
            return Err(AwsError::Request("its query has parameters of a signature already".into()));
        }
        let text = self.signed_url(url.as_str())?;
        let mut settings = self.settings();
        settings.signature_location = SignatureLocation::QueryParams;
        settings.expires_in = Some(lifetime);
        let body = if self.aws.is_s3() { SignableBody::UnsignedPayload } else { SignableBody::empty() };
        let instructions = self.calculate(credentials, method, &text, &[], body, settings, now)?;
        let mut signed = Url::parse(&text).map_err(request)?;
        signed.query_pairs_mut().extend_pairs(instructions.into_parts().1);
        Ok(signed)
    }

    #[expect(clippy::too_many_arguments, reason = "each is a part of what is signed")]
    fn calculate(
        &self,
        credentials: &Credentials,
        method: &Method,
        url: &str,
        headers: &[(&str, &str)],
        body: SignableBody<'_>,
        settings: SigningSettings,
        now: SystemTime,
    ) -> Result<SigningInstructions, AwsError> {
        let identity = credentials.clone().into();
        let parameters = v4::SigningParams::builder()
            .identity(&identity)
            .region(&self.aws.region)
            .name(&self.aws.service)
            .time(now)
            .settings(settings)
            .build()
            .map_err(request)?;
        let signable = SignableRequest::new(method.as_str(), url, headers.iter().copied(), body).map_err(request)?;
        // Without logging: at its most talkative, the library writes a token that is in a query.
        let signed = with_default(&Dispatch::none(), || sign(signable, &parameters.into()));
        Ok(signed.map_err(request)?.into_parts().0)
    }

    fn settings(&self) -> SigningSettings {
        let mut settings = SigningSettings::default();
        if self.aws.is_s3() {
            settings.percent_encoding_mode = PercentEncodingMode::Single;
            settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
            settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
        }
        settings
    }

    /// The URL in the form that is signed. S3 reads a path and a query, and writes them its own way before it compares:
    /// with each character escaped that needn't be plain.
    fn signed_url(&self, url: &str) -> Result<String, AwsError> {
        let mut url = Url::parse(url).map_err(request)?;
        if url.host_str().is_none_or(str::is_empty) {
            return Err(AwsError::Request("its URL names no host".into()));
        }
        url.set_fragment(None);
        if !self.aws.is_s3() {
            return Ok(url.into());
        }
        let escape = |part: &str| {
            let plain = percent_decode_str(part).decode_utf8().map_err(request)?;
            Ok(utf8_percent_encode(&plain, PATH).to_string())
        };
        let parts: Result<Vec<String>, AwsError> = url.path().split('/').map(escape).collect();
        let path = parts?.join("/");
        url.set_path(&path);
        let form = |part: &str| escape(&part.replace('+', " "));
        let pair = |pair: &str| match pair.split_once('=') {
            Some((name, value)) => Ok(format!("{}={}", form(name)?, form(value)?)),
            None => form(pair),
        };
        let query = url.query().map(|query| query.split('&').map(pair).collect::<Result<Vec<_>, AwsError>>());
        if let Some(pairs) = query.transpose()? {
            url.set_query(Some(&pairs.join("&")));
        }
        Ok(url.into())
    }

    /// The credentials, and what of them a request carries that is secret.
    async fn credentials(&self, secrets: &Secrets) -> Result<(Credentials, Vec<Arc<Secret>>), AwsError> {
        let Some((key, secret)) = self.aws.access_key.as_ref().zip(self.aws.secret.as_ref()) else {
            return self.chain.credentials().await;
        };
        let secret = secrets.get(secret).await?;
        let token = match &self.aws.session_token {
            Some(name) => Some(secrets.get(name).await?),
            None => None,
        };
        let token_text = token.as_deref().map(text).transpose()?.map(str::to_owned);
        let credentials = Credentials::new(key, text(&secret)?, token_text, None, "wharf.toml");
        Ok((credentials, [Some(secret), token].into_iter().flatten().collect()))
    }
}

fn text(secret: &Secret) -> Result<&str, AwsError> {
    std::str::from_utf8(secret.expose()).map_err(|_| AwsError::NoText(secret.name().to_owned()))
}

fn request(problem: impl std::fmt::Display) -> AwsError {
    AwsError::Request(problem.to_string())
}

/// Whether a URL has parameters of a signature already.
pub(in crate::capability) fn is_signed(url: &Url) -> bool {
    url.query_pairs().any(|(name, _)| name.to_ascii_lowercase().starts_with(AMZ))
}

/// The headers that belong into the signature: those that change what is done, and no others. What else is in the
/// request may change on its way, or be a secret that the library for signing shouldn't see.
fn signed_headers(parts: &Parts) -> Result<Vec<(&str, &str)>, AwsError> {
    let signed = |name: &HeaderName| *name == CONTENT_TYPE || name == "content-md5" || name.as_str().starts_with(AMZ);
    let text = |(name, value)| {
        let text = HeaderValue::to_str(value);
        text.map(|text| (HeaderName::as_str(name), text))
            .map_err(|_| AwsError::Request(format!("its header {name} is not plain text")))
    };
    parts.headers.iter().filter(|(name, _)| signed(name)).map(text).collect()
}

/// A secret made of a token that AWS gave.
fn token(text: &str) -> Arc<Secret> {
    Arc::new(Secret::derived("the session token of AWS", Zeroizing::new(text.as_bytes().to_vec())))
}

#[cfg(test)]
mod tests;
