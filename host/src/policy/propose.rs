//! The grants that would give a plugin what it asks for, for an operator to agree to, one by one.

use super::request::Request;
use super::{Asked, Grants};
use crate::capability::{CAPABILITIES, files, http, keyvalue, signing};

/// One capability that a plugin wants.
#[derive(Debug, Clone, PartialEq)]
pub struct Proposal {
    /// The capability's name.
    pub capability: &'static str,
    /// Why the plugin wants it, in its own words; none where only its imports say that it does.
    pub reasons: Vec<String>,
    /// The plugin says that it is of use without it.
    pub is_optional: bool,
    /// The lines that grant it, below the plugin's grants. Empty where the plugin doesn't say how much it wants: then only
    /// its author's documentation does.
    pub entries: Vec<String>,
    /// What the operator has to put in place of what nobody else can know.
    pub todo: Option<&'static str>,
}

/// What a component with these imports and this request section wants of an operator.
///
/// # Errors
/// What of the section isn't in the form of the grants.
pub fn proposals(imports: &[String], request: Option<&Request>) -> Result<Vec<Proposal>, String> {
    let asked = Asked::of(request)?;
    let wants = Grants::default().for_imports(imports);
    let mut all = Vec::new();
    for known in CAPABILITIES {
        let requests: Vec<_> =
            request.iter().flat_map(|request| &request.requests).filter(|one| one.capability == known.name).collect();
        if requests.is_empty() && !wants.has(known.name) {
            continue;
        }
        let (entries, todo) = entries(known.name, &asked);
        all.push(Proposal {
            capability: known.name,
            reasons: requests.iter().map(|request| request.reason.clone()).collect(),
            is_optional: !requests.is_empty() && requests.iter().all(|request| request.optional),
            entries,
            todo,
        });
    }
    Ok(all)
}

fn entries(capability: &str, asked: &Asked) -> (Vec<String>, Option<&'static str>) {
    match capability {
        files::NAME => {
            let entry = |want: &files::Want| {
                let access = if want.access == files::Access::Read { "" } else { ", access = \"read-write\"" };
                format!("{{ directory = \"{DIRECTORY}\", at = {:?}{access} }}", want.at)
            };
            (asked.files.iter().flatten().map(entry).collect(), Some("name the directory on this machine"))
        }
        http::NAME => (asked.http.iter().flatten().map(ToString::to_string).collect(), None),
        keyvalue::NAME => {
            let entry =
                |want: &keyvalue::Want| format!("{{ bucket = {:?}, access = \"{}\" }}", want.bucket, want.access);
            (asked.keyvalue.iter().flatten().map(entry).collect(), None)
        }
        signing::NAME => {
            let entry = |want: &signing::Want| {
                let host = want.host.as_deref().unwrap_or("HOST");
                let path = want.path.as_deref().unwrap_or("/**");
                let methods = want.methods.clone().unwrap_or_else(|| vec!["GET".into()]);
                format!(
                    "{{ name = {:?}, host = {host:?}, path = {path:?}, methods = {methods:?}, \
                     aws = {{ service = \"s3\", region = \"REGION\" }} }}",
                    want.name
                )
            };
            (asked.signing.iter().flatten().map(entry).collect(), Some("name the region, and the key if there is one"))
        }
        _ => (Vec::new(), None),
    }
}

/// Stands where an operator has to name a directory.
pub const DIRECTORY: &str = "/path/on/this/machine";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proposal_has_the_lines_that_give_what_is_asked_for() {
        let json = r#"{"requests": [
            {"capability": "http", "reason": "to ask the registry", "wants": {"rules": [{"host": "a.example", "path": "/v1/**"}]}},
            {"capability": "files", "reason": "to read", "optional": true, "wants": {"at": "/data"}}
        ]}"#;
        let request = Request::parse(json.as_bytes()).unwrap();
        let imports = ["wasi:http/outgoing-handler@0.2.4".to_owned(), "wasi:keyvalue/store@0.2.0-draft".to_owned()];
        let found = proposals(&imports, Some(&request)).unwrap();
        let names: Vec<&str> = found.iter().map(|proposal| proposal.capability).collect();
        assert_eq!(names, ["files", "http", "keyvalue"]);
        assert!(found[0].is_optional && !found[1].is_optional);
        assert_eq!(found[1].entries, [r#"{ host = "a.example", path = "/v1/**" }"#]);
        assert!(found[2].entries.is_empty() && found[2].reasons.is_empty());
    }
}
