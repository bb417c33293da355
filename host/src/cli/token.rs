//! `wharf token`.

use std::collections::BTreeSet;
use std::io::{Read as _, Write as _};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Args, Subcommand};

use super::print;
use crate::config::file::NewToken;
use crate::mcp::{Digest, random_token};

/// Largest token that is read from standard input, in bytes. None is as long; a file by mistake is.
const INPUT_BYTES: u64 = 4 << 10;

#[derive(Debug, Subcommand)]
pub(super) enum Token {
    /// Make a random token for somebody, and print it with the lines to add to wharf.toml
    ///
    /// The first line is the token: it is shown this once, and wharf keeps only its digest. The lines behind it go into
    /// wharf.toml. To replace a token, make another one of the same name, and put its digest in place of the old one.
    New(New),
    /// Read a token from standard input, and print its digest for wharf.toml
    ///
    /// For tokens that were made elsewhere. Only long random ones are safe: of a short one, or a word, the digest says
    /// to whoever reads wharf.toml which one it is.
    Hash,
}

#[derive(Debug, Args)]
pub(super) struct New {
    /// Whose it is: what the log and the audit show
    name: String,
    /// When it ends: `2027-01-01`, or a time such as `2027-01-01T12:00:00Z` [default: never]
    #[arg(long, value_name = "DATE")]
    expires: Option<String>,
    /// A plugin that its holder may use; may be given several times [default: all]
    #[arg(long, value_name = "ID")]
    plugin: Vec<String>,
    /// A tool that its holder may call, by its name for clients, or a pattern such as `catalog__get_*`; may be given
    /// several times [default: all of these plugins]
    #[arg(long, value_name = "PATTERN")]
    tool: Vec<String>,
}

impl Token {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        match self {
            Self::New(new) => new.run(),
            Self::Hash => hash(),
        }
    }
}

impl New {
    fn run(self) -> anyhow::Result<ExitCode> {
        let token = random_token().context("no token can be made")?;
        let new = NewToken {
            name: self.name,
            digest: Digest::of(&token),
            expires: self.expires,
            plugins: self.plugin.into_iter().collect::<BTreeSet<_>>(),
            tools: self.tool.into_iter().collect::<BTreeSet<_>>(),
        };
        let lines = new.lines().map_err(anyhow::Error::msg)?;
        print(&format!("{token}\n\n{lines}"))?;
        // For people: who reads the output with a program wants nothing but the token and the lines.
        let said = "the first line is the token, which is shown this once; add the others to wharf.toml";
        let _ = writeln!(std::io::stderr(), "note: {said}");
        Ok(ExitCode::SUCCESS)
    }
}

fn hash() -> anyhow::Result<ExitCode> {
    let mut text = String::new();
    std::io::stdin().take(INPUT_BYTES).read_to_string(&mut text).context("can't read a token from standard input")?;
    print(&Digest::of_token(&text)?.to_string())?;
    Ok(ExitCode::SUCCESS)
}
