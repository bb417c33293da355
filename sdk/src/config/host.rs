//! The configuration as the host gives it.

use std::collections::BTreeMap;

use crate::bindings::config::wasi::config::store;

pub(super) fn get(key: &str) -> Result<Option<String>, String> {
    store::get(key).map_err(text)
}

pub(super) fn all() -> Result<BTreeMap<String, String>, String> {
    store::get_all().map(BTreeMap::from_iter).map_err(text)
}

fn text(error: store::Error) -> String {
    match error {
        store::Error::Upstream(text) | store::Error::Io(text) => text,
    }
}
