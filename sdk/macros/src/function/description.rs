//! The doc comment of a function, as a description.

use syn::{Attribute, Error, Expr, ExprLit, ItemFn, Lit, Meta, Result};

use super::Kind;

/// The text without the comment's own indentation. Line breaks stay: they may be Markdown. None: there is no text.
pub(crate) fn of(kind: Kind, function: &ItemFn) -> Result<Option<String>> {
    let lines = function.attrs.iter().filter(|attribute| attribute.path().is_ident("doc"));
    let lines = lines.filter_map(|attribute| line(kind, attribute).transpose()).collect::<Result<Vec<_>>>()?;
    let text = lines.join("\n").trim().to_owned();
    Ok((!text.is_empty()).then_some(text))
}

/// None: not text, as `#[doc(hidden)]`.
fn line(kind: Kind, attribute: &Attribute) -> Result<Option<String>> {
    let Meta::NameValue(doc) = &attribute.meta else {
        return Ok(None);
    };
    let Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) = &doc.value else {
        return Err(Error::new_spanned(
            &doc.value,
            format!("the description of a {} must be written out", kind.noun()),
        ));
    };
    let text = text.value();
    // A block comment is one attribute of several lines.
    let lines: Vec<&str> = text.lines().map(|line| line.strip_prefix(' ').unwrap_or(line).trim_end()).collect();
    Ok(Some(lines.join("\n")))
}
