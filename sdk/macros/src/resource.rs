//! `#[resource]`.

mod options;
mod template;

use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Error, Ident, ItemFn, LitStr, Result, Type, parse_quote};

use self::options::Options;
use self::template::Part;
use crate::function::options::optional;
use crate::function::signature::Parameters;
use crate::function::{self, Kind, description, signature};

/// The function itself, and its definition or what is wrong with it.
pub(crate) fn expand(options: TokenStream, function: &ItemFn) -> TokenStream {
    function::expand(Kind::Resource, function, definition(options, function))
}

fn definition(options: TokenStream, function: &ItemFn) -> Result<TokenStream> {
    let options: Options = syn::parse2(options)?;
    let uri = options.uri()?;
    let parts = template::parts(uri)?;
    let description = optional(description::of(Kind::Resource, function)?.as_ref());
    let parameters = signature::parameters(Kind::Resource, &function.sig)?;
    let returned = signature::returned(Kind::Resource, &function.sig)?;
    fit(uri, &parts, &parameters, &options)?;

    let name = options.name.as_ref().map_or_else(|| function.sig.ident.unraw().to_string(), LitStr::value);
    let settings = options.fields();
    let parts = parts.iter().map(Part::tokens);
    let run = run(&function.sig.ident, &parameters, &returned);
    Ok(quote! {
        uri: #uri,
        parts: &[#(#parts),*],
        name: #name,
        description: #description,
        #settings
        run: #run,
    })
}

/// A template has variables, and these are the arguments.
fn fit(uri: &LitStr, parts: &[Part], parameters: &Parameters, options: &Options) -> Result<()> {
    let is_template = parts.iter().any(Part::is_expression);
    if let Some(arguments) = &parameters.arguments
        && !is_template
    {
        let why =
            "a resource of one URI has no arguments; those of a template, as in `\"notes://{id}\"`, are its variables";
        return Err(Error::new_spanned(arguments, why));
    }
    if is_template && let Some(size) = &options.size {
        return Err(Error::new_spanned(size, "what is behind a template has no one size"));
    }
    if is_template && parameters.arguments.is_none() {
        let why = "the variables of the template are the function's arguments: take a struct with a field for each";
        return Err(Error::new(uri.span(), why));
    }
    Ok(())
}

fn run(function: &Ident, parameters: &Parameters, returned: &Type) -> TokenStream {
    let (arguments, call) = (format_ident!("arguments"), format_ident!("call"));
    let passed = signature::passed(parameters, &arguments, &call);
    let none: Type = parse_quote!(::wharf_sdk::private::NoArguments);
    let ty = parameters.arguments.as_ref().unwrap_or(&none);
    let read = quote_spanned! {returned.span()=>
        <#returned as ::wharf_sdk::resources::Read>::into_step(super::#function(#passed), place)
    };
    quote! {
        |call: &::wharf_sdk::Call, place: &::wharf_sdk::resources::Place<'_>, given: ::wharf_sdk::private::Variables| {
            let _ = call;
            let arguments = ::wharf_sdk::private::Variables::read::<#ty>(given).map_err(|why| place.not_found(&why))?;
            let _ = &arguments;
            #read
        }
    }
}

#[cfg(test)]
mod tests;
