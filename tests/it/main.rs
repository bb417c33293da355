//! The tests of the whole system, in one program: a module for each area, and the cases are data.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking, its helpers too"
)]

mod audit;
mod cache;
mod catalog;
mod changes;
mod cli;
mod clients;
mod component;
mod config;
mod conformance;
mod endpoints;
mod find;
mod foreign;
mod fuzz;
mod hostile;
mod http;
mod isolation;
mod limits;
mod live;
mod load;
mod mapping;
mod names;
mod operator;
mod pages;
mod policy;
mod process;
mod questions;
mod record;
mod registry;
mod reserved;
mod sandbox;
mod schema;
mod search;
mod stdio;
mod tasks;
mod thin;
mod tokens;
mod tools;
mod waiting;
