//! Who calls, and which call it is: types of their own that travel with each call, from the transport to the guest and to
//! the records.

mod permissions;

use std::fmt;
use std::hash::{BuildHasher as _, RandomState};
use std::str::FromStr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::SystemTime;

use uuid::fmt::Hyphenated;
use uuid::{Builder, Uuid};

pub use self::permissions::Permissions;

/// The identity behind one call, as far as it was proven. Holds no token.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Caller {
    /// The proven identity; none where nobody had to prove one.
    pub subject: Option<String>,
    /// Who vouches for the subject.
    pub issuer: Option<String>,
    /// What the subject may do, in the issuer's words.
    pub scopes: Vec<String>,
    /// Name and version of the client program, as it says itself. For display only.
    pub client: Option<String>,
    /// What it may use. None: everything that is served.
    pub permissions: Option<Arc<Permissions>>,
    /// When what it proved its identity with ends. From then on it is told nothing more. None: never.
    pub ends: Option<SystemTime>,
}

impl Caller {
    /// Whether the same identity was proven. Permissions, end and client program may differ.
    #[must_use]
    pub fn is_same_subject(&self, other: &Self) -> bool {
        (&self.issuer, &self.subject) == (&other.issuer, &other.subject)
    }
}

/// Names one call of a client, through all its instances, in logs and records and towards remote systems. A UUID.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct CallId(Uuid);

impl CallId {
    /// A new one. Nobody can tell from it how many there were.
    #[must_use]
    pub fn new() -> Self {
        // A keyed hash of a count: as unique as random bytes, without a call into the kernel for each.
        static KEYED: LazyLock<RandomState> = LazyLock::new(RandomState::new);
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let halves = (KEYED.hash_one((count, 0_u8)), KEYED.hash_one((count, 1_u8)));
        Self(Builder::from_custom_bytes(*Uuid::from_u64_pair(halves.0, halves.1).as_bytes()).into_uuid())
    }

    /// The text that it is displayed as, written into a buffer.
    pub(crate) fn encode(self, buffer: &mut [u8; Hyphenated::LENGTH]) -> &str {
        self.0.hyphenated().encode_lower(buffer)
    }
}

impl Default for CallId {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Display for CallId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl FromStr for CallId {
    type Err = uuid::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::CallId;

    #[test]
    fn no_two_calls_have_one_id() {
        let ids: HashSet<CallId> = (0..1_000).map(|_| CallId::new()).collect();
        assert_eq!(ids.len(), 1_000);
        assert!(ids.iter().all(|id| id.to_string().parse() == Ok(*id)));
    }
}
