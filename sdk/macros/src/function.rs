//! What the attributes have in common: a function, and beside it a hidden module of the same name with its `definition`.

pub(crate) mod description;
pub(crate) mod options;
pub(crate) mod signature;

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::ext::IdentExt;
use syn::{Error, ItemFn, LitStr, Result};

/// What an attribute makes of a function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Tool,
    Resource,
    Prompt,
    Completion,
    Cleanup,
}

impl Kind {
    /// The word for it in errors.
    pub(crate) fn noun(self) -> &'static str {
        match self {
            Self::Tool => "tool",
            Self::Resource => "resource",
            Self::Prompt => "prompt",
            Self::Completion => "completion",
            Self::Cleanup => "cleanup",
        }
    }

    /// The module of the SDK that has its `Definition`.
    fn module(self) -> &'static str {
        match self {
            Self::Tool => "tool",
            Self::Resource => "resources",
            Self::Prompt => "prompts",
            Self::Completion => "completion",
            Self::Cleanup => "cleanup",
        }
    }
}

/// The function itself, and its definition of these fields, or what is wrong with it.
pub(crate) fn expand(kind: Kind, function: &ItemFn, fields: Result<TokenStream>) -> TokenStream {
    let (vis, module) = (&function.vis, &function.sig.ident);
    let inner = inner_visibility(vis);
    let room = format_ident!("{}", kind.module());
    match fields {
        Ok(fields) => quote! {
            #function
            #[doc(hidden)]
            #[allow(unused_imports, clippy::wildcard_imports, reason = "the types of the function are those of the scope around it")]
            #vis mod #module {
                use super::*;
                use ::wharf_sdk::private::EndedWell as _;

                #inner const fn definition() -> ::wharf_sdk::#room::Definition {
                    ::wharf_sdk::#room::Definition { #fields }
                }
            }
        },
        // So that what is wrong is told once, and not again wherever the definition is used.
        Err(error) => {
            let (error, why) = (error.to_compile_error(), format!("this {} has errors", kind.noun()));
            quote! {
                #function
                #error
                #[doc(hidden)]
                #vis mod #module {
                    #inner const fn definition() -> ::wharf_sdk::#room::Definition {
                        ::core::panic!(#why)
                    }
                }
            }
        }
    }
}

/// The definition is seen from where the function is seen, although it stands one module deeper.
fn inner_visibility(vis: &syn::Visibility) -> TokenStream {
    match vis {
        syn::Visibility::Public(_) => quote!(pub),
        _ => quote!(pub(crate)),
    }
}

/// The most characters that the contract allows in a name.
pub(crate) const MAX_NAME: usize = 64;

/// The name that was given, or else the function's own.
pub(crate) fn name(kind: Kind, given: Option<&LitStr>, function: &ItemFn) -> Result<String> {
    let (name, span) = match given {
        Some(literal) => (literal.value(), literal.span()),
        None => (function.sig.ident.unraw().to_string(), function.sig.ident.span()),
    };
    let allowed = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
    if allowed && (1..=MAX_NAME).contains(&name.len()) {
        return Ok(name);
    }
    let noun = kind.noun();
    Err(Error::new(span, format!("the name of a {noun} has 1 to {MAX_NAME} characters of `A-Z a-z 0-9 _ -`")))
}
