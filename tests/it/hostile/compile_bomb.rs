//! Twenty kilobytes that a compiler takes minutes and gigabytes for: every variable is live in every loop of a deep nest.

use super::attack::Attack;

const LOOPS: usize = 200;
const VARIABLES: usize = 2_000;

pub(super) fn component() -> Vec<u8> {
    let variables = "i32 ".repeat(VARIABLES);
    let open = "loop ".repeat(LOOPS);
    let use_all: String = (0..VARIABLES)
        .map(|variable| format!("local.get {variable} i32.const 1 i32.add local.set {variable} "))
        .collect();
    let close: String = (0..LOOPS).map(|depth| format!("local.get {depth} br_if 0 end ")).collect();
    let text = format!(
        r#"(component
            (core module (func (local {variables}) {open} {use_all} {close}))
            (instance $tools)
            (export "wharf:plugin/tools@0.1.0" (instance $tools)))"#
    );
    wat::parse_str(text).unwrap()
}

#[test]
fn compile_bomb_of_time() {
    let attack = Attack::with_bytes(component());
    attack.limits("compile-time-ms = 1000").must_be_refused(&["does not compile", "was stopped"]);
}

#[test]
fn compile_bomb_of_memory() {
    let attack = Attack::with_bytes(component());
    attack.limits("compile-memory-bytes = 268435456").must_be_refused(&["does not compile", "memory"]);
}
