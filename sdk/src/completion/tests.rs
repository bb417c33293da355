use super::*;
use crate::prelude::*;

#[derive(Deserialize)]
struct Item {
    id: u32,
}

#[resource(uri = "items://{id}")]
fn item(item: Item) -> String {
    item.id.to_string()
}

/// All that begin with what was typed.
#[crate::completion(of = item)]
fn id(typed: Typed) -> Vec<String> {
    (0..250).map(|id: u32| id.to_string()).filter(|id| id.starts_with(&typed.text)).collect()
}

#[crate::completion(of = item, argument = "other")]
fn failing(_: Typed) -> Result<Vec<String>, Failure> {
    Err(Failure::Unavailable("closed".into()))
}

struct All;

impl Defined for All {
    const ALL: &'static [Definition] = &[id::definition(), failing::definition()];
}

fn complete(uri: &str, argument: &str, typed: &str) -> Result<Suggestions, Failure> {
    All::complete(Reference::Template(uri.into()), argument.into(), typed.into(), Vec::new())
}

#[test]
fn the_first_hundred_are_shown() {
    let all = complete("items://{id}", "id", "").unwrap();
    assert_eq!((all.values.len(), all.total, all.more), (MAX_VALUES, Some(250), true));
    let some = complete("items://{id}", "id", "24").unwrap();
    assert_eq!((some.values.len(), some.total, some.more), (11, Some(11), false));
}

#[test]
fn what_nobody_completes_has_no_suggestions() {
    for (uri, argument) in [("items://{id}", "name"), ("other://{id}", "id")] {
        assert_eq!(complete(uri, argument, "").unwrap().values, [""; 0], "{uri} {argument}");
    }
    let prompt = All::complete(Reference::Prompt("items://{id}".into()), "id".into(), String::new(), Vec::new());
    assert_eq!(prompt.unwrap().total, Some(0));
    assert_eq!(complete("items://{id}", "other", ""), Err(Failure::Unavailable("closed".into())));
}
