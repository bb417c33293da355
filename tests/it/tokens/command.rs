//! `wharf token`.

use serde_json::json;
use wharf_tests::{Era, TestHost, message, result};

#[test]
fn a_new_token_works_once_its_lines_are_there() {
    let made = TestHost::new().run(["token", "new", "alice@example.com", "--expires", "2999-12-31", "--tool", "a__*"]);
    assert_eq!(made.code, Some(0), "{made:?}");
    let (token, lines) = made.stdout.split_once("\n\n").unwrap();
    assert!(token.starts_with("wharf_") && token.len() == 49, "{made:?}");
    assert!(!lines.contains(token) && !made.stderr.contains(token), "{made:?}");
    let host = TestHost::new().config(lines).http();
    let list = message(Era::Modern, 1, "tools/list", json!({}));
    let answer = host.post_message(Era::Modern, &list, &[("authorization", &format!("Bearer {token}"))]);
    assert!(result(answer.message()).is_ok());
    let again = TestHost::new().run(["token", "new", "alice@example.com"]);
    assert!(!again.stdout.contains(token), "each is another one");
    let hashed = TestHost::new().run_with(["token", "hash"], token);
    assert!(lines.contains(hashed.stdout.trim()), "{hashed:?}");
}

#[test]
fn what_the_configuration_would_not_take_is_refused() {
    let cases: &[(&[&str], &str, &str)] = &[
        (&["token", "new", "a b"], "", "a token's name has"),
        (&["token", "new", "alice", "--expires", "soon"], "", "neither a date nor a time"),
        (&["token", "new", "alice", "--tool", "["], "", "no pattern of names"),
        (&["token", "hash"], "short", "at least 16"),
        (&["token", "hash"], "a token with spaces in it", "visible ASCII"),
    ];
    for (arguments, input, said) in cases {
        let finished = TestHost::new().run_with(*arguments, input);
        assert_eq!(finished.code, Some(1), "{arguments:?} {finished:?}");
        assert!(finished.stderr.contains(said), "{arguments:?} {finished:?}");
        assert!(finished.stdout.is_empty(), "{arguments:?} {finished:?}");
    }
    let help = TestHost::new().run(["token", "new", "--help"]);
    for part in ["--expires", "--plugin", "--tool", "shown this once"] {
        assert!(help.stdout.contains(part), "{help:?}");
    }
}
