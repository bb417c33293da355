use std::collections::BTreeMap;

use serde::Deserialize;

use super::*;

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
/// Noise for a form, but of use to a model.
struct Filter {
    /// How many at most.
    #[schemars(range(min = 1, max = 100))]
    limit: Option<u8>,
    kind: Kind,
    #[serde(default)]
    tags: Vec<String>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Small,
    Large,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(tag = "by", rename_all = "lowercase")]
enum Choice {
    Name { name: String },
    All,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Tree {
    children: Vec<Tree>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Name(String);

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
enum Boxed {
    Tree(Tree),
    Choice(Box<Choice>),
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
enum Either {
    Tree(Tree),
    Number(u8),
}

#[test]
fn arguments_are_inlined_and_strict_where_the_struct_is() {
    let expected = json!({
        "type": "object",
        "description": "Noise for a form, but of use to a model.",
        "additionalProperties": false,
        "required": ["kind"],
        "properties": {
            "limit": {
                "description": "How many at most.",
                "type": ["integer", "null"],
                "format": "uint8",
                "minimum": 1,
                "maximum": 100,
            },
            "kind": { "type": "string", "enum": ["small", "large"] },
            "tags": { "type": "array", "items": { "type": "string" }, "default": [] },
        },
    });
    assert_eq!(of_arguments::<Filter>(), Ok(expected));
}

#[test]
fn alternatives_of_objects_are_an_object() {
    let schema = of_arguments::<Choice>().unwrap();
    assert_eq!(schema["type"], "object");
    assert_eq!(schema["oneOf"].as_array().unwrap().len(), 2);
}

#[test]
fn recursive_types_refer_within_the_schema() {
    let schema = of_arguments::<Tree>().unwrap();
    assert_eq!(schema["type"], "object");
    let reference = schema["properties"]["children"]["items"]["$ref"].as_str().unwrap();
    assert!(schema.pointer(reference.strip_prefix('#').unwrap()).is_some(), "{schema}");
}

#[test]
fn arguments_that_are_no_object_are_refused() {
    for refused in
        [of_arguments::<String>(), of_arguments::<Vec<u8>>(), of_arguments::<Kind>(), of_arguments::<Value>()]
    {
        let why = refused.unwrap_err();
        assert!(why.starts_with("the arguments must be an object"), "{why}");
    }
}

#[test]
fn a_type_decides_its_shape() {
    let named = |shape| match shape {
        Shape::Text => "text",
        Shape::Nothing => "nothing",
        Shape::Object => "object",
        Shape::Other => "other",
    };
    let cases = [
        (shape_of::<String>(), "text"),
        (shape_of::<&str>(), "text"),
        (shape_of::<std::borrow::Cow<'_, str>>(), "text"),
        (shape_of::<Name>(), "text"),
        (shape_of::<()>(), "nothing"),
        (shape_of::<Filter>(), "object"),
        (shape_of::<Choice>(), "object"),
        (shape_of::<Tree>(), "object"),
        (shape_of::<Box<Tree>>(), "object"),
        (shape_of::<BTreeMap<String, u8>>(), "object"),
        (shape_of::<Map<String, Value>>(), "object"),
        (shape_of::<Kind>(), "other"),
        (shape_of::<Option<Filter>>(), "other"),
        (shape_of::<Option<String>>(), "other"),
        (shape_of::<Vec<Filter>>(), "other"),
        (shape_of::<Value>(), "other"),
        (shape_of::<(u8, bool)>(), "other"),
        (shape_of::<Either>(), "other"),
        (shape_of::<Boxed>(), "object"),
        (shape_of::<f64>(), "other"),
    ];
    for (number, (shape, expected)) in cases.into_iter().enumerate() {
        assert_eq!(named(shape), expected, "case {number}");
    }
}

#[test]
fn the_shape_and_the_schema_agree() {
    let objects = [of_structured::<Choice>(), of_structured::<Boxed>(), of_structured::<Tree>()];
    for schema in objects {
        assert_eq!(schema["type"], "object", "{schema}");
        assert_eq!(schema.pointer("/properties/result"), None, "{schema}");
    }
    let others = [of_structured::<Either>(), of_structured::<Option<Tree>>(), of_structured::<Value>()];
    for schema in others {
        assert_eq!(schema["required"], json!(["result"]), "{schema}");
    }
}

#[test]
fn a_value_that_is_no_object_is_wrapped_in_one() {
    let list = json!({
        "type": "object",
        "required": ["result"],
        "properties": { "result": { "type": "array", "items": { "type": "string" } } },
    });
    assert_eq!(of_structured::<Vec<String>>(), list);

    let trees = of_structured::<Vec<Tree>>();
    let reference = trees.pointer("/properties/result/items/properties/children/items/$ref");
    let reference = reference.and_then(Value::as_str).unwrap();
    assert!(trees.pointer(reference.strip_prefix('#').unwrap()).is_some(), "{trees}");
}

#[test]
fn forms_have_no_null() {
    #[derive(Deserialize, JsonSchema)]
    #[expect(dead_code, reason = "only the schema is looked at")]
    struct Order {
        /// How many.
        count: Option<u32>,
        /// Which one.
        kind: Option<Kind>,
        gift: bool,
    }
    let expected = json!({
        "type": "object",
        "required": ["gift"],
        "properties": {
            "count": { "description": "How many.", "type": "integer", "format": "uint32", "minimum": 0 },
            "kind": { "description": "Which one.", "type": "string", "enum": ["small", "large"] },
            "gift": { "type": "boolean" },
        },
    });
    assert_eq!(of_form::<Order>(), expected);
}
