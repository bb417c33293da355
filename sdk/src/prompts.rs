//! Ready messages to start from: functions with [`#[prompt]`](macro@crate::prompt), or a type that implements
//! [`Prompts`], for what is known only at run time.
//!
//! ```
//! use wharf_sdk::prelude::*;
//!
//! #[derive(Deserialize, JsonSchema)]
//! struct Review {
//!     /// What is reviewed.
//!     code: String,
//!     /// The language that it is written in.
//!     language: Option<String>,
//! }
//!
//! /// Asks for a review.
//! #[prompt(title = "Review")]
//! fn review(args: Review) -> Filled {
//!     let language = args.language.unwrap_or_else(|| "some language".into());
//!     Filled::user(format!("Review this, in {language}:")).and_user(args.code).and_assistant("Let me see.")
//! }
//!
//! /// The languages that begin with what was typed.
//! #[completion(of = review)]
//! fn language(typed: Typed) -> Vec<&'static str> {
//!     ["Go", "Python", "Rust"].into_iter().filter(|name| name.starts_with(&typed.text)).collect()
//! }
//!
//! wharf_sdk::plugin! { prompts: [review], completion: [language] }
//! # fn main() {}
//! ```

mod definition;
mod fill;

#[doc(hidden)]
pub use self::definition::arguments_of;
pub use self::definition::{Defined, Definition};
pub use self::fill::Fill;
pub use crate::bindings::prompts::exports::wharf::plugin::prompts::{
    Argument, Filled, Guest as Prompts, Message, Outcome, Prompt,
};

#[cfg(test)]
mod tests;
