//! Names for clients: `<plugin>__<tool>`, always, however many plugins there are, so that a name never changes because
//! another plugin came or went.

use sha2::{Digest as _, Sha256};

/// Longest name that is given to a tool. Strict model interfaces take 64 characters, and clients put `mcp__wharf__` in
/// front.
pub const NAME_BOUND: usize = 64 - "mcp__wharf__".len();

/// Names beyond this length are cut by some clients.
pub const NAME_ADVISED: usize = 40;

/// Longest id of a plugin: it must leave room for names behind it.
pub const PLUGIN_ID_BOUND: usize = 24;

/// Longest name of a tool before its plugin's id: what the strictest model interfaces take.
const OWN_NAME_BOUND: usize = 64;

/// Longest name of an endpoint: people write it into addresses.
const ENDPOINT_NAME_BOUND: usize = 32;

/// The endpoint at `/mcp`, and over standard input and output.
pub const DEFAULT_ENDPOINT: &str = "default";

/// The default endpoint once more, with its tools to be searched for, unless another one has this name.
pub const SEARCH_ENDPOINT: &str = "search";

const SEPARATOR: &str = "__";

/// Characters of the digest that ends a shortened name: enough to tell a plugin's tools apart.
const DIGEST_CHARACTERS: usize = 8;

/// Whether a plugin may have this id.
///
/// # Errors
/// A text that says what an id looks like. With these rules the first `__` of a name ends the id.
pub fn check_plugin_id(id: &str) -> Result<(), String> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    let edge = |edge: Option<char>| edge.is_some_and(|character| character.is_ascii_alphanumeric());
    let good = id.len() <= PLUGIN_ID_BOUND
        && id.bytes().all(allowed)
        && edge(id.chars().next())
        && edge(id.chars().next_back())
        && !id.contains(SEPARATOR);
    if good {
        return Ok(());
    }
    Err(format!(
        "a plugin's id has 1 to {PLUGIN_ID_BOUND} characters of A-Z a-z 0-9 _ -, begins and ends with a letter or a digit, and has no `__`"
    ))
}

/// Whether a tool may have this name, before its plugin's id is put in front: the same rules hold for a plugin's own names.
///
/// # Errors
/// A text that says what a name looks like.
pub fn check_tool_name(name: &str) -> Result<(), String> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    if !name.is_empty() && name.len() <= OWN_NAME_BOUND && name.bytes().all(allowed) {
        return Ok(());
    }
    Err(format!("a tool's name has 1 to {OWN_NAME_BOUND} characters of A-Z a-z 0-9 _ -"))
}

/// Whether an endpoint may have this name, which stands in its path.
///
/// # Errors
/// A text that says what such a name looks like.
pub fn check_endpoint_name(name: &str) -> Result<(), String> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    let begins_well = name.starts_with(|first: char| first.is_ascii_alphanumeric());
    if begins_well && name.len() <= ENDPOINT_NAME_BOUND && name.bytes().all(allowed) {
        return Ok(());
    }
    Err(format!(
        "an endpoint's name has 1 to {ENDPOINT_NAME_BOUND} characters of A-Z a-z 0-9 _ -, and begins with a letter or a digit"
    ))
}

/// The name of a plugin's tool for clients. One that would be too long is cut, and ends with a digest of the whole, so
/// that it stays the same for ever and differs from its neighbours.
#[must_use]
pub fn tool_name(plugin: &str, tool: &str) -> String {
    let name = format!("{plugin}{SEPARATOR}{tool}");
    if name.len() <= NAME_BOUND {
        return name;
    }
    let digest = format!("{:x}", Sha256::digest(&name));
    // Both are ASCII by the rules for ids and names, so every place is a border of characters.
    let kept = name.get(..NAME_BOUND - DIGEST_CHARACTERS - 1).unwrap_or(&name);
    format!("{kept}-{}", digest.get(..DIGEST_CHARACTERS).unwrap_or(&digest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_leaves_no_doubt_where_it_ends() {
        let long = "x".repeat(PLUGIN_ID_BOUND + 1);
        let cases = [
            ("catalog", true),
            ("a", true),
            ("my-plugin_2", true),
            ("", false),
            ("a__b", false),
            ("a_", false),
            ("_a", false),
            ("-a", false),
            ("a.b", false),
            ("a/b", false),
            ("größe", false),
            (&long, false),
        ];
        for (id, good) in cases {
            assert_eq!(check_plugin_id(id).is_ok(), good, "{id:?}");
        }
    }

    #[test]
    fn a_name_is_fit_for_models_and_for_paths() {
        let (longest, long) = ("x".repeat(OWN_NAME_BOUND), "x".repeat(OWN_NAME_BOUND + 1));
        let cases: [(&str, bool, bool); 10] = [
            ("get_server", true, true),
            ("2", true, true),
            ("_a", true, false),
            ("", false, false),
            ("a.b", false, false),
            ("a/b", false, false),
            ("..", false, false),
            ("ä", false, false),
            (&longest, true, false),
            (&long, false, false),
        ];
        for (name, tool, endpoint) in cases {
            assert_eq!(
                (check_tool_name(name).is_ok(), check_endpoint_name(name).is_ok()),
                (tool, endpoint),
                "{name:?}"
            );
        }
    }

    #[test]
    fn a_long_name_is_cut_the_same_way_each_time_and_stays_unique() {
        assert_eq!(tool_name("catalog", "get_server"), "catalog__get_server");
        let (one, two) = ("x".repeat(63) + "1", "x".repeat(63) + "2");
        let (first, second) = (tool_name("catalog", &one), tool_name("catalog", &two));
        assert_eq!((first.len(), second.len()), (NAME_BOUND, NAME_BOUND));
        assert_ne!(first, second);
        assert_eq!(first, tool_name("catalog", &one));
        assert!(first.starts_with("catalog__xxx"));
    }
}
