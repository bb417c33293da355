//! A component of ten thousand instances, each with a table and a memory of its own.

use super::attack::Attack;

const INSTANCES: usize = 10_000;

fn component() -> String {
    let instances = "(core instance (instantiate $module))".repeat(INSTANCES);
    format!(
        r#"(component
            (core module $module (table 1000 funcref) (memory 16) (func (export "function")))
            {instances}
            (core instance $last (instantiate $module))
            (func $function (canon lift (core func $last "function")))
            (instance $tools (export "list-tools" (func $function)) (export "call-tool" (func $function)))
            (export "wharf:plugin/tools@0.1.0" (instance $tools)))"#
    )
}

#[test]
fn instance_bomb() {
    Attack::with_bytes(wat::parse_str(component()).unwrap()).is_refused(&["10001"]);
}
