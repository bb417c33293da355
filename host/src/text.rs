//! Which characters a plugin may put into what people and models read, and how texts with others are shown.

use std::borrow::Cow;

/// The first character that has no business in a name or a description, if there is one.
///
/// Control characters can rewrite a terminal; bidirectional ones can show a text in another order than it is read in;
/// tag characters and their like are invisible to people and read by models.
pub(crate) fn forbidden_character(text: &str) -> Option<char> {
    text.chars().find(|character| is_forbidden(*character))
}

/// The text with every such character written out, as in `\u{1b}`: fit for a terminal.
#[must_use]
pub fn visible(text: &str) -> Cow<'_, str> {
    if forbidden_character(text).is_none() {
        return Cow::Borrowed(text);
    }
    let written = text.chars().flat_map(|character| {
        let (plain, escaped) = match is_forbidden(character) {
            true => (None, Some(character.escape_unicode())),
            false => (Some(character), None),
        };
        plain.into_iter().chain(escaped.into_iter().flatten())
    });
    Cow::Owned(written.collect())
}

/// The text on one line, fit for a terminal or a log: what a plugin says must not look like the host's next line.
#[must_use]
pub fn one_line(text: &str) -> String {
    visible(text).replace(['\n', '\t'], " ")
}

/// The text on the lines that it has, of which all but the first are indented: so none looks like one of the log's own.
#[must_use]
pub fn block(text: &str) -> String {
    visible(text).replace('\n', "\n    ")
}

/// A character as JSON writes it out, as in `\u001b`: in one piece, or in two.
pub(crate) fn in_json(character: char) -> impl Iterator<Item = [u8; 6]> {
    let mut units = [0; 2];
    let count = character.encode_utf16(&mut units).len();
    // By hand: a text may have a million of them.
    units.into_iter().take(count).map(|unit| {
        let [high, low] = unit.to_be_bytes();
        [b'\\', b'u', digit(high >> 4), digit(high & 15), digit(low >> 4), digit(low & 15)]
    })
}

/// The hexadecimal digit for a number below 16.
const fn digit(number: u8) -> u8 {
    if number < 10 { b'0' + number } else { b'a' + (number - 10) }
}

/// Whether a character has no business in what a plugin says.
pub(crate) fn is_forbidden(character: char) -> bool {
    match character {
        '\n' | '\t' => false,
        // Bidirectional marks, embeddings, overrides and isolates.
        '\u{061C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' => true,
        // Tags, and the supplementary variation selectors, which can carry a hidden text.
        '\u{E0000}'..='\u{E007F}' | '\u{E0100}'..='\u{E01EF}' => true,
        // Separators that some programs take for the end of a line; invisible fillers without a use in prose.
        '\u{00AD}' | '\u{200B}' | '\u{2028}' | '\u{2029}' | '\u{FEFF}' => true,
        '\u{2060}'..='\u{2064}' | '\u{206A}'..='\u{206F}' | '\u{FFF9}'..='\u{FFFB}' => true,
        other => other.is_control(),
    }
}

#[cfg(test)]
mod tests {
    use super::{block, forbidden_character, one_line, visible};

    #[test]
    fn prose_passes_and_what_hides_or_rewrites_does_not() {
        let cases = [
            ("plain text\nwith two lines\tand a tab", None),
            ("Grüße, 日本語, ‎".trim_end_matches('\u{200E}'), None),
            ("family: 👨‍👩‍👧", None),
            ("\u{1b}[2J", Some('\u{1b}')),
            ("a\rb", Some('\r')),
            ("\u{0}", Some('\u{0}')),
            ("\u{85}", Some('\u{85}')),
            ("right\u{202E}left", Some('\u{202E}')),
            ("isolate\u{2066}d", Some('\u{2066}')),
            ("tag\u{E0041}", Some('\u{E0041}')),
            ("selector\u{E0100}", Some('\u{E0100}')),
        ];
        for (text, expected) in cases {
            assert_eq!(forbidden_character(text), expected, "{text:?}");
        }
    }

    #[test]
    fn what_hides_is_written_out() {
        assert_eq!(visible("plain ünïcode\n"), "plain ünïcode\n");
        assert_eq!(visible("a\u{1b}[2Jb\u{202E}"), r"a\u{1b}[2Jb\u{202e}");
        assert_eq!(one_line("a\r\nb\tc"), r"a\u{d} b c");
        assert_eq!(block("a\n2026-01-01 INFO b\u{1b}"), "a\n    2026-01-01 INFO b\\u{1b}");
    }
}
