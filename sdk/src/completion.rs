//! Suggestions while a person types: implement [`Completion`] and name the type in `plugin! { completion: … }`.

pub use crate::bindings::completion::exports::wharf::plugin::completion::{
    Guest as Completion, Reference, Suggestions,
};
