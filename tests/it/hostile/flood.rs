//! Guests that say more than anyone wants to hear.

use super::PATIENT;
use super::attack::{Attack, assert_answer};

/// Lines of the guest's output that may be logged for one call.
const LINES: usize = 20;

/// At most this many for what four calls say on two streams, and for what says how much was left out.
const LOGGED: usize = 4 * 2 * (LINES + 1);

/// Prints what would be messages of the protocol, were it to reach a transport.
pub(super) fn of_output(attack: Attack) {
    let attack = attack.limits(PATIENT).limits(&format!("log-lines = {LINES}"));
    let finished = attack.strike(|result| assert_answer(result, "printed"));
    assert!(!finished.stdout.contains("forged"), "{}", finished.stdout);
    let logged = finished.stderr.lines().filter(|line| line.contains("jsonrpc")).count();
    assert!((1..=LOGGED).contains(&logged), "{logged} lines were logged");
    // As a text, in quotes: a line of the log that begins with a brace would be the guest's own.
    assert!(finished.stderr.lines().all(|line| !line.starts_with('{')), "{}", finished.stderr);
    assert!(finished.stderr.contains("dropped"), "{}", finished.stderr);
}

/// Sends messages, with a log that shows everything.
pub(super) fn of_messages(attack: Attack) {
    let attack = attack.limits(PATIENT).limits(&format!("log-lines = {LINES}")).env("WHARF_LOG", "wharf=trace");
    let finished = attack.strike(|result| assert_answer(result, "sent"));
    let logged = finished.stderr.lines().filter(|line| line.contains("forged")).count();
    assert!((1..=LOGGED).contains(&logged), "{logged} lines were logged");
}
