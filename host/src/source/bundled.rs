//! The plugins that come with wharf: components in a folder beside the program.

use std::path::PathBuf;

use super::SourceError;

/// Says where the bundled plugins lie, when that isn't `plugins/` beside the program.
const FOLDER_VARIABLE: &str = "WHARF_PLUGINS";

fn folder() -> Option<PathBuf> {
    if let Some(folder) = std::env::var_os(FOLDER_VARIABLE) {
        return Some(folder.into());
    }
    let program = std::env::current_exe().ok()?;
    Some(program.parent()?.join("plugins"))
}

/// Where the plugin of this name lies.
pub(super) fn path(name: &str) -> Result<PathBuf, SourceError> {
    let found = names();
    // Only names that were found: so a name can't be a path that leads elsewhere.
    match folder() {
        Some(folder) if found.iter().any(|known| known == name) => Ok(folder.join(format!("{name}.wasm"))),
        _ => Err(SourceError::NotBundled { name: name.to_owned(), found }),
    }
}

/// The names of all of them, in order.
pub(super) fn names() -> Vec<String> {
    let files = folder().and_then(|folder| std::fs::read_dir(folder).ok());
    let mut names: Vec<String> = files
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.strip_suffix(".wasm").map(str::to_owned))
        .collect();
    names.sort();
    names
}
