//! Whether a plugin may use a file: asked for, and granted.

use super::{Access, Grant, Want, is_within};
use crate::capability::decision::{By, Decision, Refused};

/// What one plugin may do with files, worked out once: asked for ∩ granted.
#[derive(Debug, Clone, Default)]
pub struct Rules {
    /// None: the plugin doesn't say, and what is granted counts alone.
    asked: Option<Vec<Want>>,
    granted: Vec<Grant>,
    /// What is given of what was granted.
    given: Vec<Grant>,
}

impl Rules {
    /// The rules of a plugin. `granted` has been checked.
    #[must_use]
    pub fn new(asked: Option<Vec<Want>>, granted: Vec<Grant>, is_read_only: bool) -> Self {
        let given = granted.iter().filter_map(|grant| narrowed(grant, asked.as_deref(), is_read_only)).collect();
        Self { asked, granted, given }
    }

    /// What the plugin gets of the grants: what it asks for, if it says so, and only to be read where it is held to reading.
    #[must_use]
    pub fn given(&self) -> &[Grant] {
        &self.given
    }

    /// Whether the plugin may do this at an absolute, plain path, and by which grant: the one that is nearest to the path.
    ///
    /// # Errors
    /// Who refuses, and what would allow it.
    pub fn decide(&self, path: &str, access: Access) -> Decision<&Grant> {
        match nearest(&self.given, path) {
            Some(given) => self.decide_at(&given.at, access),
            None => Err(self.not_given(path, access)),
        }
    }

    /// Whether the plugin may do this in the directory that it finds at this place.
    ///
    /// # Errors
    /// As [`decide`](Self::decide).
    pub fn decide_at(&self, at: &str, access: Access) -> Decision<&Grant> {
        let Some(given) = self.given.iter().find(|grant| grant.at == at) else {
            return Err(self.not_given(at, access));
        };
        if given.access >= access {
            return Ok(given);
        }
        Err(self.only_read(at, access))
    }

    fn not_given(&self, path: &str, access: Access) -> Refused {
        if let Some(asked) = &self.asked
            && let Some(place) = nearest(&self.granted, path).map(|grant| &grant.at)
            && !asked.iter().any(|want| want.at == *place)
        {
            return not_asked(place, access);
        }
        if self.asked.as_ref().is_some_and(|asked| !asked.iter().any(|want| is_within(path, &want.at))) {
            return not_asked(path, access);
        }
        let access = if access == Access::Read { "" } else { ", access = \"read-write\"" };
        let hint = format!("add to `files`: {{ directory = \"/path/on/this/machine\", at = {path:?}{access} }}");
        Refused::new(By::Operator, format!("no granted directory holds {path}"), hint)
    }

    /// Who holds it to reading: the plugin by what it asks for, the operator by what was granted, or else `read-only`.
    fn only_read(&self, at: &str, access: Access) -> Refused {
        let asks = |asked: &Vec<Want>| asked.iter().any(|want| want.at == at && want.access >= access);
        if !self.asked.as_ref().is_none_or(asks) {
            return not_asked(at, access);
        }
        if !self.granted.iter().any(|grant| grant.at == at && grant.access >= access) {
            let hint = format!("write `access = \"{access}\"` for the directory that is `at = {at:?}`");
            return Refused::new(By::Operator, format!("{at} may only be read"), hint);
        }
        let hint = "remove `read-only = true`, if the plugin is meant to change things";
        Refused::new(By::ReadOnly, format!("{at} may only be read, since the plugin is held to reading"), hint)
    }
}

fn narrowed(grant: &Grant, asked: Option<&[Want]>, is_read_only: bool) -> Option<Grant> {
    let wanted = asked.map_or(Some(grant.access), |asked| {
        asked.iter().filter(|want| want.at == grant.at).map(|want| want.access).max()
    })?;
    let most = if is_read_only { Access::Read } else { grant.access };
    Some(Grant { access: wanted.min(most), ..grant.clone() })
}

fn nearest<'a>(grants: &'a [Grant], path: &str) -> Option<&'a Grant> {
    grants.iter().filter(|grant| is_within(path, &grant.at)).max_by_key(|grant| grant.at.len())
}

fn not_asked(at: &str, access: Access) -> Refused {
    let hint =
        format!("the plugin's author adds to its requests: \"wants\": {{\"at\": {at:?}, \"access\": \"{access}\"}}");
    Refused::new(By::Plugin, format!("the plugin doesn't ask for files at {at} to {access}"), hint)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grant(at: &str, access: Access) -> Grant {
        Grant { directory: "/srv".into(), at: at.into(), access }
    }

    fn want(at: &str, access: Access) -> Want {
        Want { at: at.into(), access }
    }

    #[test]
    fn the_nearest_grant_decides() {
        let rules = Rules::new(None, vec![grant("/a", Access::Read), grant("/a/open", Access::ReadWrite)], false);
        let cases = [
            ("/a/x", Access::Read, "/a"),
            ("/a/open", Access::ReadWrite, "/a/open"),
            ("/a/open/x", Access::ReadWrite, "/a/open"),
            ("/a/x", Access::ReadWrite, "may only be read"),
            ("/ab", Access::Read, "no granted directory"),
            ("/a/../b", Access::Read, "no granted directory"),
            ("/", Access::Read, "no granted directory"),
        ];
        for (path, access, expected) in cases {
            let decided = rules.decide(path, access).map_or_else(|refused| refused.why, |grant| grant.at.clone());
            assert!(decided.contains(expected), "{path}: {decided}");
        }
    }

    #[test]
    fn who_refuses_is_who_holds_it_to_reading() {
        use Access::{Read, ReadWrite};
        let granted = || vec![grant("/read", Read), grant("/write", ReadWrite), grant("/write/inner", ReadWrite)];
        let (reads, all) = (vec![want("/write", Read)], vec![want("/write", ReadWrite), want("/read", ReadWrite)]);
        let cases = [
            ("granted", None, false, "/write/a", ReadWrite, None),
            ("granted to be read", None, false, "/read/a", ReadWrite, Some(By::Operator)),
            ("asked for to be read", Some(&reads), false, "/write/a", ReadWrite, Some(By::Plugin)),
            ("read-only", None, true, "/write/a", ReadWrite, Some(By::ReadOnly)),
            ("read-only, reading", None, true, "/write/a", Read, None),
            ("read-only, and granted to be read", None, true, "/read/a", ReadWrite, Some(By::Operator)),
            ("read-only, and asked for to be read", Some(&reads), true, "/write/a", ReadWrite, Some(By::Plugin)),
            ("asked for, and granted to be read", Some(&all), false, "/read/a", ReadWrite, Some(By::Operator)),
            ("not asked for", Some(&reads), false, "/read/a", Read, Some(By::Plugin)),
            ("not granted", None, false, "/other", Read, Some(By::Operator)),
            ("neither", Some(&reads), false, "/other", Read, Some(By::Plugin)),
            ("asked for, not granted", Some(&vec![want("/other", Read)]), false, "/other/a", Read, Some(By::Operator)),
            ("in a folder of its own", Some(&all), false, "/write/inner/a", ReadWrite, None),
        ];
        for (case, asked, is_read_only, path, access, by) in cases {
            let rules = Rules::new(asked.cloned(), granted(), is_read_only);
            let refused = rules.decide(path, access).err();
            assert_eq!(refused.as_ref().map(|refused| refused.by), by, "{case}: {refused:?}");
            assert!(refused.is_none_or(|refused| !refused.hint().is_empty()), "{case}");
        }
    }
}
