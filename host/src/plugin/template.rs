//! URI templates (RFC 6570, levels 1 to 4): read as plugins list them, and compared with the URIs that clients ask for.
//!
//! The standard says how a template is expanded, and not how a URI is matched. Here a URI matches if the template can be
//! expanded to it, and a little beyond that: clients often put values in unencoded, and queries come in any order. What
//! ends a value is what ends that part of a URI.

mod pattern;

use regex::bytes::{Regex, RegexBuilder};

use super::limits;

/// Most variables of one template. People fill them in.
const VARIABLES: usize = 32;

/// Longest prefix of a value, as in `{name:3}`, that is counted when matching, in characters. Each counted character
/// takes room; whoever cuts a value off later than this hardly means to tell families apart by it.
const PREFIX_COUNTED: u16 = 16;

/// Largest compiled pattern of one template, in bytes. Real ones take a few thousand, and a plugin may have a hundred.
const PATTERN_BYTES: usize = 128 << 10;

const OPERATORS: [char; 7] = ['+', '#', '.', '/', ';', '?', '&'];

/// What the standard keeps out of literals, beside blanks and control characters.
const NEVER: [char; 9] = ['"', '<', '>', '\\', '^', '`', '{', '|', '}'];

/// Longest prefix of a value, in characters: the standard's.
const LONGEST_PREFIX: u16 = 9_999;

/// A template, checked, and ready to match with.
#[derive(Debug, Clone)]
pub struct UriTemplate {
    source: String,
    /// Of bytes, since what ends a value is ASCII: classes of characters would take a hundred times the room.
    pattern: Regex,
}

/// By their text: the rest follows from it.
impl PartialEq for UriTemplate {
    fn eq(&self, other: &Self) -> bool {
        self.source == other.source
    }
}

impl Eq for UriTemplate {}

/// A piece of a template.
enum Part<'a> {
    Literal(&'a str),
    Expression(Expression<'a>),
}

/// What stands in braces.
struct Expression<'a> {
    /// None: plain expansion.
    operator: Option<char>,
    variables: Vec<Variable<'a>>,
}

struct Variable<'a> {
    name: &'a str,
    /// Lists and maps are written one by one.
    explodes: bool,
    /// Characters that are taken of the value.
    prefix: Option<u16>,
}

impl UriTemplate {
    /// Reads a template.
    ///
    /// # Errors
    /// A text for the plugin's author: not as RFC 6570 says, without a scheme that is written out, or too large.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.len() > limits::URI_BYTES {
            let (bytes, most) = (text.len(), limits::URI_BYTES);
            return Err(format!("a URI template has at most {most} bytes, and this one has {bytes}"));
        }
        let parts = parts(text)?;
        if text.split('{').next().is_none_or(|literal| scheme(literal).is_none()) {
            return Err(
                "a URI template begins with a scheme that is written out, such as `notes:` in `notes://{day}`".into()
            );
        }
        let variables: usize = parts.iter().map(Part::variables).sum();
        if variables > VARIABLES {
            return Err(format!("the URI template has {variables} variables, and {VARIABLES} are allowed"));
        }
        let pattern = RegexBuilder::new(&pattern::of(&parts))
            .unicode(false)
            .size_limit(PATTERN_BYTES)
            .dfa_size_limit(PATTERN_BYTES)
            .build()
            .map_err(|_| "the URI template is too complex".to_owned())?;
        Ok(Self { source: text.to_owned(), pattern })
    }

    /// The template's text.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Whether a URI belongs to the family. Takes time in proportion to its length, whatever the template is.
    #[must_use]
    pub fn matches(&self, uri: &str) -> bool {
        uri.len() <= limits::URI_BYTES && self.pattern.is_match(uri.as_bytes())
    }
}

/// The scheme that a URI begins with, without its colon.
#[must_use]
pub fn scheme(uri: &str) -> Option<&str> {
    let (scheme, _) = uri.split_once(':')?;
    let goes_on = |byte: u8| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte);
    (scheme.starts_with(|first: char| first.is_ascii_alphabetic()) && scheme.bytes().all(goes_on)).then_some(scheme)
}

fn parts(text: &str) -> Result<Vec<Part<'_>>, String> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once('{') {
        let (inner, behind) = behind.split_once('}').ok_or("in the URI template, a `{` is never closed")?;
        parts.extend([literal(before)?, Part::Expression(Expression::parse(inner)?)]);
        rest = behind;
    }
    parts.push(literal(rest)?);
    Ok(parts)
}

fn literal(text: &str) -> Result<Part<'_>, String> {
    let is_wrong = |character: char| character.is_whitespace() || character.is_control() || NEVER.contains(&character);
    match text.chars().find(|character| is_wrong(*character)) {
        Some(wrong) => Err(format!("in the URI template, {wrong:?} has no place outside of braces")),
        None if !is_encoded(text) => Err("in the URI template, a `%` is not followed by two hexadecimal digits".into()),
        None => Ok(Part::Literal(text)),
    }
}

/// Whether each percent sign begins an encoded byte.
fn is_encoded(text: &str) -> bool {
    let begins_well =
        |behind: &str| behind.as_bytes().get(..2).is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit));
    text.split('%').skip(1).all(begins_well)
}

impl Part<'_> {
    const fn variables(&self) -> usize {
        match self {
            Self::Literal(_) => 0,
            Self::Expression(expression) => expression.variables.len(),
        }
    }
}

impl<'a> Expression<'a> {
    /// Reads what stands in braces.
    fn parse(inner: &'a str) -> Result<Self, String> {
        let operator = inner.chars().next().filter(|first| OPERATORS.contains(first));
        let variables = inner.strip_prefix(OPERATORS).unwrap_or(inner).split(',').map(Variable::parse);
        Ok(Self { operator, variables: variables.collect::<Result<_, _>>()? })
    }
}

impl<'a> Variable<'a> {
    fn parse(text: &'a str) -> Result<Self, String> {
        let (name, explodes, length) = match (text.strip_suffix('*'), text.split_once(':')) {
            (Some(name), _) => (name, true, None),
            (None, Some((name, length))) => (name, false, Some(length)),
            (None, None) => (text, false, None),
        };
        let is_part = |part: &str| {
            !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_%".contains(&byte))
        };
        if !name.split('.').all(is_part) || !is_encoded(name) {
            return Err(format!("in the URI template, {name:?} is no name of a variable, which has A-Z a-z 0-9 _ ."));
        }
        let prefix = length.map(|length| prefix(length).ok_or_else(|| wrong_prefix(length))).transpose()?;
        Ok(Self { name, explodes, prefix })
    }
}

fn prefix(length: &str) -> Option<u16> {
    let is_number = length.bytes().all(|byte| byte.is_ascii_digit()) && !length.starts_with('0');
    length.parse().ok().filter(|parsed| is_number && *parsed <= LONGEST_PREFIX)
}

fn wrong_prefix(length: &str) -> String {
    format!("in the URI template, a prefix has 1 to {LONGEST_PREFIX} characters, and not {length:?}")
}

#[cfg(test)]
mod tests;
