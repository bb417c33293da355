//! Long lines with texts of plugins, broken by us: where a terminal breaks one, the rest begins where our own lines begin,
//! and may look like one of them.

/// Columns of a line: one fits into every usual terminal.
const COLUMNS: usize = 76;

/// What stands before the rest of a line: more than before any line of ours.
const REST: &str = "             ";

/// The text in such lines, the first of which begins like this.
pub(super) fn folded(first: &str, text: &str) -> String {
    let mut folded = first.to_owned();
    let mut column = first.len();
    for (place, word) in text.split(' ').enumerate() {
        let is_new = place > 0 && column + 1 + columns(word) > COLUMNS;
        if is_new {
            begin(&mut folded, &mut column);
        } else if place > 0 {
            folded.push(' ');
            column += 1;
        }
        for character in word.chars() {
            if column >= COLUMNS {
                begin(&mut folded, &mut column);
            }
            folded.push(character);
            column += columns_of(character);
        }
    }
    folded + "\n"
}

fn begin(folded: &mut String, column: &mut usize) {
    folded.push('\n');
    folded.push_str(REST);
    *column = REST.len();
}

fn columns(text: &str) -> usize {
    text.chars().map(columns_of).sum()
}

/// At most: those of other scripts may take two.
const fn columns_of(character: char) -> usize {
    if character.is_ascii() { 1 } else { 2 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_broken_between_words_where_there_are_some() {
        let (short, word, long) = ("a few words", "x".repeat(70), "x".repeat(100));
        let cases = [
            (short.to_owned(), format!("> {short}\n")),
            (format!("a {word} bcd"), format!("> a {word}\n{REST}bcd\n")),
            (long, format!("> {}\n{REST}{}\n", "x".repeat(74), "x".repeat(26))),
            ("字".repeat(38), format!("> {}\n{REST}字\n", "字".repeat(37))),
        ];
        for (text, expected) in cases {
            assert_eq!(folded("> ", &text), expected, "{text}");
        }
    }
}
