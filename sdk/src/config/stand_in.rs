//! The configuration in native tests.

use std::collections::BTreeMap;

use crate::testing;

#[expect(clippy::unnecessary_wraps, reason = "the host's side may fail")]
pub(super) fn get(key: &str) -> Result<Option<String>, String> {
    Ok(testing::config().remove(key))
}

#[expect(clippy::unnecessary_wraps, reason = "the host's side may fail")]
pub(super) fn all() -> Result<BTreeMap<String, String>, String> {
    Ok(testing::config())
}
