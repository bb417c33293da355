//! Import groups: the standard library, then other crates, then this one, with one empty line between two groups and none
//! within.

use super::Finding;
use super::source::{Source, Use};

const RULE: &str = "imports stand in three groups (std, other crates, this crate), with an empty line between two groups \
                    and none within";

/// Looks at each pair of `use` items that follow each other.
pub(super) fn check(source: &Source) -> Vec<Finding> {
    let pairs = source.uses.windows(2).filter_map(|pair| match pair {
        [one, other] if other.follows_use => Some((one, other)),
        _ => None,
    });
    pairs
        .filter_map(|(one, other)| wrong(source, one, other).map(|what| (other, what)))
        .map(|(other, what)| Finding::at(&source.path, other.lines.start, format!("{RULE}: {what}")))
        .collect()
}

fn wrong(source: &Source, one: &Use, other: &Use) -> Option<String> {
    let has_gap = source.blank.iter().any(|line| (one.lines.end..other.lines.start).contains(line));
    let (before, after) = (Group::of(one), Group::of(other));
    if after < before {
        return Some(format!("`{}` ({after:?}) comes after `{}` ({before:?})", other.root, one.root));
    }
    match (after == before, has_gap) {
        (true, true) => {
            Some(format!("`{}` and `{}` are one group ({after:?}), and an empty line parts them", one.root, other.root))
        }
        (false, false) => {
            Some(format!("no empty line parts `{}` ({before:?}) from `{}` ({after:?})", one.root, other.root))
        }
        _ => None,
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Group {
    Std,
    External,
    Crate,
}

impl Group {
    fn of(item: &Use) -> Self {
        match item.root.as_str() {
            "std" | "core" | "alloc" => Self::Std,
            "crate" | "self" | "super" => Self::Crate,
            _ if item.is_child => Self::Crate,
            _ => Self::External,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_and_the_lines_between_them() {
        for (text, expected) in [
            ("use std::a;\nuse std::b;\n\nuse x::a;\n\nuse crate::a;\nuse super::b;", None),
            ("mod a;\n\nuse std::b;\n\nuse x::y;\n\nuse a::c;", None),
            ("//! Doc.\n\nuse x::a;\n/// Why.\n#[cfg(unix)]\nuse x::b;", None),
            ("use std::a;\n\npub use crate::b;\n\nuse x::c;", None),
            ("fn f() {\n use x::a;\n use std::b;\n}", None),
            ("use x::a;\n\nuse std::b;", Some((3, "`std` (Std) comes after `x` (External)"))),
            ("use std::a;\nuse x::b;", Some((2, "no empty line parts `std` (Std) from `x` (External)"))),
            ("use x::a;\n\nuse y::b;", Some((3, "`x` and `y` are one group (External)"))),
            ("mod m { \nuse crate::a;\n\nuse std::b;\n}", Some((4, "`std` (Std) comes after `crate` (Crate)"))),
        ] {
            let found = check(&Source::parse("host/src/a.rs", text).unwrap());
            let Some((line, what)) = expected else {
                assert_eq!(found, [], "{text}");
                continue;
            };
            assert_eq!(found.len(), 1, "{text}");
            assert_eq!(found[0].place, format!("host/src/a.rs:{line}"));
            assert!(found[0].text.contains(what), "{}", found[0].text);
        }
    }
}
