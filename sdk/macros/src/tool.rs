//! `#[tool]`.

mod description;
mod options;
mod signature;

use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Error, Ident, ItemFn, Result, Type, parse_quote};

use self::options::Options;
use self::signature::Parameters;

/// The most characters that the contract allows in a tool's name.
const MAX_NAME: usize = 64;

/// The function itself, and its definition or what is wrong with it.
pub(crate) fn expand(options: TokenStream, function: &ItemFn) -> TokenStream {
    let definition = definition(options, function).unwrap_or_else(|error| stand_in(function, &error));
    quote! { #function #definition }
}

/// So that what is wrong is told once, and not again wherever the definition is used.
fn stand_in(function: &ItemFn, error: &Error) -> TokenStream {
    let (vis, module) = (&function.vis, &function.sig.ident);
    let error = error.to_compile_error();
    let inner = inner_visibility(vis);
    quote! {
        #error
        #[doc(hidden)]
        #vis mod #module {
            #inner const fn definition() -> ::wharf_sdk::tool::Definition {
                ::core::panic!("this tool has errors")
            }
        }
    }
}

fn definition(options: TokenStream, function: &ItemFn) -> Result<TokenStream> {
    let options: Options = syn::parse2(options)?;
    let description = description::of(function)?;
    let parameters = signature::parameters(&function.sig)?;
    let returned = signature::returned(&function.sig)?;
    let name = name(&options, function)?;

    let (vis, module) = (&function.vis, &function.sig.ident);
    let inner = inner_visibility(vis);
    let input_schema = input_schema(&parameters);
    // Where the type can't be an output, the compiler points to it.
    let output_schema = quote_spanned!(returned.span()=> ::wharf_sdk::private::Ended::<#returned>::output_schema);
    let run = run(module, &parameters, &returned);
    let settings = options.fields();
    Ok(quote! {
        #[doc(hidden)]
        #[allow(unused_imports, clippy::wildcard_imports, reason = "the types of the function are those of the scope around it")]
        #vis mod #module {
            use super::*;
            use ::wharf_sdk::private::EndedWell as _;

            #inner const fn definition() -> ::wharf_sdk::tool::Definition {
                ::wharf_sdk::tool::Definition {
                    name: #name,
                    description: #description,
                    input_schema: #input_schema,
                    output_schema: #output_schema,
                    #settings
                    run: #run,
                }
            }
        }
    })
}

/// The definition is seen from where the function is seen, although it stands one module deeper.
fn inner_visibility(vis: &syn::Visibility) -> TokenStream {
    match vis {
        syn::Visibility::Public(_) => quote!(pub),
        _ => quote!(pub(crate)),
    }
}

fn name(options: &Options, function: &ItemFn) -> Result<String> {
    let (name, span) = match &options.name {
        Some(literal) => (literal.value(), literal.span()),
        None => (function.sig.ident.unraw().to_string(), function.sig.ident.span()),
    };
    let allowed = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
    if allowed && (1..=MAX_NAME).contains(&name.len()) {
        return Ok(name);
    }
    Err(Error::new(span, format!("the name of a tool has 1 to {MAX_NAME} characters of `A-Z a-z 0-9 _ -`")))
}

fn input_schema(parameters: &Parameters) -> TokenStream {
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

    let passed_arguments = parameters.arguments.is_some().then(|| quote!(#arguments,));
    let passed_call = parameters.call.then(|| quote!(#call,));
    let passed = quote!(#passed_arguments #passed_call);
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
