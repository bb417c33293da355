//! What a plugin asks for, with a reason for each: a claim, in one custom section. The imports are the proof. A missing
//! section means "what the imports say", and no section ever widens anything.

use std::slice;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::text::one_line;

/// The name of the custom section.
pub const SECTION: &str = "wharf:request";

/// Largest section, in bytes: a sentence for each of a few capabilities. It is read before anything is trusted.
const SECTION_BYTES: usize = 64 << 10;

/// Most entries of a section, over all capabilities: what an operator can be expected to read before agreeing to it. Real
/// plugins have a handful.
const ENTRIES: usize = 64;

/// Longest entry, in bytes of JSON: a host, a path and some methods, so that it takes a few lines to read.
const ENTRY_BYTES: usize = 2 << 10;

/// Characters of a plugin's sentence that are shown where an operator decides: more than three lines of a terminal, which no
/// reason needs.
const SHOWN_CHARACTERS: usize = 300;

/// Characters that look like a space, and are none to Unicode.
const BLANKS: [char; 6] = ['\u{115F}', '\u{1160}', '\u{180E}', '\u{2800}', '\u{3164}', '\u{FFA0}'];

/// The section's content.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Request {
    /// Where the schema of this document is. For editors.
    #[serde(rename = "$schema", default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<String>,
    /// What the plugin asks for.
    #[serde(default)]
    pub requests: Vec<CapabilityRequest>,
    /// Names the form of the states that the plugin hands out. As long as it stays the same, a newer build can take up
    /// what an older one began. By default it is the component's digest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state_version: Option<String>,
}

/// One capability that a plugin asks for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CapabilityRequest {
    /// The key under `[plugins.<id>.grants]`, such as `files`.
    pub capability: String,
    /// Why, for the operator to read.
    pub reason: String,
    /// The plugin is of use without it.
    #[serde(default)]
    pub optional: bool,
    /// How much of it, in the form of the grant, as far as the plugin knows.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub wants: Map<String, Value>,
}

impl Request {
    /// Reads the section's bytes.
    ///
    /// # Errors
    /// A text that says why they are no JSON, or not of this shape.
    pub fn parse(json: &[u8]) -> Result<Self, String> {
        if json.len() > SECTION_BYTES {
            return Err(format!("it has {} bytes, and {SECTION_BYTES} are allowed", json.len()));
        }
        // An object first: on its own, serde would read the fields from an array as well.
        let fields: Map<String, Value> = serde_json::from_slice(json).map_err(unfit)?;
        let request: Self = serde_json::from_value(Value::Object(fields)).map_err(unfit)?;
        request.check_bounds().map(|()| request)
    }

    fn check_bounds(&self) -> Result<(), String> {
        let entries = self.requests.iter().map(CapabilityRequest::entries).sum::<usize>();
        if entries > ENTRIES {
            return Err(format!(
                "it has {entries} entries, and {ENTRIES} are allowed: nobody reads more before agreeing"
            ));
        }
        match self.requests.iter().flat_map(CapabilityRequest::bytes).max() {
            Some(bytes) if bytes > ENTRY_BYTES => {
                Err(format!("one of its entries has {bytes} bytes, and {ENTRY_BYTES} are allowed"))
            }
            _ => Ok(()),
        }
    }

    /// The published schema of the section, as a JSON document.
    #[must_use]
    pub fn json_schema() -> Value {
        schemars::schema_for!(Self).to_value()
    }
}

impl CapabilityRequest {
    /// How many things it wants: one, or a list of them.
    fn entries(&self) -> usize {
        self.wants.values().filter_map(Value::as_array).map(Vec::len).sum::<usize>().max(1)
    }

    /// The length of each.
    fn bytes(&self) -> impl Iterator<Item = usize> {
        let parts = self.wants.values().flat_map(|part| part.as_array().map_or(slice::from_ref(part), Vec::as_slice));
        parts.map(|part| part.to_string().len())
    }
}

/// These texts may have keys in them as the plugin wrote them, with line breaks and all.
pub(super) fn unfit(error: serde_json::Error) -> String {
    in_short(&error.to_string())
}

/// A sentence of a plugin as it is shown to operators: on one line, fit for a terminal, without the blanks that would push
/// its end to where the host's own lines begin, and not without end.
#[must_use]
pub fn in_short(text: &str) -> String {
    let words = text.split(|character: char| character.is_whitespace() || BLANKS.contains(&character));
    let text = one_line(&words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" "));
    let missing = text.chars().count().saturating_sub(SHOWN_CHARACTERS);
    if missing == 0 {
        return text;
    }
    let shown: String = text.chars().take(SHOWN_CHARACTERS).collect();
    format!("{shown}… ({missing} more characters)")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(requests: &[String]) -> Result<Request, String> {
        Request::parse(format!(r#"{{"requests": [{}]}}"#, requests.join(",")).as_bytes())
    }

    fn http(rules: usize) -> String {
        let rules = vec![r#"{"host": "a.example"}"#; rules].join(",");
        format!(r#"{{"capability": "http", "reason": "r", "wants": {{"rules": [{rules}]}}}}"#)
    }

    #[test]
    fn as_much_can_be_asked_for_as_somebody_reads() {
        assert!(parsed(&[http(ENTRIES)]).is_ok());
        for requests in [vec![http(ENTRIES + 1)], vec![http(ENTRIES), http(0)], vec![http(1); ENTRIES + 1]] {
            let problem = parsed(&requests).unwrap_err();
            assert!(problem.contains("65 entries, and 64 are allowed"), "{problem}");
        }
        let long = http(1).replace("a.example", &"a".repeat(ENTRY_BYTES));
        assert!(parsed(&[long]).unwrap_err().contains("2048 are allowed"));
    }

    #[test]
    fn a_sentence_is_on_one_line_and_ends() {
        let cases = [
            ("plain words", "plain words"),
            ("  two \n\n lines\tand  a tab ", "two lines and a tab"),
            ("a\u{2800}\u{2800}\u{3164}\u{3000}b", "a b"),
            ("a\u{1b}[2J\r\nb", r"a\u{1b}[2J b"),
        ];
        for (text, expected) in cases {
            assert_eq!(in_short(text), expected, "{text:?}");
        }
        let long = in_short(&"é".repeat(SHOWN_CHARACTERS + 12));
        assert!(long.ends_with("é… (12 more characters)"), "{long}");
        assert_eq!(in_short(&"é".repeat(SHOWN_CHARACTERS)).chars().count(), SHOWN_CHARACTERS);
    }

    #[test]
    fn no_error_has_a_line_of_the_plugins_own() {
        for json in ["{\"a\\nverified: safe\": 1}", "{\"requests\": [{\"a\\nhelp: x\": 1}]}"] {
            let problem = Request::parse(json.as_bytes()).unwrap_err();
            assert!(problem.contains("unknown field") && !problem.contains('\n'), "{problem}");
        }
    }
}
