//! Signs what the grants allow.

use std::time::Duration;

use http::Method;
use url::Url;

use super::grant::{Grant, GrantError, Grants};
use crate::capability::aws::{AwsError, Signer};
use crate::capability::decision::Refused;
use crate::secret::Secrets;

/// Longest URL that is signed, in bytes: what web servers commonly take.
const URL_BYTES: usize = 8 << 10;

/// Why a URL wasn't signed. Never holds a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SigningError {
    /// It isn't allowed.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// The guest's text is no URL.
    #[error("what should be signed is no URL: {0}")]
    Url(String),
    /// It couldn't be signed.
    #[error(transparent)]
    Aws(#[from] AwsError),
}

impl SigningError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            Self::Refused(refused) => refused.hint().to_owned(),
            Self::Url(_) => "give an absolute URL, such as https://s3.example.com/bucket/key".into(),
            Self::Aws(error) => error.hint(),
        }
    }
}

/// Signs for one plugin.
#[derive(Debug)]
pub struct Presigner {
    grants: Grants,
    /// One for each grant, in the same order.
    signers: Vec<Signer>,
    secrets: Secrets,
}

impl Presigner {
    /// A presigner with these grants. Reads no secret.
    ///
    /// # Errors
    /// The first grant that can't be given.
    pub fn new(grants: Vec<Grant>, secrets: Secrets) -> Result<Self, GrantError> {
        let grants = Grants::new(grants)?;
        let signer = |grant: &Grant| {
            Signer::new(grant.aws.clone()).map_err(|problem| GrantError::Aws { name: grant.name.clone(), problem })
        };
        let signers = grants.iter().map(signer).collect::<Result<_, _>>()?;
        Ok(Self { grants, signers, secrets })
    }

    /// The grants.
    #[must_use]
    pub fn grants(&self) -> &Grants {
        &self.grants
    }

    /// The URL with a signature under the grant of this name, good for the method and so long.
    ///
    /// # Errors
    /// When it isn't allowed, is no URL, or the key isn't there.
    pub async fn presign(&self, name: &str, method: &str, url: &str, lifetime: Duration) -> Result<Url, SigningError> {
        if url.len() > URL_BYTES {
            return Err(SigningError::Url(format!("it has {} bytes, and {URL_BYTES} are allowed", url.len())));
        }
        let url = Url::parse(url).map_err(|error| SigningError::Url(error.to_string()))?;
        let (index, _) = self.grants.decide(name, method, &url, lifetime)?;
        let method = Method::from_bytes(method.as_bytes()).map_err(|error| SigningError::Url(error.to_string()))?;
        let Some(signer) = self.signers.get(index) else {
            return Err(SigningError::Url("its grant has no signer".into()));
        };
        Ok(signer.presign(&self.secrets, &method, &url, lifetime).await?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::Source;

    const GRANT: &str = "name = 'models'\nhost = 's3.example.com'\npath = '/bucket/**'\n\
        [aws]\nservice = 's3'\nregion = 'eu-west-1'\naccess-key = 'AKIAIOSFODNN7EXAMPLE'\nsecret = 'key'\n";

    #[tokio::test]
    async fn a_guest_gets_a_signed_url_and_never_the_key() {
        let folder = tempfile::tempdir().unwrap();
        let key = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
        std::fs::write(folder.path().join("key"), key).unwrap();
        let secrets = Secrets::new([("key".to_owned(), Source::File(folder.path().join("key")))].into());
        let presigner = Presigner::new(vec![toml::from_str(GRANT).unwrap()], secrets).unwrap();
        let cases = [
            (
                "https://s3.example.com/bucket/a",
                Ok("https://s3.example.com/bucket/a?X-Amz-Algorithm=AWS4-HMAC-SHA256&"),
            ),
            ("https://s3.example.com/other", Err("not granted by the operator")),
            ("/bucket/a", Err("no URL")),
            (&format!("https://s3.example.com/bucket/{}", "a".repeat(URL_BYTES)), Err("8192 are allowed")),
        ];
        for (url, expected) in cases {
            match (presigner.presign("models", "GET", url, Duration::from_secs(60)).await, expected) {
                (Ok(signed), Ok(begin)) => {
                    assert!(signed.as_str().starts_with(begin), "{signed}");
                    assert!(signed.as_str().contains("&X-Amz-Expires=60&") && !signed.as_str().contains("wJalr"));
                }
                (Err(error), Err(part)) => {
                    assert!(error.to_string().contains(part), "{error}");
                    assert!(!error.hint().is_empty());
                }
                (outcome, expected) => panic!("{url}: {outcome:?} is not {expected:?}"),
            }
        }
        std::fs::remove_file(folder.path().join("key")).unwrap();
        let gone = Presigner::new(vec![toml::from_str(GRANT).unwrap()], Secrets::default()).unwrap();
        let error = gone.presign("models", "GET", "https://s3.example.com/bucket/a", Duration::from_secs(60)).await;
        assert!(error.unwrap_err().to_string().contains("no secret is named `key`"));
    }
}
