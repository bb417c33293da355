use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::*;
use crate::Answer;

#[derive(Debug, PartialEq, Deserialize, JsonSchema)]
struct Confirm {
    /// Really?
    sure: bool,
}

#[test]
fn questions_keep_their_order_and_keys() {
    let asking = Asking::new(&"s").unwrap();
    let asking = asking.form::<Confirm>("confirm", "Delete it?").page("log-in", "Log in", "https://example.com/");
    let asking = asking.sample("write", &json!({ "maxTokens": 5 })).roots("folders");

    let keys: Vec<&str> = asking.asks.iter().map(|ask| ask.key.as_str()).collect();
    assert_eq!(keys, ["confirm", "log-in", "write", "folders"]);
    assert_eq!(asking.state, b"\"s\"");
    let Question::Form(form) = &asking.asks[0].question else { panic!("no form") };
    let schema: Value = serde_json::from_str(&form.schema).unwrap();
    let expected = json!({
        "type": "object",
        "required": ["sure"],
        "properties": { "sure": { "description": "Really?", "type": "boolean" } },
    });
    assert_eq!((form.message.as_str(), schema), ("Delete it?", expected));
    assert_eq!(asking.asks[2].question, Question::Sample("{\"maxTokens\":5}".into()));
}

#[test]
fn a_pause_is_bounded() {
    let pauses = [(Duration::from_secs(2), 2000), (Duration::ZERO, 0), (Duration::MAX, u32::MAX)];
    for (wait, expected) in pauses {
        assert_eq!(Pause::new(wait, &()).unwrap().resume_after_ms, expected, "{wait:?}");
    }
}

#[test]
fn answers_are_found_by_their_key() {
    let replies = [
        ("yes", Reply::Accepted(Some("{\"sure\":true}".into()))),
        ("bad", Reply::Accepted(Some("{\"sure\":1}".into()))),
        ("page", Reply::Accepted(None)),
        ("no", Reply::Declined),
        ("closed", Reply::Cancelled),
    ];
    let answers = replies.map(|(key, reply)| Answer { key: key.into(), reply }).into();
    let resumed = Resumption { state: b"[1,2]".into(), answers };

    assert_eq!(resumed.state::<Vec<u8>>().unwrap(), [1, 2]);
    assert_eq!(resumed.form("yes").unwrap(), Some(Confirm { sure: true }));
    for none in ["page", "no", "closed", "never asked"] {
        assert_eq!(resumed.form::<Confirm>(none).unwrap(), None, "{none}");
    }
    assert_eq!(resumed.reply("no"), Some(&Reply::Declined));
    let error = resumed.form::<Confirm>("bad").unwrap_err().to_string();
    assert!(error.starts_with("`bad` isn't of the expected form: invalid type: integer `1`"), "{error}");
}
