use super::*;
use crate::prelude::*;
use crate::testing::{self, Facts};
use crate::{Error, Failure, Reply, Resumption, Role};

#[derive(Deserialize, JsonSchema)]
struct Review {
    /// What is reviewed.
    code: String,
    /// Its language.
    #[schemars(title = "Language")]
    language: Option<String>,
    #[expect(dead_code, reason = "it only has to be a number")]
    lines: u8,
}

/// Asks for a review.
#[prompt(name = "code-review", title = "Review")]
fn review(args: Review) -> Filled {
    let language = args.language.unwrap_or_else(|| "any".into());
    Filled::user(args.code).and_assistant(Content::image([1], "image/png")).and_user(language).described("of code")
}

#[prompt]
fn hello() -> &'static str {
    "Hello"
}

#[derive(Deserialize, JsonSchema)]
struct Mood {
    mood: String,
}

#[prompt]
fn moody(call: &Call) -> Result<Step<String>, Error> {
    match call.resumed() {
        None => Ok(Asking::new(&())?.form::<Mood>("mood", "How are you?").into()),
        Some(resumed) => Ok(Step::Done(resumed.form::<Mood>("mood")?.map_or_else(String::new, |mood| mood.mood))),
    }
}

#[completion(of = review)]
fn language(typed: Typed) -> Vec<&'static str> {
    ["Go", "Rust"].into_iter().filter(|name| name.starts_with(&typed.text)).collect()
}

crate::plugin! { prompts: [review, hello, moody], completion: [language] }

fn get(definition: Definition, arguments: &[(&str, &str)]) -> Result<Filled, Failure> {
    let arguments = arguments.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
    match definition.get(&testing::call(), arguments)? {
        Outcome::Done(filled) => Ok(filled),
        Outcome::Ask(asking) => panic!("{asking:?}"),
    }
}

#[test]
fn the_fields_are_the_arguments() {
    let prompt = review::definition().describe().unwrap();
    assert_eq!((prompt.name.as_str(), prompt.title.as_deref()), ("code-review", Some("Review")));
    assert_eq!(prompt.description.as_deref(), Some("Asks for a review."));
    let shown: Vec<_> =
        prompt.arguments.iter().map(|it| (it.name.as_str(), it.description.as_deref(), it.required)).collect();
    let expected =
        [("code", Some("What is reviewed."), true), ("lines", None, true), ("language", Some("Its language."), false)];
    assert_eq!(shown, expected);
    assert_eq!(prompt.arguments[2].title.as_deref(), Some("Language"));
    assert_eq!(hello::definition().describe().unwrap().arguments, []);
}

#[test]
fn a_prompt_is_filled() {
    let filled = get(review::definition(), &[("code", "x"), ("lines", "3")]).unwrap();
    let expected = [Message::user("x"), Message::assistant(Content::image([1], "image/png")), Message::user("any")];
    assert_eq!((filled.messages, filled.description.as_deref()), (expected.into(), Some("of code")));
    assert_eq!(get(hello::definition(), &[]).unwrap().messages[0].role, Role::User);

    let failure = get(review::definition(), &[("code", "x"), ("lines", "many")]).unwrap_err();
    assert_eq!(failure, Failure::InvalidParams("in `lines`: `many` isn't a whole number from 0".into()));
}

#[test]
fn a_prompt_asks_as_a_tool_does() {
    let definition = moody::definition();
    let Ok(Outcome::Ask(asking)) = definition.get(&testing::call(), Vec::new()) else { panic!("not asked") };
    let reply = Reply::Accepted(Some(r#"{"mood":"fine"}"#.into()));
    let answers = vec![crate::Answer { key: "mood".into(), reply }];
    let call = Facts { resumed: Some(Resumption { state: asking.state, answers }), ..Facts::default() }.call();
    let Ok(Outcome::Done(filled)) = definition.get(&call, Vec::new()) else { panic!("not done") };
    assert_eq!(filled.messages, [Message::user("fine")]);
}
