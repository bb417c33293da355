//! `wharf:signing` as the guest sees it.
//!
//! A plugin learns whether it may have something signed, and not why a key can't be had or where it is: that is in the log.

use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio_util::task::AbortOnDropHandle;
use url::Url;
use wasmtime::component::{HasData, Linker};

use self::generated::wharf::signing::signer::{self, Failure};
use super::NAME;
use super::backend::{Judged, Presigner};
use super::grant::{Grant, GrantError, Rules, Want};
use crate::capability::aws::AwsError;
use crate::capability::complaint::Complaint;
use crate::capability::decision::{By, Decision, Refused};
use crate::capability::place::{URL_BYTES, without_query};
use crate::capability::record::Record;
use crate::secret::Secrets;
use crate::text::one_line;

mod generated {
    wasmtime::component::bindgen!({
        path: "../wit/signing",
        world: "wharf:signing/imports",
        imports: { default: async },
    });
}

/// Least time between two log lines about keys of one plugin that can't be had: it may ask thousands of times a second.
const LEAST_COMPLAINT: Duration = Duration::from_secs(1);

/// What a plugin hears of it.
const UNAVAILABLE: &str = "the key can't be had now";

/// What one plugin may have signed.
pub struct Access {
    plugin: String,
    presigner: Arc<Presigner>,
    /// Where keys are fetched: on the host's own threads, never on those for guests that compute long. Whoever is slow there
    /// would keep all others waiting who need the same key.
    runtime: Handle,
    complaint: Complaint,
}

/// What one instance's calls need. Without a grant, nothing is signed.
pub(crate) struct Signing<'a> {
    pub(crate) access: Option<&'a Access>,
    /// Is told of every use.
    pub(crate) record: &'a dyn Record,
}

impl Access {
    /// What these grants give to a plugin. Every secret that a grant names is read, so that one which isn't there shows now.
    /// Needs a Tokio runtime: it is where keys will be fetched.
    ///
    /// # Errors
    /// The first grant that can't be given.
    pub(crate) async fn new(
        plugin: &str,
        asked: Option<&[Want]>,
        grants: Vec<Grant>,
        is_read_only: bool,
        secrets: Secrets,
    ) -> Result<Self, GrantError> {
        let presigner = Presigner::new(Rules::new(asked, grants, is_read_only)?, secrets)?;
        presigner.check().await?;
        Ok(Self {
            plugin: plugin.to_owned(),
            presigner: Arc::new(presigner),
            runtime: Handle::current(),
            complaint: Complaint::every(LEAST_COMPLAINT),
        })
    }

    async fn sign(&self, judged: Judged) -> Result<String, Failure> {
        let (presigner, name) = (Arc::clone(&self.presigner), judged.name.clone());
        let signing = self.runtime.spawn(async move { presigner.sign(&judged).await });
        match AbortOnDropHandle::new(signing).await {
            Ok(Ok(url)) => Ok(url.into()),
            Ok(Err(error @ (AwsError::Request(_) | AwsError::Streamed(_)))) => Err(Failure::Invalid(error.to_string())),
            Ok(Err(error)) => Err(self.unavailable(&name, &error.to_string(), &error.hint())),
            Err(error) => {
                Err(self.unavailable(&name, &error.to_string(), "this is a fault of wharf: please report it"))
            }
        }
    }

    /// Says in the log why a key can't be had, unless something of that kind has just been said.
    fn unavailable(&self, key: &str, why: &str, help: &str) -> Failure {
        if self.complaint.is_due() {
            tracing::warn!(plugin = self.plugin, key, help, "an address can't be signed: {}", one_line(why));
        }
        Failure::Unavailable(UNAVAILABLE.to_owned())
    }
}

/// Adds the import.
///
/// # Errors
/// When the linker has it already.
pub(crate) fn link<T: Send + 'static>(
    linker: &mut Linker<T>,
    state: fn(&mut T) -> Signing<'_>,
) -> wasmtime::Result<()> {
    signer::add_to_linker::<_, HasSigning>(linker, state)
}

struct HasSigning;

impl HasData for HasSigning {
    type Data<'a> = Signing<'a>;
}

impl Signing<'_> {
    fn judge(&self, key: &str, method: &str, url: &str, lifetime: Duration) -> Decision<(&Access, Judged)> {
        let Some(access) = self.access else {
            let hint = "write grants for `signing` below the plugin's grants";
            return Err(Refused::new(By::Operator, "no key was granted", hint));
        };
        Ok((access, access.presigner.judge(key, method, url, lifetime)?))
    }
}

/// What is handed out, as it is put on record.
fn described(key: &str, method: &str, url: &str) -> String {
    let url = Some(url).filter(|url| url.len() <= URL_BYTES).and_then(|url| url.parse::<Url>().ok());
    match url.filter(Url::has_host) {
        Some(url) => format!("presign {method} {} with {key}", without_query(&url)),
        None => format!("presign {method} with {key}"),
    }
}

/// What the guest hears of a refusal.
fn denied(refused: &Refused) -> Failure {
    match refused.by {
        By::Malformed => Failure::Invalid(refused.to_string()),
        _ => Failure::Denied(refused.to_string()),
    }
}

impl signer::Host for Signing<'_> {
    async fn presign(&mut self, key: String, method: String, url: String, seconds: u32) -> Result<String, Failure> {
        let what = described(&key, &method, &url);
        let judged = self.judge(&key, &method, &url, Duration::from_secs(seconds.into()));
        // Before it is signed, so that what a guest asked for that is stopped meanwhile is on record as well.
        match judged {
            Ok((access, judged)) => {
                self.record.used(NAME, &what, Some(&judged.name), Ok(()));
                access.sign(judged).await
            }
            Err(refused) => {
                self.record.used(NAME, &what, None, Err(&refused));
                Err(denied(&refused))
            }
        }
    }
}

#[cfg(test)]
mod tests;
