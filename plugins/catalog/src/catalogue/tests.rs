//! How sources are merged, and how names are found.

use std::fs;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::{Catalogue, NotFound};
use crate::report::Level;

fn catalogue(files: &[(&str, Value)]) -> Catalogue {
    let directory = TempDir::new().unwrap();
    for (name, content) in files {
        fs::write(directory.path().join(name), content.to_string()).unwrap();
    }
    Catalogue::with_registries(directory.path())
}

fn legacy(names: &[&str], image: &str) -> Value {
    let entry = json!({"image": image, "transport": "stdio", "description": "Anything"});
    let servers: serde_json::Map<_, _> = names.iter().map(|name| ((*name).to_owned(), entry.clone())).collect();
    json!({"servers": servers})
}

fn official(names: &[&str]) -> Value {
    let entry = |name| json!({"name": name, "description": "Anything", "remotes": [{"type": "sse", "url": "https://example.org"}]});
    json!({"servers": names.iter().map(entry).collect::<Vec<_>>()})
}

#[test]
fn without_registries_there_is_the_built_in_catalogue_and_no_warning() {
    let catalogue = catalogue(&[]);
    assert!(catalogue.servers.iter().all(|server| server.origin == "built-in"));
    assert_eq!(catalogue.report.count(), 0);
    let counts = catalogue.counts();
    assert_eq!(counts.validated + counts.community, catalogue.servers.len());
    assert!(counts.validated > 0 && counts.community > 0, "{counts:?}");
}

#[test]
fn the_last_source_wins_and_says_so() {
    let files = [
        ("a.json", legacy(&["fetch", "mine"], "one")),
        ("b.json", legacy(&["mine"], "two")),
        ("c.json", official(&["a.b/double", "a.b/double"])),
    ];
    let catalogue = catalogue(&files);
    let image = |name: &str| catalogue.find(name).unwrap().image.clone().unwrap();
    assert_eq!((image("fetch"), image("mine")), ("one".to_owned(), "two".to_owned()));
    let expected = [
        (Level::Warning, "c.json", "a.b/double", "in the file twice"),
        (Level::Info, "a.json", "fetch", "replaces the entry of the same name from built-in"),
        (Level::Info, "b.json", "mine", "replaces the entry of the same name from a.json"),
    ];
    let notices = catalogue.report.shown();
    assert_eq!(notices.len(), expected.len(), "{notices:#?}");
    for (notice, (level, file, entry, part)) in notices.iter().zip(expected) {
        assert_eq!(
            (notice.level, notice.file.as_str(), notice.entries.as_slice()),
            (level, file, [entry.to_owned()].as_slice())
        );
        assert!(notice.reason.contains(part), "{notice:?}");
    }
}

#[test]
fn servers_are_in_alphabetical_order() {
    let catalogue = catalogue(&[("a.json", legacy(&["zzz", "aaa", "mmm"], "i"))]);
    let names: Vec<_> = catalogue.servers.iter().map(|server| server.name.as_str()).collect();
    assert!(names.is_sorted(), "{names:?}");
    assert_eq!((names.first(), names.last()), (Some(&"aaa"), Some(&"zzz")));
}

#[test]
fn names_are_found_in_full_and_in_short() {
    let catalogue =
        catalogue(&[("a.json", official(&["one.org/weather", "two.org/weather", "one.org/tides", "evil.org/github"]))]);
    let found = |name| catalogue.find(name).map(|server| server.identity().to_owned());
    assert_eq!(found("one.org/weather").as_deref(), Ok("one.org/weather"));
    assert_eq!(found("tides").as_deref(), Ok("one.org/tides"));
    let ambiguous = NotFound::Ambiguous {
        name: "weather".to_owned(),
        full_names: vec!["one.org/weather".to_owned(), "two.org/weather".to_owned()],
    };
    assert_eq!(found("weather"), Err(ambiguous));
    // A stranger's server can't take the place of a built-in one by its short name.
    assert_eq!(found("github").as_deref(), Ok("github"));
    assert_eq!(catalogue.namesakes(catalogue.find("github").unwrap()), ["evil.org/github"]);
}

#[test]
fn an_unknown_name_is_answered_with_names_that_are_alike() {
    let catalogue = catalogue(&[]);
    let cases = [
        ("githbu", Some("github")),
        ("GitHub", Some("github")),
        ("postgres", Some("postgres-mcp-pro")),
        ("qqqqqq", None),
    ];
    for (name, expected) in cases {
        let Err(NotFound::Unknown { alike, .. }) = catalogue.find(name) else { panic!("{name} was found") };
        assert_eq!(alike.first().map(String::as_str), expected, "{name}: {alike:?}");
        assert!(alike.len() <= super::MAX_SUGGESTIONS);
    }
}

#[test]
fn the_request_asks_for_the_directory_that_is_read() {
    let request = format!("at: \"{}\"", super::REGISTRIES);
    assert!(include_str!("../lib.rs").contains(&request), "lib.rs doesn't ask for {request}");
}
