//! `wharf plugin inspect`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use serde_json::{Value, json};

use super::folded;
use crate::cli::{print, print_json};
use crate::plugin::{Inspection, LoadError, limits, one_line, validate};
use crate::policy::in_short;
use crate::source::Source;

#[derive(Debug, Args)]
pub(in crate::cli) struct Inspect {
    /// The component
    file: PathBuf,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl Inspect {
    pub(in crate::cli) fn run(self) -> anyhow::Result<ExitCode> {
        let inspection = read(&self.file)?;
        if self.json {
            print_json(&document(&inspection))?;
        } else {
            print(report(&inspection).trim_end())?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// What a component's file says.
pub(super) fn read(file: &Path) -> anyhow::Result<Inspection> {
    let bytes = Source::File(file.to_owned()).read(limits::COMPONENT_BYTES)?;
    let inspected = Inspection::of(&bytes).and_then(|inspection| validate(&bytes).map(|()| inspection));
    inspected.map_err(|error| unfit(file, &error))
}

/// Why a component is of no use. Some of that may be the component's own text.
pub(super) fn unfit(file: &Path, error: &LoadError) -> anyhow::Error {
    anyhow::anyhow!("{}: {}; {}", file.display(), one_line(&error.to_string()), one_line(error.hint()))
}

fn document(found: &Inspection) -> Value {
    json!({
        "name": found.name,
        "version": found.version,
        "description": found.description,
        "size": found.size,
        "digest": format!("sha256:{}", found.digest),
        "exports": found.exports,
        "imports": found.imports,
        "request": found.request,
    })
}

fn report(found: &Inspection) -> String {
    let said = |text: &Option<String>| text.as_deref().unwrap_or("not said").to_owned();
    let mut text = String::new();
    let mut line = |label: &str, value: &str| {
        text.push_str(&folded(&format!("{label:<12} "), &in_short(value)));
    };
    line("name", &said(&found.name));
    line("version", &said(&found.version));
    line("description", &said(&found.description));
    line("size", &format!("{} bytes", found.size));
    line("contract", &found.interfaces().map_or_else(|error| error.to_string(), |names| names.join(", ")));
    found.exports.iter().for_each(|export| line("exports", export));
    found.imports.iter().for_each(|import| line("imports", import));
    for request in found.request.iter().flat_map(|request| &request.requests) {
        let needed = if request.optional { "optional" } else { "needed" };
        line("asks for", &format!("{} ({needed}): {}", request.capability, request.reason));
    }
    // In one piece, for whoever compares it.
    text + &format!("{:<12} sha256:{}\n", "digest", found.digest)
}
