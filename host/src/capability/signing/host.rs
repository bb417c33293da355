//! `wharf:signing` as the guest sees it.

use std::time::Duration;

use http::Method;
use wasmtime::component::{HasData, Linker};

use self::generated::wharf::signing::signer::{self, Failure};
use super::NAME;
use super::backend::{Presigner, SigningError};
use super::grant::{Grant, GrantError, Want};
use crate::audit::Witness;
use crate::capability::decision::{By, Refused};
use crate::capability::record::Record as _;
use crate::secret::Secrets;

mod generated {
    wasmtime::component::bindgen!({
        path: "../wit/signing",
        world: "wharf:signing/imports",
        imports: { default: async },
    });
}

/// What one plugin may have signed.
pub struct Access {
    presigner: Presigner,
    /// None: the plugin doesn't say.
    asked: Option<Vec<Want>>,
    is_read_only: bool,
}

/// What one instance's calls need. Without a grant, nothing is signed.
pub(crate) struct Signing<'a> {
    pub(crate) access: Option<&'a Access>,
    pub(crate) witness: &'a Witness,
}

impl Access {
    /// What these grants give.
    ///
    /// # Errors
    /// The first grant that can't be given.
    pub(crate) fn new(
        asked: Option<Vec<Want>>,
        grants: Vec<Grant>,
        is_read_only: bool,
        secrets: Secrets,
    ) -> Result<Self, GrantError> {
        Ok(Self { presigner: Presigner::new(grants, secrets)?, asked, is_read_only })
    }
}

/// Whether a plugin asked for a key, and isn't held to reading where an address may change something.
///
/// # Errors
/// Who refuses, and what would change it.
pub fn check(asked: Option<&[Want]>, is_read_only: bool, key: &str, method: &str) -> Result<(), Refused> {
    if asked.is_some_and(|asked| !asked.iter().any(|want| want.name == key)) {
        let hint = format!("the plugin's author adds to the keys that it wants of `signing`: {{\"name\": {key:?}}}");
        return Err(Refused::new(By::Plugin, format!("it doesn't ask for the key {key:?}"), hint));
    }
    let reads = method == Method::GET.as_str() || method == Method::HEAD.as_str();
    if is_read_only && !reads {
        let hint = "remove `read-only = true`, if the plugin is meant to change things";
        return Err(Refused::new(By::ReadOnly, format!("an address for {method:?} may change something"), hint));
    }
    Ok(())
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
    async fn sign(&self, key: &str, method: &str, url: &str, seconds: u32) -> Result<String, SigningError> {
        let Some(access) = self.access else {
            let hint = "write grants for `signing` below the plugin's grants";
            return Err(Refused::new(By::Operator, "no key was granted", hint).into());
        };
        check(access.asked.as_deref(), access.is_read_only, key, method)?;
        let lifetime = Duration::from_secs(seconds.into());
        Ok(access.presigner.presign(key, method, url, lifetime).await?.into())
    }
}

impl signer::Host for Signing<'_> {
    async fn presign(&mut self, key: String, method: String, url: String, seconds: u32) -> Result<String, Failure> {
        let signed = self.sign(&key, &method, &url, seconds).await;
        let refused = match &signed {
            Err(SigningError::Refused(refused)) => Err(refused),
            _ => Ok(()),
        };
        self.witness.used(NAME, &format!("presign {method} with {key}"), Some(&key), refused);
        signed.map_err(|error| match error {
            SigningError::Refused(refused) => Failure::Denied(refused.to_string()),
            SigningError::Url(_) => Failure::Invalid(error.to_string()),
            SigningError::Aws(_) => Failure::Unavailable(error.to_string()),
        })
    }
}
