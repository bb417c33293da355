//! The schema that is published for the request section.

use std::{env, fs};

use wharf_tests::package_folder;

/// Writes the file anew where set.
const UPDATE: &str = "UPDATE_SCHEMAS";

#[test]
fn the_published_schema_is_the_hosts_own() {
    let path = package_folder().join("../wit/request.schema.json");
    let mut own = serde_json::to_string_pretty(&wharf::policy::Request::json_schema()).unwrap();
    own.push('\n');
    if env::var_os(UPDATE).is_some() {
        fs::write(&path, &own).unwrap();
    }
    let published = fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(published, own, "set {UPDATE}=1 to write wit/request.schema.json anew");
}
