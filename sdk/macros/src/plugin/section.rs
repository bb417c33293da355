//! Custom sections of the finished file.

use proc_macro2::{Literal, TokenStream};
use quote::quote;

/// A custom section: the linker puts it into the core module, where it stays when a component is made around it.
pub(super) struct Section {
    pub(super) name: &'static str,
    pub(super) content: Vec<u8>,
}

/// The static that becomes the section. The linker appends statics of one name to each other: there must be one.
pub(super) fn emit(Section { name, content }: &Section) -> TokenStream {
    let length = content.len();
    let bytes = Literal::byte_string(content);
    quote! {
        #[cfg(target_family = "wasm")]
        const _: () = {
            #[used]
            #[unsafe(link_section = #name)]
            static SECTION: [u8; #length] = *#bytes;
        };
    }
}
