//! The pattern of bytes that a template's URIs have.

use super::{Expression, PREFIX_COUNTED, Part, Variable};

// What a value may have in it: anything but what ends it there, blanks and control characters.
const ANY: &str = r"[^\x00-\x20\x7F]";
const SEGMENT: &str = r"[^\x00-\x20\x7F/?#]";
const PARAMETER: &str = r"[^\x00-\x20\x7F/?#;]";
const QUERY: &str = r"[^\x00-\x20\x7F&#]";

/// What begins a character, where it is encoded; and what goes on with it, encoded or not, and isn't counted.
const FIRST: &str = "%[0-7C-Fc-f][0-9A-Fa-f]";
const FURTHER: &str = r"%[89ABab][0-9A-Fa-f]|[\x80-\xBF]";

/// The pattern of the whole.
pub(super) fn of(parts: &[Part<'_>]) -> String {
    let part = |part: &Part<'_>| match part {
        Part::Literal(text) => literal(text),
        Part::Expression(expression) => expanded(expression),
    };
    format!(r"\A{}\z", parts.iter().map(part).collect::<String>())
}

/// What is not ASCII may come encoded, or as it is.
fn literal(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len());
    for character in text.chars() {
        let plain = regex::escape(character.encode_utf8(&mut [0; 4]));
        if character.is_ascii() {
            pattern.push_str(&plain);
        } else {
            let encoded: String = plain.bytes().map(|byte| format!("%{byte:02X}")).collect();
            pattern.push_str(&format!("(?:{plain}|(?i:{encoded}))"));
        }
    }
    pattern
}

fn expanded(expression: &Expression<'_>) -> String {
    match expression.operator {
        None => joined(expression, SEGMENT),
        Some('+') => joined(expression, ANY),
        Some('#') => format!("(?:#{})?", joined(expression, ANY)),
        Some('.') => each(expression, r"\."),
        Some('/') => each(expression, "/"),
        Some(';') => format!("(?:;{})*", pair(expression, PARAMETER)),
        Some('?') => {
            let pair = pair(expression, QUERY);
            format!(r"(?:\?{pair}(?:&{pair})*)?")
        }
        Some(_) => format!("(?:&{})*", pair(expression, QUERY)),
    }
}

/// Values with commas between them, which a value may have as well.
fn joined(expression: &Expression<'_>, class: &str) -> String {
    match expression.variables.as_slice() {
        [only] => value(only, class),
        _ => format!("{class}*"),
    }
}

/// Values, each with a sign before it; those that are not there have none.
fn each(expression: &Expression<'_>, sign: &str) -> String {
    let one = |variable: &Variable<'_>| {
        let times = if variable.explodes { '*' } else { '?' };
        format!("(?:{sign}{}){times}", value(variable, SEGMENT))
    };
    expression.variables.iter().map(one).collect()
}

/// A name and its value. What explodes brings names along.
fn pair(expression: &Expression<'_>, class: &str) -> String {
    let one = |variable: &Variable<'_>| match variable.explodes {
        true => format!("{class}*"),
        false => format!("{}(?:={})?", regex::escape(variable.name), value(variable, class)),
    };
    let alternatives: Vec<String> = expression.variables.iter().map(one).collect();
    format!("(?:{})", alternatives.join("|"))
}

fn value(variable: &Variable<'_>, class: &str) -> String {
    match variable.prefix {
        Some(length) if length <= PREFIX_COUNTED => {
            format!("(?:(?:{FIRST}|{class})(?:{FURTHER})*){{0,{length}}}")
        }
        _ => format!("{class}*"),
    }
}
