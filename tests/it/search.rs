//! What a search for tools finds, among as many as a busy host has.

use std::collections::BTreeSet;

use toml::{Table, Value};
use wharf::search::{Document, Index};

/// How many places a model looks at.
const PLACES: usize = 5;

/// Each set of questions, and how many of them find their tool there: what was measured, so that it doesn't get less. The
/// first has nine of ten, which is the aim: synonyms found three more and lost one, and two of the three (`folder`, `spend`)
/// were known to be missed. The second is the fairer measure, and short of the aim: there they found two and lost two.
const SETS: [(&str, &str, usize); 2] = [
    ("queries", include_str!("../data/search/queries.toml"), 45),
    ("unseen", include_str!("../data/search/unseen.toml"), 20),
];

struct Question {
    text: String,
    tool: String,
    is_blind: bool,
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

fn list(file: &str, key: &str) -> Vec<Value> {
    let table: Table = file.parse().unwrap();
    table[key].as_array().unwrap().clone()
}

fn tools() -> Vec<Document> {
    let tools = list(include_str!("../data/search/tools.toml"), "tools");
    let parameter = |pair: &Value| (text(&pair[0]), Some(text(&pair[1])).filter(|text| !text.is_empty()));
    let document = |tool: &Value| Document {
        key: text(&tool["name"]),
        name: text(&tool["name"]),
        title: None,
        description: text(&tool["description"]),
        parameters: tool["parameters"].as_array().unwrap().iter().map(parameter).collect(),
    };
    tools.iter().map(document).collect()
}

fn questions(file: &str) -> Vec<Question> {
    let questions = list(file, "queries");
    let is_blind = |question: &Value| question.get("blind").and_then(Value::as_bool).unwrap_or_default();
    let read = |question: &Value| Question {
        text: text(&question["text"]),
        tool: text(&question["tool"]),
        is_blind: is_blind(question),
    };
    questions.iter().map(read).collect()
}

fn place(index: &Index, question: &str, tool: &str) -> Option<usize> {
    index.search(question, PLACES).iter().position(|hit| hit.key == tool)
}

#[test]
fn the_right_tool_is_among_the_first() {
    let index = Index::new(tools().into_iter());
    for (name, file, expected) in SETS {
        let questions = questions(file);
        let is_missed = |question: &&Question| place(&index, &question.text, &question.tool).is_none();
        let missed: Vec<_> = questions.iter().filter(is_missed).collect();
        for question in &missed {
            let first: Vec<_> = index.search(&question.text, PLACES).iter().map(|hit| hit.key.to_owned()).collect();
            println!("{:?}: not {}, but {first:?}", question.text, question.tool);
        }
        let found = questions.len() - missed.len();
        assert!(found >= expected, "{name}: {found} of {} found, and {expected} were before", questions.len());
    }
}

#[test]
fn a_tool_that_says_everything_never_comes_first() {
    let mut tools = tools();
    let everything: Vec<_> = tools.iter().map(|tool| tool.description.clone()).collect();
    let stuffed = Document { key: "stuffed".to_owned(), description: everything.join(" "), ..Document::default() };
    tools.push(stuffed);
    let index = Index::new(tools.into_iter());
    for (_, file, _) in SETS {
        for question in questions(file) {
            assert_ne!(place(&index, &question.text, "stuffed"), Some(0), "{}", question.text);
        }
    }
}

#[test]
fn the_questions_are_what_they_claim_to_be() {
    let tools = tools();
    assert!(tools.len() >= 150, "{}", tools.len());
    let sets = SETS.map(|(_, file, _)| questions(file));
    assert_eq!(sets.each_ref().map(Vec::len), [50, 30]);
    assert!(sets[0].iter().filter(|question| question.is_blind).count() >= 25);
    let words = |text: &str| -> BTreeSet<String> {
        let words = text.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty());
        words.map(str::to_lowercase).collect()
    };
    for Question { text, tool, is_blind } in sets.iter().flatten() {
        assert!(tools.iter().any(|document| document.key == *tool), "{tool}");
        let (said, named) = (words(text), words(&tool.replace('_', " ")));
        let shared: Vec<_> = said.intersection(&named).collect();
        assert!(!is_blind || shared.is_empty(), "{text}: {shared:?}");
    }
}
