//! What the operator writes for `files`, whether it holds together, and what it allows.

mod rules;

use std::fmt;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use rules::Rules;

/// One directory of the host, and where the guest finds it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Grant {
    /// The directory on the host. A relative path starts at the configuration file's folder.
    pub directory: PathBuf,
    /// The absolute path at which the guest sees it.
    pub at: String,
    /// What the guest may do there.
    #[serde(default)]
    pub access: Access,
}

/// What a guest may do in a directory.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Access {
    /// List and read.
    #[default]
    Read,
    /// And make, change, rename and remove.
    ReadWrite,
}

impl fmt::Display for Access {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Read => "read",
            Self::ReadWrite => "read-write",
        })
    }
}

/// A place that a plugin asks for, in its request section.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Want {
    /// Where it looks for files.
    pub at: String,
    /// What it does there.
    #[serde(default)]
    pub access: Access,
}

/// Why a grant can't be given.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GrantError {
    /// `at` isn't an absolute, plain path.
    #[error("`at = \"{0}\"` is not a plain absolute path")]
    At(String),
    /// Two grants claim the same place.
    #[error("two grants of files are both `at = \"{0}\"`")]
    Twice(String),
    /// The directory isn't there, or isn't a directory.
    #[error("the granted directory {} can't be used: {problem}", directory.display())]
    Directory {
        /// As configured.
        directory: PathBuf,
        /// What the operating system says.
        problem: String,
    },
}

impl Grant {
    /// Whether the grants of one plugin hold together. Looks at no file.
    ///
    /// # Errors
    /// The first grant that doesn't.
    pub fn check(grants: &[Self]) -> Result<(), GrantError> {
        let mut seen = std::collections::BTreeSet::new();
        for grant in grants {
            if !is_plain_absolute(&grant.at) {
                return Err(GrantError::At(grant.at.clone()));
            }
            if !seen.insert(&grant.at) {
                return Err(GrantError::Twice(grant.at.clone()));
            }
        }
        Ok(())
    }

    /// Whether these grants give what a plugin wants: this much at this path.
    #[must_use]
    pub fn covers(grants: &[Self], at: &str, access: Access) -> bool {
        grants.iter().any(|grant| grant.at == at && grant.access >= access)
    }
}

/// Whether a path is a place or below it.
fn is_within(path: &str, place: &str) -> bool {
    let rest = path.strip_prefix(place.trim_end_matches('/'));
    is_plain_absolute(path) && rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// `/a/b`: no empty part, no `.` or `..`, so that a path means one place only.
fn is_plain_absolute(path: &str) -> bool {
    let Some(rest) = path.strip_prefix('/') else {
        return false;
    };
    let plain = |part: &str| !part.is_empty() && part != "." && part != ".." && !part.contains(char::is_control);
    path == "/" || rest.split('/').all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(path: &str) -> Grant {
        Grant { directory: "/srv".into(), at: path.into(), access: Access::Read }
    }

    #[test]
    fn a_place_is_one_plain_absolute_path() {
        let cases = [
            ("/registries", true),
            ("/", true),
            ("/a/b", true),
            ("", false),
            ("registries", false),
            ("/a/../b", false),
            ("/a//b", false),
            ("/a/", false),
            ("/a\nb", false),
        ];
        for (path, good) in cases {
            assert_eq!(Grant::check(&[at(path)]).is_ok(), good, "{path:?}");
        }
    }

    #[test]
    fn two_grants_never_share_a_place() {
        assert_eq!(Grant::check(&[at("/a"), at("/b"), at("/a")]), Err(GrantError::Twice("/a".into())));
    }
}
