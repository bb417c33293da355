//! What is looked for in answers: every secret that a request of the plugin may have carried, since a server may give to one
//! request what it got with another.

use std::sync::{Arc, Mutex, PoisonError};

use crate::capability::redact::Redactor;
use crate::secret::Secret;

/// Values of one name that are looked for: a secret and what was made of it, as they are now and as they were before they
/// rotated. A server that sends back what it got longer ago is beyond what echoes do.
const VALUES_PER_NAME: usize = 4;

/// The secrets that were sent, and what finds them.
#[derive(Default)]
pub(super) struct Answers(Mutex<Sought>);

#[derive(Default)]
struct Sought {
    /// The newest last.
    secrets: Vec<Arc<Secret>>,
    redactor: Option<Redactor>,
}

impl Answers {
    /// For a plugin whose rules have these secrets.
    pub(super) fn new(secrets: &[Arc<Secret>]) -> Self {
        let answers = Self::default();
        answers.redactor(secrets);
        answers
    }

    /// Whether anything is looked for.
    pub(super) fn are_searched(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).redactor.is_some()
    }

    /// What keeps secrets out of the answer to a request that carries these; none where the plugin has none.
    pub(super) fn redactor(&self, sent: &[Arc<Secret>]) -> Option<Redactor> {
        let mut sought = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut has_news = false;
        for secret in sent {
            has_news |= sought.add(secret);
        }
        if has_news {
            sought.redactor = Redactor::new(&sought.secrets);
        }
        sought.redactor.clone()
    }
}

impl Sought {
    /// Whether it is a new one. The oldest of its name makes room.
    fn add(&mut self, secret: &Arc<Secret>) -> bool {
        let is_same = |known: &Arc<Secret>| Arc::ptr_eq(known, secret) || known.expose() == secret.expose();
        if self.secrets.iter().any(is_same) {
            return false;
        }
        let of_its_name = |known: &&Arc<Secret>| known.name() == secret.name();
        if self.secrets.iter().filter(of_its_name).count() >= VALUES_PER_NAME {
            let oldest = self.secrets.iter().position(|known| known.name() == secret.name());
            oldest.map(|oldest| self.secrets.remove(oldest));
        }
        self.secrets.push(Arc::clone(secret));
        true
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;
    use zeroize::Zeroizing;

    use super::*;

    fn secret(name: &str, value: &str) -> Arc<Secret> {
        Arc::new(Secret::new(name, Zeroizing::new(value.as_bytes().to_vec())).unwrap())
    }

    fn shown(redactor: &Redactor, text: &str) -> String {
        redactor.header(&HeaderValue::from_str(text).unwrap()).to_str().unwrap().to_owned()
    }

    #[test]
    fn what_was_sent_before_is_looked_for_as_well() {
        let answers = Answers::new(&[secret("a", "first-of-a"), secret("b", "first-of-b")]);
        let later = answers.redactor(&[secret("a", "second-of-a")]).unwrap();
        assert_eq!(shown(&later, "first-of-a first-of-b second-of-a x"), "********** ********** *********** x");
        for number in 0..VALUES_PER_NAME {
            answers.redactor(&[secret("a", &format!("another-of-a-{number}"))]);
        }
        let last = answers.redactor(&[]).unwrap();
        assert_eq!(shown(&last, "second-of-a first-of-b"), "second-of-a **********");
    }

    #[test]
    fn without_a_secret_nothing_is_looked_for() {
        assert!(Answers::new(&[]).redactor(&[]).is_none());
    }
}
