//! JSON Schemas (2020-12) of a plugin's own types, as MCP and its clients want them.

use schemars::transform::RecursiveTransform;
use schemars::{JsonSchema, Schema, generate::SchemaSettings};
use serde::Serialize;
use serde_json::{Map, Value, json};

/// How a type shows in a result: its schema decides, not a value, so that a tool always answers in the same form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// Any string, without further rules.
    Text,
    /// Nothing at all.
    Nothing,
    /// An object.
    Object,
    /// Whatever else there is in JSON. MCP wants an object, so it becomes one with the single key `result`.
    Other,
}

// What stands for a value that isn't an object. (A doc comment would show in its schema.)
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Wrapped<T> {
    pub(crate) result: T,
}

/// The schema of a tool's arguments.
///
/// # Errors
/// When the type isn't an object, which MCP demands.
pub fn of_arguments<T: JsonSchema>() -> Result<Value, String> {
    let schema = root_of::<T>(SchemaSettings::draft2020_12().for_deserialize());
    object(schema)
        .map_err(|_| format!("the arguments must be an object: make `{}` a struct with named fields", T::schema_name()))
}

/// The schema of the arguments of a tool that has none.
///
/// # Errors
/// None; it has the form of [`of_arguments`].
pub fn of_no_arguments() -> Result<Value, String> {
    Ok(json!({ "type": "object", "additionalProperties": false, "properties": {} }))
}

/// How a type shows in a result.
pub(crate) fn shape_of<T: JsonSchema>() -> Shape {
    // Each call needs to know, so the schema is made in the cheaper form, where a type is described only once.
    let settings = SchemaSettings::draft2020_12().for_serialize();
    let schema = settings.into_generator().into_root_schema_for::<T>().to_value();
    if is_object(&schema, &schema, MAX_NESTING) {
        return Shape::Object;
    }
    // A string with further keys (an `enum`, a `format`) is data, not text.
    match (schema.get("type").and_then(Value::as_str), constraints(&schema)) {
        (Some("string"), 1) => Shape::Text,
        (Some("null"), 1) => Shape::Nothing,
        _ => Shape::Other,
    }
}

/// The schema of what is structured in a result: that of the type if it is an object, else of what stands for it.
pub(crate) fn of_structured<T: JsonSchema>() -> Value {
    let settings = || SchemaSettings::draft2020_12().for_serialize();
    object(root_of::<T>(settings())).unwrap_or_else(|_| root_of::<Wrapped<T>>(settings()))
}

/// The schema of a form, which MCP wants flat and without `null`: a field that may stay empty just isn't required.
pub(crate) fn of_form<T: JsonSchema>() -> Value {
    let settings = SchemaSettings::draft2020_12().for_deserialize();
    root_of::<T>(settings.with_transform(RecursiveTransform(without_null)))
}

/// Subschemas stand where they are used, since many clients don't follow references; only recursive types have them.
fn root_of<T: JsonSchema>(settings: SchemaSettings) -> Value {
    let settings = settings.with(|settings| {
        settings.inline_subschemas = true;
        // 2020-12 is what MCP assumes.
        settings.meta_schema = None;
    });
    let mut schema = settings.into_generator().into_root_schema_for::<T>();
    // The Rust name of the type says nothing to a model.
    schema.remove("title");
    schema.to_value()
}

/// The schema with `type: object`, if it allows objects only; else itself, as the error.
fn object(mut schema: Value) -> Result<Value, Value> {
    if !is_object(&schema, &schema, MAX_NESTING) {
        return Err(schema);
    }
    if let Value::Object(keywords) = &mut schema {
        keywords.entry("type").or_insert_with(|| "object".into());
    }
    Ok(schema)
}

/// Alternatives within alternatives that are followed, which also ends a reference that leads to itself.
const MAX_NESTING: u8 = 8;

fn is_object(schema: &Value, root: &Value, nesting: u8) -> bool {
    let Some(nesting) = nesting.checked_sub(1) else {
        return false;
    };
    if let Some(kind) = schema.get("type") {
        return kind == "object";
    }
    if let Some(target) = schema.get("$ref").and_then(Value::as_str).and_then(|reference| reference.strip_prefix('#')) {
        return root.pointer(target).is_some_and(|target| is_object(target, root, nesting));
    }
    let alternatives = schema.get("oneOf").or_else(|| schema.get("anyOf")).and_then(Value::as_array);
    alternatives.is_some_and(|all| !all.is_empty() && all.iter().all(|one| is_object(one, root, nesting)))
}

/// How many keywords say what is allowed.
fn constraints(schema: &Value) -> usize {
    let about = ["$schema", "description", "title", "examples", "default"];
    schema.as_object().map_or(0, |all| all.keys().filter(|keyword| !about.contains(&keyword.as_str())).count())
}

fn without_null(schema: &mut Schema) {
    if let Some(Value::Array(types)) = schema.get_mut("type") {
        types.retain(|kind| kind != "null");
        if let [only] = types.as_slice() {
            let only = only.clone();
            schema.insert("type".into(), only);
        }
    }
    if let Some(Value::Array(values)) = schema.get_mut("enum") {
        values.retain(|value| !value.is_null());
    }
    let Some(Value::Array(any)) = schema.get_mut("anyOf") else {
        return;
    };
    any.retain(|one| one.get("type").is_none_or(|kind| kind != "null"));
    if let [Value::Object(only)] = any.as_slice() {
        let only: Map<String, Value> = only.clone();
        schema.remove("anyOf");
        schema.ensure_object().extend(only.into_iter().filter(|(key, _)| key != "description"));
    }
}

#[cfg(test)]
mod tests;
