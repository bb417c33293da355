//! The contract as Rust, generated from `wit/plugin`.
//!
//! The world with every export serves to generate them; no component is ever held to it. What a plugin exports is
//! looked up interface by interface, in [`load`](super::load).

wasmtime::component::bindgen!({
    path: "../wit/plugin",
    world: "wharf:plugin/everything",
    exports: { default: async },
    additional_derives: [PartialEq],
});

pub use self::exports::wharf::plugin::{cleanup, completion, prompts, resources, tools};
pub use self::wharf::plugin::{context, types};
