//! A component of many instances: each is small, but the host keeps a record of each.

use super::attack::Attack;

fn component(instances: usize) -> Vec<u8> {
    let instances = "(core instance (instantiate $module))".repeat(instances);
    let text = format!(
        r#"(component
            (core module $module (func (export "function")))
            {instances}
            (core instance $last (instantiate $module))
            (func $function (canon lift (core func $last "function")))
            (instance $tools (export "list-tools" (func $function)) (export "call-tool" (func $function)))
            (export "wharf:plugin/tools@0.1.0" (instance $tools)))"#
    );
    wat::parse_str(text).unwrap()
}

#[test]
fn instance_bomb() {
    Attack::with_bytes(component(900)).must_be_refused(&["listing what it offers failed", "instance count"]);
}

#[test]
fn instance_bomb_beyond_what_a_component_may_say() {
    Attack::with_bytes(component(10_000)).must_be_refused(&["is not a WebAssembly component", "instances count"]);
}
