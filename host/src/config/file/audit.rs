//! Where calls are recorded.

use std::num::NonZeroU64;
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::Deserialize;
use toml::Spanned;

use super::fault::Fault;
use crate::audit::{KEPT, Keep, LARGEST_BYTES};
use crate::config::Audit;

/// Most files that may be kept: each time that one is put aside, all of them are renamed.
const MOST_KEPT: u32 = 1_000;

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub(super) struct AuditTable {
    /// Whether calls and uses of capabilities are recorded [default: true].
    enabled: Option<bool>,
    /// The file, one JSON line a record [default: `wharf/audit.jsonl` in the user's folder for state].
    file: Option<PathBuf>,
    /// A file that would become larger is put aside, as `<file>.1` [default: 67108864].
    largest_bytes: Option<NonZeroU64>,
    /// How many files that were put aside are kept, at most 1000 [default: 4].
    #[schemars(with = "Option<u32>")]
    keep: Option<Spanned<u32>>,
    /// How much of a call's arguments is recorded.
    arguments: Keep,
}

impl AuditTable {
    pub(super) fn read(self, folder: &Path) -> Result<Audit, Fault> {
        if let Some(keep) = self.keep.as_ref().filter(|keep| *keep.get_ref() > MOST_KEPT) {
            return Err(Fault::of(keep, format!("at most {MOST_KEPT} files are kept; let each be larger")));
        }
        Ok(Audit {
            is_enabled: self.enabled.unwrap_or(true),
            file: self.file.map(|path| folder.join(path)),
            largest_bytes: self.largest_bytes.map_or(LARGEST_BYTES, NonZeroU64::get),
            keep: self.keep.map_or(KEPT, Spanned::into_inner),
            arguments: self.arguments,
        })
    }
}
