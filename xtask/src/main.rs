//! The repository's own commands: `cargo xtask <command>`.
//!
//! Everything that a fresh checkout needs is done here, so that a newcomer has two commands to learn: `serve` and `test`.
//! Each command does what it depends on first (`serve` and `test` build, `build` sets up), says each step and what it
//! took, and fails with what went wrong and what to do about it. All of that goes to standard error, because
//! `serve --stdio` leaves standard output to the protocol.
//!
//! | module | what it does |
//! | --- | --- |
//! | [`setup`] | the compiler's target for components |
//! | [`build`] | plugins, host, and the test guests that Cargo builds |
//! | [`serve`] | build, then become the host |
//! | [`clients`] | the MCP clients and component toolchains that tests drive, from PyPI and npm |
//! | [`foreign`] | the test guests that other languages' toolchains build |
//! | [`mod@test`] | all of the above, then every test |
//! | [`conformance`] | what the protocol's conformance suite needs, and then the suite |
//! | [`fuzz`] | the tests with generated input, for longer |
//! | [`mod@bench`] | what is measured, then the benchmarks |
//! | [`lint`] | formatting, clippy, documentation, and [`tidy`] |
//!
//! [`workspace`], [`step`] and [`stamp`] serve them all. Dependencies are few: this crate is compiled before anything else.

#![allow(clippy::print_stderr, reason = "a command-line tool reports on standard error")]

mod bench;
mod build;
mod clients;
mod conformance;
mod foreign;
mod fuzz;
mod lint;
mod redis;
mod serve;
mod setup;
mod stamp;
mod step;
mod test;
mod tidy;
mod workspace;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

use crate::workspace::Workspace;

/// The repository's own commands.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Adds the compiler's target for components, wasm32-wasip2, where it is missing.
    Setup,
    /// Sets up, then builds the plugins and the host, and checks the plugins' sizes.
    Build(build::Options),
    /// Builds, then runs `wharf serve` with the arguments given here.
    Serve {
        /// Arguments of `wharf serve`: see `cargo xtask serve -- --help`.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Builds everything that tests need, then runs them: the workspace's, and the plugins' own.
    Test(test::Options),
    /// Builds everything that the protocol's conformance suite needs, then runs it against both eras; no failure is expected.
    Conformance,
    /// Builds what the tests with generated input need, then runs those for longer, each time with other input.
    Fuzz(fuzz::Options),
    /// Builds everything that is measured, then measures it, and keeps the figures in BENCHMARKS.md.
    Bench(bench::Options),
    /// Runs rustfmt, clippy and rustdoc over every workspace, warnings as errors, and then `tidy`.
    Lint,
    /// Checks the layout: import order, lengths, shape of capabilities, duplicate dependencies, stray paths.
    Tidy,
}

fn main() -> ExitCode {
    match run(Arguments::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> Result<()> {
    let workspace = Workspace::locate()?;
    match command {
        Command::Setup => setup::run(&workspace),
        Command::Build(options) => build::run_for_people(&workspace, &options),
        Command::Serve { arguments } => serve::run(&workspace, &arguments),
        Command::Test(options) => test::run(&workspace, &options),
        Command::Conformance => conformance::run(&workspace),
        Command::Fuzz(options) => fuzz::run(&workspace, &options),
        Command::Bench(options) => bench::run(&workspace, &options),
        Command::Lint => lint::run_all(&workspace),
        Command::Tidy => tidy::run(&workspace),
    }
}
