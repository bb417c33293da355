//! The options of an attribute: `key = value`, or a bare `key` for what is true.

use proc_macro2::TokenStream;
use quote::quote;
use syn::parse::{Parse, ParseStream};
use syn::{Error, Expr, Ident, LitBool, Result, Token};

/// Reads all options; `read` takes the value of one, and says false where there is no such key.
pub(crate) fn parse(
    input: ParseStream<'_>,
    known: &str,
    mut read: impl FnMut(&Ident, ParseStream<'_>) -> Result<bool>,
) -> Result<()> {
    let mut seen: Vec<Ident> = Vec::new();
    while !input.is_empty() {
        let key: Ident = input.parse()?;
        if seen.contains(&key) {
            return Err(Error::new(key.span(), format!("`{key}` is given twice")));
        }
        if !read(&key, input)? {
            return Err(Error::new(key.span(), format!("unknown option `{key}`; there are: {known}")));
        }
        seen.push(key);
        if !input.is_empty() {
            input.parse::<Token![,]>()?;
        }
    }
    Ok(())
}

pub(crate) fn value<T: Parse>(key: &Ident, input: ParseStream<'_>) -> Result<T> {
    if !input.peek(Token![=]) {
        return Err(Error::new(key.span(), format!("`{key}` needs a value: `{key} = …`")));
    }
    input.parse::<Token![=]>()?;
    input.parse()
}

/// Alone, it is true.
pub(crate) fn flag(input: ParseStream<'_>) -> Result<bool> {
    if !input.peek(Token![=]) {
        return Ok(true);
    }
    input.parse::<Token![=]>()?;
    Ok(input.parse::<LitBool>()?.value)
}

pub(crate) fn optional(value: Option<&impl quote::ToTokens>) -> TokenStream {
    value.map_or_else(|| quote!(::core::option::Option::None), |value| quote!(::core::option::Option::Some(#value)))
}

/// What every kind that is listed may have.
#[derive(Default)]
pub(crate) struct Looks {
    title: Option<syn::LitStr>,
    icons: Option<Expr>,
    meta: Option<Expr>,
}

impl Looks {
    pub(crate) fn read(&mut self, key: &Ident, input: ParseStream<'_>) -> Result<bool> {
        match key.to_string().as_str() {
            "title" => self.title = Some(value(key, input)?),
            "icons" => self.icons = Some(value(key, input)?),
            "meta" => self.meta = Some(value(key, input)?),
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// The fields of a `Definition` that they decide.
    pub(crate) fn fields(&self) -> TokenStream {
        let (title, meta) = (optional(self.title.as_ref()), optional(self.meta.as_ref()));
        let icons = self.icons.as_ref().map_or_else(|| quote!(::std::vec::Vec::new), |icons| quote!(|| #icons));
        quote! { title: #title, icons: #icons, meta: || #meta, }
    }
}
