//! Ready messages to start from: implement [`Prompts`] and name the type in `plugin! { prompts: … }`.

pub use crate::bindings::prompts::exports::wharf::plugin::prompts::{
    Argument, Filled, Guest as Prompts, Message, Outcome, Prompt,
};
