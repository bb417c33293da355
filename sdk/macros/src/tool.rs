//! `#[tool]`.

mod options;

use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Error, Ident, ItemFn, Result, Type, parse_quote};

use self::options::Options;
use crate::function::signature::Parameters;
use crate::function::{self, Kind, description, signature};

/// The function itself, and its definition or what is wrong with it.
pub(crate) fn expand(options: TokenStream, function: &ItemFn) -> TokenStream {
    function::expand(Kind::Tool, function, definition(options, function))
}

fn definition(options: TokenStream, function: &ItemFn) -> Result<TokenStream> {
    let options: Options = syn::parse2(options)?;
    let description = description::of(Kind::Tool, function)?.ok_or_else(|| {
        let why =
            "a tool needs a doc comment: it tells the model what the tool does, when to use it and what comes back";
        Error::new(function.sig.ident.span(), why)
    })?;
    let parameters = signature::parameters(Kind::Tool, &function.sig)?;
    let returned = signature::returned(Kind::Tool, &function.sig)?;
    let name = function::name(Kind::Tool, options.name.as_ref(), function)?;

    let input_schema = input_schema(&options, &parameters);
    // Where the type can't be an output, the compiler points to it.
    let output_schema = quote_spanned!(returned.span()=> ::wharf_sdk::private::Ended::<#returned>::output_schema);
    let run = run(&function.sig.ident, &parameters, &returned);
    let settings = options.fields();
    Ok(quote! {
        name: #name,
        description: #description,
        input_schema: #input_schema,
        output_schema: #output_schema,
        #settings
        run: #run,
    })
}

fn input_schema(options: &Options, parameters: &Parameters) -> TokenStream {
    if let Some(by_hand) = &options.input_schema {
        return quote!(|| ::core::result::Result::Ok(#by_hand));
    }
    match &parameters.arguments {
        Some(arguments) => quote!(::wharf_sdk::private::of_arguments::<#arguments>),
        None => quote!(::wharf_sdk::private::of_no_arguments),
    }
}

fn run(function: &Ident, parameters: &Parameters, returned: &Type) -> TokenStream {
    // Hygienic names, so that nothing in the scope of the function gets in between.
    let arguments = format_ident!("arguments", span = Span::mixed_site());
    let call = format_ident!("call", span = Span::mixed_site());
    let none: Type = parse_quote!(::wharf_sdk::private::NoArguments);
    let ty = parameters.arguments.as_ref().unwrap_or(&none);

    let passed = signature::passed(parameters, &arguments, &call);
    let ended = quote_spanned! {returned.span()=>
        ::wharf_sdk::private::Ended::<#returned>::into_step(super::#function(#passed))
    };
    // Either may stay unused, which is no fault of the plugin's author.
    quote! {
        |#call: &::wharf_sdk::Call, json: &::core::primitive::str| {
            let _ = #call;
            match ::wharf_sdk::private::parse::<#ty>(json) {
                ::core::result::Result::Ok(#arguments) => {
                    let _ = &#arguments;
                    #ended
                }
                ::core::result::Result::Err(error) => ::wharf_sdk::private::failed(error),
            }
        }
    }
}

#[cfg(test)]
mod tests;
