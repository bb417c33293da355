//! Arguments, configuration, host: the only place that ends the process.

use std::process::ExitCode;

use clap::Parser as _;
use wharf::cli::Cli;

/// Much of what a call allocates is freed by another thread, and the C library's allocator has the two wait for each other.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    without_backtraces();
    if let Some(code) = wharf::plugin::compile_if_child() {
        return code;
    }
    let cli = Cli::parse();
    wharf::telemetry::start(cli.log_filter());
    match cli.run() {
        Ok(code) => code,
        Err(error) => wharf::cli::fail(&error),
    }
}

/// Errors that are made and dropped on the way of a call would each capture a backtrace where `RUST_BACKTRACE` is set,
/// as on many developers' machines, and that costs more than the call. Panics keep theirs, and so do guests.
fn without_backtraces() {
    #[expect(unsafe_code, reason = "the environment can't be changed in any other way")]
    // SAFETY: this is the first thing that the process does. The only other thread is the allocator's, which reads no
    // environment.
    unsafe {
        std::env::set_var("RUST_LIB_BACKTRACE", "0");
    }
}
