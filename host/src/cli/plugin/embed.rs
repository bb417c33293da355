//! `wharf plugin embed`: what the SDK does for Rust, for components made in other languages.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, anyhow};
use clap::Args;
use wasm_metadata::{AddMetadata, AddMetadataField, Description, Version};

use super::inspect;
use crate::cli::print;
use crate::plugin::{limits, one_line, with_request};
use crate::policy::Request;
use crate::source::{Source, read_text};

/// Who may read a component that is written for the first time: everyone, as with a compiler's output.
const NEW_FILE_MODE: u32 = 0o644;

/// Largest file with a request, in bytes: as large as the section that it becomes.
const REQUEST_BYTES: u64 = 64 << 10;

#[derive(Debug, Args)]
pub(in crate::cli) struct Embed {
    /// The component
    file: PathBuf,
    /// The plugin's name
    #[arg(long)]
    name: Option<String>,
    /// The plugin's version
    #[arg(long)]
    plugin_version: Option<String>,
    /// What the plugin is, in a sentence
    #[arg(long)]
    description: Option<String>,
    /// A JSON file with what the plugin asks for, as in wit/request.schema.json
    #[arg(long, value_name = "FILE")]
    request: Option<PathBuf>,
    /// Where to write the component [default: in place of the old one]
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

impl Embed {
    pub(in crate::cli) fn run(self) -> anyhow::Result<ExitCode> {
        inspect::read(&self.file)?;
        let mut bytes = Source::File(self.file.clone()).read(limits::COMPONENT_BYTES)?;
        bytes = self.metadata().to_wasm(&bytes).map_err(|error| anyhow!("the metadata can't be written: {error:#}"))?;
        if let Some(path) = &self.request {
            bytes = with_request(&bytes, &read_request(path)?)?;
        }
        let output = self.output.as_deref().unwrap_or(&self.file);
        write(output, &bytes)?;
        print(&format!("wrote {} ({} bytes)", output.display(), bytes.len()))?;
        Ok(ExitCode::SUCCESS)
    }

    fn metadata(&self) -> AddMetadata {
        let mut metadata = AddMetadata::default();
        if let Some(name) = &self.name {
            metadata.name = AddMetadataField::Set(name.clone());
        }
        if let Some(version) = &self.plugin_version {
            metadata.version = AddMetadataField::Set(Version::new(version.clone()));
        }
        if let Some(description) = &self.description {
            metadata.description = AddMetadataField::Set(Description::new(description.clone()));
        }
        metadata
    }
}

fn read_request(path: &Path) -> anyhow::Result<Request> {
    let json = read_text(path, REQUEST_BYTES)?;
    Request::parse(json.as_bytes())
        .map_err(|problem| anyhow!("{} is no request: {}", path.display(), one_line(&problem)))
}

/// Puts the file there whole or not at all: a host may be reading it.
fn write(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    // What a link points to is written, and the file keeps who may read it.
    let path = &fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let permissions =
        fs::metadata(path).map_or_else(|_| fs::Permissions::from_mode(NEW_FILE_MODE), |old| old.permissions());
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file =
        tempfile::NamedTempFile::new_in(folder).with_context(|| format!("can't write to {}", folder.display()))?;
    file.write_all(bytes).with_context(|| format!("can't write {}", path.display()))?;
    file.as_file().set_permissions(permissions).with_context(|| format!("can't write {}", path.display()))?;
    file.persist(path).with_context(|| format!("can't write {}", path.display()))?;
    Ok(())
}
