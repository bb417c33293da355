//! A component that imports something which no host has, under a name that looks like one of ours.

use super::attack::Attack;

const COMPONENT: &str = r#"(component
    (import "wharf:secrets/keys@0.1.0" (instance (export "get" (func (result string)))))
    (instance $tools)
    (export "wharf:plugin/tools@0.1.0" (instance $tools)))"#;

#[test]
fn unknown_import() {
    let attack = Attack::with_bytes(wat::parse_str(COMPONENT).unwrap());
    attack.must_be_refused(&["imports wharf:secrets/keys@0.1.0"]);
}
