//! Addresses as the host signs them.

use super::Error;
use crate::bindings::signing::wharf::signing::signer::{self, Failure};

pub(super) fn presign(key: &str, method: &str, url: &str, seconds: u32) -> Result<String, Error> {
    signer::presign(key, method, url, seconds).map_err(|failure| match failure {
        Failure::Denied(why) => Error::Denied(why),
        Failure::Invalid(why) => Error::Invalid(why),
        Failure::Unavailable(why) => Error::Unavailable(why),
    })
}
