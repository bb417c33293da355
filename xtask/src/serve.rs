//! `serve`: build, then become the host.

use std::process::Command;

use anyhow::{Context, Result};

use crate::build::{self, Profile};
use crate::workspace::Workspace;

/// Runs the host with these arguments. It takes this process's place, so that signals and standard input reach it.
pub(crate) fn run(workspace: &Workspace, arguments: &[String]) -> Result<()> {
    build::run(workspace, Profile::Dev)?;
    let host = Profile::Dev.folder(workspace).join(format!("wharf{}", std::env::consts::EXE_SUFFIX));
    become_command(Command::new(&host).arg("serve").args(arguments))
        .with_context(|| format!("cannot run {}", host.display()))
}

#[cfg(unix)]
fn become_command(command: &mut Command) -> Result<()> {
    use std::os::unix::process::CommandExt;

    Err(command.exec().into())
}

#[cfg(not(unix))]
fn become_command(command: &mut Command) -> Result<()> {
    crate::step::run_visibly(command)
}
