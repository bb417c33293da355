use std::collections::BTreeMap;
use std::fmt;

use serde_json::json;

use super::*;
use crate::{Asking, Role};

#[derive(Serialize, JsonSchema)]
struct Sum {
    sum: u8,
}

#[derive(Serialize, JsonSchema)]
enum Kind {
    Small,
}

/// What a result consists of: its texts, and what is structured.
fn shown(output: impl Output) -> (Vec<String>, Option<Value>) {
    let Step::Done(result) = output.into_step().unwrap() else { panic!("not done") };
    assert!(!result.is_error);
    let texts = result.content.into_iter().map(|content| match content.block {
        crate::Block::Text(text) => text,
        other => format!("{other:?}"),
    });
    (texts.collect(), result.structured.map(|json| serde_json::from_str(&json).unwrap()))
}

fn texts<const N: usize>(texts: [&str; N]) -> Vec<String> {
    texts.map(String::from).into()
}

#[test]
fn each_type_shows_as_the_table_says() {
    let cases = [
        (shown("hello"), (texts(["hello"]), None)),
        (shown(String::from("a \"quoted\"\nline")), (texts(["a \"quoted\"\nline"]), None)),
        (shown(String::new()), (texts([""]), None)),
        (shown(()), (texts([]), None)),
        (shown(Sum { sum: 3 }), (texts([]), Some(json!({ "sum": 3 })))),
        (shown(vec![1, 2]), (texts([]), Some(json!({ "result": [1, 2] })))),
        (shown(Kind::Small), (texts([]), Some(json!({ "result": "Small" })))),
        (shown(Some(Sum { sum: 3 })), (texts([]), Some(json!({ "result": { "sum": 3 } })))),
        (shown(None::<Sum>), (texts([]), Some(json!({ "result": null })))),
        (shown(None::<String>), (texts([]), Some(json!({ "result": null })))),
        (shown(json!({ "any": 1 })), (texts([]), Some(json!({ "result": { "any": 1 } })))),
        (shown(f64::NAN), (texts([]), Some(json!({ "result": null })))),
        (shown(Structured::new(Sum { sum: 3 }).say("three")), (texts(["three"]), Some(json!({ "sum": 3 })))),
        (shown(Structured::new(3).say("three")), (texts(["three"]), Some(json!({ "result": 3 })))),
        (shown(Structured::new("three")), (texts([]), Some(json!({ "result": "three" })))),
        (shown(Content::text("one")), (texts(["one"]), None)),
        (shown(ContentList::from([Content::text("one"), Content::text("two")])), (texts(["one", "two"]), None)),
        (shown(Step::Done(Sum { sum: 3 })), (texts([]), Some(json!({ "sum": 3 })))),
    ];
    for (number, (shown, expected)) in cases.into_iter().enumerate() {
        assert_eq!(shown, expected, "case {number}");
    }
}

#[test]
fn the_output_schema_is_there_exactly_where_something_is_structured() {
    let with = [
        Sum::output_schema(),
        Vec::<u8>::output_schema(),
        Structured::<String>::output_schema(),
        Structured::<Sum>::output_schema(),
        Step::<Sum>::output_schema(),
    ];
    for (number, schema) in with.into_iter().enumerate() {
        assert_eq!(schema.unwrap()["type"], "object", "case {number}");
    }
    let without = [
        String::output_schema(),
        <()>::output_schema(),
        Content::output_schema(),
        ContentList::output_schema(),
        ToolResult::output_schema(),
        Step::<String>::output_schema(),
    ];
    for (number, schema) in without.into_iter().enumerate() {
        assert_eq!(schema, None, "case {number}");
    }
}

#[test]
fn a_step_that_isnt_done_passes_through() {
    let asking = Asking::new(&1).unwrap().roots("where");
    assert_eq!(Step::<Sum>::Ask(asking.clone()).into_step(), Ok(Step::Ask(asking)));
}

#[test]
fn what_json_cant_say_is_a_fault_of_the_plugin() {
    let keys_are_lists = BTreeMap::from([(vec![1], 1)]);
    #[derive(Serialize, JsonSchema)]
    struct Bad {
        #[schemars(with = "BTreeMap<String, u8>")]
        map: BTreeMap<Vec<u8>, u8>,
    }
    let Err(Failure::Internal(why)) = (Bad { map: keys_are_lists }).into_step() else { panic!("no failure") };
    assert_eq!(why, "the result can't be written as JSON: key must be a string");
}

#[test]
fn an_error_is_told_with_its_causes() {
    struct Chain;
    impl fmt::Display for Chain {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(if f.alternate() { "no answer: refused" } else { "no answer" })
        }
    }
    let Ok(Step::Done(result)) = failed(Chain) else { panic!("not done") };
    assert!(result.is_error);
    assert_eq!(result.content, [Content::text("no answer: refused")]);
}

#[test]
fn content_carries_hints() {
    let content = Content::text("for people").audience(Role::User).priority(0.5);
    let annotations = content.annotations.unwrap();
    assert_eq!((annotations.audience, annotations.priority), (vec![Role::User], Some(0.5)));
}
