//! Things to read, by URI: implement [`Resources`] and name the type in `plugin! { resources: … }`.

pub use crate::bindings::resources::exports::wharf::plugin::resources::{
    About, CacheScope, Guest as Resources, Outcome, Reading, Resource, Template,
};
