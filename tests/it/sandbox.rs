//! What a guest finds around itself: nothing, save for what its operator granted.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::symlink;
use std::path::PathBuf;
use std::sync::Arc;

use serde_json::{Value, json};
use wharf_tests::{Connection, Era, HttpHost, Part, Shared, TestHost, Wire, find};

/// Serves the probe without any grant, with secrets around it.
fn bare() -> Option<Connection> {
    static HOST: Shared = Shared::new();
    let probe = find(Part::Guest("probe"))?;
    let start = || {
        TestHost::new()
            .plugin("bare", probe)
            .config("config = { region = 'north', limit = 3 }")
            .env("SECRET", "in the environment")
            .http()
    };
    Some(Connection::http(HOST.get(start), Era::Modern))
}

/// Serves the probe with one directory. Outside of it lies what it must not see.
struct Granted {
    client: Connection,
    outside: PathBuf,
    directory: PathBuf,
    _folder: TestHost,
}

fn granted() -> Option<Granted> {
    let probe = find(Part::Guest("probe"))?;
    // Only for its folder: the grant is in another one than the configuration.
    let folder = TestHost::new().file("secret.txt", "secret");
    let directory = folder.path("granted");
    fs::create_dir_all(directory.join("below")).unwrap();
    fs::write(directory.join("inside.txt"), "inside").unwrap();
    fs::write(directory.join("below/deep.txt"), "deep").unwrap();
    symlink("below/deep.txt", directory.join("link-inside")).unwrap();
    symlink("../secret.txt", directory.join("link-outside")).unwrap();
    symlink(folder.path("secret.txt"), directory.join("link-absolute")).unwrap();
    symlink("..", directory.join("link-folder")).unwrap();
    let host = TestHost::new().plugin("granted", probe).grant("granted", &directory, "/data");
    Some(Granted {
        client: Connection::http(Arc::new(host.http()), Era::Modern),
        outside: folder.path("secret.txt"),
        directory,
        _folder: folder,
    })
}

/// The result of a call that answers with a structure.
fn structured(client: &mut Connection, tool: &str, arguments: Value) -> Value {
    let mut result = client.call(tool, arguments).unwrap();
    assert_eq!(result["isError"], false, "{tool}: {result}");
    result["structuredContent"].take()
}

#[test]
fn without_a_grant_there_is_nothing() {
    let Some(mut client) = bare() else { return };
    let found = structured(&mut client, "bare__surroundings", json!({}));
    assert_eq!((&found["variables"], &found["arguments"], &found["input"]), (&json!([]), &json!([]), &json!("")));
    let root = found["root"].as_array().unwrap();
    assert!(root.len() == 1 && root[0].as_str().unwrap().starts_with("error: "), "{found}");
    assert_eq!(found["config"], json!({ "limit": "3", "region": "north" }));
}

#[test]
fn without_a_grant_no_path_can_be_read_or_changed() {
    let Some(mut client) = bare() else { return };
    for path in ["/etc/passwd", "/", ".", "..", "../../etc/passwd", "/proc/self/environ", "/dev/null", ""] {
        for tool in ["bare__read", "bare__list"] {
            let result = client.call(tool, json!({ "path": path })).unwrap();
            assert_eq!(result["isError"], true, "{tool} {path}: {result}");
        }
        let possible = structured(&mut client, "bare__change", json!({ "path": path }));
        assert_eq!(possible["result"], json!([]), "{path}");
    }
}

#[test]
fn nothing_can_be_reached_or_looked_up() {
    let Some(mut client) = bare() else { return };
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let own = listener.local_addr().unwrap().to_string();
    for address in [own.as_str(), "localhost:80", "[::1]:80", "192.0.2.1:80"] {
        let possible = structured(&mut client, "bare__reach", json!({ "address": address }));
        assert_eq!(possible["result"], json!([]), "{address}");
    }
    let accepted = listener.accept().map_err(|error| error.kind());
    assert_eq!(accepted.unwrap_err(), std::io::ErrorKind::WouldBlock);
}

#[test]
fn each_call_has_an_instance_of_its_own() {
    let Some(mut client) = bare() else { return };
    for _ in 0..3 {
        assert_eq!(structured(&mut client, "bare__count_calls", json!({}))["result"], 1);
    }
}

#[test]
fn a_crash_is_the_plugins_and_the_next_call_is_answered() {
    let Some(mut client) = bare() else { return };
    let crashed = client.call("bare__crash", json!({})).unwrap();
    assert_eq!(crashed["isError"], true, "{crashed}");
    assert_eq!(crashed["_meta"]["wharf/error"]["kind"], "trapped", "{crashed}");
    assert_eq!(structured(&mut client, "bare__count_calls", json!({}))["result"], 1);
}

#[test]
fn a_plugin_learns_of_its_caller_what_was_proven_and_never_the_token() {
    let Some(probe) = find(Part::Guest("probe")) else {
        return;
    };
    let token = "a-token-of-some-length";
    let host: HttpHost = TestHost::new().plugin("probe", probe).env("WHARF_TOKEN", token).http();
    let params = json!({
        "name": "probe__who",
        "arguments": {},
        "_meta": { "com.example/ticket": 7, "progressToken": 1 },
    });
    let message = wharf_tests::message(Era::Modern, 1, "tools/call", params);
    let answer = host.post_message(Era::Modern, &message, &[("authorization", &format!("Bearer {token}"))]);
    assert!(!answer.body.contains(token));
    let who = &wharf_tests::result(answer.message()).unwrap()["structuredContent"];
    let subject = who["subject"].as_str().unwrap();
    assert!(subject.starts_with("bearer-"), "{who}");
    let expected = json!({ "subject": subject, "client": "wharf-tests 0", "meta": { "com.example/ticket": 7 } });
    assert_eq!(*who, expected);
}

#[test]
fn without_a_token_a_caller_is_nobody() {
    let Some(probe) = find(Part::Guest("probe")) else {
        return;
    };
    for wire in Wire::ALL {
        let mut client = TestHost::new().plugin("probe", &probe).connect(wire);
        let who = structured(&mut client, "probe__who", json!({}));
        let expected = json!({ "subject": null, "client": "wharf-tests 0", "meta": {} });
        assert_eq!(who, expected, "{wire:?}");
    }
}

#[test]
fn a_granted_directory_is_readable_at_its_place_and_nowhere_else() {
    let Some(mut host) = granted() else { return };
    let cases = [
        ("/data/inside.txt", Some("inside")),
        ("/data/below/deep.txt", Some("deep")),
        ("/data/below/../inside.txt", Some("inside")),
        ("/data/link-inside", Some("deep")),
        ("/data/nothing.txt", None),
        ("/inside.txt", None),
        ("/data/../secret.txt", None),
        ("/data/below/../../secret.txt", None),
        ("/data/link-outside", None),
        ("/data/link-absolute", None),
        ("/data/link-folder/secret.txt", None),
        ("/etc/passwd", None),
        (host.outside.to_str().unwrap(), None),
    ];
    for (path, content) in cases {
        let result = host.client.call("granted__read", json!({ "path": path })).unwrap();
        assert_eq!(result["isError"], content.is_none(), "{path}: {result}");
        if let Some(content) = content {
            assert_eq!(result["content"][0]["text"], content, "{path}");
        }
    }
    let listed = structured(&mut host.client, "granted__list", json!({ "path": "/data" }));
    let mut names: Vec<&str> = listed["result"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    names.sort_unstable();
    assert_eq!(names, ["below", "inside.txt", "link-absolute", "link-folder", "link-inside", "link-outside"]);
    let above = host.client.call("granted__list", json!({ "path": "/data/link-folder" })).unwrap();
    assert_eq!(above["isError"], true, "{above}");
}

#[test]
fn a_granted_directory_can_not_be_changed() {
    let Some(mut host) = granted() else { return };
    for path in ["/data/inside.txt", "/data/new.txt", "/data/below/deep.txt", "/data/link-outside", "/data/link-inside"]
    {
        let possible = structured(&mut host.client, "granted__change", json!({ "path": path }));
        assert_eq!(possible["result"], json!([]), "{path}");
    }
    let count = |folder: &PathBuf| fs::read_dir(folder).unwrap().count();
    assert_eq!((count(&host.directory), count(&host.directory.join("below"))), (6, 1));
    assert_eq!(fs::read_to_string(host.directory.join("inside.txt")).unwrap(), "inside");
    assert_eq!(fs::read_to_string(&host.outside).unwrap(), "secret");
}
