//! What the Cargo package says about itself, in the sections where the tools of the component model look for it.

use proc_macro2::Span;
use syn::{Error, Result};

use super::section::Section;

/// The sections of everything that the package states.
///
/// Readers refuse a whole file for a licence or an address that isn't well-formed, so this is found here.
pub(super) fn sections() -> Result<Vec<Section>> {
    let mut sections = vec![Section { name: "component-name", content: component_name(&stated("NAME")) }];
    let authors = stated("AUTHORS").replace(':', ", ");
    let licenses = licence(&stated("LICENSE"))?;
    let homepage = address("homepage", stated("HOMEPAGE"))?;
    let source = address("repository", stated("REPOSITORY"))?;
    let texts = [
        ("version", stated("VERSION")),
        ("description", stated("DESCRIPTION").trim().to_owned()),
        ("authors", authors),
        ("licenses", licenses),
        ("homepage", homepage),
        ("source", source),
    ];
    let stated = texts.into_iter().filter(|(_, text)| !text.is_empty());
    sections.extend(stated.map(|(name, text)| Section { name, content: text.into_bytes() }));
    Ok(sections)
}

/// What Cargo tells the compiler about the package, empty where it isn't said.
fn stated(what: &str) -> String {
    std::env::var(format!("CARGO_PKG_{what}")).unwrap_or_default()
}

/// The section's format: subsection 0, which is the name of the component, its size, and the name with its length.
fn component_name(name: &str) -> Vec<u8> {
    let mut named = leb128(name.len());
    named.extend(name.as_bytes());
    let mut section = vec![0];
    section.extend(leb128(named.len()));
    section.extend(named);
    section
}

/// Seven bits a byte, the low ones first; the high bit says that more follow.
fn leb128(mut number: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let [low, ..] = number.to_le_bytes();
        number >>= 7;
        if number == 0 {
            bytes.push(low & 0x7f);
            return bytes;
        }
        bytes.push(low | 0x80);
    }
}

fn licence(stated: &str) -> Result<String> {
    // Cargo's old way to say "or".
    let expression = stated.replace('/', " OR ");
    if expression.is_empty() {
        return Ok(expression);
    }
    match spdx::Expression::parse(&expression) {
        Ok(_) => Ok(expression),
        Err(error) => {
            let why = error.reason;
            let hint = "for a licence that isn't listed there, write `LicenseRef-` and its name";
            Err(in_manifest(&format!("`license = \"{stated}\"` isn't an SPDX expression ({why}); {hint}")))
        }
    }
}

fn address(key: &str, stated: String) -> Result<String> {
    let rest = stated.strip_prefix("https://").or_else(|| stated.strip_prefix("http://"));
    let host = rest.and_then(|rest| rest.split(['/', '?', '#', ':']).next()).unwrap_or_default();
    let host_is_name = host.starts_with(|c: char| c.is_ascii_alphabetic())
        && host.ends_with(|c: char| c.is_ascii_alphabetic())
        && host.chars().all(|c| c.is_ascii_alphanumeric() || c == '.' || c == '-');
    let plain = stated.chars().all(|c| c.is_ascii_graphic());
    if stated.is_empty() || (host_is_name && plain) {
        return Ok(stated);
    }
    Err(in_manifest(&format!("`{key} = \"{stated}\"` isn't an address of the web")))
}

fn in_manifest(why: &str) -> Error {
    Error::new(Span::call_site(), format!("Cargo.toml: {why}"))
}

#[cfg(test)]
mod tests;
