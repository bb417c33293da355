//! All servers of all sources, each once, in alphabetical order. Made anew for every call: an instance keeps nothing.

use std::{collections::BTreeMap, fmt, path::Path};

use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    filter::ranked,
    model::{Category, Server},
    report::Report,
    source::{builtin, directory},
};

/// Where the operator's directory with registry files appears. The request in the plugin's metadata says the same.
pub(crate) const REGISTRIES: &str = "/registries";

/// How many names a refusal suggests.
const MAX_SUGGESTIONS: usize = 5;
/// How many letters a name needs for each mistake in it: two swapped letters, which count as two, are seen in a name of
/// six.
const LETTERS_PER_MISTAKE: usize = 3;
/// How long names may be to be compared letter by letter, in bytes: as long as they may be in the official registry.
const MAX_COMPARED: usize = 200;

/// The servers, and what went wrong on the way to them.
#[derive(Debug)]
pub(crate) struct Catalogue {
    /// In the order of their short names, then of their full names.
    pub(crate) servers: Vec<Server>,
    pub(crate) report: Report,
}

/// How many servers there are in each category.
#[derive(Clone, Copy, Debug, Default, Eq, JsonSchema, PartialEq, Serialize)]
pub(crate) struct CategoryCounts {
    pub(crate) validated: usize,
    pub(crate) community: usize,
}

/// Why a name stands for no server.
#[derive(Debug, Eq, PartialEq)]
pub(crate) enum NotFound {
    /// Nothing has this name; these names are alike.
    Unknown { name: String, alike: Vec<String> },
    /// Several servers have this short name; these are their full names.
    Ambiguous { name: String, full_names: Vec<String> },
}

impl Catalogue {
    /// The built-in servers and those of the directory that the operator has granted, if there is one.
    pub(crate) fn load() -> Self {
        Self::with_registries(Path::new(REGISTRIES))
    }

    /// The built-in servers and those of the registry files below `directory`.
    pub(crate) fn with_registries(directory: &Path) -> Self {
        let mut report = Report::default();
        // Two entries are the same server if both names are equal, so the order of the map is the one wanted.
        let mut servers = BTreeMap::new();
        let names = |server: &Server| (server.name.clone(), server.full_name.clone());
        for server in builtin::load(&mut report) {
            servers.insert(names(&server), server);
        }
        for server in directory::load(directory, &mut report) {
            if let Some(earlier) = servers.get(&names(&server)) {
                note_replacement(earlier, &server, &mut report);
            }
            servers.insert(names(&server), server);
        }
        Self { servers: servers.into_values().collect(), report }
    }

    /// Counts all servers by category.
    pub(crate) fn counts(&self) -> CategoryCounts {
        let validated = self.servers.iter().filter(|server| server.category == Category::Validated).count();
        CategoryCounts { validated, community: self.servers.len() - validated }
    }

    /// The server with this full name, or with this short name if only one has it. Of several with the same short name,
    /// one without a full name is meant: it can't be named otherwise.
    pub(crate) fn find(&self, name: &str) -> Result<&Server, NotFound> {
        if let Some(server) = self.servers.iter().find(|server| server.identity() == name) {
            return Ok(server);
        }
        let namesakes: Vec<_> = self.servers.iter().filter(|server| server.name == name).collect();
        match namesakes.as_slice() {
            [] => Err(NotFound::Unknown { name: name.to_owned(), alike: self.alike(name) }),
            [one] => Ok(one),
            several => {
                let full_names = several.iter().map(|server| server.identity().to_owned()).collect();
                Err(NotFound::Ambiguous { name: name.to_owned(), full_names })
            }
        }
    }

    /// Identities of the other servers with the same short name.
    pub(crate) fn namesakes(&self, of: &Server) -> Vec<String> {
        let others = self.servers.iter().filter(|server| server.name == of.name && server.identity() != of.identity());
        others.map(|server| server.identity().to_owned()).collect()
    }

    /// Identities of the servers whose names are like `name`, the most alike first.
    fn alike(&self, name: &str) -> Vec<String> {
        let wanted = name.to_lowercase();
        let closest = ranked(&self.servers, |server| {
            let distances = [distance(&wanted, &server.name), distance(&wanted, server.identity())];
            distances.into_iter().flatten().min()
        });
        closest.into_iter().take(MAX_SUGGESTIONS).map(|server| server.identity().to_owned()).collect()
    }
}

impl fmt::Display for NotFound {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown { name, alike } if alike.is_empty() => {
                write!(
                    formatter,
                    "there is no server `{name}` in the catalogue: list_servers with `search` finds names"
                )
            }
            Self::Unknown { name, alike } => {
                write!(
                    formatter,
                    "there is no server `{name}` in the catalogue: was one of these meant? {}",
                    alike.join(", ")
                )
            }
            Self::Ambiguous { name, full_names } => {
                write!(
                    formatter,
                    "several servers are called `{name}`: use one of the full names {}",
                    full_names.join(", ")
                )
            }
        }
    }
}

/// The entry that was read last wins: a file of the operator over the built-in one, a later file over an earlier one.
fn note_replacement(earlier: &Server, later: &Server, report: &mut Report) {
    let entry = Some(later.identity());
    if earlier.origin == later.origin {
        report.warn(&later.origin, entry, "the name is in the file twice: the last entry is used");
    } else {
        report.info(&later.origin, entry, format!("replaces the entry of the same name from {}", earlier.origin));
    }
}

/// How many letters are wrong, if few enough are for one name to be meant by the other: one in [`LETTERS_PER_MISTAKE`].
/// Where one contains the other, the rest may have been left out on purpose.
fn distance(wanted: &str, name: &str) -> Option<usize> {
    let name = name.to_lowercase();
    let (shorter, longer) = if wanted.len() < name.len() { (wanted, name.as_str()) } else { (name.as_str(), wanted) };
    if shorter.len() >= LETTERS_PER_MISTAKE && longer.contains(shorter) {
        return Some(longer.len() - shorter.len());
    }
    // The distance takes time by the product of the lengths, and a caller may send any length.
    let comparable = longer.len() <= MAX_COMPARED;
    let distance = comparable.then(|| strsim::levenshtein(wanted, &name))?;
    (distance <= longer.len() / LETTERS_PER_MISTAKE).then_some(distance)
}

#[cfg(test)]
mod tests;
