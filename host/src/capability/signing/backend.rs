//! Signs what the grants allow.

use std::time::Duration;

use http::Method;
use url::Url;

use super::grant::{Grant, GrantError, Rules};
use crate::capability::aws::{AwsError, Signer, is_signed};
use crate::capability::decision::{By, Decision, Refused};
use crate::capability::place::URL_BYTES;
use crate::secret::Secrets;

/// Signs for one plugin.
#[derive(Debug)]
pub struct Presigner {
    rules: Rules,
    /// One for each grant, in the same order.
    signers: Vec<Signer>,
    secrets: Secrets,
}

/// A URL that may be signed.
#[derive(Debug)]
pub struct Judged {
    /// Where its grant is in the list.
    index: usize,
    /// The name of its grant.
    pub name: String,
    method: Method,
    url: Url,
    lifetime: Duration,
}

impl Presigner {
    /// A presigner with these rules. Reads no secret.
    ///
    /// # Errors
    /// The first grant that can't be given.
    pub fn new(rules: Rules, secrets: Secrets) -> Result<Self, GrantError> {
        let signer = |grant: &Grant| Signer::new(grant.aws.clone()).map_err(|problem| unfit(grant, problem));
        let signers = rules.granted().iter().map(signer).collect::<Result<_, _>>()?;
        Ok(Self { rules, signers, secrets })
    }

    /// Whether the secrets are there that the grants name. AWS's own sources aren't asked: they may be far away.
    ///
    /// # Errors
    /// The first grant whose secret isn't, or can't be a key.
    pub async fn check(&self) -> Result<(), GrantError> {
        for (grant, signer) in self.rules.granted().iter().zip(&self.signers) {
            signer.check(&self.secrets).await.map_err(|problem| unfit(grant, problem))?;
        }
        Ok(())
    }

    /// Whether the plugin may have this signed. The name is looked at first: what is wrong with a URL is nobody's business
    /// who has no key.
    ///
    /// # Errors
    /// Who refuses it, why, and what would allow it.
    pub fn judge(&self, name: &str, method: &str, url: &str, lifetime: Duration) -> Decision<Judged> {
        self.rules.check_name(name)?;
        let url = parse(url)?;
        let (index, grant) = self.rules.decide(name, method, &url, lifetime)?;
        let no_method = |_| malformed("the method is none", "write it in capitals, such as GET");
        let method = Method::from_bytes(method.as_bytes()).map_err(no_method)?;
        Ok(Judged { index, name: grant.name.clone(), method, url, lifetime })
    }

    /// The URL with its signature.
    ///
    /// # Errors
    /// When it can't be signed, or the key isn't there.
    pub async fn sign(&self, judged: &Judged) -> Result<Url, AwsError> {
        let Judged { index, method, url, lifetime, .. } = judged;
        let signer = self.signers.get(*index).ok_or_else(|| AwsError::Request("its grant has no signer".into()))?;
        signer.presign(&self.secrets, method, url, *lifetime).await
    }
}

fn unfit(grant: &Grant, problem: AwsError) -> GrantError {
    GrantError::Aws { name: grant.name.clone(), problem }
}

fn parse(text: &str) -> Decision<Url> {
    if text.len() > URL_BYTES {
        let why = format!("the URL has {} bytes, and {URL_BYTES} are allowed", text.len());
        return Err(Refused::new(By::Bound, why, "have a shorter one signed"));
    }
    let no_url =
        |error| malformed(format!("this is no URL: {error}"), "give an absolute one: https://s3.example.com/a");
    let url = Url::parse(text).map_err(no_url)?;
    if is_signed(&url) {
        return Err(malformed("the URL has parameters of a signature already", "give it without them"));
    }
    Ok(url)
}

fn malformed(why: impl Into<String>, hint: &str) -> Refused {
    Refused::new(By::Malformed, why, hint)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::Source;

    const GRANT: &str = "name = 'models'\nhost = 's3.example.com'\npath = '/bucket/**'\n\
        [aws]\nservice = 's3'\nregion = 'eu-west-1'\naccess-key = 'AKIAIOSFODNN7EXAMPLE'\nsecret = 'key'\n";

    const MINUTE: Duration = Duration::from_secs(60);

    fn presigner(secrets: Secrets) -> Presigner {
        let rules = Rules::new(None, vec![toml::from_str(GRANT).unwrap()], false).unwrap();
        Presigner::new(rules, secrets).unwrap()
    }

    fn secrets(folder: &tempfile::TempDir, bytes: &[u8]) -> Secrets {
        std::fs::write(folder.path().join("key"), bytes).unwrap();
        Secrets::new([("key".to_owned(), Source::File(folder.path().join("key")))].into())
    }

    #[tokio::test]
    async fn a_guest_gets_a_signed_url_and_never_the_key() {
        let folder = tempfile::tempdir().unwrap();
        let presigner = presigner(secrets(&folder, b"wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"));
        presigner.check().await.unwrap();
        let judged = presigner.judge("models", "GET", "https://s3.example.com/bucket/a", MINUTE).unwrap();
        assert_eq!(judged.name, "models");
        let signed = presigner.sign(&judged).await.unwrap();
        let begin = "https://s3.example.com/bucket/a?X-Amz-Algorithm=AWS4-HMAC-SHA256&";
        assert!(signed.as_str().starts_with(begin), "{signed}");
        assert!(signed.as_str().contains("&X-Amz-Expires=60&") && !signed.as_str().contains("wJalr"));
    }

    #[test]
    fn what_is_refused_is_refused_by_somebody() {
        let presigner = presigner(Secrets::default());
        let long = format!("https://s3.example.com/bucket/{}", "a".repeat(URL_BYTES));
        let cases = [
            ("models", "https://s3.example.com/other", By::Operator),
            ("models", "/bucket/a", By::Malformed),
            ("models", "nonsense", By::Malformed),
            ("models", "https://user@s3.example.com/bucket/a", By::Malformed),
            ("models", "https://s3.example.com/bucket/a?x-amz-Signature=0", By::Malformed),
            ("models", &long, By::Bound),
            ("none", "https://s3.example.com/bucket/a", By::Operator),
            ("none", "nonsense", By::Operator),
            ("none", &long, By::Operator),
        ];
        for (name, url, by) in cases {
            let refused = presigner.judge(name, "GET", url, MINUTE).unwrap_err();
            assert_eq!(refused.by, by, "{name} {url}: {refused}");
            assert!(!refused.hint().is_empty());
        }
    }

    #[tokio::test]
    async fn a_secret_that_can_not_be_had_is_named() {
        let folder = tempfile::tempdir().unwrap();
        for (secrets, expected) in [
            (Secrets::default(), "no secret is named `key`"),
            (secrets(&folder, b"\xff\xfe and some more bytes"), "`key` is not text"),
        ] {
            let error = presigner(secrets).check().await.unwrap_err();
            assert!(error.to_string().contains(expected) && !error.hint().is_empty(), "{error}");
        }
        let gone = presigner(Secrets::default());
        let judged = gone.judge("models", "GET", "https://s3.example.com/bucket/a", MINUTE).unwrap();
        assert!(matches!(gone.sign(&judged).await, Err(AwsError::Secret(_))));
    }
}
