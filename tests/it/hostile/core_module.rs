//! A module that does at its start what it wants to, where a component belongs.

use super::attack::Attack;

const MODULE: &str = "(module (func $spin (loop $more (br $more))) (start $spin))";

#[test]
fn core_module() {
    let attack = Attack::with_bytes(wat::parse_str(MODULE).unwrap());
    attack.must_be_refused(&["is a core WebAssembly module", "wasm32-wasip2"]);
}
