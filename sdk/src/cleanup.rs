//! A second chance for what a call has begun elsewhere: implement [`Cleanup`] and name the type in
//! `plugin! { cleanup: … }`. The state is the one of [`Call::on_abandon`](crate::Call::on_abandon) or of a pause; read
//! it with [`state::unpack`](crate::state::unpack).

pub use crate::bindings::cleanup::exports::wharf::plugin::cleanup::{Guest as Cleanup, Reason};
