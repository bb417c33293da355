//! JSON Schemas of tools: checked and compiled at load, without the network, then used for every call.

mod budget;

use std::sync::Arc;

use jsonschema::{FancyRegex, PatternOptions, ValidationError, Validator};
use serde_json::{Map, Value};

use super::limits;
use crate::text::forbidden_character;

/// Steps that one match of a pattern may take before it counts as failed, so that no pattern can hang the host.
const PATTERN_STEPS: usize = 10_000;

/// What all patterns of one schema may take together once they are compiled, in bytes. Hundreds of the usual ones need a part
/// of it, and a few characters such as `.{9999}` could need megabytes.
const PATTERNS_BYTES: usize = 16 << 20;

/// The most that one piece of a pattern may take, in bytes, and the least: a date's take about two thousand.
const PATTERN_BYTES: (usize, usize) = (16 << 10, 1 << 20);

/// Dialects without `if`, which the step before each reference needs.
const OLD_DIALECTS: [&str; 3] = ["draft-03", "draft-04", "draft-06"];

const TOO_COMPLEX: &str = "it can't be told in reasonable time: the schema, or the value, is too complex";

/// Longest violation that is shown with the offending value in it, in bytes.
const VIOLATION_BYTES: usize = 300;

/// Most violations that one error names. The first ones are what the model needs to correct itself.
const VIOLATIONS_NAMED: usize = 5;

/// A schema, ready to validate with.
#[derive(Debug, Clone)]
pub struct Schema {
    /// As the plugin gave it.
    pub document: Arc<Map<String, Value>>,
    /// How many parts it has.
    parts: u64,
    validator: Arc<Validator>,
}

/// Whether what was filled in satisfies its form's schema. A schema that can't be read is satisfied by nothing.
#[must_use]
pub fn form_fits(schema: &str, filled_in: &Value) -> bool {
    Schema::parse(schema).is_ok_and(|schema| schema.check(filled_in).is_ok())
}

/// By their text: the rest follows from it.
impl PartialEq for Schema {
    fn eq(&self, other: &Self) -> bool {
        self.document == other.document
    }
}

impl Schema {
    /// Reads a schema of type object.
    ///
    /// # Errors
    /// A text for the plugin's author: not JSON, not of type object, too large, too deep, with references that lead
    /// outside of it, or otherwise no valid schema.
    pub(super) fn parse(json: &str) -> Result<Self, String> {
        let schema = Self::parse_any(json)?;
        if schema.is_of_objects() { Ok(schema) } else { Err("its type is not `object`".into()) }
    }

    /// Whether it is a schema of type object: the only ones that clients of every era take.
    #[must_use]
    pub fn is_of_objects(&self) -> bool {
        self.document.get("type").and_then(Value::as_str) == Some("object")
    }

    /// Whether the key is anywhere in the schema.
    #[must_use]
    pub fn has_key(&self, key: &str) -> bool {
        has_key(&self.document, key)
    }

    /// Reads a schema of whatever type.
    ///
    /// # Errors
    /// As [`Schema::parse`].
    pub(super) fn parse_any(json: &str) -> Result<Self, String> {
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
        let dialect = document.get("$schema").and_then(Value::as_str).unwrap_or_default();
        if OLD_DIALECTS.iter().any(|old| dialect.contains(old)) {
            return Err(format!("its dialect {dialect} is too old: use 2020-12, 2019-09 or draft 7"));
        }
        let document = Arc::new(document.clone());
        let parts = budget::parts(&value);
        let mut metered = value;
        budget::meter(&mut metered);
        let validator = jsonschema::options()
            .offline()
            .with_keyword(budget::STEP, |_, _, _| Ok(Box::new(budget::Step)))
            .with_pattern_options(pattern_options(patterns(&metered))?)
            .build(&metered)
            .map_err(|error| format!("it is not a valid JSON Schema: {}", shown(&error)))?;
        Ok(Self { document, parts, validator: Arc::new(validator) })
    }

    /// Whether a value satisfies the schema.
    ///
    /// # Errors
    /// A text that names each offending field and what is wrong with it; or that it would take too long to tell.
    pub(super) fn check(&self, value: &Value) -> Result<(), String> {
        if !budget::begin(self.parts, value) {
            return Err(TOO_COMPLEX.into());
        }
        let is_valid = self.validator.is_valid(value);
        if budget::is_spent() {
            return Err(TOO_COMPLEX.into());
        }
        if is_valid { Ok(()) } else { Err(self.violations(value)) }
    }

    fn violations(&self, value: &Value) -> String {
        budget::begin(self.parts, value);
        let mut violations = self.validator.iter_errors(value).map(|error| match error.instance_path().as_str() {
            "" => shown(&error),
            path => format!("at `{path}`: {}", shown(&error)),
        });
        let mut named: Vec<String> = violations.by_ref().take(VIOLATIONS_NAMED).collect();
        if violations.next().is_some() {
            named.push("and more".into());
        }
        named.join("; ")
    }
}

/// What is wrong, without the value where that is long: it would come back to the model whole.
fn shown(error: &ValidationError<'_>) -> String {
    let text = error.to_string();
    if text.len() <= VIOLATION_BYTES { text } else { error.masked().to_string() }
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

/// How patterns are compiled where they have so many pieces.
fn pattern_options(count: usize) -> Result<PatternOptions<FancyRegex>, String> {
    let (least, most) = PATTERN_BYTES;
    let each = PATTERNS_BYTES.checked_div(count).unwrap_or(most).min(most);
    if each < least {
        return Err(format!("its patterns have {count} pieces, and {} are allowed", PATTERNS_BYTES / least));
    }
    Ok(PatternOptions::fancy_regex().backtrack_limit(PATTERN_STEPS).size_limit(each).dfa_size_limit(each))
}

/// How many pieces the patterns in a schema, or a part of it, may be compiled in. Parsing has bounded how deep it nests.
fn patterns(value: &Value) -> usize {
    match value {
        Value::Array(items) => items.iter().map(patterns).sum(),
        Value::Object(fields) => {
            let own = fields.iter().map(|(key, value)| match (key.as_str(), value) {
                ("pattern", Value::String(pattern)) => pieces(pattern),
                ("patternProperties", Value::Object(patterns)) => patterns.keys().map(|pattern| pieces(pattern)).sum(),
                _ => 0,
            });
            own.sum::<usize>() + fields.values().map(patterns).sum::<usize>()
        }
        _ => 0,
    }
}

/// What looks around, or back, is compiled apart from what is before and behind it: no more pieces than begin so.
fn pieces(pattern: &str) -> usize {
    1 + 2 * pattern.bytes().filter(|byte| matches!(byte, b'(' | b'\\')).count()
}

fn has_key(fields: &Map<String, Value>, key: &str) -> bool {
    let is_within = |value: &Value| match value {
        Value::Object(fields) => has_key(fields, key),
        Value::Array(items) => items.iter().filter_map(Value::as_object).any(|fields| has_key(fields, key)),
        _ => false,
    };
    fields.contains_key(key) || fields.values().any(is_within)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_schema_is_a_bounded_object_schema_without_outside_references() {
        let deep = format!("{}{}", r#"{"type":"object","not":"#.repeat(70), "{}") + &"}".repeat(70);
        let pieces: String = (0..600).map(|number| format!("(?=a.{{{number}}})")).collect();
        let many_pieces = json!({ "type": "object", "propertyNames": { "pattern": pieces } }).to_string();
        let patterns: Vec<String> = (0..1_025).map(|number| format!(r#""^a{number}$":{{}}"#)).collect();
        let many_patterns = format!(r#"{{"type":"object","patternProperties":{{{}}}}}"#, patterns.join(","));
        let large = format!(r#"{{"type":"object","title":"{}"}}"#, "x".repeat(limits::SCHEMA_BYTES));
        let cases = [
            (r#"{"type":"object"}"#, ""),
            (r##"{"type":"object","properties":{"a":{"$ref":"#/$defs/a"}},"$defs":{"a":{"type":"string"}}}"##, ""),
            (r##"{"type":"object","properties":{"child":{"$ref":"#"}}}"##, ""),
            (r#"{"type":"object","properties":{"a":{"type":"string","pattern":"\u001b"}}}"#, ""),
            (r#"{"type":"object","properties":{"a":{"description":"x\udb40\udc41"}}}"#, "U+E0041"),
            (r#"{"type":"object","properties":{"a\u202e":{}}}"#, "U+202E"),
            (r#"{"type":"object","$schema":"http://json-schema.org/draft-04/schema#"}"#, "too old"),
            (r#"{"type":"object","properties":{"a":{"type":"string","pattern":"^.{1,1000}$"}}}"#, ""),
            (
                r#"{"type":"object","properties":{"a":{"type":"string","pattern":"^.{99999}$"}}}"#,
                "not a valid JSON Schema",
            ),
            (&many_pieces, "1201 pieces, and 1024 are allowed"),
            (&many_patterns, "1025 pieces, and 1024 are allowed"),
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

    #[test]
    fn references_mean_what_they_mean_without_the_budget() {
        let text = r##"{"type":"object","$ref":"#/$defs/named","properties":{"child":{"$ref":"#"},"kind":{"$ref":"#/$defs/kind"}},
            "$defs":{"named":{"required":["name"]},"kind":{"enum":["$ref",{"$ref":1}]}},"unevaluatedProperties":false}"##;
        let schema = Schema::parse(text).unwrap();
        let cases = [(json!({"name": "a"}), false), (json!({"kind": "$ref"}), false), (json!({"child": {}}), false)];
        for (value, _) in &cases {
            assert!(schema.check(value).is_err(), "{value}: `name` isn't evaluated, or it is missing");
        }
        let text = text.replace(r#","unevaluatedProperties":false"#, "");
        let schema = Schema::parse(&text).unwrap();
        let cases = [
            (json!({"name": "a", "kind": "$ref", "child": {"name": "b", "child": {"name": "c"}}}), true),
            (json!({"name": "a", "kind": {"$ref": 1}}), true),
            (json!({"name": "a", "kind": "other"}), false),
            (json!({"name": "a", "child": {"name": "b", "child": {}}}), false),
            (json!({}), false),
        ];
        for (value, good) in cases {
            assert_eq!(schema.check(&value).is_ok(), good, "{value}");
        }
        assert!(!schema.document.contains_key("allOf"), "what clients see is what the plugin wrote");
    }

    #[test]
    fn a_key_is_found_wherever_it_is() {
        let cases = [
            (json!({"properties": {"a": {"type": "string", "x-key": "A"}}}), true),
            (json!({"properties": {"a": {"properties": {"b": {"x-key": "B"}}}}}), true),
            (json!({"anyOf": [{"properties": {"a": {"x-key": "A"}}}]}), true),
            (json!({"properties": {"a": {"description": "x-key"}}}), false),
            (json!({}), false),
        ];
        for (schema, found) in cases {
            assert_eq!(Schema::parse_any(&schema.to_string()).unwrap().has_key("x-key"), found, "{schema}");
        }
    }

    #[test]
    fn a_schema_that_doubles_with_each_reference_does_not_hang() {
        for combine in ["allOf", "anyOf", "oneOf"] {
            let definition = |level: usize| match level {
                0 => json!({"type": "string"}),
                level => {
                    json!({combine: [{"$ref": format!("#/$defs/d{}", level - 1)}, {"$ref": format!("#/$defs/d{}", level - 1)}]})
                }
            };
            let definitions: Map<String, Value> =
                (0..60).map(|level| (format!("d{level}"), definition(level))).collect();
            let text = json!({"type": "object", "properties": {"a": {"$ref": "#/$defs/d59"}}, "$defs": definitions});
            let schema = Schema::parse(&text.to_string()).unwrap();
            for value in [json!({"a": 1}), json!({"a": "x"})] {
                drop(schema.check(&value));
            }
            assert_eq!(schema.check(&json!({})), Ok(()), "the budget is anew for each check");
        }
    }

    #[test]
    fn a_violation_does_not_repeat_a_long_value() {
        let schema = Schema::parse(r#"{"type":"object","properties":{"a":{"type":"integer"}}}"#).unwrap();
        let problem = schema.check(&json!({"a": "x".repeat(100_000)})).unwrap_err();
        assert!(problem.len() < 500 && problem.contains("/a"), "{problem:.300}");
    }
}
