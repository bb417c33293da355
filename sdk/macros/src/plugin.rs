//! `plugin!`.

mod input;
mod json;
mod metadata;
mod section;

use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::{Error, Ident, Path, Result, Type};

use self::input::{Input, Offer};

pub(crate) fn expand(input: TokenStream) -> TokenStream {
    plugin(input).unwrap_or_else(Error::into_compile_error)
}

fn plugin(input: TokenStream) -> Result<TokenStream> {
    let input: Input = syn::parse2(input)?;
    let tools = input.tools.as_ref().map(|tools| export_tools(tools));
    let others = input.others.iter().map(|(interface, offer)| match offer {
        Offer::Functions(functions) => export_functions(interface, functions),
        Offer::ByHand(ty) => export_by_hand(interface, ty),
    });
    let mut sections = metadata::sections()?;
    sections.extend(input.request_section());
    let sections = sections.iter().map(section::emit);
    Ok(quote! {
        #tools
        #(#others)*
        #(#sections)*
    })
}

fn export_tools(tools: &[Path]) -> TokenStream {
    let export = export("tools", &quote!(Tools));
    quote! {
        const _: () = {
            const ALL: &[::wharf_sdk::tool::Definition] = &[#(#tools::definition()),*];
            ::core::assert!(::wharf_sdk::private::all_differ(&[#(#tools::definition().name),*]), "two tools of this plugin have the same name");

            struct Tools;

            impl ::wharf_sdk::bindings::tools::exports::wharf::plugin::tools::Guest for Tools {
                fn list_tools() -> ::core::result::Result<::std::vec::Vec<::wharf_sdk::tool::Tool>, ::wharf_sdk::Failure> {
                    ::wharf_sdk::private::list_tools(ALL)
                }

                fn call_tool(
                    name: ::std::string::String,
                    arguments: ::std::string::String,
                    resumed: ::core::option::Option<::wharf_sdk::Resumption>,
                ) -> ::core::result::Result<::wharf_sdk::tool::Outcome, ::wharf_sdk::Failure> {
                    ::wharf_sdk::private::call_tool(ALL, name, &arguments, resumed)
                }
            }

            #export
        };
    }
}

fn export_functions(interface: &Ident, functions: &[Path]) -> TokenStream {
    let export = export(&interface.to_string(), &quote!(Exported));
    let unique = match interface.to_string().as_str() {
        "resources" => Some((quote!(uri), "two resources of this plugin have the same URI")),
        "prompts" => Some((quote!(name), "two prompts of this plugin have the same name")),
        _ => None,
    };
    let unique = unique.map(|(key, why)| {
        quote!(::core::assert!(::wharf_sdk::private::all_differ(&[#(#functions::definition().#key),*]), #why);)
    });
    quote! {
        const _: () = {
            struct Exported;

            impl ::wharf_sdk::#interface::Defined for Exported {
                const ALL: &'static [::wharf_sdk::#interface::Definition] = &[#(#functions::definition()),*];
            }

            #unique
            const _: &[::wharf_sdk::#interface::Definition] = <Exported as ::wharf_sdk::#interface::Defined>::ALL;
            #export
        };
    }
}

fn export_by_hand(interface: &Ident, ty: &Type) -> TokenStream {
    let export = export(&interface.to_string(), &quote!(Exported));
    // Natively too, the type counts as used, and is told when it doesn't implement the interface.
    quote! {
        const _: () = {
            type Exported = #ty;
            const fn implemented<T: ::wharf_sdk::bindings::#interface::exports::wharf::plugin::#interface::Guest>() {}
            implemented::<#ty>();
            #export
        };
    }
}

/// Natively there is no host to export to, and linkers stumble over such names.
fn export(interface: &str, ty: &TokenStream) -> TokenStream {
    let interface = Ident::new(interface, Span::call_site());
    quote! {
        #[cfg(target_family = "wasm")]
        ::wharf_sdk::bindings::#interface::export!(#ty with_types_in ::wharf_sdk::bindings::#interface);
    }
}

#[cfg(test)]
mod tests;
