use super::*;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "only whether it can be read counts")]
struct Search {
    text: String,
    #[serde(default)]
    limit: u8,
    #[serde(default)]
    filters: Vec<Filter>,
}

#[derive(Debug, Deserialize)]
#[expect(dead_code, reason = "only whether it can be read counts")]
struct Filter {
    tag: String,
    #[serde(default)]
    kind: Option<Kind>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Small,
}

fn refusal(json: &str) -> String {
    parse::<Search>(json).unwrap_err()
}

#[test]
fn what_is_wrong_is_told_with_its_path() {
    let cases = [
        (r"{}", "missing field `text`"),
        (r#"{"text": 1}"#, "in `text`: invalid type: integer `1`, expected a string"),
        (r#"{"text": "a", "limit": 300}"#, "in `limit`: invalid value: integer `300`, expected u8"),
        (r#"{"text": "a", "limit": "many"}"#, "in `limit`: invalid type: string \"many\", expected u8"),
        (r#"{"text": "a", "limit": null}"#, "in `limit`: invalid type: null, expected u8"),
        (
            r#"{"text": "a", "colour": 1}"#,
            "in `colour`: unknown field `colour`, expected one of `text`, `limit`, `filters`",
        ),
        (r#"{"text": "a", "filters": 7}"#, "in `filters`: invalid type: integer `7`, expected a sequence"),
        (
            "{\"text\": \"a{[\\\"\",\n \"filters\": [{\"tag\": \"é\"},\n {\"tag\": true}]}",
            "in `filters[1].tag`: invalid type: boolean `true`, expected a string",
        ),
        (r#"{"text": "a", "filters": [{"tag": "b"}, {}]}"#, "in `filters[1]`: missing field `tag`"),
        (
            r#"{"text": "a", "filters": [{"tag": "b", "kind": "huge"}]}"#,
            "in `filters[0].kind`: unknown variant `huge`, expected `small`",
        ),
        (r"7", "invalid type: integer `7`, expected struct Search"),
        (r#"{"text": "a", "text": "b"}"#, "in `text`: duplicate field `text`"),
        ("", "EOF while parsing a value"),
        (r#"{"text": "a"} more"#, "trailing characters"),
        (r#"{"text": "a", "filters": [{"tag""#, "in `filters[0].tag`: EOF while parsing an object"),
    ];
    for (json, expected) in cases {
        assert_eq!(refusal(json), format!("invalid arguments: {expected}"), "{json}");
    }
}

#[test]
fn nesting_has_its_bounds() {
    let deep = format!("{{\"text\": \"a\", \"filters\": {}", "[".repeat(100_000));
    assert!(refusal(&deep).len() < 400, "{}", refusal(&deep));
    let ignored = format!("{{\"text\": \"a\", \"filters\": [{{\"tag\": \"b\", \"more\": {}", "[".repeat(100_000));
    assert!(refusal(&ignored).len() < 400, "{}", refusal(&ignored));
    let any = parse::<serde_json::Value>(&"[".repeat(100_000)).unwrap_err();
    assert!(any.ends_with("recursion limit exceeded"), "{any}");
}

#[test]
fn a_tool_without_parameters_takes_nothing() {
    assert!(parse::<NoArguments>("{}").is_ok());
    let why = parse::<NoArguments>(r#"{"a": 1}"#).unwrap_err();
    assert_eq!(why, "invalid arguments: in `a`: unknown field `a`, there are no fields");
}
