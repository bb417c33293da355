//! `wharf plugin`: looks into plugins without running them, and prepares them.

mod add;
mod embed;
mod fold;
mod inspect;
mod list;

use std::process::ExitCode;

use clap::Subcommand;

use self::fold::folded;

#[derive(Debug, Subcommand)]
pub(super) enum Plugin {
    /// Show what a component asks for, and add it to the configuration with the grants that you agree to
    Add(add::Add),
    /// Show the configured plugins and what their files say; nothing runs
    List(list::List),
    /// Show what a component imports, exports and asks for; nothing runs
    Inspect(inspect::Inspect),
    /// Write name, version, description and requests into a component
    Embed(embed::Embed),
}

impl Plugin {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        match self {
            Self::Add(add) => add.run(),
            Self::List(list) => list.run(),
            Self::Inspect(inspect) => inspect.run(),
            Self::Embed(embed) => embed.run(),
        }
    }
}
