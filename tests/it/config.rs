//! What the operator writes: `wharf.toml`, flags and environment.

use std::fs;

use serde_json::json;
use wharf_tests::{Part, TestHost, Wire, find};

#[test]
fn a_fault_of_the_file_names_the_line_and_the_right_word() {
    let cases: &[(&str, &[&str])] = &[
        ("[servre]", &["line 1", "`servre`", "did you mean `server`?"]),
        ("[server]\nhtpp = '127.0.0.1:0'", &["line 2", "htpp = '127.0.0.1:0'", "did you mean `http`?"]),
        ("[server]\nhttp = 'here'", &["line 2", "http = 'here'", "socket address"]),
        ("[server]\nhttp = 8080", &["line 2", "http = 8080"]),
        ("[plugins.a]\nsource = 'a'\ngrant = {}", &["line 3", "did you mean `grants`?"]),
        ("[plugins.a]\nsuorce = 'a'", &["line 2", "did you mean `source`?"]),
        ("[plugins.a]\nsource = 'a'\n[plugins.a.grants]\nhtp = []", &["line 4", "`htp`", "did you mean `http`?"]),
        (
            "[plugins.a]\nsource = 'a'\ngrants.files = [{ directory = '/', at = '/x', access = 'write' }]",
            &["line 3", "`write`", "`read`"],
        ),
        ("[plugins.a]\nsource = 'a'\nconfig = { x = [1] }", &["line 3", "a text, a number or a truth value"]),
        ("[plugins.a]", &["line 1", "`source`"]),
        ("[plugins.a__b]\nsource = 'a'", &["line 1", "no `__`"]),
        ("[plugins.\"\"]\nsource = 'a'", &["line 1", "1 to 24 characters"]),
        ("[plugins.\"a.b\"]\nsource = 'a'", &["line 1", "A-Z a-z 0-9 _ -"]),
        ("[plugins.a-very-long-name-of-a-plugin]\nsource = 'a'", &["line 1", "1 to 24 characters"]),
        ("[plugins.a]\nsource = 'a'\n[plugins.a]\nsource = 'b'", &["line 3", "duplicate"]),
        ("{ \"plugins\": {} }", &["line 1"]),
        ("\n\nhttp = ", &["line 3"]),
    ];
    for (text, said) in cases {
        for command in ["check", "serve"] {
            let finished = TestHost::new().config(text).run([command]);
            assert_eq!(finished.code, Some(1), "{command} {text}\n{finished:?}");
            assert!(finished.stderr.contains("error: the configuration wharf.toml"), "{text}\n{finished:?}");
            for part in *said {
                assert!(finished.stderr.contains(part), "{text}\n{}\nshould say {part}", finished.stderr);
            }
        }
    }
}

#[test]
fn a_file_that_can_not_be_read_is_named() {
    let host = TestHost::new().file("image", [0xff, 0xfe, 0x00]);
    for (file, said) in [("not-there.toml", "No such file"), (".", "not a regular file"), ("image", "UTF-8")] {
        let finished = host.run(["check", "--config", file]);
        assert_eq!(finished.code, Some(1), "{file}: {finished:?}");
        assert!(
            finished.stderr.contains(&format!("the configuration can't be used: can't read {file}")),
            "{finished:?}"
        );
        assert!(finished.stderr.contains(said), "{finished:?}");
    }
}

#[test]
fn a_configuration_elsewhere_is_named_by_flag_or_environment() {
    let Some(echo) = find(Part::Guest("echo")) else {
        return;
    };
    let elsewhere = TestHost::new().file("echo.wasm", fs::read(echo).unwrap());
    // A relative source starts at the file's folder, not at the working directory.
    let file = elsewhere.path("other.toml");
    fs::write(&file, "[plugins.other]\nsource = 'echo.wasm'").unwrap();
    let file = file.to_str().unwrap();
    let cases: &[(&[&str], Option<&str>, bool)] = &[
        (&["check", "--config", file], None, true),
        (&["check"], Some(file), true),
        // A flag goes before the environment.
        (&["check", "--config", file], Some("not-there.toml"), true),
        (&["check", "--config", "not-there.toml"], Some(file), false),
    ];
    for (arguments, environment, found) in cases {
        let host = TestHost::new();
        let host = environment.iter().fold(host, |host, path| host.env("WHARF_CONFIG", path));
        let finished = host.run(*arguments);
        assert_eq!(finished.code, Some(i32::from(!found)), "{arguments:?} {environment:?} {finished:?}");
        assert_eq!(finished.stdout.contains("1 of 1 plugins"), *found, "{finished:?}");
    }
}

#[test]
fn an_address_by_flag_goes_before_the_environment_and_that_before_the_file() {
    // None is loopback, so each is refused by name, and nobody listens anywhere.
    let cases: &[(Option<&str>, Option<&str>, &str)] = &[
        (None, None, "192.0.2.3:80"),
        (None, Some("192.0.2.2:80"), "192.0.2.2:80"),
        (Some("192.0.2.1:80"), Some("192.0.2.2:80"), "192.0.2.1:80"),
        (Some("192.0.2.1:80"), None, "192.0.2.1:80"),
    ];
    for (flag, environment, expected) in cases {
        let host = TestHost::new().config("[server]\nhttp = '192.0.2.3:80'");
        let host = environment.iter().fold(host, |host, address| host.env("WHARF_HTTP", address));
        let flags = flag.iter().flat_map(|address| ["--http", address]);
        let finished = host.run(["serve"].into_iter().chain(flags));
        assert_eq!(finished.code, Some(1), "{finished:?}");
        assert!(finished.stderr.contains(&format!("error: {expected} can be reached")), "{finished:?}");
    }
}

#[test]
fn an_address_that_is_none_is_refused() {
    let by_environment = TestHost::new().env("WHARF_HTTP", "here").run(["serve"]);
    assert_eq!(by_environment.code, Some(1), "{by_environment:?}");
    assert!(by_environment.stderr.contains("error: WHARF_HTTP=here is no address"), "{by_environment:?}");
    let by_flag = TestHost::new().run(["serve", "--http", "here"]);
    assert_eq!(by_flag.code, Some(2), "{by_flag:?}");
    assert!(by_flag.stderr.contains("invalid value 'here' for '--http <ADDR>'"), "{by_flag:?}");
}

#[test]
fn without_a_file_the_bundled_plugins_are_served_and_one_line_says_how_to_have_more() {
    let Some(echo) = find(Part::Guest("echo")) else {
        return;
    };
    let bundled = echo.parent().unwrap().join("none-of-these");
    let host = || {
        let host = TestHost::new().without_config();
        fs::create_dir(host.path("bundled")).unwrap();
        fs::copy(&echo, host.path("bundled/echo.wasm")).unwrap();
        let folder = host.path("bundled");
        host.env("WHARF_PLUGINS", folder).awaiting("echo")
    };
    let http = host().http();
    let log = http.log();
    let hints: Vec<_> = log.lines().filter(|line| line.contains("no wharf.toml")).collect();
    assert_eq!(hints.len(), 1, "{log}");
    for part in ["bundled plugins (echo)", "without network, files, Docker or cluster", "--config"] {
        assert!(hints[0].contains(part), "{log}");
    }
    let list = host().connect(Wire::StdioModern).request("tools/list", json!({})).unwrap();
    assert_eq!(list["tools"][0]["name"], "echo__echo");
    let checked = host().run(["check"]);
    assert_eq!(checked.code, Some(0), "{checked:?}");
    assert!(checked.stdout.contains("the bundled plugins (no wharf.toml): 1 of 1"), "{checked:?}");
    let none = TestHost::new().without_config().env("WHARF_PLUGINS", bundled).run(["check"]);
    assert!(none.stdout.contains("0 of 0 plugins"), "{none:?}");
}

#[test]
fn a_configuration_without_plugins_serves_none() {
    let list = TestHost::new().connect(Wire::HttpModern).request("tools/list", json!({})).unwrap();
    assert_eq!(list["tools"], json!([]));
}
