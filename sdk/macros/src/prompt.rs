//! `#[prompt]`.

use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::parse::{Parse, ParseStream};
use syn::spanned::Spanned;
use syn::{ItemFn, LitStr, Result, Type, parse_quote};

use crate::function::options::{self, Looks, optional, value};
use crate::function::{self, Kind, description, signature};

#[derive(Default)]
struct Options {
    name: Option<LitStr>,
    looks: Looks,
}

impl Parse for Options {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let mut read = Self::default();
        options::parse(input, "name, title, icons, meta", |key, input| {
            if key != "name" {
                return read.looks.read(key, input);
            }
            read.name = Some(value(key, input)?);
            Ok(true)
        })?;
        Ok(read)
    }
}

/// The function itself, and its definition or what is wrong with it.
pub(crate) fn expand(options: TokenStream, function: &ItemFn) -> TokenStream {
    function::expand(Kind::Prompt, function, definition(options, function))
}

fn definition(options: TokenStream, function: &ItemFn) -> Result<TokenStream> {
    let options: Options = syn::parse2(options)?;
    let description = optional(description::of(Kind::Prompt, function)?.as_ref());
    let parameters = signature::parameters(Kind::Prompt, &function.sig)?;
    let returned = signature::returned(Kind::Prompt, &function.sig)?;
    let name = function::name(Kind::Prompt, options.name.as_ref(), function)?;
    let looks = options.looks.fields();

    let ident = &function.sig.ident;
    let (arguments, call) = (format_ident!("arguments"), format_ident!("call"));
    let passed = signature::passed(&parameters, &arguments, &call);
    let listed = match &parameters.arguments {
        Some(ty) => quote!(::wharf_sdk::private::prompt_arguments::<#ty>),
        None => quote!(|| ::core::result::Result::Ok(::std::vec::Vec::new())),
    };
    let none: Type = parse_quote!(::wharf_sdk::private::NoArguments);
    let ty = parameters.arguments.as_ref().unwrap_or(&none);
    let filled = quote_spanned! {returned.span()=>
        <#returned as ::wharf_sdk::prompts::Fill>::into_step(super::#ident(#passed))
    };
    Ok(quote! {
        name: #name,
        description: #description,
        arguments: #listed,
        #looks
        run: |call: &::wharf_sdk::Call, given: ::wharf_sdk::private::Variables| {
            let _ = call;
            let arguments = ::wharf_sdk::private::Variables::read::<#ty>(given).map_err(::wharf_sdk::Failure::InvalidParams)?;
            let _ = &arguments;
            #filled
        },
    })
}

#[cfg(test)]
mod tests;
