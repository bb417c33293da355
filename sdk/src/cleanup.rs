//! A second chance for what a call has begun elsewhere: functions with [`#[cleanup]`](macro@crate::cleanup), or a type
//! that implements [`Cleanup`] and reads the bytes with [`state::unpack`]. The state is the one of [`Call::on_abandon`] or
//! of a pause.
//!
//! ```
//! use wharf_sdk::cleanup::Abandoned;
//! use wharf_sdk::prelude::*;
//!
//! #[derive(Serialize, Deserialize)]
//! struct Job {
//!     id: u32,
//! }
//!
//! #[cleanup]
//! fn abort(left: Abandoned<Job>, call: &Call) {
//!     call.info(format!("aborting job {}: {:?}", left.state.id, left.why));
//! }
//!
//! wharf_sdk::plugin! { cleanup: [abort] }
//! # fn main() {}
//! ```

use std::fmt::Display;

use serde::de::DeserializeOwned;

use crate::{Call, Error, state};

pub use crate::bindings::cleanup::exports::wharf::plugin::cleanup::{Guest as Cleanup, Reason};

/// What a call left behind.
#[derive(Debug, Clone, PartialEq)]
pub struct Abandoned<T> {
    /// Why there is no result.
    pub why: Reason,
    /// What the call named last.
    pub state: T,
}

impl<T: DeserializeOwned> Abandoned<T> {
    #[doc(hidden)]
    pub fn read(why: Reason, state: &[u8]) -> Result<Self, Error> {
        Ok(Self { why, state: state::unpack(state)? })
    }
}

/// What `#[cleanup]` makes of a function: `abort::definition()` for a function `abort`.
#[derive(Debug, Clone, Copy)]
pub struct Definition {
    #[doc(hidden)]
    pub run: fn(&Call, Reason, &[u8]) -> Result<(), Error>,
}

impl Definition {
    /// Cleans up as for the host.
    ///
    /// # Errors
    /// When the state isn't of the function's type, so that it wasn't called.
    pub fn clean_up(&self, call: &Call, why: Reason, state: &[u8]) -> Result<(), Error> {
        (self.run)(call, why, state)
    }
}

/// What the function of a cleanup may return: nothing, or a `Result` of nothing.
#[doc(hidden)]
pub trait Sweep {
    fn end(self, call: &Call);
}

impl Sweep for () {
    fn end(self, _: &Call) {}
}

impl<E: Display> Sweep for Result<(), E> {
    fn end(self, call: &Call) {
        if let Err(error) = self {
            call.error(format!("cleaning up failed: {error:#}"));
        }
    }
}

/// What `plugin!` gives the list of a plugin's cleanups by.
#[doc(hidden)]
pub trait Defined {
    /// In the order in which they are tried.
    const ALL: &'static [Definition];
}

impl<T: Defined> Cleanup for T {
    fn abandoned(why: Reason, state: Vec<u8>) {
        clean_up(T::ALL, &Call::current(None), why, &state);
    }
}

/// The first one that can read the state has it.
fn clean_up(all: &[Definition], call: &Call, why: Reason, state: &[u8]) {
    if all.iter().all(|one| one.clean_up(call, why, state).is_err()) {
        call.error("nothing was cleaned up: the state is of no type that a `#[cleanup]` takes");
    }
}

#[cfg(test)]
mod tests;
