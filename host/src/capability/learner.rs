//! Where an operator who wants to know what a plugin needs has the refusals gathered, in a form that a grant can be made
//! of. Nothing is allowed because of it.

use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use ::http::Method;
use url::Url;

use super::keyvalue::Operation;

/// Most wishes that are kept: a plugin that asks for more is not one to be learned from.
const WISHES: usize = 1_000;

/// What a plugin would have needed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wish {
    /// A request that no rule allows.
    Request(Method, Url),
    /// An address behind a host, in no network that the rule names which allows the request.
    Address {
        /// The host of the request.
        host: String,
        /// Where the rule is in the plugin's list.
        rule: usize,
        /// What the host leads to.
        address: IpAddr,
    },
    /// A bucket.
    Bucket(String, Operation),
}

/// Gathers wishes, if anybody wants them. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Learner(Option<Arc<Mutex<Vec<Wish>>>>);

impl Learner {
    /// One that gathers.
    #[must_use]
    pub fn on() -> Self {
        Self(Some(Arc::default()))
    }

    /// Notes a wish, if somebody wants to know.
    pub(crate) fn note(&self, wish: impl FnOnce() -> Wish) {
        let Some(wishes) = &self.0 else { return };
        let mut wishes = wishes.lock().unwrap_or_else(PoisonError::into_inner);
        if wishes.len() < WISHES {
            wishes.push(wish());
        }
    }

    /// What was noted until now.
    #[must_use]
    pub fn take(&self) -> Vec<Wish> {
        let taken =
            self.0.as_ref().map(|wishes| std::mem::take(&mut *wishes.lock().unwrap_or_else(PoisonError::into_inner)));
        taken.unwrap_or_default()
    }
}
