//! Things to read, by URI: functions with [`#[resource]`](macro@crate::resource), or a type that implements
//! [`Resources`], for what is known only at run time.
//!
//! ```
//! use wharf_sdk::prelude::*;
//!
//! /// How the library works.
//! #[resource(uri = "library://rules", mime_type = "text/markdown")]
//! fn rules() -> &'static str {
//!     "# Be quiet"
//! }
//!
//! #[derive(Deserialize)]
//! struct Place {
//!     shelf: String,
//!     number: u32,
//! }
//!
//! #[derive(Serialize)]
//! struct Book {
//!     title: String,
//! }
//!
//! /// A book, by its place.
//! #[resource(uri = "library://shelves/{shelf}/{number}", mime_type = "application/json")]
//! fn book(at: Place) -> Option<Json<Book>> {
//!     (at.number < 10).then(|| Json(Book { title: format!("Volume {} of {}", at.number, at.shelf) }))
//! }
//!
//! wharf_sdk::plugin! { resources: [rules, book] }
//! # fn main() {}
//! ```

mod definition;
mod read;

pub use self::definition::{Defined, Definition};
pub use self::read::{Json, Place, Read};
pub use crate::bindings::resources::exports::wharf::plugin::resources::{
    About, CacheScope, Guest as Resources, Outcome, Reading, Resource, Template,
};

#[cfg(test)]
mod tests;
