//! `#[completion]`.

use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::spanned::Spanned;
use syn::{Error, ItemFn, LitStr, Path, Result};

use crate::function::options::{self, value};
use crate::function::{self, Kind, signature};

#[derive(Default)]
struct Options {
    of: Option<Path>,
    argument: Option<LitStr>,
}

impl Parse for Options {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let mut read = Self::default();
        options::parse(input, "of, argument", |key, input| {
            match key.to_string().as_str() {
                "of" => read.of = Some(value(key, input)?),
                "argument" => read.argument = Some(value(key, input)?),
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        Ok(read)
    }
}

/// The function itself, and its definition or what is wrong with it.
pub(crate) fn expand(options: TokenStream, function: &ItemFn) -> TokenStream {
    function::expand(Kind::Completion, function, definition(options, function))
}

fn definition(options: TokenStream, function: &ItemFn) -> Result<TokenStream> {
    let options: Options = syn::parse2(options)?;
    let Some(of) = &options.of else {
        let why =
            "say what is completed: `of = name_of_function`, which has `#[prompt]`, or `#[resource]` with a template";
        return Err(Error::new(Span::call_site(), why));
    };
    let parameters = signature::parameters(Kind::Completion, &function.sig)?;
    let returned = signature::returned(Kind::Completion, &function.sig)?;
    let ident = &function.sig.ident;
    let argument = options.argument.as_ref().map_or_else(|| ident.unraw().to_string(), LitStr::value);

    let (arguments, call) = (format_ident!("arguments"), format_ident!("call"));
    let passed = signature::passed(&parameters, &arguments, &call);
    let suggested = quote_spanned! {returned.span()=>
        <#returned as ::wharf_sdk::completion::Suggest>::into_suggestions(super::#ident(#passed))
    };
    let of = quote_spanned!(of.span()=> #of::definition().reference());
    Ok(quote! {
        of: #of,
        argument: #argument,
        run: |call: &::wharf_sdk::Call, arguments: ::wharf_sdk::completion::Typed| {
            let _ = (call, &arguments);
            #suggested
        },
    })
}

#[cfg(test)]
mod tests;
