//! Generated input: messages that clients might send, with one thing after another made wrong.
//!
//! A round has a fixed seed and a fixed number of cases, so that it finds the same today and tomorrow. `cargo xtask fuzz
//! --minutes N` goes on with other seeds instead. What fails is made as small as it gets before it is shown; a fault that
//! was found this way gets a case of its own in the tests of what was at fault.
//!
//! The input goes to the real program rather than into a function: it is what an attacker reaches, a crash is seen
//! whatever its kind, and two builds of a request's path can be set against each other. Coverage doesn't lead the way;
//! the edits know the protocol instead.

mod edit;
mod http;
mod message;
mod stdio;
mod wire;
mod words;

use std::env;
use std::fmt::Debug;
use std::time::{Duration, Instant, SystemTime};

use proptest::strategy::Strategy;
use proptest::test_runner::{Config, RngSeed, TestCaseError, TestRunner};

/// Minutes that each test goes on; without it, each has one round.
const MINUTES: &str = "WHARF_FUZZ_MINUTES";

/// How long a failing case is made smaller, in milliseconds.
const SHRINK_MS: u32 = 60_000;

/// Checks generated cases: `cases` of them, or as many as there is time for.
fn check<S>(cases: u32, strategy: &S, test: impl Fn(S::Value) -> Result<(), TestCaseError>)
where
    S: Strategy,
    S::Value: Debug,
{
    let Some(minutes) = env::var(MINUTES).ok().map(|minutes| minutes.parse::<u64>().expect("a number of minutes"))
    else {
        return round(cases, 0, strategy, &test);
    };
    let deadline = Instant::now() + Duration::from_secs(60 * minutes);
    let begun = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("a clock that is set").as_secs();
    for seed in (begun << 16).. {
        if Instant::now() > deadline {
            return;
        }
        round(cases, seed, strategy, &test);
    }
}

fn round<S>(cases: u32, seed: u64, strategy: &S, test: &impl Fn(S::Value) -> Result<(), TestCaseError>)
where
    S: Strategy,
    S::Value: Debug,
{
    let rng_seed = RngSeed::Fixed(seed);
    let config = Config { cases, rng_seed, failure_persistence: None, max_shrink_time: SHRINK_MS, ..Config::default() };
    if let Err(error) = TestRunner::new(config).run(strategy, test) {
        panic!("with seed {seed}: {error}");
    }
}
