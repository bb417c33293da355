//! What a caller may use of all that is served. A static token has it from the configuration; whoever else proves
//! identities makes the same of what they vouch for.

use std::collections::BTreeSet;

use crate::pattern::Pattern;

/// What a caller may use. What it may not, it doesn't see either: to it, it isn't there.
///
/// Nothing is given that isn't written: whoever names plugins gives all that they offer; whoever names tools gives these
/// tools, of these plugins if plugins are named too, and no others. Prompts and resources are given with their plugin.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Permissions {
    /// The ids of plugins. None: not said.
    pub plugins: Option<BTreeSet<String>>,
    /// Tools, by their names for clients with the plugin's id in front, as in `catalog__list_servers`: one name, at every
    /// endpoint. None: not said.
    pub tools: Option<Vec<Pattern>>,
}

impl Permissions {
    /// Whether nothing is said, so that everything may be used.
    #[must_use]
    pub const fn is_everything(&self) -> bool {
        self.plugins.is_none() && self.tools.is_none()
    }

    /// Whether a tool of this plugin, of this name with the plugin's id in front, may be seen and called.
    #[must_use]
    pub fn allow_tool(&self, plugin: &str, name: &str) -> bool {
        let is_named = |tools: &Vec<Pattern>| tools.iter().any(|tool| tool.matches(name));
        self.names(plugin) && self.tools.as_ref().is_none_or(is_named)
    }

    /// Whether the prompts and resources of this plugin may be seen and used.
    #[must_use]
    pub fn allow_plugin(&self, plugin: &str) -> bool {
        self.names(plugin) && (self.plugins.is_some() || self.tools.is_none())
    }

    fn names(&self, plugin: &str) -> bool {
        self.plugins.as_ref().is_none_or(|plugins| plugins.contains(plugin))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn permissions(plugins: Option<&[&str]>, tools: Option<&[&str]>) -> Permissions {
        Permissions {
            plugins: plugins.map(|ids| ids.iter().map(|id| (*id).to_owned()).collect()),
            tools: tools.map(|texts| texts.iter().map(|text| Pattern::parse(text).unwrap()).collect()),
        }
    }

    #[test]
    fn what_is_not_written_is_not_given() {
        type Words<'a> = Option<&'a [&'a str]>;
        // Plugins, tools; then whether a__get, a__set and b__get may be called, and the resources of a and b be read.
        let cases: &[(Words<'_>, Words<'_>, [bool; 5])] = &[
            (None, None, [true; 5]),
            (Some(&["a"]), None, [true, true, false, true, false]),
            (None, Some(&["*__get"]), [true, false, true, false, false]),
            (Some(&["a"]), Some(&["*__get"]), [true, false, false, true, false]),
            (Some(&["b"]), Some(&["a__*"]), [false, false, false, false, true]),
            (Some(&[]), None, [false; 5]),
            (None, Some(&[]), [false; 5]),
            (None, Some(&["A__*", "a__GET"]), [false; 5]),
        ];
        for (plugins, tools, expected) in cases {
            let given = permissions(*plugins, *tools);
            let found = [
                given.allow_tool("a", "a__get"),
                given.allow_tool("a", "a__set"),
                given.allow_tool("b", "b__get"),
                given.allow_plugin("a"),
                given.allow_plugin("b"),
            ];
            assert_eq!(found, *expected, "{plugins:?} {tools:?}");
            assert_eq!(given.is_everything(), plugins.is_none() && tools.is_none());
        }
    }
}
