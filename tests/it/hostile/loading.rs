//! Plugins that are never done with loading, and neighbours that are served all the same.

use wharf_tests::{Part, find};

use super::attack::{Attack, assert_answer, echo};
use super::compile_bomb;

/// Longer than any test waits.
const ENDLESS: &str = "list-time-ms = 3600000\ncompile-time-ms = 3600000";

/// The neighbour is answered, and the host can end, while the attacker still loads.
fn delays_nobody(attack: Attack) {
    let mut host = attack.limits(ENDLESS).start_while_it_loads();
    assert_answer(&echo(&mut host, 1), "still here");
    let finished = host.close();
    assert_eq!(finished.code, Some(0), "{}", finished.stderr);
    assert!(!finished.stderr.contains("not served"), "it was done with loading: {}", finished.stderr);
}

fn guest(name: &'static str) {
    if let Some(component) = find(Part::Guest(name)) {
        delays_nobody(Attack::with(&component));
    }
}

#[test]
fn a_guest_that_spins_when_it_is_asked_what_it_has() {
    guest("hostile/spin_in_list");
}

#[test]
fn a_guest_that_spins_when_it_is_made() {
    guest("hostile/spin_at_start");
}

#[test]
fn a_component_that_is_compiled_for_ever() {
    delays_nobody(Attack::with_bytes(compile_bomb::component()));
}
