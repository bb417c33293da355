//! `#[cleanup]`.

use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Error, ItemFn, Result};

use crate::function::{self, Kind, signature};

/// The function itself, and its definition or what is wrong with it.
pub(crate) fn expand(options: &TokenStream, function: &ItemFn) -> TokenStream {
    function::expand(Kind::Cleanup, function, definition(options, function))
}

fn definition(options: &TokenStream, function: &ItemFn) -> Result<TokenStream> {
    if !options.is_empty() {
        return Err(Error::new_spanned(options, "`#[cleanup]` has no options"));
    }
    let parameters = signature::parameters(Kind::Cleanup, &function.sig)?;
    let returned = signature::returned(Kind::Cleanup, &function.sig)?;
    let Some(left) = &parameters.arguments else {
        let why = "a cleanup takes what was left behind: `left: Abandoned<T>`, where `T` is the type of the state";
        return Err(Error::new(function.sig.ident.span(), why));
    };
    let ident = &function.sig.ident;
    let (arguments, call) = (format_ident!("arguments"), format_ident!("call"));
    let passed = signature::passed(&parameters, &arguments, &call);
    let swept = quote_spanned! {returned.span()=>
        <#returned as ::wharf_sdk::cleanup::Sweep>::end(super::#ident(#passed), call)
    };
    let read = quote_spanned!(left.span()=> <#left>::read(why, state)?);
    Ok(quote! {
        run: |call: &::wharf_sdk::Call, why: ::wharf_sdk::cleanup::Reason, state: &[::core::primitive::u8]| {
            let arguments: #left = #read;
            #swept;
            ::core::result::Result::Ok(())
        },
    })
}

#[cfg(test)]
mod tests;
