//! Paths and patterns of them.

use proptest::prelude::*;

use super::*;

fn pattern(written: &str) -> PathPattern {
    PathPattern::compile(written).unwrap()
}

#[test]
fn a_pattern_matches_segment_by_segment() {
    let cases = [
        ("/", "/", true),
        ("/", "/a", false),
        ("/**", "/", true),
        ("/**", "/a/b/", true),
        ("/v1/**", "/v1", true),
        ("/v1/**", "/v1/", true),
        ("/v1/**", "/v1/a/b", true),
        ("/v1/**", "/v10", false),
        ("/v1/**", "/v2/v1/a", false),
        ("/v1/*", "/v1/a", true),
        ("/v1/*", "/v1/", false),
        ("/v1/*", "/v1/a/b", false),
        ("/v1/*", "/v1", false),
        ("/*/items", "/a/items", true),
        ("/*/items", "/a/b/items", false),
        ("/**/items", "/items", true),
        ("/**/items", "/a/b/items", true),
        ("/**/items", "/a/b/items/c", false),
        ("/a/**/b/**/c", "/a/b/x/b/c", true),
        ("/a/**/b/**/c", "/a/x/c", false),
        ("/**/**/a", "/a", true),
        ("/f/*.json", "/f/a.json", true),
        ("/f/*.json", "/f/.json", true),
        ("/f/*.json", "/f/a.jsonx", false),
        ("/f/a*b*c", "/f/abc", true),
        ("/f/a*b*c", "/f/axxbyybzc", true),
        ("/f/a*b*c", "/f/acb", false),
        ("/f/ab*ba", "/f/aba", false),
        ("/V1", "/v1", false),
        ("/a", "/a;x=1", false),
        ("/a*", "/a;x=1", true),
        ("/käse/*", "/k%C3%A4se/a", true),
        ("/a b", "/a%20b", true),
        ("/a.b", "/axb", false),
        ("/[a]", "/a", false),
    ];
    for (written, path, expected) in cases {
        assert_eq!(pattern(written).matches(path), expected, "{written} {path}");
    }
}

#[test]
fn a_pattern_that_matches_nothing_or_means_something_else_is_an_error() {
    let cases = [
        ("", "begin"),
        ("v1", "begin"),
        ("**", "begin"),
        ("/v1?x=1", "query"),
        ("/v1#x", "fragment"),
        ("/v1\\x", "backslash"),
        ("/v1/{id}", "braces"),
        ("/v1/../admin", "`..`"),
        ("/v1/.", "`..`"),
        ("/v1/%2E%2e/admin", "`..`"),
        ("/v1/a**", "within a segment"),
        ("/v1/***", "within a segment"),
        ("//v1", "empty segment"),
        ("/v1//x", "empty segment"),
        ("/v1%2Fx", "encoded slash"),
        ("/v1/%252e", "twice"),
        ("/v1/%00", "control"),
        ("/v1\n", "control"),
        ("/v1/..;/x", "dots"),
    ];
    for (written, expected) in cases {
        let fault = PathPattern::compile(written).unwrap_err().to_string();
        assert!(fault.contains(expected), "{written:?}: {fault}");
    }
    assert!(PathPattern::compile(&format!("/{}", "a".repeat(PATTERN_BYTES))).is_err());
}

#[test]
fn a_path_that_readers_disagree_about_is_ambiguous() {
    let cases = [
        ("/v1/a", false),
        ("/v1/a/", false),
        ("/", false),
        ("/v1/%20", false),
        ("/v1/100%25", false),
        ("/v1/%E4%BD%A0", false),
        ("/v1/a;x=1", true),
        ("/v1/secret.txt;.json", true),
        ("/v1/secret.txt%3b.json", true),
        ("/v1/secret.txt%3F.json", true),
        ("/v1/secret.txt%23.json", true),
        ("/v1/a..b/...", false),
        ("/v1%2Fadmin", true),
        ("/v1%2fadmin", true),
        ("/v1/..%2fadmin", true),
        ("/v1/%5cadmin", true),
        ("/v1/%5C..%5Cadmin", true),
        ("/v1/%252e%252e/admin", true),
        ("/v1/%252Fadmin", true),
        ("/v1/%25252fadmin", true),
        ("/v1/%2e%2e;/admin", true),
        ("/v1/..;/admin", true),
        ("/v1/..;x=1/admin", true),
        ("/v1/..%3b/admin", true),
        ("/v1/.;/admin", true),
        ("/v1/%00", true),
        ("/v1/%0d%0aHost:x", true),
        ("/v1/%7F", true),
        ("/v1//admin", true),
        ("//evil.com/", true),
        ("/v1/;/admin", true),
        ("/v1/%3B/admin", true),
        ("/v1/%", true),
        ("/v1/%u002e", true),
        ("/v1/%zz", true),
        ("/v1/%c0%ae%c0%ae/admin", true),
        ("/v1/a\\b", true),
    ];
    for (path, expected) in cases {
        assert_eq!(ambiguity(path).is_some(), expected, "{path}: {:?}", ambiguity(path));
    }
}

#[test]
fn a_pattern_covers_another_when_it_matches_all_of_its_paths() {
    let cases = [
        ("/**", "/**", true),
        ("/**", "/v1/*", true),
        ("/v1/**", "/v1", true),
        ("/v1/**", "/v1/*/x", true),
        ("/v1/**", "/v1/**/x", true),
        ("/v1/**", "/v2/**", false),
        ("/v1/*", "/v1/**", false),
        ("/v1/*", "/v1/a", true),
        ("/v1/*", "/v1/a*", true),
        ("/v1/*", "/v1/*", true),
        ("/v1/*", "/v1/", false),
        ("/v1/a*", "/v1/*", false),
        ("/v1/a*", "/v1/ab*c", true),
        ("/v1/a*c", "/v1/ab*", false),
        ("/**/x", "/a/**/x", true),
        ("/**/x", "/a/**", false),
        ("/a", "/a", true),
        ("/a", "/a/**", false),
        ("/*/**", "/**", false),
    ];
    for (this, other, expected) in cases {
        assert_eq!(pattern(this).covers(&pattern(other)), expected, "{this} {other}");
    }
}

#[test]
fn the_narrowest_pattern_of_a_path_matches_it() {
    for path in ["/", "/a", "/a/", "/a*b", "/a**b", "/**", "/*/x"] {
        assert!(pattern(&narrowest(path)).matches(path), "{path}");
        assert!(!pattern(&narrowest(path)).is_everything(), "{path}");
    }
}

#[test]
fn many_stars_cost_no_more_than_their_number() {
    let stars = pattern(&format!("{}/end", "/**/a".repeat(100)));
    assert!(!stars.matches(&"/a".repeat(4_000)));
    let globs = pattern(&format!("/{}b", "a*".repeat(2_000)));
    assert!(!globs.matches(&format!("/{}", "a".repeat(8_000))));
}

fn some_path(segments: &[&'static str]) -> impl Strategy<Value = String> + use<> {
    let segment = prop::sample::select(segments.to_vec());
    prop::collection::vec(segment, 1..4).prop_map(|segments| format!("/{}", segments.join("/")))
}

proptest! {
    // Few pairs of patterns cover each other, and few paths are theirs.
    #![proptest_config(ProptestConfig::with_cases(10_000))]

    #[test]
    fn what_covers_a_pattern_matches_its_paths(
        this in some_path(&["a", "*", "**", "a*"]),
        other in some_path(&["a", "*", "**", "a*", "*b"]),
        path in some_path(&["a", "ab", "b", "*"]),
    ) {
        let (this, other) = (pattern(&this), pattern(&other));
        prop_assert!(!this.covers(&other) || !other.matches(&path) || this.matches(&path));
    }
}
