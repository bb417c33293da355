//! Requested ∩ granted, decided at load and without running anything: an import that nobody granted is an error then,
//! and no surprise in a call.

mod access;
mod asked;
pub mod check;
pub mod explain;
pub mod learn;
pub mod propose;
mod request;

use std::collections::BTreeSet;
use std::fmt;

use crate::capability::{CAPABILITIES, Capability, credential, files, http, keyvalue, signing};

pub use access::{AccessError, Held, open};
pub use asked::Asked;
pub use request::{CapabilityRequest, Request, SECTION, in_short};

/// Packages that every plugin may import: the contract itself, and the base that standard libraries bring along, which
/// the host links empty.
const BASE: &[&str] = &[
    "wharf:plugin",
    "wasi:cli",
    "wasi:io",
    "wasi:clocks",
    "wasi:random",
    "wasi:filesystem",
    "wasi:sockets",
    "wasi:config",
];

/// What the operator grants to one plugin. None: nothing was said of it; an empty list refuses it on purpose.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Grants {
    /// Directories.
    pub files: Vec<files::Grant>,
    /// Requests to other machines.
    pub http: Option<Vec<http::Rule>>,
    /// State.
    pub keyvalue: Option<Vec<keyvalue::Grant>>,
    /// Keys that addresses are signed with.
    pub signing: Option<Vec<signing::Grant>>,
}

impl fmt::Display for Grants {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let files = self.files.iter().map(|grant| format!("files at {} ({})", grant.at, grant.access));
        let http = self.http.iter().flatten().map(|rule| format!("http {rule}"));
        let keyvalue = self.keyvalue.iter().flatten().map(|grant| format!("keyvalue {grant}"));
        let signing = self.signing.iter().flatten().map(|grant| format!("signing {}", grant.name));
        let all: Vec<String> = files.chain(http).chain(keyvalue).chain(signing).collect();
        formatter.write_str(if all.is_empty() { "none" } else { "" })?;
        formatter.write_str(&all.join(", "))
    }
}

impl Grants {
    /// The names of the secrets that they use.
    pub fn secrets(&self) -> impl Iterator<Item = &str> {
        let headers =
            self.http.iter().flatten().flat_map(|rule| rule.headers.values()).filter_map(|value| value.secret());
        let signed = self.http.iter().flatten().filter_map(|rule| rule.sign.as_ref());
        let signed = signed.flat_map(|credential::Sign::Aws(aws)| aws.secrets());
        let signing = self.signing.iter().flatten().flat_map(|grant| grant.aws.secrets());
        headers.chain(signed).chain(signing)
    }

    /// The same grants, and an empty one for each capability that is imported and that nothing was said of: so that the
    /// plugin loads, and is refused what it wants.
    #[must_use]
    pub fn for_imports(mut self, imports: &[String]) -> Self {
        for name in self.unsaid(imports) {
            match name {
                http::NAME => self.http = Some(Vec::new()),
                keyvalue::NAME => self.keyvalue = Some(Vec::new()),
                signing::NAME => self.signing = Some(Vec::new()),
                _ => {}
            }
        }
        self
    }

    /// The capabilities that are imported, and that nothing was said of.
    #[must_use]
    pub fn unsaid(&self, imports: &[String]) -> Vec<&'static str> {
        let package =
            |import: &String| import.split_once('/').map_or(import.as_str(), |(package, _)| package).to_owned();
        let imported: BTreeSet<String> = imports.iter().map(package).collect();
        let is_unsaid =
            |known: &&Capability| known.package.is_some_and(|it| imported.contains(it)) && !self.has(known.name);
        CAPABILITIES.iter().filter(is_unsaid).map(|known| known.name).collect()
    }

    /// Whether the operator said something of the capability of this name.
    fn has(&self, capability: &str) -> bool {
        match capability {
            files::NAME => !self.files.is_empty(),
            http::NAME => self.http.is_some(),
            keyvalue::NAME => self.keyvalue.is_some(),
            signing::NAME => self.signing.is_some(),
            _ => false,
        }
    }
}

/// Why a component may not be loaded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// An import that nobody here knows.
    #[error("the component imports {import}, which this host doesn't have")]
    UnknownImport {
        /// The import's full name.
        import: String,
    },
    /// A capability's import, of an interface or in a version that this host doesn't have.
    #[error("the component imports {import}, and this host has {}", offered.join(", "))]
    OtherInterface {
        /// The import's full name.
        import: String,
        /// What this host has of that package.
        offered: &'static [&'static str],
    },
    /// A capability's import, of a capability that nobody granted or that this host can't give.
    #[error("the component imports {import}, and nobody granted it the capability `{capability}`")]
    NotGranted {
        /// The import's full name.
        import: String,
        /// The capability that it stands for.
        capability: &'static str,
        /// What the operator can do.
        hint: String,
    },
    /// The plugin says that it can't do without something that nobody granted.
    #[error("the plugin needs the capability `{capability}` ({reason}), and nobody granted it")]
    NeedNotGranted {
        /// The capability's name.
        capability: String,
        /// Why the plugin wants it, in its own words.
        reason: String,
        /// The line to write.
        hint: String,
    },
    /// A granted directory that can't be given.
    #[error(transparent)]
    Grant(#[from] files::GrantError),
    /// Another grant that can't be given.
    #[error("{problem}")]
    Access {
        /// Which one, and why.
        problem: String,
        /// What to do about it.
        hint: String,
    },
}

impl Refusal {
    /// What the operator can do about it.
    #[must_use]
    pub fn hint(&self) -> &str {
        match self {
            Self::UnknownImport { .. } => "build the plugin without this import; `wharf plugin inspect` shows them all",
            Self::OtherInterface { .. } => "build the plugin with an SDK, or from WIT, of these versions",
            Self::NotGranted { hint, .. } | Self::NeedNotGranted { hint, .. } | Self::Access { hint, .. } => hint,
            Self::Grant(_) => "correct the grant in the configuration",
        }
    }
}

/// Checks what a component imports and asks for against what was granted. Looks at names only: nothing runs, and no
/// file is touched.
///
/// # Errors
/// The first import that nobody granted, or the first need that isn't met, with the line that would change it.
pub(crate) fn check(id: &str, imports: &[String], request: Option<&Request>, grants: &Grants) -> Result<(), Refusal> {
    files::Grant::check(&grants.files)?;
    for import in imports {
        check_import(id, import, grants)?;
    }
    let requests = request.iter().flat_map(|request| &request.requests);
    requests.filter(|request| !request.optional).try_for_each(|need| check_need(id, need, grants))
}

fn check_import(id: &str, import: &str, grants: &Grants) -> Result<(), Refusal> {
    let package = import.split_once('/').map_or(import, |(package, _)| package);
    if BASE.contains(&package) {
        return Ok(());
    }
    let Some(capability) = CAPABILITIES.iter().find(|known| known.package == Some(package)) else {
        return Err(Refusal::UnknownImport { import: import.to_owned() });
    };
    if !capability.interfaces.is_empty() && !capability.offers(import) {
        return Err(Refusal::OtherInterface { import: import.to_owned(), offered: capability.interfaces });
    }
    if grants.has(capability.name) {
        return Ok(());
    }
    Err(Refusal::NotGranted {
        import: import.to_owned(),
        capability: capability.name,
        hint: grant_hint(id, capability, None),
    })
}

fn check_need(id: &str, need: &CapabilityRequest, grants: &Grants) -> Result<(), Refusal> {
    let at = need.wants.get("at").and_then(serde_json::Value::as_str);
    let met = match at {
        Some(at) if need.capability == files::NAME => {
            let access = need.wants.get("access").cloned().and_then(|access| serde_json::from_value(access).ok());
            files::Grant::covers(&grants.files, at, access.unwrap_or_default())
        }
        _ => grants.has(&need.capability),
    };
    if met {
        return Ok(());
    }
    let known = CAPABILITIES.iter().find(|known| known.name == need.capability);
    let hint = known.map_or_else(|| UNKNOWN_HINT.to_owned(), |known| grant_hint(id, known, at));
    Err(Refusal::NeedNotGranted { capability: in_short(&need.capability), reason: in_short(&need.reason), hint })
}

const UNKNOWN_HINT: &str = "this wharf has no capability of that name: use a newer wharf, or ask the plugin's author";

/// The line that grants a capability.
fn grant_hint(id: &str, capability: &Capability, at: Option<&str>) -> String {
    let name = capability.name;
    let Some(example) = capability.example else {
        return format!(
            "this version of wharf can't give `{name}` to any plugin: remove [plugins.{id}], or use a newer wharf"
        );
    };
    match at {
        Some(at) => {
            format!(
                "add below [plugins.{id}.grants]: files = [{{ directory = \"/path/on/this/machine\", at = {at:?} }}]"
            )
        }
        None => format!(
            "add below [plugins.{id}.grants]: {example}; `wharf plugin add` writes what the plugin asks for; \
             or refuse it on purpose: {name} = []"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn need(capability: &str, optional: bool) -> Request {
        let wants = serde_json::json!({"at": "/data"}).as_object().cloned().unwrap_or_default();
        let request = CapabilityRequest { capability: capability.into(), reason: "to read".into(), optional, wants };
        Request { requests: vec![request], ..Request::default() }
    }

    fn files_at(at: &str) -> Grants {
        let grant = files::Grant { directory: "/srv".into(), at: at.into(), access: files::Access::Read };
        Grants { files: vec![grant], ..Grants::default() }
    }

    #[test]
    fn an_import_is_of_the_base_or_granted() {
        let cases = [
            ("wasi:cli/environment@0.2.6", ""),
            ("wasi:sockets/tcp@0.2.0", ""),
            ("wasi:config/store@0.2.0-rc.1", ""),
            ("wharf:plugin/context@0.1.0", ""),
            ("wasi:http/outgoing-handler@0.2.4", "`http`"),
            ("wasi:http/handler@0.3.0", "this host has wasi:http/types@0.2.12, wasi:http/outgoing-handler@0.2.12"),
            ("wasi:keyvalue/store@0.2.0-draft2", "this host has wasi:keyvalue/store@0.2.0-draft"),
            ("wasi:keyvalue/watcher@0.2.0-draft", "this host has wasi:keyvalue/store@0.2.0-draft"),
            ("wharf:signing/signer@0.2.0", "this host has wharf:signing/signer@0.1.0"),
            ("wharf:docker/containers@0.1.0", "`docker`"),
            ("wasi:clipboard/store@0.1.0", "doesn't have"),
            ("wasi:clix/environment@0.2.6", "doesn't have"),
            ("frobnicate", "doesn't have"),
        ];
        for (import, expected) in cases {
            let refusal = check("a", &[import.to_owned()], None, &Grants::default()).err();
            let text = refusal.map_or_else(String::new, |refusal| refusal.to_string());
            assert_eq!(text.is_empty(), expected.is_empty(), "{import}: {text}");
            assert!(text.contains(expected), "{import}: {text}");
        }
    }

    #[test]
    fn a_need_is_met_or_its_line_is_named() {
        let cases = [
            (need("files", false), Grants::default(), "directory"),
            (need("files", false), files_at("/other"), r#"at = "/data""#),
            (need("files", false), files_at("/data"), ""),
            (need("files", true), Grants::default(), ""),
            (need("teleport", false), files_at("/data"), "no capability of that name"),
        ];
        for (request, grants, expected) in cases {
            let hint = check("a", &[], Some(&request), &grants).err().map(|refusal| refusal.hint().to_owned());
            assert_eq!(hint.is_none(), expected.is_empty(), "{hint:?}");
            assert!(hint.unwrap_or_default().contains(expected));
        }
    }
}
