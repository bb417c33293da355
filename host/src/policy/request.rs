//! What a plugin asks for, with a reason for each: a claim, in one custom section. The imports are the proof. A missing
//! section means "what the imports say", and no section ever widens anything.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The name of the custom section.
pub const SECTION: &str = "wharf:request";

/// Largest section, in bytes: a sentence for each of a few capabilities. It is read before anything is trusted.
const SECTION_BYTES: usize = 64 << 10;

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
        let fields: Map<String, Value> = serde_json::from_slice(json).map_err(|error| error.to_string())?;
        serde_json::from_value(Value::Object(fields)).map_err(|error| error.to_string())
    }

    /// The published schema of the section, as a JSON document.
    #[must_use]
    pub fn json_schema() -> Value {
        schemars::schema_for!(Self).to_value()
    }
}
