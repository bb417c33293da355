//! A table that grows until there is no more: memory of the host's, which the bound on linear memory doesn't see.

use super::attack::Attack;

const COMPONENT: &str = r#"(component
    (core module $bomb
        (table $table 1 funcref)
        (func $explode
            (loop $more
                (br_if $more
                    (i32.ne (table.grow $table (ref.null func) (i32.const 10000)) (i32.const -1))))
            unreachable)
        (func (export "function"))
        (start $explode))
    (core instance $bomb (instantiate $bomb))
    (func $function (canon lift (core func $bomb "function")))
    (instance $tools (export "list-tools" (func $function)) (export "call-tool" (func $function)))
    (export "wharf:plugin/tools@0.1.0" (instance $tools)))"#;

#[test]
fn table_bomb() {
    let attack = Attack::with_bytes(wat::parse_str(COMPONENT).unwrap());
    attack.limits("table-elements = 50000").must_be_refused(&["listing what it offers failed"]);
}
