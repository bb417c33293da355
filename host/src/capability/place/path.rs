//! Patterns of paths, and paths that mean different things to different readers.

use std::collections::BTreeSet;

use percent_encoding::percent_decode_str;
use url::Url;

use super::PlaceError;

/// Longest path of a rule, in bytes: as long as the URLs that it is compared with.
const PATTERN_BYTES: usize = 8 << 10;

/// The path of a rule, compiled: what it says of each segment. `/` has one segment, which is empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::capability) struct PathPattern {
    pub(in crate::capability) parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::capability) enum Part {
    /// `**`: any number of segments.
    Rest,
    /// One segment.
    Segment(Segment),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::capability) enum Segment {
    /// This text.
    Exact(String),
    /// A text with `*` in it.
    Glob(Glob),
}

/// A segment in which `*` stands for any text. No other character means anything but itself, so that whether one
/// pattern covers another can be said for certain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::capability) struct Glob {
    written: String,
}

/// Most segments of a path. Real ones have a dozen; it bounds what a comparison with many `**` costs.
pub(in crate::capability) const SEGMENTS: usize = 256;

/// The segments of a URL's path.
pub(in crate::capability) fn segments(path: &str) -> impl Iterator<Item = &str> {
    path.strip_prefix('/').unwrap_or(path).split('/')
}

impl PathPattern {
    pub(in crate::capability) fn compile(written: &str) -> Result<Self, PlaceError> {
        let fault = |problem| PlaceError::Path { path: written.to_owned(), problem };
        if let Some(problem) = problem_of_pattern(written) {
            return Err(fault(problem));
        }
        let normal = normal(written).ok_or_else(|| fault("is no path"))?;
        if let Some(ambiguity) = ambiguity(&normal) {
            return Err(fault(ambiguity));
        }
        let mut parts: Vec<Part> = segments(&normal).map(part).collect();
        // Two in a row say what one says.
        parts.dedup_by(|second, first| matches!((first, second), (Part::Rest, Part::Rest)));
        Ok(Self { parts })
    }

    /// Whether it is `/**`.
    pub(in crate::capability) fn is_everything(&self) -> bool {
        matches!(self.parts.as_slice(), [Part::Rest])
    }

    /// Whether it matches a path which is not [ambiguous](ambiguity).
    pub(in crate::capability) fn matches(&self, path: &str) -> bool {
        self.takes_all(segments(path), Segment::matches)
    }

    /// Whether every path of the other is one of this. It may say no where only patterns with `**` in the middle would
    /// make it a yes, and never says yes wrongly.
    pub(in crate::capability) fn covers(&self, other: &Self) -> bool {
        if self.is_everything() || other.is_everything() {
            return self.is_everything();
        }
        self.takes_all(other.parts.iter(), |segment, part| match part {
            Part::Segment(other) => segment.covers(other),
            Part::Rest => false,
        })
    }

    /// Runs through the symbols with all places at once at which the pattern can be, so that no pattern makes it slow.
    fn takes_all<S: Copy>(&self, symbols: impl Iterator<Item = S>, takes: impl Fn(&Segment, S) -> bool) -> bool {
        let mut places = BTreeSet::new();
        self.arrive(0, &mut places);
        for symbol in symbols {
            let mut next = BTreeSet::new();
            for &place in &places {
                match self.parts.get(place) {
                    Some(Part::Rest) => self.arrive(place, &mut next),
                    Some(Part::Segment(segment)) if takes(segment, symbol) => self.arrive(place + 1, &mut next),
                    _ => {}
                }
            }
            places = next;
        }
        places.contains(&self.parts.len())
    }

    /// `**` may stand for nothing: what comes after it is reached at once.
    fn arrive(&self, place: usize, places: &mut BTreeSet<usize>) {
        places.insert(place);
        if matches!(self.parts.get(place), Some(Part::Rest)) {
            places.insert(place + 1);
        }
    }
}

impl Segment {
    fn matches(&self, text: &str) -> bool {
        match self {
            Self::Exact(exact) => exact == text,
            Self::Glob(glob) => glob.matches(text),
        }
    }

    fn covers(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Exact(this), Self::Exact(other)) => this == other,
            (Self::Exact(_), Self::Glob(_)) => false,
            (Self::Glob(this), Self::Exact(other)) => this.matches(other),
            // Nothing in a pattern but its own `*` takes another pattern's `*`, which is read as any other text here.
            (Self::Glob(this), Self::Glob(other)) => this.matches(&other.written),
        }
    }
}

impl Glob {
    /// Whether the text is one of its. `*` alone needs at least one character: `/v1/*` isn't `/v1/`.
    pub(in crate::capability) fn matches(&self, text: &str) -> bool {
        let Some((prefix, rest)) = self.written.split_once('*') else { return self.written == text };
        let (middle, suffix) = rest.rsplit_once('*').unwrap_or(("", rest));
        let inner = text.strip_prefix(prefix).and_then(|text| text.strip_suffix(suffix));
        let Some(mut text) = inner else { return false };
        if self.written == "*" {
            return !text.is_empty();
        }
        // The first place at which a piece is found leaves most for the others.
        middle.split('*').all(|piece| match text.split_once(piece) {
            Some((_, after)) => {
                text = after;
                true
            }
            None => false,
        })
    }

    /// What comes before its first `*`.
    pub(in crate::capability) fn prefix(&self) -> &str {
        self.written.split_once('*').map_or(&self.written, |(prefix, _)| prefix)
    }

    /// What comes after its last `*`.
    pub(in crate::capability) fn suffix(&self) -> &str {
        self.written.rsplit_once('*').map_or(&self.written, |(_, suffix)| suffix)
    }
}

fn part(written: &str) -> Part {
    match written {
        "**" => Part::Rest,
        glob if glob.contains('*') => Part::Segment(Segment::Glob(Glob { written: glob.to_owned() })),
        exact => Part::Segment(Segment::Exact(exact.to_owned())),
    }
}

/// The path as `url` would have it in a URL.
fn normal(written: &str) -> Option<String> {
    let mut url = Url::parse("https://host/").ok()?;
    url.set_path(written);
    Some(url.path().to_owned())
}

fn problem_of_pattern(written: &str) -> Option<&'static str> {
    let has_dots = segments(written).any(|segment| is_dots(&segment.to_ascii_lowercase().replace("%2e", ".")));
    let has_stars = segments(written).any(|segment| segment != "**" && segment.contains("**"));
    let cases = [
        (!written.starts_with('/'), "doesn't begin with `/`"),
        (written.len() > PATTERN_BYTES, "is longer than 8 KiB"),
        (segments(written).count() > SEGMENTS, "has more than 256 segments"),
        (written.contains(char::is_control), "has control characters"),
        (written.contains('\\'), "has a backslash"),
        (written.contains(['?', '#']), "has a query or a fragment, which rules don't look at"),
        (written.contains(['{', '}']), "has braces, which mean nothing here: `*` stands for any segment"),
        (has_dots, "has `.` or `..` as a segment, which never reaches a server"),
        (has_stars, "has `**` within a segment: it stands for whole segments, and `*` for a part of one"),
    ];
    cases.into_iter().find(|(is_so, _)| *is_so).map(|(_, problem)| problem)
}

fn is_dots(segment: &str) -> bool {
    segment == "." || segment == ".."
}

/// Why readers disagree about what a path means, if they do: some decode before they split, decode twice, merge
/// slashes, or drop what comes after `;`. A rule that is about paths can't judge it then.
pub(in crate::capability) fn ambiguity(path: &str) -> Option<&'static str> {
    if path.contains('\\') {
        return Some("has a backslash, which some servers read as a slash");
    }
    if has_empty_segment(path) {
        return Some("has an empty segment, which some servers drop");
    }
    // `url` has taken out those without parameters.
    if !path.contains(['%', ';']) {
        return None;
    }
    if path.split('%').skip(1).any(|after| !after.get(..2).is_some_and(is_hex)) {
        return Some("has a `%` without two digits");
    }
    let once: Vec<u8> = percent_decode_str(path).collect();
    let Ok(once) = String::from_utf8(once) else { return Some("is not UTF-8 when decoded") };
    if once.split('%').skip(1).any(|after| after.get(..2).is_some_and(is_hex)) {
        return Some("is encoded twice");
    }
    let encoded_slashes = once.matches('/').count() != path.matches('/').count();
    if encoded_slashes || once.contains('\\') {
        return Some("has an encoded slash or backslash");
    }
    if once.contains(char::is_control) {
        return Some("has encoded control characters");
    }
    let without_parameters = |segment: &str| is_dots(segment.split(';').next().unwrap_or_default());
    if segments(&once).any(without_parameters) {
        return Some("has a segment of dots");
    }
    if once.contains(';') {
        return Some("has a `;`, at which some servers end a segment");
    }
    if once.contains(['?', '#']) {
        return Some("has an encoded `?` or `#`, at which some servers end the path");
    }
    None
}

/// The last segment may be empty: a path may end with a slash.
fn has_empty_segment(path: &str) -> bool {
    let mut segments = segments(path).peekable();
    while let Some(segment) = segments.next() {
        let is_empty = segment.is_empty() && segments.peek().is_some();
        if is_empty || segment.starts_with(';') || starts_with_encoded_semicolon(segment) {
            return true;
        }
    }
    false
}

fn starts_with_encoded_semicolon(segment: &str) -> bool {
    segment.get(..3).is_some_and(|start| start.eq_ignore_ascii_case("%3b"))
}

fn is_hex(digits: &str) -> bool {
    digits.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// The narrowest pattern that matches this path. A path can have a `*` of its own, which no pattern can tell from others.
pub(in crate::capability) fn narrowest(path: &str) -> String {
    let mut before = None;
    path.chars().filter(|character| (before.replace(*character), *character) != (Some('*'), '*')).collect()
}

#[cfg(test)]
mod tests;
