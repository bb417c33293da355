//! Lists a tool whose input schema is no JSON.

use hostile::Tool;

struct SchemaNotJson;

impl hostile::Hostile for SchemaNotJson {
    fn list() -> Vec<Tool> {
        vec![Tool { input_schema: r#"{"type":"object","#.into(), ..hostile::tool() }]
    }
}

hostile::export!(SchemaNotJson);
