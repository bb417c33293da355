//! Keeps the secrets that a request carried out of what the guest gets back.
//!
//! **Finds** a secret as it is, in base64 (both alphabets, padded or not, also amid a longer text that was encoded as a
//! whole), percent-encoded and as a JSON string, with any mix of escaped and plain characters, and the two latter also
//! of the base64. Each byte of what it finds becomes `*`, so that no length changes. **Never holds back** more than what
//! may still become a secret: an event that ends is passed on at once.
//!
//! This is against servers that echo what they got, by mistake or for debugging. A server that wants the guest to have
//! the secret can always write it in a form of its own.

mod body;
mod pattern;
mod view;

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, HeaderName, HeaderValue};

use self::pattern::Patterns;
use self::view::{Decoded, VIEWS};
use crate::secret::Secret;

pub use body::RedactedBody;

/// What stands in place of each byte of a secret.
const MASK: u8 = b'*';

/// Above so many bytes held back, they are looked through again only when they have grown by [`GROWTH`] of themselves:
/// else a server that sends a long secret byte by byte would make the host look through all of it for each byte.
const EAGER_BYTES: usize = 4 << 10;

/// See [`EAGER_BYTES`]: one eighth.
const GROWTH: usize = 8;

/// Looks for some secrets. Clones share what was prepared.
#[derive(Clone)]
pub struct Redactor(Arc<Patterns>);

impl fmt::Debug for Redactor {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Redactor")
    }
}

/// What was found in a piece of a text.
struct Findings {
    /// Where secrets are, in no order.
    marks: Vec<Range<usize>>,
    /// Up to where this is certain, whatever follows.
    decided: usize,
}

impl Redactor {
    /// A redactor for these secrets; none when there is nothing to look for.
    #[must_use]
    pub fn new(secrets: &[Arc<Secret>]) -> Option<Self> {
        Patterns::new(secrets).map(|patterns| Self(Arc::new(patterns)))
    }

    /// The value without the secrets.
    #[must_use]
    pub fn header(&self, value: &HeaderValue) -> HeaderValue {
        let marks = self.examine(value.as_bytes(), true).marks;
        if marks.is_empty() {
            return value.clone();
        }
        let masked = mask(Bytes::copy_from_slice(value.as_bytes()), &marks);
        // Can't fail, since stars are as good as what they replace; and if it did, nothing must be let through.
        let mut redacted = HeaderValue::from_maybe_shared(masked).unwrap_or(HeaderValue::from_static("*"));
        redacted.set_sensitive(value.is_sensitive());
        redacted
    }

    /// Takes the secrets out of headers or trailers. A header whose name has one goes as a whole.
    pub fn headers(&self, headers: &mut HeaderMap) {
        let telling: Vec<HeaderName> =
            headers.keys().filter(|name| self.0.is_told_by(name.as_str())).cloned().collect();
        for name in telling {
            headers.remove(name);
        }
        for value in headers.values_mut() {
            *value = self.header(value);
        }
    }

    /// Begins with a body.
    #[must_use]
    pub fn stream(&self) -> Redaction {
        Redaction { redactor: self.clone(), held: Vec::new(), covered: 0, unseen: 0 }
    }

    /// Looks through a text in every view; `last` when nothing follows it.
    fn examine(&self, text: &[u8], last: bool) -> Findings {
        let mut findings = Findings { marks: Vec::new(), decided: text.len() };
        self.0.look(text, |index| index..index.saturating_add(1), last, &mut findings);
        let readings: Vec<Decoded> = VIEWS.iter().filter_map(|view| view.decode(text, last)).collect();
        for reading in &readings {
            findings.decided = findings.decided.min(reading.cut.unwrap_or(text.len()));
            self.0.look(&reading.bytes, |index| reading.source(index), last, &mut findings);
        }
        // What is looked through again never begins within an escape: it would be read differently then.
        for reading in &readings {
            findings.decided = reading.boundary(findings.decided);
        }
        findings
    }
}

/// A body on its way to the guest.
pub struct Redaction {
    redactor: Redactor,
    /// What may still become a secret, as it came.
    held: Vec<u8>,
    /// How many bytes at its beginning belong to a secret that was found, and are kept since another may begin there.
    covered: usize,
    /// How many bytes at its end weren't looked through yet.
    unseen: usize,
}

impl fmt::Debug for Redaction {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Redaction").field("held", &self.held.len()).finish_non_exhaustive()
    }
}

impl Redaction {
    /// Takes the next piece of the body, and gives what is certain by now, in two pieces so that nothing long is copied:
    /// what was held back, and the rest. Either may be empty.
    pub fn push(&mut self, chunk: Bytes) -> [Bytes; 2] {
        if self.held.is_empty() {
            return [self.pass(chunk), Bytes::new()];
        }
        let head = chunk.len().min(self.redactor.0.reach());
        self.held.extend_from_slice(chunk.get(..head).unwrap_or_default());
        self.unseen = self.unseen.saturating_add(head);
        if head == chunk.len() && self.held.len() > EAGER_BYTES && self.unseen < self.held.len() / GROWTH {
            return [Bytes::new(), Bytes::new()];
        }
        let findings = self.redactor.examine(&self.held, false);
        let undecided = self.held.len().saturating_sub(findings.decided);
        let joint = Bytes::from(std::mem::take(&mut self.held));
        if head == chunk.len() {
            return [self.release(joint, findings), Bytes::new()];
        }
        if undecided > head {
            let mut all = BytesMut::from(joint);
            all.extend_from_slice(chunk.get(head..).unwrap_or_default());
            return [self.pass(all.freeze()), Bytes::new()];
        }
        let first = self.release(joint, findings);
        self.held.clear();
        [first, self.pass(chunk.slice(head.saturating_sub(undecided)..))]
    }

    /// The end of the body: what was held back, looked through for the last time.
    pub fn finish(&mut self) -> Bytes {
        let text = Bytes::from(std::mem::take(&mut self.held));
        let findings = self.redactor.examine(&text, true);
        self.release(text, findings)
    }

    /// How many bytes are held back.
    #[must_use]
    pub fn held(&self) -> usize {
        self.held.len()
    }

    fn pass(&mut self, text: Bytes) -> Bytes {
        let findings = self.redactor.examine(&text, false);
        self.release(text, findings)
    }

    /// Gives what is decided, and holds the rest back.
    fn release(&mut self, mut text: Bytes, findings: Findings) -> Bytes {
        let Findings { mut marks, decided } = findings;
        marks.push(0..self.covered);
        let straddling = marks.iter().filter(|mark| mark.start <= decided);
        let covered = straddling.map(|mark| mark.end.saturating_sub(decided)).max().unwrap_or(0);
        marks.retain(|mark| mark.start < decided && !mark.is_empty());
        let rest = text.split_off(decided.min(text.len()));
        self.covered = covered.min(rest.len());
        self.held = rest.to_vec();
        self.unseen = 0;
        mask(text, &marks)
    }
}

/// The text with stars in these places. Copies it only where there are any, and somebody else holds it too.
fn mask(text: Bytes, marks: &[Range<usize>]) -> Bytes {
    if marks.is_empty() {
        return text;
    }
    let mut masked = text.try_into_mut().unwrap_or_else(|shared| BytesMut::from(shared.as_ref()));
    for mark in marks {
        let end = mark.end.min(masked.len());
        if let Some(place) = masked.get_mut(mark.start..end) {
            place.fill(MASK);
        }
    }
    masked.freeze()
}

#[cfg(test)]
mod tests;
