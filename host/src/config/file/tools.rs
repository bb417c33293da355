//! What is said of tools: which are shown, and what stands in place of the plugin's words.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Deserialize;
use toml::Spanned;

use super::fault::{Fault, checked};
use crate::pattern::Pattern;
use crate::plugin::limits;
use crate::surface::{Filter, Override, ToolRules, check_text, check_tool_name};

/// Of one plugin, by its own names.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub(super) struct ToolsTable {
    #[schemars(with = "Option<Vec<String>>")]
    include: Option<Vec<Spanned<String>>>,
    #[schemars(with = "Vec<String>")]
    exclude: Vec<Spanned<String>>,
    #[serde(rename = "override")]
    #[schemars(with = "BTreeMap<String, OverrideTable>")]
    overrides: BTreeMap<Spanned<String>, OverrideTable>,
}

/// Of one endpoint, by the names for clients.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub(super) struct FilterTable {
    #[schemars(with = "Option<Vec<String>>")]
    include: Option<Vec<Spanned<String>>>,
    #[schemars(with = "Vec<String>")]
    exclude: Vec<Spanned<String>>,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
struct OverrideTable {
    #[schemars(with = "Option<String>")]
    name: Option<Spanned<String>>,
    #[schemars(with = "Option<String>")]
    title: Option<Spanned<String>>,
    #[schemars(with = "Option<String>")]
    description: Option<Spanned<String>>,
    read_only: Option<bool>,
    destructive: Option<bool>,
    idempotent: Option<bool>,
    open_world: Option<bool>,
}

impl ToolsTable {
    pub(super) fn rules(self) -> Result<ToolRules, Fault> {
        let filter = FilterTable { include: self.include, exclude: self.exclude }.filter()?;
        let mut names = BTreeSet::new();
        let mut overrides = BTreeMap::new();
        for (own, table) in self.overrides {
            checked(&own, |name| check_tool_name(name))?;
            if let Some(name) = &table.name {
                checked(name, |name| check_tool_name(name))?;
                if !names.insert(name.get_ref().clone()) {
                    return Err(Fault::of(name, "another tool of this plugin is given the same name"));
                }
            }
            overrides.insert(own.into_inner(), table.read()?);
        }
        Ok(ToolRules { filter, overrides, ..ToolRules::default() })
    }
}

impl FilterTable {
    pub(super) fn filter(self) -> Result<Filter, Fault> {
        let include = self.include.map(|include| patterns(&include)).transpose()?;
        Ok(Filter { include, exclude: patterns(&self.exclude)? })
    }
}

pub(super) fn patterns(texts: &[Spanned<String>]) -> Result<Vec<Pattern>, Fault> {
    texts.iter().map(|text| checked(text, |text| Pattern::parse(text))).collect()
}

impl OverrideTable {
    fn read(self) -> Result<Override, Fault> {
        if let Some(title) = &self.title {
            checked(title, |title| check_text(title, limits::TITLE_BYTES))?;
        }
        if let Some(description) = &self.description {
            checked(description, |description| check_text(description, limits::DESCRIPTION_BYTES))?;
        }
        Ok(Override {
            name: self.name.map(Spanned::into_inner),
            title: self.title.map(Spanned::into_inner),
            description: self.description.map(Spanned::into_inner),
            read_only: self.read_only,
            destructive: self.destructive,
            idempotent: self.idempotent,
            open_world: self.open_world,
        })
    }
}
