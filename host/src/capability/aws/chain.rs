//! Credentials from where AWS's own tools look, kept until they expire.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use aws_config::Region;
use aws_config::default_provider::credentials::DefaultCredentialsChain;
use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_credential_types::Credentials;
use aws_credential_types::provider::{ProvideCredentials as _, SharedCredentialsProvider};
use tokio::sync::{Mutex, OnceCell};

use super::{AwsError, token};
use crate::secret::Secret;

/// How long before they expire credentials are fetched anew: longer than a request takes to arrive, with clocks that
/// differ.
const EARLY: Duration = Duration::from_secs(60);

/// How long credentials stand that don't say when they expire, as those in files: what AWS's own clients take.
const PERIOD: Duration = Duration::from_secs(15 * 60);

/// How long a failure stands: some sources are asked over the network, and must not be at each call.
const RETRY: Duration = Duration::from_secs(5);

/// Longest time that the sources may take. Off AWS the last one, the machine's metadata service, doesn't answer at all.
const FETCH_TIME: Duration = Duration::from_secs(15);

/// What came of fetching, and until when it stands.
type Fetched = (Result<Credentials, AwsError>, SystemTime);

/// The sources of one profile and region.
#[derive(Debug)]
pub(super) struct Chain {
    profile: Option<String>,
    region: String,
    sources: OnceCell<SharedCredentialsProvider>,
    /// Held while credentials are fetched, so that many calls at once fetch them once.
    fetched: Mutex<Option<Fetched>>,
}

impl Chain {
    pub(super) fn new(profile: Option<String>, region: String) -> Self {
        Self { profile, region, sources: OnceCell::new(), fetched: Mutex::default() }
    }

    /// The credentials, and the token of theirs that requests carry.
    pub(super) async fn credentials(&self) -> Result<(Credentials, Vec<Arc<Secret>>), AwsError> {
        let mut fetched = self.fetched.lock().await;
        let now = SystemTime::now();
        let outcome = match fetched.as_ref().filter(|(_, until)| now < *until) {
            Some((outcome, _)) => outcome.clone(),
            None => {
                let outcome = self.fetch().await;
                fetched.insert((outcome.clone(), until(&outcome, now))).0.clone()
            }
        };
        outcome.map(|credentials| {
            let tokens = credentials.session_token().map(token).into_iter().collect();
            (credentials, tokens)
        })
    }

    async fn fetch(&self) -> Result<Credentials, AwsError> {
        let fetching = async {
            let sources = self.sources.get_or_init(|| self.sources()).await;
            sources.provide_credentials().await.map_err(|error| AwsError::Chain(causes(&error)))
        };
        let late = || AwsError::Chain("the sources took too long".into());
        tokio::time::timeout(FETCH_TIME, fetching).await.map_err(|_| late())?
    }

    async fn sources(&self) -> SharedCredentialsProvider {
        let region = Region::new(self.region.clone());
        match &self.profile {
            // Not the whole chain, which begins with the environment: whoever names a profile wants that one, and nobody
            // else's rights in its place.
            Some(profile) => {
                let config = ProviderConfig::default().with_region(Some(region));
                let profile = ProfileFileCredentialsProvider::builder().profile_name(profile).configure(&config);
                SharedCredentialsProvider::new(profile.build())
            }
            None => SharedCredentialsProvider::new(DefaultCredentialsChain::builder().region(region).build().await),
        }
    }
}

fn until(outcome: &Result<Credentials, AwsError>, now: SystemTime) -> SystemTime {
    match outcome {
        Ok(credentials) => {
            let expiry = credentials.expiry().and_then(|expiry| expiry.checked_sub(EARLY));
            // At least for a moment, so that credentials that have expired already aren't fetched without end.
            expiry.unwrap_or(now + PERIOD).max(now + RETRY)
        }
        Err(_) => now + RETRY,
    }
}

/// An error with what is behind it, which says which source failed and why. AWS keeps credentials out of these texts.
fn causes(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_stand_until_shortly_before_they_expire() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000);
        let expiring = |expiry| Ok(Credentials::new("a", "b", None, expiry, "test"));
        let hour = Duration::from_secs(3_600);
        let cases = [
            (expiring(None), PERIOD),
            (expiring(Some(now + hour)), hour - EARLY),
            (expiring(Some(now)), RETRY),
            (expiring(Some(now - hour)), RETRY),
            (Err(AwsError::Chain(String::new())), RETRY),
        ];
        for (outcome, expected) in cases {
            assert_eq!(until(&outcome, now), now + expected, "{outcome:?}");
        }
    }
}
