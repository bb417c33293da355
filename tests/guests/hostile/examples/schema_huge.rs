//! Lists a tool whose input schema has a hundred megabytes.

use hostile::Tool;

struct SchemaHuge;

const BYTES: usize = 100_000_000;

impl hostile::Hostile for SchemaHuge {
    fn list() -> Vec<Tool> {
        let mut schema = String::with_capacity(BYTES);
        schema.push_str(r#"{"type":"object","title":""#);
        schema.extend(std::iter::repeat_n('x', BYTES - schema.len() - 2));
        schema.push_str(r#""}"#);
        vec![Tool { input_schema: schema, ..hostile::tool() }]
    }
}

hostile::export!(SchemaHuge);
