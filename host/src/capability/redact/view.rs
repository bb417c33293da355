//! Readings of a text: as percent-encoded, and as a JSON string. Both leave alone what isn't escaped, so that any mix is
//! read, and a text that is neither isn't harmed.

use std::ops::Range;

use memchr::memchr;

/// Longest escape, in bytes: two halves of a character in JSON, `\ud83d\ude00`.
pub(super) const LONGEST_ESCAPE: usize = 12;

/// A reading of a text.
pub(super) struct View {
    /// Begins every escape, and is in none elsewhere.
    marker: u8,
    /// Reads an escape at the beginning of a text.
    read: fn(&[u8]) -> Escape,
}

/// The readings beside the plain one.
pub(super) const VIEWS: [View; 2] = [View { marker: b'%', read: percent }, View { marker: b'\\', read: json }];

/// What stands at a marker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Escape {
    /// An escape of this length, for this byte.
    Byte(usize, u8),
    /// An escape of this length, for this character.
    Character(usize, char),
    /// None: the marker stands for itself.
    No,
    /// Perhaps one, and the text ends within it.
    Cut,
}

/// A text as a reading has it.
#[derive(Debug, Default)]
pub(super) struct Decoded {
    pub(super) bytes: Vec<u8>,
    /// Where in the text an escape begins whose end is missing; nothing from there on was read.
    pub(super) cut: Option<usize>,
    escapes: Vec<Placed>,
}

/// An escape that was read.
#[derive(Debug)]
struct Placed {
    source: Range<usize>,
    decoded: Range<usize>,
}

impl View {
    /// Reads the text; none when there is no escape in it, so that it reads as it stands.
    pub(super) fn decode(&self, text: &[u8], last: bool) -> Option<Decoded> {
        let mut decoded = Decoded::default();
        let (mut read, mut from) = (0, 0);
        while let Some(offset) = memchr(self.marker, text.get(from..).unwrap_or_default()) {
            let at = from.saturating_add(offset);
            match (self.read)(text.get(at..).unwrap_or_default()) {
                Escape::Cut if !last => {
                    decoded.plain(text, read..at);
                    decoded.cut = Some(at);
                    return Some(decoded);
                }
                Escape::No | Escape::Cut => from = at.saturating_add(1),
                Escape::Byte(length, byte) => {
                    decoded.plain(text, read..at);
                    decoded.escape(at, length, &[byte]);
                    (read, from) = (at.saturating_add(length), at.saturating_add(length));
                }
                Escape::Character(length, character) => {
                    decoded.plain(text, read..at);
                    decoded.escape(at, length, character.encode_utf8(&mut [0; 4]).as_bytes());
                    (read, from) = (at.saturating_add(length), at.saturating_add(length));
                }
            }
        }
        if decoded.escapes.is_empty() {
            return None;
        }
        decoded.plain(text, read..text.len());
        Some(decoded)
    }
}

impl Decoded {
    /// Takes over what has no escape in it.
    fn plain(&mut self, text: &[u8], place: Range<usize>) {
        if self.bytes.capacity() == 0 {
            self.bytes.reserve_exact(text.len());
        }
        self.bytes.extend_from_slice(text.get(place).unwrap_or_default());
    }

    fn escape(&mut self, at: usize, length: usize, stands_for: &[u8]) {
        let begin = self.bytes.len();
        self.bytes.extend_from_slice(stands_for);
        self.escapes.push(Placed { source: at..at.saturating_add(length), decoded: begin..self.bytes.len() });
    }

    /// The last place of the text, at or before this one, that isn't within an escape.
    pub(super) fn boundary(&self, place: usize) -> usize {
        let before = self.escapes.partition_point(|escape| escape.source.start < place);
        let nearest = before.checked_sub(1).and_then(|before| self.escapes.get(before));
        nearest.filter(|escape| escape.source.end > place).map_or(place, |escape| escape.source.start)
    }

    /// Where in the text a byte of this reading comes from.
    pub(super) fn source(&self, index: usize) -> Range<usize> {
        let before = self.escapes.partition_point(|escape| escape.decoded.start <= index);
        let Some(escape) = before.checked_sub(1).and_then(|before| self.escapes.get(before)) else {
            return index..index.saturating_add(1);
        };
        if index < escape.decoded.end {
            return escape.source.clone();
        }
        let place = escape.source.end.saturating_add(index.saturating_sub(escape.decoded.end));
        place..place.saturating_add(1)
    }
}

/// `%41`.
fn percent(text: &[u8]) -> Escape {
    match hexadecimal(text.get(1..).unwrap_or_default(), 2) {
        Digits::All(value) => u8::try_from(value).map_or(Escape::No, |byte| Escape::Byte(3, byte)),
        Digits::Cut => Escape::Cut,
        Digits::No => Escape::No,
    }
}

/// `\/`, `\n`, `\u0041`, `\ud83d\ude00`.
fn json(text: &[u8]) -> Escape {
    let Some(kind) = text.get(1) else { return Escape::Cut };
    let byte = match kind {
        b'"' | b'\\' | b'/' => *kind,
        b'b' => 0x08,
        b'f' => 0x0c,
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'u' => return unicode(text),
        _ => return Escape::No,
    };
    Escape::Byte(2, byte)
}

fn unicode(text: &[u8]) -> Escape {
    let unit = match hexadecimal(text.get(2..).unwrap_or_default(), 4) {
        Digits::All(unit) => unit,
        Digits::Cut => return Escape::Cut,
        Digits::No => return Escape::No,
    };
    if !(0xd800..0xdc00).contains(&unit) {
        return char::from_u32(unit).map_or(Escape::No, |character| Escape::Character(6, character));
    }
    let rest = text.get(6..).unwrap_or_default();
    match rest {
        [] | [b'\\'] => return Escape::Cut,
        [b'\\', b'u', ..] => {}
        _ => return Escape::No,
    }
    match hexadecimal(rest.get(2..).unwrap_or_default(), 4) {
        Digits::All(low @ 0xdc00..0xe000) => {
            let character = 0x1_0000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
            char::from_u32(character).map_or(Escape::No, |character| Escape::Character(12, character))
        }
        Digits::Cut => Escape::Cut,
        Digits::All(_) | Digits::No => Escape::No,
    }
}

enum Digits {
    All(u32),
    No,
    /// The text ends before the last one.
    Cut,
}

fn hexadecimal(text: &[u8], count: usize) -> Digits {
    let mut value = 0;
    for place in 0..count {
        let Some(digit) = text.get(place) else { return Digits::Cut };
        let Some(digit) = char::from(*digit).to_digit(16) else { return Digits::No };
        value = value << 4 | digit;
    }
    Digits::All(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_read_and_all_else_is_left() {
        let [percent, json] = &VIEWS;
        let cases = [
            (percent, "a%41b%4a%4A", Some("aAbJJ")),
            (percent, "%%41%4g%", Some("%A%4g%")),
            (percent, "100% a+b %zz", None),
            (json, r"a\u0041\/\n\x", Some("aA/\n\\x")),
            (json, r"\\u0041\\", Some(r"\u0041\")),
            (json, r"\ud83d\ude00 \ud83d\u0041 \ud83d", Some("😀 \\ud83dA \\ud83d")),
            (json, r"C:\Users", None),
        ];
        for (view, text, expected) in cases {
            let decoded = view.decode(text.as_bytes(), true).map(|decoded| String::from_utf8(decoded.bytes).unwrap());
            assert_eq!(decoded.as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn each_byte_knows_where_it_came_from() {
        let text = r"ab\u00e4c\/d";
        let decoded = VIEWS[1].decode(text.as_bytes(), true).unwrap();
        let sources: Vec<&str> =
            (0..decoded.bytes.len()).map(|index| text.get(decoded.source(index)).unwrap()).collect();
        assert_eq!(sources, ["a", "b", r"\u00e4", r"\u00e4", "c", r"\/", "d"]);
    }

    #[test]
    fn a_text_is_never_cut_within_an_escape() {
        let [percent, json] = &VIEWS;
        let cases = [
            (percent, "ab%41c", 3, 2),
            (percent, "ab%41c", 4, 2),
            (percent, "ab%41c", 5, 5),
            (percent, "ab%41c", 2, 2),
            (json, r"\ud83d\ude00", 11, 0),
            (json, r"\ud83d\ude00", 6, 0),
            (json, r"a\\n", 2, 1),
            (json, r"a\\n", 3, 3),
            (json, r"\\\\\\\\\\\\\\\\", 15, 14),
        ];
        for (view, text, place, expected) in cases {
            let decoded = view.decode(text.as_bytes(), true).unwrap();
            assert_eq!(decoded.boundary(place), expected, "{text} at {place}");
        }
    }
}
