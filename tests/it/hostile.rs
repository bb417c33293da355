//! Guests that attack: what comes of each, and that meanwhile their neighbour is served.
//!
//! Those that Cargo builds are the examples of `tests/guests/hostile`, each a row of the table below; what no compiler
//! would make is in the modules, one each. A guest without a test doesn't compile: a file of an example that the manifest
//! doesn't name lacks a `main`, one that the manifest names and the table doesn't fails [`roster`], and the component of
//! a module that no test uses is dead code.

#![deny(dead_code, reason = "a guest that nothing tests is an error")]

mod attack;
mod compile_bomb;
mod core_module;
mod flood;
mod huge_file;
mod instance_bomb;
mod loading;
mod pipe;
mod roster;
mod stop;
mod table_bomb;
mod truncated;
mod unknown_import;

use self::attack::Attack;

/// Time for attacks that take seconds of processor time: calls that take long yield to all others, and on a machine that is
/// busy with other tests they get little.
const PATIENT: &str = "call-time-ms = 600000";

/// Makes a test of each row: a guest, and what is done with it.
macro_rules! guests {
    ($($guest:ident => $check:expr;)*) => {
        roster::complete!($($guest)*);
        $(
            #[test]
            fn $guest() {
                if let Some(component) = wharf_tests::find(wharf_tests::Part::Guest(concat!("hostile/", stringify!($guest)))) {
                    let check: fn(Attack) = $check;
                    check(Attack::with(&component));
                }
            }
        )*
    };
}

guests! {
    broken_promise => |it| it.fails("bad-result", &["output schema", "`/count`"]);
    deep_recursion => |it| it.fails("trapped", &["call stack exhausted"]);
    forged_output => flood::of_output;
    hidden_name => |it| it.must_be_refused(&[r#"tool "strike\u{1b}[2J\u{7}\u{202e}\r\n" is refused"#, "1 to 64 characters"]);
    huge_result => |it| it.fails("bad-result", &[]);
    leak_handles => |it| it.limits("handles = 100").fails("trapped", &["resource table"]);
    log_flood => flood::of_messages;
    memory_bomb => |it| it.limits("memory-bytes = 16777216").fails("out-of-memory", &["16777216 bytes"]);
    progress_flood => |it| it.limits(PATIENT).answers("sent");
    read_pipe => pipe::blocks_nobody;
    schema_deep => |it| it.must_be_refused(&[r#"tool "strike" is refused"#, "input schema"]);
    schema_huge => |it| it.limits("memory-bytes = 268435456").must_be_refused(&["listing what it offers failed", "carried out of the guest"]);
    schema_not_json => |it| it.must_be_refused(&[r#"tool "strike" is refused"#, "input schema: it is not JSON"]);
    schema_recursive => |it| it.answers("nothing");
    snoop => |it| it.env("SECRET", "in the environment").answers("nothing");
    sockets => |it| it.answers("nothing");
    spin_at_start => |it| it.limits("list-time-ms = 500").must_be_refused(&["listing what it offers failed", "was stopped"]);
    spin_in_call => |it| it.limits(PATIENT).limits("cpu-time-ms = 500").lasts().fails("timed-out", &["500ms of CPU time"]);
    spin_in_list => |it| it.limits("list-time-ms = 500").must_be_refused(&["listing what it offers failed", "was stopped"]);
    unreachable => |it| it.fails("trapped", &["unreachable"]);
}
