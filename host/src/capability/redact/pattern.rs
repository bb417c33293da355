//! What a secret looks like in a text, and the search for all of it at once.

use std::ops::Range;
use std::sync::Arc;

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind, packed};
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use zeroize::Zeroizing;

use super::Findings;
use super::view::LONGEST_ESCAPE;
use crate::secret::{LEAST_BYTES, Secret};

/// Most bytes that one byte of a reading takes in a text: `\u0041`.
const LONGEST_BYTE: usize = 6;

/// One form of one secret.
#[derive(PartialEq, Eq)]
struct Pattern {
    bytes: Zeroizing<Vec<u8>>,
    /// Whether a character of base64 may follow that has the secret's last bits in it, beside others.
    open: bool,
}

/// All forms of some secrets.
pub(super) struct Patterns {
    patterns: Vec<Pattern>,
    /// Bytes with which one of them begins.
    first: [bool; 256],
    longest: usize,
    /// Says quickly that there is nothing, as nearly always; none where the processor can't.
    quick: Option<packed::Searcher>,
    /// Finds all, also those that overlap; none when they are too many for it, and then nothing is let through.
    exact: Option<AhoCorasick>,
    /// Finds the secrets themselves in names of headers, which are told apart by no case.
    names: Option<AhoCorasick>,
}

impl Patterns {
    pub(super) fn new(secrets: &[Arc<Secret>]) -> Option<Self> {
        let long_enough = || secrets.iter().map(|secret| secret.expose()).filter(|secret| secret.len() >= LEAST_BYTES);
        let mut patterns: Vec<Pattern> = long_enough().flat_map(forms).collect();
        patterns.sort_unstable_by(|one, other| one.bytes.cmp(&other.bytes));
        patterns.dedup();
        let bytes = || patterns.iter().map(|pattern| pattern.bytes.as_slice());
        let mut first = [false; 256];
        for byte in bytes().filter_map(<[u8]>::first) {
            if let Some(known) = first.get_mut(usize::from(*byte)) {
                *known = true;
            }
        }
        let longest = bytes().map(<[u8]>::len).max()?;
        let exact = AhoCorasick::builder()
            .match_kind(MatchKind::Standard)
            .kind(Some(AhoCorasickKind::ContiguousNFA))
            .build(bytes())
            .ok();
        let names = AhoCorasick::builder().ascii_case_insensitive(true).build(long_enough()).ok();
        Some(Self { first, longest, quick: packed::Searcher::new(bytes()), exact, names, patterns })
    }

    /// Whether a header of this name would tell a secret.
    pub(super) fn is_told_by(&self, name: &str) -> bool {
        name.len() >= LEAST_BYTES && self.names.as_ref().is_none_or(|names| names.is_match(name))
    }

    /// How many bytes of a text decide at most whether a secret begins at its first.
    pub(super) fn reach(&self) -> usize {
        self.longest.saturating_add(2).saturating_mul(LONGEST_BYTE).saturating_add(LONGEST_ESCAPE)
    }

    /// Adds what is in a reading. `source` says where in the text a byte of the reading comes from.
    pub(super) fn look(
        &self,
        reading: &[u8],
        source: impl Fn(usize) -> Range<usize>,
        last: bool,
        findings: &mut Findings,
    ) {
        if let Some(begin) = self.undecided(reading).filter(|_| !last) {
            findings.decided = findings.decided.min(source(begin).start);
        }
        if self.quick.as_ref().is_some_and(|quick| quick.find(reading).is_none()) {
            return;
        }
        let Some(exact) = &self.exact else {
            let end = reading.len().checked_sub(1).map_or(0, |end| source(end).end);
            return findings.marks.push(0..end);
        };
        for found in exact.find_overlapping_iter(reading) {
            let open = self.patterns.get(found.pattern().as_usize()).is_some_and(|pattern| pattern.open);
            let follows = reading.get(found.end()).copied().is_some_and(is_base64);
            let end = found.end().saturating_add(usize::from(open && follows));
            add(&mut findings.marks, source(found.start()).start..source(end.saturating_sub(1)).end);
        }
    }

    /// The first place from which on the reading may become a secret, if more follows.
    fn undecided(&self, reading: &[u8]) -> Option<usize> {
        let from = reading.len().saturating_sub(self.longest);
        let tail = reading.get(from..)?;
        let begins = |byte: &u8| self.first.get(usize::from(*byte)).copied().unwrap_or(true);
        let places = tail.iter().enumerate().filter(|(_, byte)| begins(byte)).map(|(place, _)| place);
        let mut candidates = places.map(|place| (place, tail.get(place..).unwrap_or_default()));
        let found = candidates.find(|(_, rest)| self.patterns.iter().any(|pattern| pattern.may_go_on(rest)));
        found.map(|(place, _)| from.saturating_add(place))
    }
}

impl Pattern {
    /// Whether the text, from here to its end, is the pattern's beginning, and what follows matters.
    fn may_go_on(&self, text: &[u8]) -> bool {
        self.bytes.starts_with(text) && (self.open || text.len() < self.bytes.len())
    }
}

/// Keeps marks that follow each other and overlap as one: a text of nothing but secrets has few then.
fn add(marks: &mut Vec<Range<usize>>, mark: Range<usize>) {
    match marks.last_mut() {
        Some(before) if before.start <= mark.end && mark.start <= before.end => {
            *before = before.start.min(mark.start)..before.end.max(mark.end);
        }
        _ => marks.push(mark),
    }
}

fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"+/-_".contains(&byte)
}

/// The forms of a secret that no reading undoes.
fn forms(secret: &[u8]) -> Vec<Pattern> {
    let mut forms = vec![Pattern { bytes: Zeroizing::new(secret.to_vec()), open: false }];
    if secret.contains(&b' ') {
        // As forms write it. A plus of the secret's own is percent-encoded there.
        let plus = secret.iter().map(|byte| if *byte == b' ' { b'+' } else { *byte });
        forms.push(Pattern { bytes: Zeroizing::new(plus.collect()), open: false });
    }
    for engine in [STANDARD_NO_PAD, URL_SAFE_NO_PAD] {
        forms.extend((0..3).map(|before| encoded(&engine, secret, before)));
    }
    forms
}

/// The base64 of the secret after so many other bytes: those of its characters that depend on nothing else.
fn encoded(engine: &impl base64::Engine, secret: &[u8], before: usize) -> Pattern {
    let mut bytes = Zeroizing::new(vec![0; before]);
    bytes.extend_from_slice(secret);
    let (begin, end) = (before.saturating_mul(8).div_ceil(6), bytes.len().saturating_mul(8) / 6);
    let open = !bytes.len().is_multiple_of(3);
    let text = Zeroizing::new(engine.encode(&*bytes));
    let own = text.as_bytes().get(begin..end).unwrap_or_default();
    Pattern { bytes: Zeroizing::new(own.to_vec()), open }
}
