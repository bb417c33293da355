//! The commands, one file each. They read arguments, call the library, and say what came of it.

mod call;
mod check;
mod config;
mod environment;
mod plugin;
mod policy;
mod serve;
mod token;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Args, Parser, Subcommand};
use comfy_table::{ContentArrangement, Table, presets};

use crate::audit::{Audit, Settings};
use crate::config::Config;
use crate::plugin::visible;
use crate::telemetry;
use crate::text::{in_json, is_forbidden};

/// Serves sandboxed WebAssembly plugins as one MCP server.
#[derive(Debug, Parser)]
#[command(name = "wharf", version, arg_required_else_help = true)]
#[command(after_help = environment::HELP)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the plugins to MCP clients, over HTTP or over standard input and output
    Serve(serve::Serve),
    /// Check the configuration and load every plugin, without serving
    Check(check::Check),
    /// Call one tool and print its result
    Call(call::Call),
    /// Help with writing wharf.toml
    #[command(subcommand)]
    Config(config::Config),
    /// Look into plugins, and prepare them
    #[command(subcommand)]
    Plugin(plugin::Plugin),
    /// Ask what plugins may do, look for mistakes in grants, and learn which grants a tool needs
    #[command(subcommand)]
    Policy(policy::Policy),
    /// Make the bearer tokens that clients connect with
    #[command(subcommand)]
    Token(token::Token),
}

/// Which configuration to use.
#[derive(Debug, Args)]
struct ConfigFile {
    /// The configuration. Without one, `wharf.toml` in this folder; without that, the plugins that come with wharf,
    /// without any grant
    #[arg(long, value_name = "FILE", env = environment::CONFIG)]
    config: Option<PathBuf>,
}

/// Found in the working directory when nothing else is said.
const DEFAULT_FILE: &str = "wharf.toml";

impl Cli {
    /// What the command logs when the environment doesn't say.
    #[must_use]
    pub const fn log_filter(&self) -> &'static str {
        match self.command {
            Command::Serve(_) => telemetry::SERVER_FILTER,
            Command::Check(_)
            | Command::Call(_)
            | Command::Config(_)
            | Command::Plugin(_)
            | Command::Policy(_)
            | Command::Token(_) => telemetry::COMMAND_FILTER,
        }
    }

    /// Runs the command.
    ///
    /// # Errors
    /// Whatever kept it from doing what it was asked to.
    pub fn run(self) -> anyhow::Result<ExitCode> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
            .context("the asynchronous runtime can't start")?;
        let code = runtime.block_on(async {
            match self.command {
                Command::Serve(serve) => serve.run().await,
                Command::Check(check) => check.run().await,
                Command::Call(call) => call.run().await,
                Command::Config(config) => config.run(),
                Command::Plugin(plugin) => plugin.run(),
                Command::Policy(policy) => policy.run().await,
                Command::Token(token) => token.run(),
            }
        });
        // A guest's blocking work must not keep the process from ending.
        runtime.shutdown_background();
        code
    }
}

/// Says why a command failed.
#[must_use]
pub fn fail(error: &anyhow::Error) -> ExitCode {
    // Nobody is left to tell when standard error is closed.
    let _ = writeln!(std::io::stderr(), "error: {}", visible(&format!("{error:#}")));
    ExitCode::FAILURE
}

impl ConfigFile {
    /// Reads it; also, the file it came from, or none for the built-in default.
    fn load(&self) -> anyhow::Result<(Config, Option<PathBuf>)> {
        let default = Path::new(DEFAULT_FILE);
        let path = match &self.config {
            Some(path) => path.as_path(),
            None if default.is_file() => default,
            None => return Ok((Config::bundled(), None)),
        };
        Ok((Config::load(path)?, Some(path.to_owned())))
    }
}

/// Opens the audit with these settings. Without any, nothing is recorded.
fn open_audit(settings: Option<Settings>) -> anyhow::Result<Audit> {
    let opened = settings.map(|settings| Audit::open(&settings)).transpose();
    opened.map(Option::unwrap_or_default).map_err(|error| anyhow::anyhow!("{error}; {}", error.hint()))
}

/// Writes to standard output, where texts of plugins must not move the cursor. A reader that went away, as in `wharf check | head`, is no error.
fn print(text: &str) -> anyhow::Result<()> {
    match writeln!(std::io::stdout(), "{}", visible(text)) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(error).context("can't write the output"),
        _ => Ok(()),
    }
}

/// Writes JSON to standard output. What must not reach a terminal is escaped in JSON's own way.
fn print_json(value: &serde_json::Value) -> anyhow::Result<()> {
    let text = serde_json::to_string_pretty(value)?;
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        if is_forbidden(character) {
            escaped.extend(in_json(character).flatten().map(char::from));
        } else {
            escaped.push(character);
        }
    }
    print(&escaped)
}

fn table(header: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::UTF8_HORIZONTAL_ONLY).set_content_arrangement(ContentArrangement::Dynamic);
    table.set_header(header.iter().copied());
    table
}
