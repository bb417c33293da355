//! Signed addresses.

use std::time::Duration;

use wharf_sdk::prelude::*;
use wharf_sdk::signing::{self, Error};

use crate::Fault;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Presign {
    /// The name under which the operator granted it.
    key: String,
    /// As `GET`.
    method: String,
    /// Absolute.
    url: String,
    /// For how long it is valid.
    seconds: u64,
}

/// What came of it.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Presigned {
    url: Option<String>,
    error: Option<Fault>,
    /// The error is a refusal of the policy.
    denied: bool,
}

/// Has the host sign an address.
#[tool]
pub(crate) fn presign(args: Presign) -> Presigned {
    args.perform()
}

impl Presign {
    pub(crate) fn perform(self) -> Presigned {
        match signing::presign(&self.key, &self.method, &self.url, Duration::from_secs(self.seconds)) {
            Ok(url) => Presigned { url: Some(url), error: None, denied: false },
            Err(error) => {
                let code = match &error {
                    Error::Denied(_) => "denied",
                    Error::Invalid(_) => "invalid",
                    _ => "unavailable",
                };
                Presigned { url: None, denied: error.is_denied(), error: Some(Fault::new(code, error)) }
            }
        }
    }
}
