//! From a place in a JSON text to the path of the value there.
//!
//! The deserializer knows only line and column. Rather than follow it at every step, which costs each call something,
//! the text is walked once more when there is an error to explain.

/// Bytes after which a path goes no deeper: enough to find a field, and nesting can't blow up a message.
const MAX_LEN: usize = 200;

/// The path of the value that ends at the given place or, if none does, of the innermost one around it: `tags[2].name`.
/// Empty for the outermost. Lines and columns are those of `serde_json`: counted from 1, columns in bytes.
///
/// The text may be cut off or broken beyond the place.
pub(super) fn at(json: &str, line: usize, column: usize) -> String {
    let mut walk = Walk::default();
    let mut tokens = Tokens { rest: json, offset: 0 };
    let end = offset_of(json, line, column);
    while let Some((token, reached)) = tokens.next() {
        walk.step(token);
        if reached >= end {
            break;
        }
    }
    walk.path()
}

fn offset_of(json: &str, line: usize, column: usize) -> usize {
    let before: usize = json.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    before + column
}

/// The containers that are open around the current token.
#[derive(Default)]
struct Walk<'a> {
    open: Vec<Container<'a>>,
}

enum Container<'a> {
    /// The key whose value comes or came last, as it stands in the text; whether a key comes next.
    Object {
        key: Option<&'a str>,
        key_next: bool,
    },
    Array {
        index: usize,
    },
}

impl<'a> Walk<'a> {
    fn step(&mut self, token: &'a str) {
        match token {
            "{" => self.open.push(Container::Object { key: None, key_next: true }),
            "[" => self.open.push(Container::Array { index: 0 }),
            "}" | "]" => drop(self.open.pop()),
            _ => self.within(token),
        }
    }

    fn within(&mut self, token: &'a str) {
        match (self.open.last_mut(), token) {
            (Some(Container::Array { index }), ",") => *index += 1,
            (Some(Container::Object { key_next, .. }), ",") => *key_next = true,
            (Some(Container::Object { key, key_next }), _) if *key_next => {
                *key = Some(token.strip_prefix('"').and_then(|token| token.strip_suffix('"')).unwrap_or(token));
                *key_next = false;
            }
            _ => {}
        }
    }

    fn path(&self) -> String {
        let mut path = String::new();
        for container in &self.open {
            if path.len() > MAX_LEN {
                path.push('…');
                break;
            }
            match container {
                Container::Array { index } => path.push_str(&format!("[{index}]")),
                Container::Object { key: Some(key), .. } if path.is_empty() => path.push_str(key),
                Container::Object { key: Some(key), .. } => path.extend([".", key]),
                Container::Object { key: None, .. } => {}
            }
        }
        path
    }
}

/// Strings, with their quotes, punctuation, and everything else in one piece.
struct Tokens<'a> {
    rest: &'a str,
    offset: usize,
}

impl<'a> Tokens<'a> {
    /// The next token, and where it ends.
    fn next(&mut self) -> Option<(&'a str, usize)> {
        let trimmed = self.rest.trim_ascii_start();
        self.offset += self.rest.len() - trimmed.len();
        let (token, rest) = trimmed.split_at_checked(length(trimmed)?)?;
        self.rest = rest;
        self.offset += token.len();
        Some((token, self.offset))
    }
}

/// Bytes of the token that the text begins with.
fn length(text: &str) -> Option<usize> {
    let ends = |c: char| c.is_ascii_whitespace() || "{}[],:\"".contains(c);
    match text.chars().next()? {
        '"' => Some(string_length(text)),
        '{' | '}' | '[' | ']' | ',' | ':' => Some(1),
        _ => Some(text.find(ends).unwrap_or(text.len())),
    }
}

fn string_length(text: &str) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}
