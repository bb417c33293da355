//! Steps: said before, timed after; and the commands that they run.

use std::io;
use std::path::Path;
use std::process::{Command, ExitStatus};
use std::time::Instant;

use anyhow::{Context, Result, bail};

/// Says what is being done, does it, and says how long it took.
pub(crate) fn step<T>(title: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    eprintln!("==> {title}");
    let begun = Instant::now();
    let outcome = work();
    let verdict = if outcome.is_ok() { "done" } else { "FAILED" };
    eprintln!("    {title}: {verdict} in {:.1} s", begun.elapsed().as_secs_f64());
    outcome
}

/// Runs a command whose output belongs to the log: its standard output goes to standard error.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    run_visibly(command.stdout(io::stderr()))
}

/// Runs a command that keeps standard output.
pub(crate) fn run_visibly(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| cannot_run(command))?;
    check(command, status, "see its output above")
}

/// Runs a command and returns what it printed. What it said on standard error is in the failure.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let output = command.output().with_context(|| cannot_run(command))?;
    check(command, output.status, String::from_utf8_lossy(&output.stderr).trim())?;
    String::from_utf8(output.stdout).with_context(|| format!("{} printed something else than UTF-8", line(command)))
}

/// What a step does.
pub(crate) type Work<'a> = Box<dyn FnOnce() -> Result<()> + 'a>;

/// Does every one of the steps even if one fails, so that a single run shows everything there is to repair.
pub(crate) fn all(steps: Vec<(&str, Work<'_>)>) -> Result<()> {
    let mut failed = Vec::new();
    for (title, work) in steps {
        if let Err(error) = step(title, work) {
            eprintln!("error: {title}: {error:#}");
            failed.push(title);
        }
    }
    if !failed.is_empty() {
        bail!("failed: {}", failed.join(", "));
    }
    Ok(())
}

/// The command as one would type it, in backticks, and where it runs.
pub(crate) fn line(command: &Command) -> String {
    // Cargo calls itself by its full path, which says nothing to a reader.
    let program = Path::new(command.get_program()).file_stem().unwrap_or(command.get_program());
    let words = std::iter::once(program).chain(command.get_args());
    let line = words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ");
    match command.get_current_dir() {
        Some(folder) => format!("`{line}` in {}", folder.display()),
        None => format!("`{line}`"),
    }
}

fn cannot_run(command: &Command) -> String {
    format!("cannot run {}: is it installed, and on the PATH?", line(command))
}

fn check(command: &Command, status: ExitStatus, said: &str) -> Result<()> {
    if status.success() {
        return Ok(());
    }
    bail!("{} failed ({status}): {said}", line(command));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_shown_as_it_would_be_typed() {
        let mut command = Command::new("/somewhere/bin/cargo");
        command.args(["build", "--release"]).current_dir("plugins");
        assert_eq!(line(&command), "`cargo build --release` in plugins");
    }

    #[test]
    fn a_failure_carries_what_the_command_said() {
        let error = output(Command::new("rustc").arg("--no-such-option")).unwrap_err().to_string();
        assert!(error.contains("`rustc --no-such-option") && error.contains("Unrecognized option"), "{error}");
    }

    #[test]
    fn every_step_is_done_and_the_failed_ones_are_named() {
        let mut done = Vec::new();
        let done_cell = std::cell::RefCell::new(&mut done);
        let work = |name: &'static str, good: bool| -> Work<'_> {
            let done = &done_cell;
            Box::new(move || {
                done.borrow_mut().push(name);
                if good { Ok(()) } else { bail!("no") }
            })
        };
        let outcome = all(vec![("a", work("a", false)), ("b", work("b", true)), ("c", work("c", false))]);
        assert_eq!(outcome.unwrap_err().to_string(), "failed: a, c");
        assert_eq!(done, ["a", "b", "c"]);
    }
}
