//! What capabilities report to, for one call.

use std::sync::{Arc, Mutex, PoisonError};

use tracing::Level;

use super::Audit;
use super::record::{Unlisted, Use};
use crate::caller::CallId;

/// Uses of one call that are recorded one by one. Beyond it they are counted, and the counts are recorded: a plugin that
/// uses something in a loop must not push what others did out of the record.
pub const USES: u32 = 1_000;

/// Refusals of one call that are logged, and kept for whoever asks why the call failed. One is enough to know what to
/// grant; a plugin that tries everything says no more.
pub const REFUSALS: usize = 8;

/// Longest text of a refusal that is logged or kept, in bytes.
const TEXT_BYTES: usize = 1 << 10;

/// Sees what one call does with capabilities: records it, and logs what is refused. Cheap to clone.
#[derive(Clone)]
pub struct Witness(Arc<Seeing>);

/// Why something was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refusal<'a> {
    /// Who refused it, in one word.
    pub by: &'static str,
    /// Why, for people.
    pub why: &'a str,
    /// What would allow it, for the operator: it is logged.
    pub help: &'a str,
}

/// Something that was refused to a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Denied {
    /// The capability's name.
    pub capability: &'static str,
    /// What was to be done, and with what.
    pub what: String,
    /// Who refused it, in one word.
    pub by: &'static str,
    /// Why, for people.
    pub why: String,
}

struct Seeing {
    audit: Audit,
    call: CallId,
    plugin: Arc<str>,
    seen: Mutex<Seen>,
}

#[derive(Default)]
struct Seen {
    recorded: u32,
    /// Beyond those that are recorded.
    allowed: u64,
    refused: u64,
    denied: Vec<Denied>,
}

impl Witness {
    /// For a call of this plugin.
    #[must_use]
    pub fn new(audit: Audit, call: CallId, plugin: Arc<str>) -> Self {
        Self(Arc::new(Seeing { audit, call, plugin, seen: Mutex::default() }))
    }

    /// The plugin whose call it is.
    #[must_use]
    pub fn plugin(&self) -> &str {
        &self.0.plugin
    }

    /// Notes that a capability was used, or refused: what with, such as `GET https://example.com/`, and by which rule.
    pub fn saw(&self, capability: &'static str, what: &str, rule: Option<&str>, refusal: Option<Refusal<'_>>) {
        let Seeing { audit, call, plugin, seen } = &*self.0;
        if refusal.is_none() && !audit.is_on() && !tracing::enabled!(Level::DEBUG) {
            return;
        }
        match refusal {
            Some(refusal) => {
                seen.lock().unwrap_or_else(PoisonError::into_inner).deny(call, plugin, capability, cut(what), refusal);
            }
            None => tracing::debug!(plugin = &**plugin, %call, capability, what = ?cut(what), rule, "used"),
        }
        self.record(capability, what, rule, refusal);
    }

    /// Notes that a part of something was refused, such as one header, and that the rest went on without it: that is on record,
    /// and never why a call failed.
    pub fn saw_left_out(&self, capability: &'static str, what: &str, refusal: Refusal<'_>) {
        let Seeing { call, plugin, .. } = &*self.0;
        let shown = cut(what);
        tracing::debug!(plugin = &**plugin, %call, capability, what = ?shown, by = refusal.by, why = refusal.why, "left out");
        self.record(capability, what, None, Some(refusal));
    }

    /// Writes the line, unless the call has too many.
    fn record(&self, capability: &'static str, what: &str, rule: Option<&str>, refusal: Option<Refusal<'_>>) {
        let Seeing { audit, call, plugin, seen } = &*self.0;
        let is_listed = seen.lock().unwrap_or_else(PoisonError::into_inner).count(refusal.is_some());
        if is_listed {
            let refusal = refusal.map(|refusal| (refusal.by, refusal.why));
            audit.used(Use { call: *call, plugin, capability, what, rule, refusal });
        }
    }

    /// What was refused first, up to [`REFUSALS`].
    #[must_use]
    pub fn denied(&self) -> Vec<Denied> {
        self.0.seen.lock().unwrap_or_else(PoisonError::into_inner).denied.clone()
    }
}

impl Seen {
    /// Logs and keeps a refusal, if it is one of the first.
    fn deny(&mut self, call: &CallId, plugin: &str, capability: &'static str, what: &str, refusal: Refusal<'_>) {
        if self.denied.len() >= REFUSALS {
            return;
        }
        let (by, why) = (refusal.by, cut(refusal.why));
        // Written out: they may be a guest's words.
        let help = cut(refusal.help);
        tracing::warn!(plugin, %call, capability, ?what, by, ?why, ?help, "refused");
        self.denied.push(Denied { capability, what: what.to_owned(), by, why: why.to_owned() });
    }

    /// Whether one more is recorded by itself.
    fn count(&mut self, is_refused: bool) -> bool {
        if self.recorded < USES {
            self.recorded += 1;
            return true;
        }
        let more = if is_refused { &mut self.refused } else { &mut self.allowed };
        *more = more.saturating_add(1);
        false
    }
}

impl Drop for Seeing {
    fn drop(&mut self) {
        let seen = self.seen.get_mut().unwrap_or_else(PoisonError::into_inner);
        let (allowed, refused) = (seen.allowed, seen.refused);
        if allowed > 0 || refused > 0 {
            self.audit.unlisted(Unlisted { call: self.call, plugin: &self.plugin, allowed, refused });
        }
    }
}

fn cut(text: &str) -> &str {
    text.get(..text.floor_char_boundary(TEXT_BYTES)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_refusals_are_kept_even_when_nothing_is_recorded() {
        let witness = Witness::new(Audit::off(), CallId::new(), "a".into());
        witness.saw("http", "GET https://allowed.example/", Some("0"), None);
        for count in 0..REFUSALS + 2 {
            let why = "no rule allows it";
            witness.saw(
                "http",
                &format!("GET https://{count}.example/"),
                None,
                Some(Refusal { by: "operator", why, help: "" }),
            );
        }
        let denied = witness.clone().denied();
        assert_eq!(denied.len(), REFUSALS);
        assert_eq!(denied[0].what, "GET https://0.example/");
        assert_eq!((denied[0].by, denied[0].why.as_str()), ("operator", "no rule allows it"));
    }

    #[test]
    fn a_long_text_is_cut_at_a_character() {
        let witness = Witness::new(Audit::off(), CallId::new(), "a".into());
        witness.saw("files", &"ä".repeat(TEXT_BYTES), None, Some(Refusal { by: "plugin", why: "", help: "" }));
        assert!((TEXT_BYTES - 1..=TEXT_BYTES + 1).contains(&witness.denied()[0].what.len()));
    }
}
