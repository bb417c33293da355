//! A guest that waits, and that leaves something behind when it is stopped; it has things to read, and says what changes.

mod announce;
mod shelf;

use std::time::Duration;

use wharf_sdk::cleanup::{Cleanup, Reason};
use wharf_sdk::prelude::*;
use wharf_sdk::state;

/// How far a wait has come.
#[derive(Serialize, Deserialize)]
struct Waited {
    rounds: u32,
    id: String,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Wait {
    /// How often the call pauses.
    rounds: u32,
    /// How long each pause is, in milliseconds.
    pause_ms: u64,
}

/// Pauses some times, then tells how often, and whether the call kept its id.
#[tool(long_running, tasks = "optional")]
fn wait(args: Wait, call: &Call) -> Result<Step<String>, wharf_sdk::Error> {
    let before: Option<Waited> = call.resumed().map(wharf_sdk::Resumption::state).transpose()?;
    let (rounds, id) = before.map_or_else(|| (0, call.id()), |before| (before.rounds, before.id));
    if rounds == args.rounds {
        let same = if id == call.id() { "one id" } else { "several ids" };
        return Ok(Step::Done(format!("paused {rounds} times, {same}")));
    }
    let state = Waited { rounds: rounds + 1, id };
    let progress = Progress::new(f64::from(state.rounds)).of(f64::from(args.rounds));
    Ok(Step::Pause(Pause::new(Duration::from_millis(args.pause_ms), &state)?.progress(progress)))
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Leave {
    /// What is left behind.
    job: String,
    /// How the call ends: `answer`, `crash` or `spin`.
    then: String,
}

/// Begins a job elsewhere, and ends in the way it is told to.
#[tool]
#[expect(clippy::panic, reason = "what the host makes of it is what the tests look at")]
fn leave(args: Leave, call: &Call) -> Result<String, wharf_sdk::Error> {
    call.on_abandon(&args.job)?;
    match args.then.as_str() {
        "crash" => panic!("this was asked for"),
        "spin" => loop {
            std::hint::spin_loop();
        },
        _ => Ok("answered".into()),
    }
}

/// Asks a question before it answers.
#[tool]
fn ask() -> Result<Step<String>, wharf_sdk::Error> {
    Ok(Step::Ask(Asking::new(&())?.roots("folders")))
}

struct AfterCall;

impl Cleanup for AfterCall {
    #[expect(clippy::print_stdout, reason = "the host's log is where the tests look")]
    fn abandoned(why: Reason, state: Vec<u8>) {
        let job: Result<String, _> = state::unpack(&state);
        println!("aborted {} because {why:?}", job.unwrap_or_else(|_| String::from("a wait")));
    }
}

wharf_sdk::plugin! {
    tools: [wait, leave, ask, announce::announce, shelf::point, shelf::visit],
    resources: shelf::Shelf,
    prompts: shelf::Shelf,
    cleanup: AfterCall,
}
