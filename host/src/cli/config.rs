//! `wharf config`.

use std::process::ExitCode;

use clap::Subcommand;

use super::print_json;
use crate::config::file::json_schema;

#[derive(Debug, Subcommand)]
pub(super) enum Config {
    /// Print the JSON Schema of wharf.toml, for editors
    ///
    /// Written into a file, an editor takes it from the first line of wharf.toml: `#:schema ./wharf.schema.json`.
    Schema,
}

impl Config {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        match self {
            Self::Schema => print_json(&json_schema())?,
        }
        Ok(ExitCode::SUCCESS)
    }
}
