//! Checking a value costs no more than it should, whatever the schema is. References can make a schema of a few lines
//! stand for one of 2^60, and validators follow each of them; so every reference first takes a step from a budget.

use std::cell::Cell;

use jsonschema::{Keyword, ValidationError};
use serde_json::{Map, Value, json};

/// The keyword that takes a step. Schemas of plugins can't have it: its name is ours.
pub(super) const STEP: &str = "!wharf-step";

/// References that one check may follow, beyond one for each part of the value. Real schemas need some dozens.
const STEPS: u64 = 10_000;

/// Most of the parts of a schema times the parts of a value: what a check without any reference can cost.
const PRODUCT: u64 = 100_000_000;

/// Keywords of an object whose values are schemas by any name.
const MAPS: [&str; 6] = ["properties", "patternProperties", "$defs", "definitions", "dependentSchemas", "dependencies"];

/// Keywords whose values are data, and no schemas.
const DATA: [&str; 4] = ["const", "enum", "default", "examples"];

const REFERENCES: [&str; 3] = ["$ref", "$dynamicRef", "$recursiveRef"];

thread_local! {
    static STEPS_LEFT: Cell<u64> = const { Cell::new(0) };
}

/// Begins a check of this value against a schema of so many parts. False: it could cost too much.
pub(super) fn begin(schema_parts: u64, value: &Value) -> bool {
    let value_parts = parts(value);
    STEPS_LEFT.set(STEPS.saturating_add(value_parts));
    schema_parts.saturating_mul(value_parts) <= PRODUCT
}

/// Whether the check since then had to be cut short: then its outcome says nothing.
pub(super) fn is_spent() -> bool {
    STEPS_LEFT.get() == 0
}

/// How many values there are in a value, itself included. Parsing has bounded how deep they nest.
pub(super) fn parts(value: &Value) -> u64 {
    let inner: u64 = match value {
        Value::Array(items) => items.iter().map(parts).sum(),
        Value::Object(fields) => fields.values().map(parts).sum(),
        _ => 0,
    };
    inner.saturating_add(1)
}

/// The keyword [`STEP`].
pub(super) struct Step;

impl<'i> Keyword<'i> for Step {
    fn validate(&self, instance: &'i Value) -> Result<(), ValidationError<'i>> {
        if self.is_valid(instance) { Ok(()) } else { Err(ValidationError::custom("the check was cut short")) }
    }

    fn is_valid(&self, _: &'i Value) -> bool {
        STEPS_LEFT.with(|left| {
            left.set(left.get().saturating_sub(1));
            left.get() > 0
        })
    }
}

/// Puts a step before each reference of a schema: it becomes one more part of `allOf`, behind an `if` that takes the
/// step. Everything else keeps its place, so that references by path still lead to it.
pub(super) fn meter(schema: &mut Value) {
    let Value::Object(fields) = schema else { return };
    for (keyword, value) in fields.iter_mut() {
        match value {
            Value::Object(named) if MAPS.contains(&keyword.as_str()) => named.values_mut().for_each(meter),
            _ if DATA.contains(&keyword.as_str()) => {}
            Value::Array(several) => several.iter_mut().for_each(meter),
            other => meter(other),
        }
    }
    for keyword in REFERENCES {
        if let Some(target) = fields.remove(keyword) {
            put_behind_step(fields, keyword, target);
        }
    }
}

fn put_behind_step(fields: &mut Map<String, Value>, keyword: &str, target: Value) {
    let guarded = json!({ "if": { STEP: true }, "then": { keyword: target }, "else": false });
    match fields.get_mut("allOf") {
        Some(Value::Array(all)) => all.push(guarded),
        _ => drop(fields.insert("allOf".into(), json!([guarded]))),
    }
}
