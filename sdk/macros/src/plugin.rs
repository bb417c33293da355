//! `plugin!`.

mod input;
mod json;
mod metadata;
mod section;

use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::{Error, Ident, Path, Result, Type};

use self::input::Input;

pub(crate) fn expand(input: TokenStream) -> TokenStream {
    plugin(input).unwrap_or_else(Error::into_compile_error)
}

fn plugin(input: TokenStream) -> Result<TokenStream> {
    let input: Input = syn::parse2(input)?;
    let tools = input.tools.as_ref().map(|tools| export_tools(tools));
    let others = input.others.iter().map(|(interface, ty)| export_other(interface, ty));
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
            ::core::assert!(::wharf_sdk::tool::all_differ(ALL), "two tools of this plugin have the same name");

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

fn export_other(interface: &Ident, ty: &Type) -> TokenStream {
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
