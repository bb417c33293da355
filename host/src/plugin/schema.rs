//! JSON Schemas of tools: checked and compiled at load, without the network, then used for every call.

use std::sync::Arc;

use jsonschema::{PatternOptions, Validator};
use serde_json::{Map, Value};

use super::limits;
use super::text::forbidden_character;

/// Steps that one match of a pattern may take before it counts as failed, so that no pattern can hang the host.
const PATTERN_STEPS: usize = 100_000;

/// Most violations that one error names. The first ones are what the model needs to correct itself.
const VIOLATIONS_NAMED: usize = 5;

/// A schema of type object, ready to validate with.
#[derive(Debug, Clone)]
pub struct Schema {
    /// As the plugin gave it.
    pub document: Arc<Map<String, Value>>,
    validator: Arc<Validator>,
}

impl Schema {
    /// Reads a schema.
    ///
    /// # Errors
    /// A text for the plugin's author: not JSON, not of type object, too large, too deep, with references that lead
    /// outside of it, or otherwise no valid schema.
    pub(super) fn parse(json: &str) -> Result<Self, String> {
        if json.len() > limits::SCHEMA_BYTES {
            return Err(format!("it has {} bytes, and {} are allowed", json.len(), limits::SCHEMA_BYTES));
        }
        let value: Value = serde_json::from_str(json).map_err(|error| format!("it is not JSON: {error}"))?;
        if depth(&value) > limits::SCHEMA_DEPTH {
            return Err(format!("it nests deeper than {} levels", limits::SCHEMA_DEPTH));
        }
        if let Some(character) = hidden_character(&value) {
            return Err(format!("it has the hidden or control character U+{:04X}", u32::from(character)));
        }
        let Value::Object(document) = &value else {
            return Err("it is not a JSON object".into());
        };
        if document.get("type").and_then(Value::as_str) != Some("object") {
            return Err("its type is not `object`".into());
        }
        let validator = jsonschema::options()
            .offline()
            .with_pattern_options(PatternOptions::fancy_regex().backtrack_limit(PATTERN_STEPS))
            .build(&value)
            .map_err(|error| format!("it is not a valid JSON Schema: {error}"))?;
        let Value::Object(document) = value else {
            return Err("it is not a JSON object".into());
        };
        Ok(Self { document: Arc::new(document), validator: Arc::new(validator) })
    }

    /// Whether a value satisfies the schema.
    ///
    /// # Errors
    /// A text that names each offending field and what is wrong with it.
    pub(super) fn check(&self, value: &Value) -> Result<(), String> {
        let mut violations = self.validator.iter_errors(value).map(|error| match error.instance_path().as_str() {
            "" => error.to_string(),
            path => format!("at `{path}`: {error}"),
        });
        let named: Vec<String> = violations.by_ref().take(VIOLATIONS_NAMED).collect();
        match (named.is_empty(), violations.next().is_some()) {
            (true, _) => Ok(()),
            (false, false) => Err(named.join("; ")),
            (false, true) => Err(format!("{}; and more", named.join("; "))),
        }
    }
}

/// The first hidden character in what a model reads of a schema: everything but patterns, which may name them.
fn hidden_character(value: &Value) -> Option<char> {
    match value {
        Value::String(text) => forbidden_character(text),
        Value::Array(items) => items.iter().find_map(hidden_character),
        Value::Object(fields) => fields
            .iter()
            .filter(|(key, _)| *key != "pattern")
            .find_map(|(key, value)| forbidden_character(key).or_else(|| hidden_character(value))),
        _ => None,
    }
}

/// How deep a value nests. Parsing has bounded it, so recursion is safe.
fn depth(value: &Value) -> usize {
    let deepest = match value {
        Value::Array(items) => items.iter().map(depth).max(),
        Value::Object(fields) => fields.values().map(depth).max(),
        _ => return 0,
    };
    1 + deepest.unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_schema_is_a_bounded_object_schema_without_outside_references() {
        let deep = format!("{}{}", r#"{"type":"object","not":"#.repeat(70), "{}") + &"}".repeat(70);
        let large = format!(r#"{{"type":"object","title":"{}"}}"#, "x".repeat(limits::SCHEMA_BYTES));
        let cases = [
            (r#"{"type":"object"}"#, ""),
            (r##"{"type":"object","properties":{"a":{"$ref":"#/$defs/a"}},"$defs":{"a":{"type":"string"}}}"##, ""),
            (r##"{"type":"object","properties":{"child":{"$ref":"#"}}}"##, ""),
            (r#"{"type":"object","properties":{"a":{"type":"string","pattern":"\u001b"}}}"#, ""),
            (r#"{"type":"object","properties":{"a":{"description":"x\udb40\udc41"}}}"#, "U+E0041"),
            (r#"{"type":"object","properties":{"a\u202e":{}}}"#, "U+202E"),
            ("{", "not JSON"),
            ("true", "not a JSON object"),
            (r#"{"type":"array"}"#, "not `object`"),
            (r#"{"type":"object","properties":7}"#, "not a valid JSON Schema"),
            (r#"{"type":"object","$ref":"https://example.com/schema.json"}"#, "not a valid JSON Schema"),
            (r#"{"type":"object","$ref":"file:///etc/passwd"}"#, "not a valid JSON Schema"),
            (&deep, "deeper than"),
            (&large, "bytes"),
        ];
        for (text, expected) in cases {
            match (Schema::parse(text), expected) {
                (Ok(_), "") => {}
                (Err(problem), expected) if !expected.is_empty() => {
                    assert!(problem.contains(expected), "{problem} should contain {expected}");
                }
                (outcome, _) => panic!("{text:.80}: {outcome:?}, expected {expected:?}"),
            }
        }
    }

    #[test]
    fn a_violation_names_the_field() {
        let text = r#"{"type":"object","properties":{"limit":{"type":"integer","maximum":100}},"required":["name"]}"#;
        let schema = Schema::parse(text).unwrap();
        let problem = schema.check(&json!({"limit": "many"})).unwrap_err();
        assert!(problem.contains("/limit") && problem.contains("name"), "{problem}");
        assert_eq!(schema.check(&json!({"name": "x", "limit": 3})), Ok(()));
    }

    #[test]
    fn a_catastrophic_pattern_does_not_hang() {
        let text = r#"{"type":"object","properties":{"a":{"type":"string","pattern":"^(?=a)(a+)+$"}}}"#;
        let schema = Schema::parse(text).unwrap();
        assert!(schema.check(&json!({"a": format!("{}!", "a".repeat(10_000))})).is_err());
    }
}
