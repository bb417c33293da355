//! Who may use whom inside the host: rooms in their order, capabilities apart, outside crates where they belong.

use super::source::{Path, Source};
use super::{APART, CONFINED, Finding, ROOMS, begins_with};

const HOST: &str = "host/src/";

/// Looks at every path in a file of the host. Tests may reach further, and the two crate roots stand above the rooms.
pub(super) fn check(source: &Source) -> Vec<Finding> {
    let Some(module) = source.module().filter(|module| source.path.starts_with(HOST) && !module.is_empty()) else {
        return Vec::new();
    };
    let production = source.paths.iter().filter(|path| !path.is_test);
    let broken = production.filter_map(|path| Some((path.line, broken_rule(&module, path)?)));
    let mut findings: Vec<_> = broken.map(|(line, rule)| Finding::at(&source.path, line, rule)).collect();
    findings.dedup();
    findings
}

fn broken_rule(module: &[&str], path: &Path) -> Option<String> {
    match absolute(module, path) {
        Some(inside) => inside_rule(module, &inside.iter().map(String::as_str).collect::<Vec<_>>()),
        None => confined_rule(module, path.names.first()?),
    }
}

/// The names from the crate's root. None: the path doesn't say that it stays within the crate.
fn absolute(module: &[&str], path: &Path) -> Option<Vec<String>> {
    let mut around: Vec<_> = module.iter().copied().chain(path.modules.iter().map(String::as_str)).collect();
    let mut names = path.names.iter().map(String::as_str).peekable();
    match names.next()? {
        "crate" => around.clear(),
        "self" => {}
        "super" => drop(around.pop()),
        _ => return None,
    }
    while names.next_if_eq(&"super").is_some() {
        around.pop();
    }
    Some(around.into_iter().chain(names).map(str::to_owned).collect())
}

fn inside_rule(module: &[&str], used: &[&str]) -> Option<String> {
    let (room, other) = (*module.first()?, *used.first()?);
    if room == other {
        return sibling_rule(module, used);
    }
    let rank = |name: &str| ROOMS.iter().position(|room| *room == name);
    let Some((from, to)) = rank(room).zip(rank(other)) else {
        let unknown = if rank(room).is_none() { room } else { other };
        return Some(format!(
            "`{unknown}` is no room: name a room of ROOMS in full, or give the new one its place there"
        ));
    };
    if from > to {
        return Some(format!("a room uses only rooms below it: `{room}` comes after `{other}` (the order is ROOMS)"));
    }
    if let Some((.., how)) = APART.iter().find(|(one, two, _)| *one == room && *two == other) {
        return Some(format!("`{room}` and `{other}` don't use each other: {how}"));
    }
    let is_inside = matches!(used, [_, _, "host" | "backend" | "fake", ..]);
    let rule = format!("`policy` sees the grants of capabilities, and nothing of how they work: `{}`", used.join("::"));
    (room == "policy" && other == "capability" && is_inside).then_some(rule)
}

/// Capabilities have folders; what stands beside these folders as a file alone is shared by all of them.
fn sibling_rule(module: &[&str], used: &[&str]) -> Option<String> {
    let ["capability", one, _, ..] = module else {
        return None;
    };
    let ["capability", other, "grant" | "host" | "backend" | "fake", ..] = used else {
        return None;
    };
    (one != other).then(|| format!("capabilities never use each other: `{one}` uses `{other}`"))
}

fn confined_rule(module: &[&str], name: &str) -> Option<String> {
    let (_, places, why) = CONFINED.iter().find(|(crates, ..)| crates.contains(&name))?;
    let belongs = places.iter().any(|place| begins_with(module, place));
    (!belongs).then(|| format!("{why}: `{name}` may be used in {} only", places.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_rule_by_example() {
        for (file, text, expected) in [
            ("mcp/call.rs", "use crate::surface::Snapshot;", None),
            ("surface.rs", "use crate::mcp::X;", Some("a room uses only rooms below it: `surface` comes after `mcp`")),
            ("surface.rs", "use super::mcp::X;", Some("`surface` comes after `mcp`")),
            ("surface/name.rs", "use super::super::mcp::X;", Some("`surface` comes after `mcp`")),
            ("surface/name.rs", "use super::page::X;", None),
            ("surface.rs", "mod inner { use super::super::mcp::X; }", Some("`surface` comes after `mcp`")),
            ("surface.rs", "fn f() { crate::mcp::f() }", Some("`surface` comes after `mcp`")),
            ("surface.rs", "use crate::{audit, mcp::X};", Some("`surface` comes after `mcp`")),
            ("surface.rs", "#[cfg(test)] mod tests { use crate::mcp::X; }", None),
            ("lib.rs", "pub use crate::mcp::X; use wasmtime::Engine;", None),
            ("mcp.rs", "use crate::reload::X;", Some("`mcp` and `reload` don't use each other")),
            ("mcp.rs", "use crate::Host;", Some("`Host` is no room")),
            ("attic.rs", "use crate::config::X;", Some("`attic` is no room")),
            ("mcp/http.rs", "use rmcp::model::Tool;", None),
            (
                "surface.rs",
                "use rmcp::model::Tool;",
                Some("mcp/ alone knows the protocol: `rmcp` may be used in mcp only"),
            ),
            (
                "surface.rs",
                "fn f(x: &wasmtime::Engine) {}",
                Some("`wasmtime` may be used in plugin, capability/*/host, capability/shadow only"),
            ),
            ("surface.rs", "fn f() { x!(wasmtime::Engine) }", Some("`wasmtime`")),
            ("capability/files/host.rs", "use wasmtime::Engine;", None),
            ("capability/shadow.rs", "use wasmtime::Engine;", None),
            ("capability/files/grant.rs", "use wasmtime::Engine;", Some("`wasmtime`")),
            ("capability/files/host.rs", "use crate::capability::http::grant::X;", Some("`files` uses `http`")),
            ("capability/files/host.rs", "use super::super::http::host::X;", Some("`files` uses `http`")),
            ("capability/files/host.rs", "use super::grant::X; use crate::capability::decision::X;", None),
            ("policy.rs", "use crate::capability::files::grant::Grant;", None),
            ("policy.rs", "use crate::capability::files::host::View;", Some("`policy` sees the grants")),
        ] {
            let found = check(&Source::parse(&format!("{HOST}{file}"), text).unwrap());
            match expected {
                None => assert_eq!(found, [], "{file}: {text}"),
                Some(rule) => assert!(found.len() == 1 && found[0].text.contains(rule), "{file}: {text}: {found:?}"),
            }
        }
    }
}
