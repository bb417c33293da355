use proptest::prelude::*;

use super::*;

fn document(key: &str, description: &str) -> Document {
    Document { key: key.to_owned(), name: key.to_owned(), description: description.to_owned(), ..Document::default() }
}

fn index(documents: &[(&str, &str)]) -> Index {
    Index::new(documents.iter().map(|(key, description)| document(key, description)))
}

fn stemmed(text: &str) -> String {
    Words::default().stemmed(text, &mut HashMap::new()).trim_end().to_owned()
}

fn keys<'a>(index: &'a Index, query: &str) -> Vec<&'a str> {
    index.search(query, 10).into_iter().map(|hit| hit.key).collect()
}

#[test]
fn names_are_split_and_words_stemmed() {
    for (text, expected) in [
        ("list_pods", "show pod"),
        ("list-pods", "show pod"),
        ("listPods", "listpod show pod"),
        ("ListHTTPPods2", "listhttppods2 show http pods2"),
        ("docker__prune_images", "docker prune imag"),
        ("GitHub", "github git hub"),
        ("S3, K8s & CI/CD", "s3 kubernet ci cd"),
        ("the CUSTOMER's running containers", "custom run contain"),
        ("Größe ändern", "größe ändern"),
        ("x of to", ""),
        ("", ""),
    ] {
        assert_eq!(stemmed(text), expected, "{text}");
    }
    assert!(stemmed(&"a".repeat(1 << 20)).is_empty());
}

#[test]
fn each_part_of_a_document_is_searched() {
    let with = |key: &str, change: fn(&mut Document)| {
        let mut document = document(key, "nothing");
        change(&mut document);
        document
    };
    let index = Index::new(
        [
            with("apple_tree", |_| ()),
            with("b", |tool| tool.title = Some("Pear".to_owned())),
            with("c", |tool| tool.description = "cherries".to_owned()),
            with("d", |tool| tool.parameters = vec![("plumCount".to_owned(), None)]),
            with("e", |tool| tool.parameters = vec![("x".to_owned(), Some("a quince".to_owned()))]),
        ]
        .into_iter(),
    );
    for (query, expected) in
        [("apples", "apple_tree"), ("pears", "b"), ("cherry", "c"), ("plum", "d"), ("quinces", "e")]
    {
        assert_eq!(keys(&index, query), [expected], "{query}");
    }
}

#[test]
fn equals_keep_their_order_and_limits_hold() {
    let documents: Vec<_> = (0..HITS + 50).map(|number| document(&format!("k{number}"), "apple")).collect();
    let index = Index::new(documents.iter().cloned());
    let first: Vec<_> = index.search("apple", usize::MAX).into_iter().map(|hit| hit.key.to_owned()).collect();
    let expected: Vec<_> = documents.iter().map(|document| document.key.clone()).take(HITS).collect();
    assert_eq!(first, expected);
    assert_eq!(index.search("apple", 3).len(), 3);
    assert!(index.search("apple", 0).is_empty());
}

#[test]
fn what_finds_nothing_is_no_error() {
    assert!(keys(&index(&[]), "apple").is_empty());
    let index = index(&[("apple", "a fruit")]);
    for query in ["", " ", "the", "\u{0}\u{1f600}", "zebra", "_-_"] {
        assert!(keys(&index, query).is_empty(), "{query:?}");
    }
}

#[test]
fn a_long_question_and_a_long_document_are_cut() {
    let index = index(&[("apple", ""), ("pear", &format!("{} cherry", "é".repeat(DOCUMENT_BYTES)))]);
    assert_eq!(keys(&index, &format!("apple {}", "é".repeat(1 << 20))), ["apple"]);
    assert!(keys(&index, &format!("{} apple", "é ".repeat(QUERY_BYTES))).is_empty());
    assert!(keys(&index, "cherry").is_empty());
    let words: Vec<_> = (100..100 + QUERY_WORDS).map(|number| number.to_string()).collect();
    assert!(keys(&index, &format!("{} apple", words.join(" "))).is_empty());
    assert_eq!(keys(&index, &format!("{} apple", words[1..].join(" "))), ["apple"]);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_indexed_and_asked_for(texts in prop::collection::vec("\\PC{0,60}", 0..8), query in "\\PC{0,80}") {
        let documents: Vec<_> = texts.iter().map(|text| document(text, text)).collect();
        let [one, two] = [(); 2].map(|()| Index::new(documents.iter().cloned()));
        let hits = one.search(&query, HITS);
        prop_assert!(hits.iter().all(|hit| hit.score > 0.0));
        prop_assert!(hits.is_sorted_by(|a, b| a.score >= b.score));
        prop_assert_eq!(hits, two.search(&query, HITS));
    }
}

#[test]
fn stop_words_are_in_the_order_that_looking_them_up_needs() {
    for word in ["about", "an", "the", "your", "with", "whose"] {
        assert_eq!(stemmed(word), "", "{word}");
    }
    assert!(words::STOP_WORDS.is_sorted());
}

#[test]
fn words_that_mean_the_same_are_found_by_each_other() {
    let index = index(&[("make_directory", ""), ("costs", "what was billed"), ("apple", "a fruit")]);
    for (query, expected) in [
        ("folders", "make_directory"),
        ("dir", "make_directory"),
        ("create", "make_directory"),
        ("spending", "costs"),
        ("spent", "costs"),
        ("prices", "costs"),
    ] {
        assert_eq!(keys(&index, query), [expected], "{query}");
    }
    assert!(keys(&index, "open the record").is_empty());
}

#[test]
fn a_group_of_synonyms_counts_as_one_word() {
    let index = index(&[("apple", "spend"), ("pear", "bill")]);
    let scores = |query| index.search(query, 10).into_iter().map(|hit| hit.score).collect::<Vec<_>>();
    assert_eq!(scores("cost"), scores("the price we spent, charged and billed"));
    let [first, second] = scores("cost")[..] else { panic!() };
    assert_eq!(first, second);
}

#[test]
fn a_stem_is_in_one_group_and_says_something() {
    let plain = rust_stemmers::Stemmer::create(rust_stemmers::Algorithm::English);
    let mut groups = HashMap::new();
    for (number, group) in synonyms::GROUPS.iter().enumerate() {
        assert!(group.split(' ').count() > 1, "{group}");
        let first = stemmed(group.split(' ').next().unwrap());
        for word in group.split(' ') {
            assert!(word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit()), "{word:?} in {group}");
            assert_eq!(stemmed(word), first, "{word}");
            let other = groups.insert(plain.stem(word).into_owned(), number).filter(|other| *other != number);
            assert_eq!(other, None, "{word} of {group:?} is in another group too");
        }
    }
}
