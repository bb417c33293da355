//! `wharf policy`: what plugins may do, asked and looked at before anything runs.

mod check;
mod explain;
mod learn;
mod subject;

use std::process::ExitCode;

use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub(super) enum Policy {
    /// Say whether a plugin may do something, by which rule, or who refuses and what would allow it
    Explain(explain::Explain),
    /// Find rules that can never match, and grants that are wider than what plugins ask for
    Check(check::Check),
    /// Call a tool until nothing is refused to it any more, and print the smallest grant for that
    Learn(learn::Learn),
}

impl Policy {
    pub(super) async fn run(self) -> anyhow::Result<ExitCode> {
        match self {
            Self::Explain(explain) => explain.run(),
            Self::Check(check) => check.run(),
            Self::Learn(learn) => learn.run().await,
        }
    }
}
