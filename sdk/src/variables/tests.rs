use serde::Deserialize;

use super::*;

#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Color {
    Red,
}

#[derive(Debug, PartialEq, Deserialize)]
struct All {
    text: String,
    number: u8,
    ratio: Option<f64>,
    truth: Option<bool>,
    color: Option<Color>,
    #[serde(default)]
    list: Vec<String>,
}

fn read(pairs: &[(&str, &str)]) -> Result<All, String> {
    let pairs: Vec<_> = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Variables::from(pairs).read()
}

#[test]
fn texts_become_what_the_fields_are() {
    let all =
        read(&[("text", "12"), ("number", "7"), ("ratio", "0.5"), ("truth", "true"), ("color", "red"), ("list", "a")]);
    let expected = All {
        text: "12".into(),
        number: 7,
        ratio: Some(0.5),
        truth: Some(true),
        color: Some(Color::Red),
        list: vec!["a".into()],
    };
    assert_eq!(all, Ok(expected));
}

#[test]
fn what_does_not_fit_is_told_with_its_place() {
    let cases: [(&[(&str, &str)], &str); 5] = [
        (&[("text", "a")], "missing field `number`"),
        (&[("number", "x")], "in `number`: `x` isn't a whole number from 0"),
        (&[("number", "300")], "in `number`: invalid value: integer `300`, expected u8"),
        (&[("truth", "yes")], "in `truth`: `yes` isn't `true` or `false`"),
        (&[("color", "blue")], "in `color`: unknown variant `blue`, expected `red`"),
    ];
    for (pairs, expected) in cases {
        assert_eq!(read(pairs), Err(expected.into()));
    }
    let several = Variables(vec![("text".into(), Given::Many(vec!["a".into(), "b".into()]))]);
    assert!(several.read::<All>().unwrap_err().starts_with("in `text`: "));
}
