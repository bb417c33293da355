//! What a component says of itself, read from its bytes: nothing is compiled, nothing runs.

use sha2::{Digest as _, Sha256};
use wasmparser::{Encoding, Parser, Payload, Validator, WasmFeatures};

use super::error::LoadError;
use crate::policy::{Request, SECTION};

/// The contract's package.
pub const CONTRACT: &str = "wharf:plugin";

/// What of it this host speaks.
pub const CONTRACT_SPOKEN: &str = "wharf:plugin@0.1.x";

/// The version that this host speaks: any patch of this minor version.
const CONTRACT_MINOR: &str = "0.1.";

/// The interfaces that the contract has for plugins to export.
const INTERFACES: [&str; 5] = ["tools", "resources", "prompts", "completion", "cleanup"];

/// What is known of a component without running it.
#[derive(Debug, Clone, Default)]
pub struct Inspection {
    /// SHA-256 of the file, in hexadecimal.
    pub digest: String,
    /// Of the file, in bytes.
    pub size: usize,
    /// Full names of the imported interfaces, in the component's order.
    pub imports: Vec<String>,
    /// Full names of the exported interfaces, in the component's order.
    pub exports: Vec<String>,
    /// Its name, from the standard metadata.
    pub name: Option<String>,
    /// Its version, from the standard metadata.
    pub version: Option<String>,
    /// Its description, from the standard metadata.
    pub description: Option<String>,
    /// What it asks for: its own claim, which widens nothing. None where it makes no claim.
    pub request: Option<Request>,
}

impl Inspection {
    /// Reads a component: the file is parsed whole, so that a truncated one never gets further. What its functions do is
    /// looked at by [`validate`], when it is to be compiled.
    ///
    /// # Errors
    /// When the bytes aren't a component, or its request section isn't valid.
    pub fn of(bytes: &[u8]) -> Result<Self, LoadError> {
        let mut found = Self { digest: hex(&Sha256::digest(bytes)), size: bytes.len(), ..Self::default() };
        let mut claims = Vec::new();
        refuse_module(bytes)?;
        let mut depth = 0_usize;
        for payload in Parser::new(0).parse_all(bytes) {
            match payload.map_err(corrupt)? {
                Payload::Version { encoding: Encoding::Module, .. } if depth == 0 => return Err(LoadError::CoreModule),
                Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
                Payload::End(_) => depth = depth.saturating_sub(1),
                Payload::ComponentImportSection(section) if depth == 0 => {
                    for import in section {
                        found.imports.push(import.map_err(corrupt)?.name.name.to_owned());
                    }
                }
                Payload::ComponentExportSection(section) if depth == 0 => {
                    for export in section {
                        found.exports.push(export.map_err(corrupt)?.name.name.to_owned());
                    }
                }
                Payload::CustomSection(section) if section.name() == SECTION => {
                    claims.push((depth, section.data().to_vec()));
                }
                _ => {}
            }
        }
        found.read_metadata(bytes);
        // A section of the component itself speaks louder than one of a module inside of it.
        claims.sort_by_key(|(depth, _)| *depth);
        found.request = claims
            .first()
            .map(|(_, json)| Request::parse(json))
            .transpose()
            .map_err(|problem| LoadError::Claim { problem })?;
        Ok(found)
    }

    /// The short names of the contract's interfaces that the component exports, such as `tools`. It may export the same
    /// ones in other versions too, for other hosts.
    ///
    /// # Errors
    /// When it exports none of a version that this host speaks, or one that the contract doesn't have.
    pub fn interfaces(&self) -> Result<Vec<&str>, LoadError> {
        let (mut spoken, mut other) = (Vec::new(), None);
        for export in &self.exports {
            let Some(rest) = export.strip_prefix(CONTRACT).and_then(|rest| rest.strip_prefix('/')) else { continue };
            match rest.split_once('@') {
                Some((interface, version)) if version.starts_with(CONTRACT_MINOR) => spoken.push(interface),
                _ => other = Some(export.clone()),
            }
        }
        if let Some(unknown) = spoken.iter().find(|interface| !INTERFACES.contains(interface)) {
            return Err(LoadError::UnknownExport { export: format!("{CONTRACT}/{unknown}") });
        }
        match (spoken.is_empty(), other) {
            (false, _) => Ok(spoken),
            (true, Some(export)) => Err(LoadError::ContractVersion { export }),
            (true, None) => Err(LoadError::NoContract),
        }
    }

    /// Reads the standard metadata. It only describes: a section that can't be read is as good as none.
    fn read_metadata(&mut self, bytes: &[u8]) {
        let Ok(wasm_metadata::Payload::Component { metadata, children }) = wasm_metadata::Payload::from_binary(bytes)
        else {
            return;
        };
        // A plain Rust build leaves its metadata in the first module inside of the component.
        let module = children.into_iter().find_map(|child| match child {
            wasm_metadata::Payload::Module(metadata) => Some(metadata),
            wasm_metadata::Payload::Component { .. } => None,
        });
        for (source, is_root) in std::iter::once((metadata, true)).chain(module.map(|module| (module, false))) {
            // A module's name alone is the linker's: that of its file.
            let is_described = is_root || source.version.is_some();
            self.version = self.version.take().or(source.version.map(|value| value.to_string()));
            self.description = self.description.take().or(source.description.map(|value| value.to_string()));
            if is_described {
                self.name = self.name.take().or(source.name);
            }
        }
    }
}

/// Whether the bytes are a valid component throughout. Takes about 10 ms for each megabyte.
///
/// # Errors
/// What is wrong with them, and where.
pub fn validate(bytes: &[u8]) -> Result<(), LoadError> {
    Validator::new_with_features(WasmFeatures::all()).validate_all(bytes).map(drop).map_err(corrupt)
}

fn refuse_module(bytes: &[u8]) -> Result<(), LoadError> {
    let is_module = bytes.get(..8) == Some(b"\0asm\x01\0\0\0");
    if is_module { Err(LoadError::CoreModule) } else { Ok(()) }
}

fn corrupt(error: wasmparser::BinaryReaderError) -> LoadError {
    // Some of these texts have several lines, and a reason has one.
    LoadError::Corrupt(error.to_string().split_whitespace().collect::<Vec<_>>().join(" "))
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string can't fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
