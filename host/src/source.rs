//! Where plugins come from: the text of `source = "…"`, and the bytes behind it.

mod bundled;
mod file;

use std::fmt;
use std::path::{Path, PathBuf};

/// Schemes that look like a source and aren't one yet; they must not be taken for file names.
const NOT_YET: [&str; 4] = ["https:", "http:", "oci:", "file:"];

/// Where one plugin comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A file.
    File(PathBuf),
    /// One of the plugins that come with wharf: `bundled:catalog`.
    Bundled(String),
}

/// Why there are no bytes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SourceError {
    /// The text is of no known form.
    #[error("`source = \"{given}\"` is not a source that this wharf knows")]
    Form {
        /// As configured.
        given: String,
    },
    /// No bundled plugin has this name.
    #[error("no plugin `{name}` comes with this wharf; there is {}", known(found))]
    NotBundled {
        /// As configured.
        name: String,
        /// Those that do.
        found: Vec<String>,
    },
    /// The file isn't there, or can't be read.
    #[error("can't read {}: {problem}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the operating system says.
        problem: String,
    },
    /// The file is larger than allowed.
    #[error("{} has {size} bytes, and {limit} are allowed", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// Of the file, in bytes.
        size: u64,
        /// The bound, in bytes.
        limit: u64,
    },
}

impl SourceError {
    /// What the operator can do about it.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Form { .. } => {
                "write a path to a .wasm file, or `bundled:` and the name of a plugin that comes with wharf"
            }
            Self::NotBundled { .. } => {
                "bundled plugins lie in `plugins/` beside the wharf program, or where WHARF_PLUGINS says"
            }
            Self::Read { .. } => "check `source`; a relative path starts at the configuration file's folder",
            Self::TooLarge { .. } => "check `source`: a plugin this large is usually a mistaken path",
        }
    }
}

fn known(found: &[String]) -> String {
    if found.is_empty() { "none".into() } else { found.join(", ") }
}

/// Reads a file of the operator's as text: a regular one, of at most so many bytes.
///
/// # Errors
/// When it isn't there, can't be read, is larger or no text.
pub(crate) fn read_text(path: &Path, limit: u64) -> Result<String, SourceError> {
    let no_text = |_| SourceError::Read { path: path.to_owned(), problem: "it is not UTF-8 text".into() };
    String::from_utf8(file::read(path, limit)?).map_err(no_text)
}

impl Source {
    /// Reads the text of a source. A relative path starts at `folder`.
    ///
    /// # Errors
    /// When the text is empty, or of a form that isn't known.
    pub fn parse(text: &str, folder: &Path) -> Result<Self, SourceError> {
        if let Some(name) = text.strip_prefix("bundled:") {
            return Ok(Self::Bundled(name.to_owned()));
        }
        if text.trim().is_empty() || NOT_YET.iter().any(|scheme| text.starts_with(scheme)) {
            return Err(SourceError::Form { given: text.to_owned() });
        }
        Ok(Self::File(folder.join(text)))
    }

    /// The bytes behind it, at most `limit` of them. Blocks on the disk.
    ///
    /// # Errors
    /// When they aren't there, can't be read, or are more.
    pub fn read(&self, limit: u64) -> Result<Vec<u8>, SourceError> {
        match self {
            Self::File(path) => file::read(path, limit),
            Self::Bundled(name) => file::read(&bundled::path(name)?, limit),
        }
    }

    /// The names of the plugins that come with this wharf, in order.
    #[must_use]
    pub fn bundled() -> Vec<String> {
        bundled::names()
    }
}

impl fmt::Display for Source {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(formatter, "{}", path.display()),
            Self::Bundled(name) => write!(formatter, "bundled:{name}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_of_a_source() {
        let folder = Path::new("/etc/wharf");
        let cases = [
            ("a.wasm", Some(Source::File("/etc/wharf/a.wasm".into()))),
            ("/srv/a.wasm", Some(Source::File("/srv/a.wasm".into()))),
            ("bundled:catalog", Some(Source::Bundled("catalog".into()))),
            ("", None),
            ("https://example.com/a.wasm", None),
            ("oci://example.com/a:1", None),
        ];
        for (text, expected) in cases {
            assert_eq!(Source::parse(text, folder).ok(), expected, "{text:?}");
        }
    }
}
