//! Lists a tool whose input schema nests a hundred thousand times: who reads it with recursion runs out of stack.

use hostile::Tool;

struct SchemaDeep;

const LEVELS: usize = 100_000;

impl hostile::Hostile for SchemaDeep {
    fn list() -> Vec<Tool> {
        let schema = format!(r#"{{"type":"object","not":{}true{}}}"#, r#"{"not":"#.repeat(LEVELS), "}".repeat(LEVELS));
        vec![Tool { input_schema: schema, ..hostile::tool() }]
    }
}

hostile::export!(SchemaDeep);
