//! What a client can call: one tool in one file. Each loads the catalogue, and the rest is a function of its own over
//! the loaded catalogue, so that it can be tested without the sandbox.

pub(crate) mod get_server;
pub(crate) mod list_categories;
pub(crate) mod list_servers;
pub(crate) mod list_tools;

#[cfg(test)]
mod tests;
