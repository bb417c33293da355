//! What an endpoint shows, and what the operator says of single tools.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Deserialize;

use crate::pattern::Pattern;
use crate::plugin::{Hints, Tool, visible};

/// What one endpoint shows of what there is.
#[derive(Debug, Clone, Default)]
pub struct View {
    /// How names are made.
    pub prefix: Prefix,
    /// The ids of the plugins that it shows. None: all.
    pub plugins: Option<BTreeSet<String>>,
    /// Which tools it shows, by their names for clients.
    pub tools: Filter,
    /// How much of them its lists have.
    pub listing: Listing,
    /// Tools that are listed where others are only found, by their names for clients.
    pub pinned: BTreeSet<String>,
}

/// Whether the plugin's id stands before its names and in its URIs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Prefix {
    /// Always, however many plugins there are: a name never changes because another plugin came or went.
    #[default]
    Always,
    /// Never: names and URIs are the plugins' own, and no two plugins may have the same.
    Never,
}

/// How much of the tools a list has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Listing {
    /// All of them.
    #[default]
    Full,
    /// Those that are pinned; the others are searched for.
    Search,
}

/// What the operator says of the tools of each plugin, by its id.
pub type Rules = BTreeMap<String, ToolRules>;

/// What the operator says of one plugin's tools, by the plugin's own names.
#[derive(Debug, Clone, Default)]
pub struct ToolRules {
    /// Which of them are shown.
    pub filter: Filter,
    /// What is said instead of what the plugin says.
    pub overrides: BTreeMap<String, Override>,
    /// Only tools that are said to be read-only are there at all.
    pub is_read_only: bool,
    /// Which of them run only after a person has agreed.
    pub approve: Approve,
}

impl ToolRules {
    /// What to expect of a tool, by the operator's word or else the plugin's.
    pub(super) fn hints(&self, tool: &Tool) -> Hints {
        self.overrides.get(&tool.name).map_or(tool.hints, |change| change.hints(tool.hints))
    }

    /// Whether a tool is shown, and may be called.
    pub(super) fn shows(&self, tool: &Tool) -> bool {
        let is_fit = !self.is_read_only || self.hints(tool).read_only == Some(true);
        is_fit && self.filter.passes(&tool.name)
    }
}

/// Which tools run only after a person has agreed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Approve {
    /// None.
    #[default]
    Nothing,
    /// Those that may destroy something. A tool that says nothing of itself may.
    Destructive,
    /// Those that aren't read-only.
    Writing,
}

impl Approve {
    /// Whether somebody has to agree to a tool of which this is to be expected. As the protocol has it, a tool that doesn't
    /// say that it is read-only isn't, and one that isn't and says nothing is destructive.
    #[must_use]
    pub fn is_needed(self, hints: Hints) -> bool {
        let writes = hints.read_only != Some(true);
        match self {
            Self::Nothing => false,
            Self::Destructive => writes && hints.destructive != Some(false),
            Self::Writing => writes,
        }
    }
}

/// What is said of a tool instead of what its plugin says. None: what the plugin says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Override {
    /// Another name, which takes the place of the plugin's own.
    pub name: Option<String>,
    /// For people.
    pub title: Option<String>,
    /// For the model.
    pub description: Option<String>,
    /// See [`Hints`].
    pub read_only: Option<bool>,
    /// See [`Hints`].
    pub destructive: Option<bool>,
    /// See [`Hints`].
    pub idempotent: Option<bool>,
    /// See [`Hints`].
    pub open_world: Option<bool>,
}

impl Override {
    /// What to expect of the tool.
    pub(super) fn hints(&self, own: Hints) -> Hints {
        Hints {
            read_only: self.read_only.or(own.read_only),
            destructive: self.destructive.or(own.destructive),
            idempotent: self.idempotent.or(own.idempotent),
            open_world: self.open_world.or(own.open_world),
        }
    }
}

/// Which names pass: those that a pattern includes, less those that another excludes.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// None: all.
    pub include: Option<Vec<Pattern>>,
    /// These don't pass, included or not.
    pub exclude: Vec<Pattern>,
}

impl Filter {
    pub(super) fn passes(&self, name: &str) -> bool {
        let any = |patterns: &[Pattern]| patterns.iter().any(|pattern| pattern.matches(name));
        self.include.as_deref().is_none_or(any) && !any(&self.exclude)
    }
}

/// Whether an operator's text may be shown in place of a plugin's: the same rules hold for both.
///
/// # Errors
/// What is wrong with it.
pub fn check_text(text: &str, bytes: usize) -> Result<(), String> {
    if text.trim().is_empty() {
        return Err("the text is empty".into());
    }
    if text.len() > bytes {
        return Err(format!("the text has {} bytes, and {bytes} are allowed", text.len()));
    }
    if visible(text) != text {
        return Err(format!("the text has hidden or control characters: {}", visible(text)));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn patterns(texts: &[&str]) -> Vec<Pattern> {
        texts.iter().map(|text| Pattern::parse(text).unwrap()).collect()
    }

    #[test]
    fn names_pass_that_are_included_and_not_excluded() {
        type Words<'a> = &'a [&'a str];
        let cases: &[(Option<Words<'_>>, Words<'_>, Words<'_>, Words<'_>)] = &[
            (None, &[], &["a", "get_x"], &[]),
            (Some(&[]), &[], &[], &["a", "get_x"]),
            (Some(&["get_*"]), &[], &["get_", "get_x"], &["get", "forget_x", "Get_x"]),
            (Some(&["*"]), &["*_x"], &["get"], &["get_x"]),
            (None, &["{get,list}_?"], &["get_", "get_xy"], &["get_x", "list_y"]),
            (Some(&["get_[ab]", "x"]), &["x"], &["get_a", "get_b"], &["get_c", "x"]),
            (Some(&["catalog__*"]), &[], &["catalog__get"], &["catalogs__get"]),
        ];
        for (include, exclude, passing, others) in cases {
            let filter = Filter { include: include.map(patterns), exclude: patterns(exclude) };
            passing.iter().for_each(|name| assert!(filter.passes(name), "{include:?} {exclude:?} {name}"));
            others.iter().for_each(|name| assert!(!filter.passes(name), "{include:?} {exclude:?} {name}"));
        }
    }

    #[test]
    fn an_operators_words_go_before_the_plugins() {
        let own = Hints { read_only: Some(true), destructive: None, idempotent: Some(true), open_world: None };
        let change = Override { read_only: Some(false), open_world: Some(false), ..Override::default() };
        let Hints { read_only, destructive, idempotent, open_world } = change.hints(own);
        assert_eq!((read_only, destructive, idempotent, open_world), (Some(false), None, Some(true), Some(false)));
    }

    #[test]
    fn a_text_is_as_fit_to_be_shown_as_a_plugins() {
        let cases = [
            ("Lists servers.\nAll.", true),
            ("", false),
            (" \n", false),
            ("see\u{202E}", false),
            ("xxxxxxxxxxxxxxxxxxxxx", false),
        ];
        for (text, fit) in cases {
            assert_eq!(check_text(text, 20).is_ok(), fit, "{text:?}");
        }
    }
}
