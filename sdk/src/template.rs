//! From a URI back to the variables of its template (RFC 6570, all levels).
//!
//! `#[resource]` took the template apart already. A variable takes as much as it may: where several readings are
//! possible, the first variable gets the most.

use crate::variables::{Given, Variables};

/// A piece of a template.
#[derive(Debug, Clone, Copy)]
pub enum Part {
    /// As it is.
    Literal(&'static str),
    /// The operator, a space where there is none, and its variables.
    Expression(char, &'static [Variable]),
}

/// A variable of an expression.
#[derive(Debug, Clone, Copy)]
pub struct Variable {
    /// As in the template.
    pub name: &'static str,
    /// A list, one value after the other.
    pub explode: bool,
    /// The most characters.
    pub most: usize,
}

/// Steps after which a URI counts as one that doesn't match: it comes from outside, and reading it must not take long.
const MAX_STEPS: u32 = 10_000;

/// The variables that make this URI of the template. None: there are none.
pub(crate) fn variables(parts: &[Part], uri: &str) -> Option<Variables> {
    let mut found = Vec::new();
    rest(parts, uri, &mut found, &mut MAX_STEPS.clone()).then_some(Variables(found))
}

type Found = Vec<(String, Given)>;

fn rest(parts: &[Part], uri: &str, found: &mut Found, steps: &mut u32) -> bool {
    let Some(left) = steps.checked_sub(1) else { return false };
    *steps = left;
    match parts {
        [] => uri.is_empty(),
        [Part::Literal(text), others @ ..] => uri.strip_prefix(text).is_some_and(|uri| rest(others, uri, found, steps)),
        [Part::Expression(operator, variables), others @ ..] => {
            let allowed = uri.chars().take_while(|c| may_hold(*operator, *c)).map(char::len_utf8).sum();
            let ends = (0..=allowed).rev().filter(|end| uri.is_char_boundary(*end));
            for end in ends {
                let (taken, after) = uri.split_at(end);
                let before = found.len();
                if expanded(*operator, variables, taken, found) && rest(others, after, found, steps) {
                    return true;
                }
                found.truncate(before);
            }
            false
        }
    }
}

/// What an expression may become: what the operator puts before and between values, and the values' own characters.
fn may_hold(operator: char, c: char) -> bool {
    let unreserved = c.is_ascii_alphanumeric() || "-._~%,".contains(c) || !c.is_ascii();
    match operator {
        '+' | '#' => unreserved || ":/?#[]@!$&'()*+;=".contains(c),
        '/' => unreserved || c == '/',
        ';' => unreserved || c == ';' || c == '=',
        '?' | '&' => unreserved || "?&=".contains(c),
        _ => unreserved,
    }
}

/// Takes an expanded expression apart.
fn expanded(operator: char, variables: &[Variable], taken: &str, found: &mut Found) -> bool {
    let (first, separator) = match operator {
        ' ' | '+' => (None, ','),
        '#' => (Some('#'), ','),
        '?' => (Some('?'), '&'),
        other => (Some(other), other),
    };
    if taken.is_empty() {
        // All are undefined, or empty without an operator: that one is the empty text.
        return first.is_some() || variables.iter().all(|variable| give(operator, variable, &[""], found));
    }
    let Some(taken) = first.map_or(Some(taken), |first| taken.strip_prefix(first)) else {
        return false;
    };
    let pieces: Vec<&str> = taken.split(separator).collect();
    match operator {
        ';' | '?' | '&' => named(operator, variables, &pieces, found),
        _ => in_order(operator, variables, &pieces, found),
    }
}

/// `name=value` in the template's order; each may be absent.
fn named(operator: char, variables: &[Variable], pieces: &[&str], found: &mut Found) -> bool {
    let mut pieces = pieces.iter().map(|piece| piece.split_once('=').unwrap_or((piece, ""))).peekable();
    for variable in variables {
        let mut values = Vec::new();
        while let Some((_, value)) = pieces.next_if(|(name, _)| *name == variable.name) {
            values.push(value);
            if !variable.explode {
                break;
            }
        }
        if !values.is_empty() && !give(operator, variable, &values, found) {
            return false;
        }
    }
    pieces.next().is_none()
}

/// One value each, and to a list, or to the last one, as many as the others leave.
fn in_order(operator: char, variables: &[Variable], pieces: &[&str], found: &mut Found) -> bool {
    let mut pieces = pieces;
    for (at, variable) in variables.iter().enumerate() {
        let others = variables.len().saturating_sub(at + 1);
        let takes_rest = variable.explode || (others == 0 && operator != '/');
        let count = if takes_rest { pieces.len().saturating_sub(others) } else { pieces.len().min(1) };
        let Some((own, after)) = pieces.split_at_checked(count) else { return false };
        if !own.is_empty() && !give(operator, variable, own, found) {
            return false;
        }
        pieces = after;
    }
    pieces.is_empty()
}

fn give(operator: char, variable: &Variable, values: &[&str], found: &mut Found) -> bool {
    // What an operator leaves as it is can't be told from what stands between values: then it is one text.
    let whole = values.join(if operator == '.' { "." } else { "," });
    let list: Vec<&str> = match operator {
        _ if variable.explode => values.to_vec(),
        '+' | '#' => vec![&whole],
        _ => whole.split(',').collect(),
    };
    let Some(mut values) = list.iter().map(|value| decoded(value)).collect::<Option<Vec<_>>>() else {
        return false;
    };
    if values.iter().any(|value| value.chars().count() > variable.most) {
        return false;
    }
    let given = match values.pop() {
        Some(only) if values.is_empty() && !variable.explode => Given::One(only),
        last => Given::Many(values.into_iter().chain(last).collect()),
    };
    found.push((variable.name.into(), given));
    true
}

/// Without percent-encoding. None: it isn't UTF-8, or not well-formed.
fn decoded(text: &str) -> Option<String> {
    let (mut bytes, mut rest) = (Vec::with_capacity(text.len()), text.as_bytes());
    while let [byte, after @ ..] = rest {
        rest = after;
        if *byte != b'%' {
            bytes.push(*byte);
            continue;
        }
        let [high, low, after @ ..] = rest else { return None };
        let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
        bytes.push(digit(*high)? * 16 + digit(*low)?);
        rest = after;
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests;
