//! The catalogue plugin with the real registry, for whoever talks to it.

use std::fs;
use std::path::Path;

use serde_json::Value;
use wharf_tests::{Part, TestHost, find};

/// A host that grants the registry's folder, and the names of the registry's servers.
pub(crate) fn host() -> Option<(TestHost, Vec<String>)> {
    let (catalog, file) = parts()?;
    let names = names(&file);
    // In a folder of its own: what else lies beside the data is no registry.
    let folder = "registries";
    let host = TestHost::new();
    fs::create_dir(host.path(folder)).unwrap();
    fs::copy(&file, host.path(folder).join("registry.json")).unwrap();
    Some((host.plugin("catalog", catalog).grant("catalog", folder, "/registries"), names))
}

fn parts() -> Option<(std::path::PathBuf, std::path::PathBuf)> {
    Some((find(Part::Plugin("catalog"))?, find(Part::Data("toolhive-registry-v0.3.6.json"))?))
}

fn names(file: &Path) -> Vec<String> {
    let registry: Value = serde_json::from_slice(&fs::read(file).unwrap()).unwrap();
    let tables = ["servers", "remote_servers"].iter().filter_map(|table| registry[*table].as_object());
    let names: Vec<String> = tables.flat_map(|table| table.keys().cloned()).collect();
    assert_eq!(names.len(), 86);
    names
}
