//! What is shown where.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Deserialize;
use toml::Spanned;

use super::fault::{Fault, checked};
use super::tools::FilterTable;
use crate::surface::{DEFAULT_ENDPOINT, Listing, Prefix, View, check_endpoint_name};

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub(super) struct EndpointTable {
    prefix: Prefix,
    #[schemars(with = "Option<Vec<String>>")]
    plugins: Option<Vec<Spanned<String>>>,
    view: Listing,
    #[schemars(with = "Option<Vec<String>>")]
    pinned: Option<Spanned<Vec<String>>>,
    tools: FilterTable,
}

/// Reads all endpoints; `plugins` are the ids of those that are configured.
pub(super) fn views(
    tables: BTreeMap<Spanned<String>, EndpointTable>,
    plugins: &[&str],
) -> Result<BTreeMap<String, View>, Fault> {
    let view = |(name, table): (Spanned<String>, EndpointTable)| {
        checked(&name, |name| check_endpoint_name(name))?;
        let view = table.view(name.get_ref(), plugins)?;
        Ok((name.into_inner(), view))
    };
    tables.into_iter().map(view).collect()
}

impl EndpointTable {
    fn view(self, name: &str, plugins: &[&str]) -> Result<View, Fault> {
        let shown = self.plugins.iter().flatten();
        for id in shown {
            if !plugins.contains(&id.get_ref().as_str()) {
                return Err(Fault::unknown(id, "no plugin of this id is configured", plugins));
            }
        }
        if let Some(pinned) = &self.pinned {
            // What is pinned at the default endpoint is so in its searchable form.
            if self.view == Listing::Full && name != DEFAULT_ENDPOINT {
                return Err(Fault::of(
                    pinned,
                    "tools are pinned where others are searched for: add `view = \"search\"`",
                ));
            }
        }
        Ok(View {
            prefix: self.prefix,
            plugins: self.plugins.map(|ids| ids.into_iter().map(Spanned::into_inner).collect()),
            tools: self.tools.filter()?,
            listing: self.view,
            pinned: self.pinned.map_or_else(BTreeSet::new, |pinned| pinned.into_inner().into_iter().collect()),
        })
    }
}
