//! `wharf plugin inspect`.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use serde_json::{Value, json};

use crate::cli::{print, print_json};
use crate::plugin::{Inspection, limits, one_line, validate};
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
    inspected.map_err(|error| anyhow::anyhow!("{}: {error}; {}", file.display(), error.hint()))
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
    let unknown = || "not said".to_owned();
    let mut text = String::new();
    let mut line = |label: &str, value: String| {
        // Writing to a string can't fail.
        let _ = writeln!(text, "{label:<12} {}", one_line(&value));
    };
    line("name", found.name.clone().unwrap_or_else(unknown));
    line("version", found.version.clone().unwrap_or_else(unknown));
    line("description", found.description.clone().unwrap_or_else(unknown));
    line("size", format!("{} bytes", found.size));
    line("digest", format!("sha256:{}", found.digest));
    line("contract", found.interfaces().map_or_else(|error| error.to_string(), |names| names.join(", ")));
    for export in &found.exports {
        line("exports", export.clone());
    }
    for import in &found.imports {
        line("imports", import.clone());
    }
    let requests = found.request.iter().flat_map(|request| &request.requests);
    for request in requests {
        let needed = if request.optional { "optional" } else { "needed" };
        line("asks for", format!("{} ({needed}): {}", request.capability, request.reason));
    }
    text
}
