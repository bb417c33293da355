use serde_json::Map;

use super::*;
use crate::prelude::*;
use crate::testing::{self, Facts};
use crate::{Annotations, Body, Error, Failure, Icon, Resumption, Role};

/// How the library works.
#[resource(
    uri = "library://rules",
    name = "house-rules",
    title = "Rules",
    mime_type = "text/markdown",
    size = 12,
    poll_ms = 5000,
    fresh_ms = 60000,
    public,
    audience = "user",
    priority = 0.5,
    last_modified = "2026-07-28T12:00:00Z",
    icons = vec![Icon { src: "https://example.com/i.png".into(), mime_type: None, sizes: Vec::new(), theme: None }],
    meta = Map::from_iter([("example.com/cost".into(), 1.into())]),
)]
fn rules() -> &'static str {
    "# Be quiet"
}

#[resource(uri = "library://cover")]
fn cover() -> Vec<u8> {
    vec![0xff]
}

#[derive(Deserialize)]
struct At {
    shelf: String,
    number: u8,
}

#[derive(Serialize)]
struct Book {
    title: String,
}

/// A book.
#[resource(uri = "library://{shelf}/{number}", mime_type = "application/vnd.book+json", poll_ms = 9)]
fn book(at: At) -> Option<Json<Book>> {
    (at.number < 10).then(|| Json(Book { title: format!("{} {}", at.shelf, at.number) }))
}

#[resource(uri = "library://locked")]
fn locked(call: &Call) -> Result<Step<Reading>, Error> {
    match call.resumed() {
        None => Ok(Asking::new(&())?.roots("where").into()),
        Some(_) => Ok(Step::Done(Reading::from(Contents::text("library://key", "text/plain", "key")).public())),
    }
}

#[resource(uri = "library://lost")]
fn lost() -> Result<String, &'static str> {
    Err("it burnt")
}

#[resource(uri = "library://away")]
fn away() -> Result<String, Failure> {
    Err(Failure::Unavailable("closed".into()))
}

#[resource(uri = "library://hasty")]
fn hasty() -> Result<Step<String>, Error> {
    Ok(Pause::new(std::time::Duration::ZERO, &())?.into())
}

#[resource(uri = "library://folder")]
fn folder() -> Vec<Contents> {
    Vec::new()
}

crate::plugin! { resources: [rules, cover, book, locked, lost, away, hasty, folder] }

struct All;

impl Defined for All {
    const ALL: &'static [Definition] = &[rules::definition(), book::definition()];
}

fn read(definition: Definition, uri: &str) -> Result<Reading, Failure> {
    match definition.read(&testing::call(), uri)? {
        Outcome::Done(reading) => Ok(reading),
        Outcome::Ask(asking) => panic!("{asking:?}"),
    }
}

#[test]
fn all_of_a_definition_reaches_the_list() {
    let resource = rules::definition().describe().unwrap();
    assert_eq!((resource.uri.as_str(), resource.size, resource.poll_ms), ("library://rules", Some(12), Some(5000)));
    let about = resource.about;
    assert_eq!((about.name.as_str(), about.title.as_deref()), ("house-rules", Some("Rules")));
    assert_eq!(about.description.as_deref(), Some("How the library works."));
    let last_modified = Some("2026-07-28T12:00:00Z".into());
    let annotations = Annotations { audience: vec![Role::User], priority: Some(0.5), last_modified };
    assert_eq!(about.annotations, Some(annotations));
    assert_eq!((about.icons.len(), about.meta.as_deref()), (1, Some("{\"example.com/cost\":1}")));

    let plain = cover::definition().describe().unwrap();
    assert_eq!((plain.about.name.as_str(), plain.about.description, plain.about.annotations), ("cover", None, None));
    assert_eq!(plain.poll_ms, None);
}

#[test]
fn a_template_is_listed_as_one() {
    assert_eq!(book::definition().describe(), None);
    let template = book::definition().describe_template().unwrap();
    assert_eq!((template.uri_template.as_str(), template.poll_ms), ("library://{shelf}/{number}", Some(9)));
    assert_eq!((All::list_resources().unwrap().len(), All::list_templates().unwrap().len()), (1, 1));
    let failure = All::read("library://a/b/c".into(), None);
    assert_eq!(failure, Err(Failure::NotFound("library://a/b/c".into())));
    assert!(All::read("library://a/1".into(), None).is_ok());
}

#[test]
fn each_type_is_read_as_the_table_says() {
    let reading = read(rules::definition(), "library://rules").unwrap();
    assert_eq!(reading.contents, [Contents::text("library://rules", "text/markdown", "# Be quiet")]);
    assert_eq!((reading.fresh_ms, reading.scope), (Some(60_000), CacheScope::Public));

    let reading = read(cover::definition(), "library://cover").unwrap();
    assert_eq!(reading.contents, [Contents::blob("library://cover", "application/octet-stream", [0xff])]);
    assert_eq!((reading.fresh_ms, reading.scope), (None, CacheScope::Private));

    let reading = read(book::definition(), "library://a%20b/7").unwrap();
    assert_eq!(reading.contents[0].uri, "library://a%20b/7");
    assert_eq!(reading.contents[0].mime_type.as_deref(), Some("application/vnd.book+json"));
    assert_eq!(reading.contents[0].body, Body::Text(r#"{"title":"a b 7"}"#.into()));
}

#[test]
fn what_isnt_there_is_a_failure() {
    let not_found = |text: &str| Err(Failure::NotFound(text.into()));
    let cases = [
        (book::definition(), "library://a/11", not_found("library://a/11")),
        (book::definition(), "library://a/x", not_found("library://a/x: in `number`: `x` isn't a whole number from 0")),
        (folder::definition(), "library://folder", not_found("library://folder")),
        (lost::definition(), "library://lost", Err(Failure::Internal("it burnt".into()))),
        (away::definition(), "library://away", Err(Failure::Unavailable("closed".into()))),
        (
            hasty::definition(),
            "library://hasty",
            Err(Failure::Internal("resource `hasty`: it pauses, but only tools can".into())),
        ),
    ];
    for (definition, uri, expected) in cases {
        assert_eq!(read(definition, uri), expected, "{uri}");
    }
}

#[test]
fn a_resource_asks_as_a_tool_does() {
    let definition = locked::definition();
    let Ok(Outcome::Ask(asking)) = definition.read(&testing::call(), "library://locked") else { panic!("not asked") };
    let resumed = Some(Resumption { state: asking.state, answers: Vec::new() });
    let call = Facts { resumed, ..Facts::default() }.call();
    let Ok(Outcome::Done(reading)) = definition.read(&call, "library://locked") else { panic!("not done") };
    assert_eq!((reading.contents[0].uri.as_str(), reading.scope), ("library://key", CacheScope::Public));
}
