//! The tests of the whole system, in one program: a module for each area, and the cases are data.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking, its helpers too"
)]

mod cache;
mod catalog;
mod cli;
mod clients;
mod component;
mod config;
mod foreign;
mod hostile;
mod http;
mod load;
mod names;
mod registry;
mod sandbox;
mod schema;
mod stdio;
mod thin;
mod tools;
mod waiting;
