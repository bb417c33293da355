//! Tools whose input schema is what matters.

use serde_json::{Map, Value, json};
use wharf_sdk::prelude::*;

/// Has a schema with what JSON Schema 2020-12 knows.
#[tool(read_only, input_schema = rich())]
pub(crate) fn json_schema_2020_12_tool(args: Map<String, Value>) -> String {
    format!("Called with {}", Value::Object(args))
}

fn rich() -> Value {
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "$defs": {
            "address": {
                "$anchor": "addressDef",
                "type": "object",
                "properties": { "street": { "type": "string" }, "city": { "type": "string" } },
            },
        },
        "properties": {
            "name": { "type": "string" },
            "address": { "$ref": "#/$defs/address" },
            "contactMethod": { "type": "string", "enum": ["phone", "email"] },
            "phone": { "type": "string" },
            "email": { "type": "string" },
        },
        "allOf": [{ "anyOf": [{ "required": ["phone"] }, { "required": ["email"] }, { "required": ["name"] }] }],
        "anyOf": [{ "required": ["name"] }, { "required": ["address"] }],
        "if": { "properties": { "contactMethod": { "const": "phone" } }, "required": ["contactMethod"] },
        "then": { "required": ["phone"] },
        "else": {},
        "additionalProperties": false,
    })
}

#[derive(Deserialize, JsonSchema)]
pub(crate) struct Region {
    /// What the client repeats in the header `Mcp-Param-Value`.
    #[schemars(extend("x-mcp-header" = "Value"))]
    value: String,
}

/// Takes a value that clients repeat in a header.
#[tool(read_only)]
pub(crate) fn test_custom_header(args: Region) -> String {
    format!("Value: {}", args.value)
}
