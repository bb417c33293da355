//! URI templates (RFC 6570), taken apart when the plugin is compiled.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Error, LitStr, Result};

/// A piece of a template.
#[derive(Debug, PartialEq)]
pub(super) enum Part {
    Literal(String),
    Expression {
        /// A space where there is none.
        operator: char,
        variables: Vec<Variable>,
    },
}

#[derive(Debug, PartialEq)]
pub(super) struct Variable {
    name: String,
    /// `*`: a list, one value after the other.
    explode: bool,
    /// `:3`: that many characters at most.
    prefix: Option<usize>,
}

impl Part {
    pub(super) fn is_expression(&self) -> bool {
        matches!(self, Self::Expression { .. })
    }

    pub(super) fn tokens(&self) -> TokenStream {
        match self {
            Self::Literal(text) => quote!(::wharf_sdk::private::Part::Literal(#text)),
            Self::Expression { operator, variables } => {
                let variables = variables.iter().map(|Variable { name, explode, prefix }| {
                    let most = prefix.unwrap_or(usize::MAX);
                    quote!(::wharf_sdk::private::Variable { name: #name, explode: #explode, most: #most })
                });
                quote!(::wharf_sdk::private::Part::Expression(#operator, &[#(#variables),*]))
            }
        }
    }
}

/// A plain URI is one literal. The scheme is written out: the host tells plugins apart by what follows it.
pub(super) fn parts(uri: &LitStr) -> Result<Vec<Part>> {
    let text = uri.value();
    let scheme = text.split_once(':').map_or("", |(scheme, _)| scheme);
    let is_scheme = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c));
    if !is_scheme {
        return Err(Error::new(uri.span(), "a URI begins with a scheme, as `notes://`"));
    }
    split(&text).map_err(|why| Error::new(uri.span(), why))
}

fn split(text: &str) -> std::result::Result<Vec<Part>, String> {
    let (mut parts, mut rest) = (Vec::new(), text);
    while let Some((literal, after)) = rest.split_once('{') {
        let (inside, after) = after.split_once('}').ok_or("the template has a `{` without its `}`")?;
        if !literal.is_empty() {
            parts.push(self::literal(literal)?);
        }
        parts.push(expression(inside)?);
        rest = after;
    }
    if !rest.is_empty() {
        parts.push(literal(rest)?);
    }
    Ok(parts)
}

fn literal(text: &str) -> std::result::Result<Part, String> {
    match text.chars().find(|c| c.is_whitespace() || c.is_control() || "{}<>\"\\^`|".contains(*c)) {
        Some(wrong) => Err(format!("a URI has no `{}`", wrong.escape_default())),
        None => Ok(Part::Literal(text.into())),
    }
}

fn expression(inside: &str) -> std::result::Result<Part, String> {
    let (operator, list) = match inside.chars().next() {
        Some(c) if "+#./;?&".contains(c) => (c, inside.get(1..).unwrap_or_default()),
        Some(c) if "=,!@|".contains(c) => return Err(format!("RFC 6570 has no operator `{c}`")),
        _ => (' ', inside),
    };
    let variables = list.split(',').map(variable).collect::<std::result::Result<_, _>>()?;
    Ok(Part::Expression { operator, variables })
}

fn variable(text: &str) -> std::result::Result<Variable, String> {
    let (text, explode) = text.strip_suffix('*').map_or((text, false), |name| (name, true));
    let (name, prefix) = match text.split_once(':') {
        None => (text, None),
        Some((name, length)) => {
            let length = length.parse().ok().filter(|it| (1..10_000).contains(it) && !explode);
            (name, Some(length.ok_or_else(|| format!("`{{{text}}}`: a length is from 1 to 9999, and not of a list"))?))
        }
    };
    let allowed = name.chars().all(|c| c.is_ascii_alphanumeric() || "_.".contains(c));
    if name.is_empty() || !allowed {
        return Err(format!("`{{{text}}}`: the name of a variable has characters of `A-Z a-z 0-9 _ .`"));
    }
    Ok(Variable { name: name.into(), explode, prefix })
}
