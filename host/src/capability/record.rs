//! Where uses of capabilities are told.

use super::decision::Refused;
use crate::audit::{Refusal, Witness};

/// Is told of every use.
pub(crate) trait Record: Send + Sync {
    /// A capability was used: what for, by which rule, and what was decided.
    fn used(&self, capability: &'static str, what: &str, rule: Option<&str>, outcome: Result<(), &Refused>);
}

impl Record for Witness {
    fn used(&self, capability: &'static str, what: &str, rule: Option<&str>, outcome: Result<(), &Refused>) {
        let refusal =
            outcome.err().map(|refused| Refusal { by: refused.by.name(), why: &refused.why, help: &refused.hint });
        self.saw(capability, what, rule, refusal);
    }
}
