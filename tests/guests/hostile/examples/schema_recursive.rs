//! Lists a tool whose input schema is defined by itself: who follows it never comes to an end.

use hostile::Tool;

struct SchemaRecursive;

impl hostile::Hostile for SchemaRecursive {
    fn list() -> Vec<Tool> {
        let schema = r##"{"type":"object","allOf":[{"$ref":"#/$defs/a"}],
            "$defs":{"a":{"anyOf":[{"$ref":"#/$defs/b"}]},"b":{"allOf":[{"$ref":"#/$defs/a"},{"$ref":"#"}]}}}"##;
        vec![Tool { input_schema: schema.into(), ..hostile::tool() }]
    }
}

hostile::export!(SchemaRecursive);
