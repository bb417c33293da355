//! Writes the request section into a component, in place of one that is there.

use wasm_encoder::{Component, CustomSection, RawSection};
use wasmparser::{Encoding, Parser, Payload};

use super::error::LoadError;
use crate::policy::{Request, SECTION};

/// The component with this request as its own. Requests of modules inside of it stay, and count for less.
///
/// # Errors
/// When the bytes aren't a component, or the request can't be written as JSON.
pub fn with_request(component: &[u8], request: &Request) -> Result<Vec<u8>, LoadError> {
    let json = serde_json::to_vec(request).map_err(|error| LoadError::Claim { problem: error.to_string() })?;
    let mut written = Component::new();
    let mut depth = 0_usize;
    for payload in Parser::new(0).parse_all(component) {
        let payload = payload.map_err(|error| LoadError::Corrupt(error.to_string()))?;
        if depth == 0 {
            copy(&payload, component, &mut written)?;
        }
        match payload {
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
            Payload::End(_) => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    written.section(&CustomSection { name: SECTION.into(), data: json.into() });
    Ok(written.finish())
}

fn copy(payload: &Payload<'_>, component: &[u8], written: &mut Component) -> Result<(), LoadError> {
    match payload {
        Payload::Version { encoding: Encoding::Module, .. } => return Err(LoadError::CoreModule),
        Payload::CustomSection(section) if section.name() == SECTION => return Ok(()),
        _ => {}
    }
    if let Some((id, range)) = payload.as_section() {
        let data = component.get(range).ok_or_else(|| LoadError::Corrupt("a section ends after the file".into()))?;
        written.section(&RawSection { id, data });
    }
    Ok(())
}
