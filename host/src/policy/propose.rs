//! The grants that would give a plugin what it asks for, for an operator to agree to, one by one.

use std::fmt;

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
    /// What grants it, below the plugin's grants, the widest last. Empty where the plugin doesn't say how much it wants: then
    /// only its author's documentation does.
    pub entries: Vec<Entry>,
    /// What the operator has to put in place of what nobody else can know.
    pub todo: Option<&'static str>,
}

/// One entry of a list of grants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// As it stands in the list.
    pub line: String,
    /// How much it opens.
    pub width: Width,
}

/// How much an entry opens, for operators to see before they agree. A wider one is greater.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Width {
    /// To which hosts it leads; none where it leads to no other machine.
    pub hosts: Option<Hosts>,
    /// Whether it is for every method.
    pub every_method: bool,
    /// Whether it is for every path of its hosts.
    pub every_path: bool,
}

/// To how many hosts something leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Hosts {
    /// One.
    One,
    /// All those below a name.
    Below,
    /// All.
    Every,
}

impl Width {
    fn of(host: &str, path: &str, methods: &[String]) -> Self {
        let hosts = match host {
            "*" => Hosts::Every,
            _ if host.starts_with("*.") => Hosts::Below,
            _ => Hosts::One,
        };
        Self {
            hosts: Some(hosts),
            every_method: methods.iter().any(|method| method == "*"),
            // Whatever else stars and slashes say, it is nearly everything.
            every_path: path.contains("**") && path.chars().all(|character| matches!(character, '/' | '*')),
        }
    }

    /// Whether a second look is due. Every path of one host is what most ask for.
    #[must_use]
    pub fn is_wide(self) -> bool {
        self.hosts > Some(Hosts::One) || self.every_method
    }
}

impl fmt::Display for Width {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = [
            (self.hosts == Some(Hosts::Every), "every host"),
            (self.hosts == Some(Hosts::Below), "every host below a name"),
            (self.every_method, "every method"),
            (self.every_path, "every path"),
        ];
        let words: Vec<&str> = words.into_iter().filter(|(is_so, _)| *is_so).map(|(_, word)| word).collect();
        formatter.write_str(&words.join(", "))
    }
}

impl Proposal {
    /// How many of its entries are for every host; none where it is about no hosts at all.
    #[must_use]
    pub fn for_every_host(&self) -> Option<usize> {
        let hosts: Vec<Hosts> = self.entries.iter().filter_map(|entry| entry.width.hosts).collect();
        (!hosts.is_empty()).then(|| hosts.iter().filter(|hosts| **hosts == Hosts::Every).count())
    }
}

/// What a component with these imports and this request section wants of an operator.
///
/// # Errors
/// What of the section isn't in the form of the grants, or could never be granted.
pub fn proposals(imports: &[String], request: Option<&Request>) -> Result<Vec<Proposal>, String> {
    let asked = Asked::of(request)?;
    // Nobody should be asked for what means something else than it seems to.
    http::Rules::new(asked.http.as_deref(), &[]).map_err(|error| format!("{error}; {}", error.hint()))?;
    let of_signing = signing::Rules::new(asked.signing.as_deref(), Vec::new(), false);
    of_signing.map_err(|error| format!("{error}; {}", error.hint()))?;
    let wants = Grants::default().for_imports(imports);
    let mut all = Vec::new();
    for known in CAPABILITIES {
        let requests: Vec<_> =
            request.iter().flat_map(|request| &request.requests).filter(|one| one.capability == known.name).collect();
        if requests.is_empty() && !wants.has(known.name) {
            continue;
        }
        let (mut entries, todo) = entries(known.name, &asked);
        // In a list that scrolls by, the end is what is read.
        entries.sort_by_key(|entry| entry.width);
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

fn entries(capability: &str, asked: &Asked) -> (Vec<Entry>, Option<&'static str>) {
    match capability {
        files::NAME => (asked.files.iter().flatten().map(place).collect(), Some("name the directory on this machine")),
        http::NAME => (asked.http.iter().flatten().map(rule).collect(), None),
        keyvalue::NAME => (asked.keyvalue.iter().flatten().map(bucket).collect(), None),
        signing::NAME => {
            let todo = "name the region, and the key if there is one";
            (asked.signing.iter().flatten().map(key).collect(), Some(todo))
        }
        _ => (Vec::new(), None),
    }
}

fn place(want: &files::Want) -> Entry {
    let access = if want.access == files::Access::Read { "" } else { ", access = \"read-write\"" };
    let line = format!("{{ directory = \"{DIRECTORY}\", at = {:?}{access} }}", want.at);
    Entry { line, width: Width::default() }
}

fn rule(want: &http::Want) -> Entry {
    Entry { line: want.to_string(), width: Width::of(&want.host, &want.path, &want.methods) }
}

fn bucket(want: &keyvalue::Want) -> Entry {
    let line = format!("{{ bucket = {:?}, access = \"{}\" }}", want.bucket, want.access);
    Entry { line, width: Width::default() }
}

fn key(want: &signing::Want) -> Entry {
    let host = want.host.as_deref().unwrap_or("HOST");
    let path = want.path.as_deref().unwrap_or("/**");
    let methods = want.methods.clone().unwrap_or_else(|| vec!["GET".into()]);
    let width = Width::of(host, path, &methods);
    let line = format!(
        "{{ name = {:?}, host = {host:?}, path = {path:?}, methods = {methods:?}, \
         aws = {{ service = \"s3\", region = \"REGION\" }} }}",
        want.name
    );
    Entry { line, width }
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
        let lines: Vec<&str> = found[1].entries.iter().map(|entry| entry.line.as_str()).collect();
        assert_eq!(lines, [r#"{ host = "a.example", path = "/v1/**" }"#]);
        assert!(found[2].entries.is_empty() && found[2].reasons.is_empty());
    }

    fn of_http(rules: &str) -> Result<Proposal, String> {
        let json =
            format!(r#"{{"requests": [{{"capability": "http", "reason": "r", "wants": {{"rules": {rules}}}}}]}}"#);
        let mut found = proposals(&[], Some(&Request::parse(json.as_bytes()).unwrap()))?;
        Ok(found.remove(0))
    }

    #[test]
    fn the_widest_comes_last_and_says_so() {
        let found = of_http(
            r#"[{"host": "*", "methods": ["*"]}, {"host": "*.b.example", "path": "/x"}, {"host": "a.example"},
                {"host": "*", "path": "/v1/*"}, {"host": "c.example", "path": "/x", "methods": ["*"]},
                {"host": "d.example", "path": "/x"}]"#,
        )
        .unwrap();
        let widths: Vec<String> = found.entries.iter().map(|entry| entry.width.to_string()).collect();
        let expected = [
            "",
            "every path",
            "every method",
            "every host below a name",
            "every host",
            "every host, every method, every path",
        ];
        assert_eq!(widths, expected);
        let wide: Vec<bool> = found.entries.iter().map(|entry| entry.width.is_wide()).collect();
        assert_eq!(wide, [false, false, true, true, true, true]);
        assert_eq!(found.for_every_host(), Some(2));
    }

    #[test]
    fn what_could_never_be_granted_is_not_proposed() {
        for rules in [r#"[{"host": "a.example", "path": "x"}]"#, r#"[{"host": "a b"}]"#, r#"[{"host": "**"}]"#] {
            let problem = of_http(rules).unwrap_err();
            assert!(problem.contains("request section"), "{rules}: {problem}");
        }
    }
}
