//! What wit-bindgen makes of the contract: one module per world of `wit/sdk.wit`.
//!
//! Each export has bindings of its own, because a component must export all that its world names. The types and the
//! context are generated once, in [`base`], and shared, so that a `Content` is the same type everywhere. The capabilities
//! are packages of their own, with worlds of their own.

#![allow(
    missing_docs,
    clippy::mem_forget,
    reason = "generated code; what is public to plugins is re-exported by name elsewhere"
)]

pub mod base {
    wit_bindgen::generate!({
        path: ["../wit/plugin", "../wit/deps/wasi-config-0.2.0-rc.1", "wit"],
        world: "wharf:sdk/base",
        additional_derives: [PartialEq],
        generate_unused_types: true,
        pub_export_macro: true,
        generate_all,
    });
}

pub mod tools {
    wit_bindgen::generate!({
        path: ["../wit/plugin", "../wit/deps/wasi-config-0.2.0-rc.1", "wit"],
        world: "wharf:sdk/tools",
        with: {
            "wharf:plugin/types@0.1.0": crate::bindings::base::wharf::plugin::types,
            "wharf:plugin/context@0.1.0": crate::bindings::base::wharf::plugin::context,
        },
        additional_derives: [PartialEq],
        pub_export_macro: true,
        default_bindings_module: "::wharf_sdk::bindings::tools",
    });
}

pub mod resources {
    wit_bindgen::generate!({
        path: ["../wit/plugin", "../wit/deps/wasi-config-0.2.0-rc.1", "wit"],
        world: "wharf:sdk/resources",
        with: {
            "wharf:plugin/types@0.1.0": crate::bindings::base::wharf::plugin::types,
            "wharf:plugin/context@0.1.0": crate::bindings::base::wharf::plugin::context,
        },
        additional_derives: [PartialEq],
        pub_export_macro: true,
        default_bindings_module: "::wharf_sdk::bindings::resources",
    });
}

pub mod prompts {
    wit_bindgen::generate!({
        path: ["../wit/plugin", "../wit/deps/wasi-config-0.2.0-rc.1", "wit"],
        world: "wharf:sdk/prompts",
        with: {
            "wharf:plugin/types@0.1.0": crate::bindings::base::wharf::plugin::types,
            "wharf:plugin/context@0.1.0": crate::bindings::base::wharf::plugin::context,
        },
        additional_derives: [PartialEq],
        pub_export_macro: true,
        default_bindings_module: "::wharf_sdk::bindings::prompts",
    });
}

pub mod completion {
    wit_bindgen::generate!({
        path: ["../wit/plugin", "../wit/deps/wasi-config-0.2.0-rc.1", "wit"],
        world: "wharf:sdk/completion",
        with: {
            "wharf:plugin/types@0.1.0": crate::bindings::base::wharf::plugin::types,
            "wharf:plugin/context@0.1.0": crate::bindings::base::wharf::plugin::context,
        },
        additional_derives: [PartialEq],
        pub_export_macro: true,
        default_bindings_module: "::wharf_sdk::bindings::completion",
    });
}

pub mod cleanup {
    wit_bindgen::generate!({
        path: ["../wit/plugin", "../wit/deps/wasi-config-0.2.0-rc.1", "wit"],
        world: "wharf:sdk/cleanup",
        with: {
            "wharf:plugin/types@0.1.0": crate::bindings::base::wharf::plugin::types,
            "wharf:plugin/context@0.1.0": crate::bindings::base::wharf::plugin::context,
        },
        additional_derives: [PartialEq],
        pub_export_macro: true,
        default_bindings_module: "::wharf_sdk::bindings::cleanup",
    });
}

pub mod config {
    wit_bindgen::generate!({
        path: ["../wit/plugin", "../wit/deps/wasi-config-0.2.0-rc.1", "wit"],
        world: "wharf:sdk/config",
        pub_export_macro: true,
        generate_all,
    });
}

#[cfg(feature = "keyvalue")]
pub mod keyvalue {
    wit_bindgen::generate!({
        path: "../wit/deps/wasi-keyvalue-0.2.0-draft",
        world: "wasi:keyvalue/imports",
        generate_all,
    });
}

#[cfg(feature = "signing")]
pub mod signing {
    wit_bindgen::generate!({
        path: "../wit/signing",
        world: "wharf:signing/imports",
        generate_all,
    });
}
