//! Where servers come from. Each file here knows one source or one format; none knows what is done with the servers.

pub(crate) mod builtin;
pub(crate) mod directory;
mod document;
mod fields;
mod import;
mod official;
mod toolhive;
mod toolhive_legacy;
mod toolhive_upstream;

#[cfg(test)]
mod tests;
