use serde::{Deserialize, Serialize};

use super::*;
use crate::testing::{self, Said};

#[derive(Serialize, Deserialize)]
struct Job {
    id: u32,
}

#[crate::cleanup]
fn abort(left: Abandoned<Job>, call: &Call) {
    call.info(format!("{} {:?}", left.state.id, left.why));
}

#[crate::cleanup]
fn remove(left: Abandoned<String>) -> Result<(), String> {
    Err(format!("{} is locked", left.state))
}

const ALL: &[Definition] = &[abort::definition(), remove::definition()];

#[test]
fn the_one_that_can_read_the_state_has_it() {
    let cases = [
        (state::pack(&Job { id: 7 }), "7 Reason::Cancelled"),
        (state::pack(&"file"), "cleaning up failed: file is locked"),
        (state::pack(&true), "nothing was cleaned up: the state is of no type that a `#[cleanup]` takes"),
    ];
    for (state, expected) in cases {
        let call = testing::call();
        clean_up(ALL, &call, Reason::Cancelled, &state.unwrap());
        let [Said::Log { data, .. }] = &testing::said(&call)[..] else { panic!("{expected}") };
        assert_eq!(data, expected);
    }
}
