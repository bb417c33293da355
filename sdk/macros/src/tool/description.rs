//! The doc comment of a function, as the description of a tool.

use syn::{Attribute, Error, Expr, ExprLit, ItemFn, Lit, Meta, Result};

/// The text without the comment's own indentation. Line breaks stay: they may be Markdown.
pub(super) fn of(function: &ItemFn) -> Result<String> {
    let lines = function.attrs.iter().filter(|attribute| attribute.path().is_ident("doc"));
    let lines = lines.filter_map(|attribute| line(attribute).transpose()).collect::<Result<Vec<_>>>()?;
    let text = lines.join("\n").trim().to_owned();
    if text.is_empty() {
        let why =
            "a tool needs a doc comment: it tells the model what the tool does, when to use it and what comes back";
        return Err(Error::new(function.sig.ident.span(), why));
    }
    Ok(text)
}

/// None: not text, as `#[doc(hidden)]`.
fn line(attribute: &Attribute) -> Result<Option<String>> {
    let Meta::NameValue(doc) = &attribute.meta else {
        return Ok(None);
    };
    let Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) = &doc.value else {
        return Err(Error::new_spanned(&doc.value, "the description of a tool must be written out"));
    };
    let text = text.value();
    // A block comment is one attribute of several lines.
    let lines: Vec<&str> = text.lines().map(|line| line.strip_prefix(' ').unwrap_or(line).trim_end()).collect();
    Ok(Some(lines.join("\n")))
}
