//! The protocol's own conformance suite, run against a server, and what it found.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::process;

/// Behind the name of a scenario's folder: a hyphen, and the time as `2026-07-28T10-31-29-985Z`.
const TIME_SUFFIX: usize = "-2026-07-28T10-31-29-985Z".len();

/// What this version of the suite skips whatever a server does, because it would have to be rewritten to check it.
const UNCHECKED: &[&str] = &["tasks-status-notifications"];

/// The suite, and the Node that runs it.
pub struct Suite {
    /// Node 22 or newer.
    pub node: PathBuf,
    /// The suite's program.
    pub program: PathBuf,
}

/// What the suite found for one revision of the protocol.
#[derive(Debug)]
pub struct Report {
    revision: String,
    scenarios: Vec<Scenario>,
    /// What the suite printed, for whoever looks for the reason of an empty report.
    printed: String,
}

#[derive(Debug)]
struct Scenario {
    name: String,
    /// Whether the revision requires it.
    is_scored: bool,
    checks: Vec<Check>,
}

#[derive(Debug)]
struct Check {
    status: Status,
    name: String,
    message: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Status {
    Passed,
    Failed,
    Warned,
    Skipped,
    /// Said without a judgement.
    Said,
}

impl Suite {
    /// Runs every scenario of a revision's requirements, scored or not, against the server at `url`.
    ///
    /// # Panics
    /// When the suite can't be run, or what it leaves can't be read.
    #[must_use]
    pub fn run(&self, url: &str, revision: &str) -> Report {
        let folder = tempfile::tempdir().unwrap();
        let listed = process::run(self.command().args(["list", "--requirements", revision]), "");
        let mut server = self.command();
        server.args(["server", "--url", url, "--requirements", revision, "--output-dir"]).arg(folder.path());
        // Its exit code and its summary say less than what it leaves: a scenario without any check passes there.
        let ran = process::run(&mut server, "");
        let left = results(folder.path());
        let scenarios = requirements(&listed.stdout)
            .into_iter()
            .map(|(name, is_scored)| {
                let found = left.iter().filter(|(scenario, _)| *scenario == name);
                let checks = found.flat_map(|(_, file)| checks(file)).collect();
                Scenario { name, is_scored, checks }
            })
            .collect();
        let printed = format!("{}{}{}{}", listed.stdout, listed.stderr, ran.stdout, ran.stderr);
        Report { revision: revision.to_owned(), scenarios, printed }
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.node);
        command.arg(&self.program);
        command
    }
}

impl Report {
    /// Everything that keeps the server from conforming, scored or not: a check that failed, a warning, a check that was
    /// skipped because the server lacks something, a scenario that checked nothing. Empty: it conforms.
    #[must_use]
    pub fn faults(&self) -> Vec<String> {
        if self.scenarios.is_empty() {
            return vec![format!("the suite names no scenario for {}:\n{}", self.revision, self.printed)];
        }
        let of = |scenario: &Scenario| {
            if scenario.is_empty() {
                return vec![format!("{}: nothing was checked", scenario.name)];
            }
            let kinds = [("failed", Status::Failed), ("warned", Status::Warned), ("skipped", Status::Skipped)];
            kinds.iter().flat_map(|(kind, status)| scenario.lines(kind, *status)).collect()
        };
        self.scenarios.iter().flat_map(of).chain(self.miscount()).collect()
    }

    /// Set against the suite's own summary, so that no check is lost on the way.
    fn miscount(&self) -> Option<String> {
        let all = |status| self.scenarios.iter().map(|scenario| scenario.count(status)).sum::<usize>();
        let total = format!("Total: {} passed, {} failed", all(Status::Passed), all(Status::Failed));
        let is_said = self.printed.lines().any(|line| line == total);
        (!is_said).then(|| format!("the suite's own summary isn't {total:?}:\n{}", self.printed))
    }

    fn count(&self, is_scored: bool, status: Status) -> usize {
        self.of(is_scored).map(|scenario| scenario.count(status)).sum()
    }

    fn of(&self, is_scored: bool) -> impl Iterator<Item = &Scenario> {
        self.scenarios.iter().filter(move |scenario| scenario.is_scored == is_scored)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (kind, is_scored) in [("scored", true), ("not scored", false)] {
            let whole = self.of(is_scored).filter(|scenario| scenario.has_passed()).count();
            write!(f, "{}, {kind}: {whole} of {} scenarios; ", self.revision, self.of(is_scored).count())?;
            let count = |status| self.count(is_scored, status);
            let (passed, failed) = (count(Status::Passed), count(Status::Failed));
            let (warned, skipped) = (count(Status::Warned), count(Status::Skipped));
            writeln!(f, "checks: {passed} passed, {failed} failed, {warned} warned, {skipped} skipped")?;
        }
        self.faults().iter().try_for_each(|fault| writeln!(f, "  {fault}"))
    }
}

impl Scenario {
    fn count(&self, status: Status) -> usize {
        self.checks.iter().filter(|check| check.status == status).count()
    }

    /// Neither good nor bad, nor left out with a reason.
    fn is_empty(&self) -> bool {
        self.checks.iter().all(|check| check.status == Status::Said)
    }

    fn has_passed(&self) -> bool {
        !self.is_empty() && self.count(Status::Failed) == 0
    }

    fn lines(&self, kind: &str, status: Status) -> Vec<String> {
        let is_fault = |check: &&Check| check.status == status && !UNCHECKED.contains(&check.name.as_str());
        let line = |check: &Check| format!("{}: {}: {kind}: {}", self.name, check.name, check.message);
        self.checks.iter().filter(is_fault).map(line).collect()
    }
}

/// The server's scenarios in what the suite lists for a revision, and whether each is scored.
fn requirements(listed: &str) -> Vec<(String, bool)> {
    let mut is_servers = false;
    let mut scenarios = Vec::new();
    for line in listed.lines() {
        let Some(name) = line.trim_start().strip_prefix("- ") else {
            if !line.trim().is_empty() {
                is_servers = line.starts_with("Server scenarios");
            }
            continue;
        };
        match name.strip_suffix(" [server]") {
            Some(name) => scenarios.push((name.to_owned(), false)),
            None if is_servers => scenarios.push((name.to_owned(), true)),
            None => (),
        }
    }
    scenarios
}

/// The files with the checks, each with its scenario's name.
fn results(folder: &Path) -> Vec<(String, PathBuf)> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    let named = entries.filter_map(|entry| {
        let name = entry.file_name().into_string().ok()?;
        let name = name.strip_prefix("server-")?;
        let scenario = name.get(..name.len().checked_sub(TIME_SUFFIX)?)?;
        Some((scenario.to_owned(), entry.path().join("checks.json")))
    });
    named.collect()
}

fn checks(file: &Path) -> Vec<Check> {
    let text = fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let checks: Value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    checks.as_array().expect("a list of checks").iter().map(Check::read).collect()
}

impl Check {
    fn read(check: &Value) -> Self {
        let text = |key: &str| check[key].as_str().map(str::to_owned);
        let status = match check["status"].as_str() {
            Some("SUCCESS") => Status::Passed,
            Some("WARNING") => Status::Warned,
            Some("SKIPPED") => Status::Skipped,
            Some("INFO") => Status::Said,
            // A word that isn't known is no success.
            _ => Status::Failed,
        };
        let message = text("errorMessage").or_else(|| text("description")).unwrap_or_default();
        Self { status, name: text("id").or_else(|| text("name")).unwrap_or_default(), message }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_servers_scenarios_are_taken_from_the_list() {
        let listed = "Required for R (3 scenarios):\n\nServer scenarios (test against a server):\n  - ping\n  - tools-list\n\n\
             Client scenarios (test against a client):\n  - tools_call\n\nRun and reported, but never scored:\n  \
             extension (2):\n    - auth/x [client]\n    - tasks [server]\n";
        let expected = [("ping", true), ("tools-list", true), ("tasks", false)];
        assert_eq!(requirements(listed), expected.map(|(name, is_scored)| (name.to_owned(), is_scored)));
    }

    #[test]
    fn what_failed_and_what_checked_nothing_is_named() {
        let scenario = |name: &str, statuses: &[&str]| {
            let check = |status: &&str| Check::read(&json!({ "id": "it", "status": status, "errorMessage": "why" }));
            Scenario { name: name.into(), is_scored: true, checks: statuses.iter().map(check).collect() }
        };
        for (statuses, faults) in [
            (&["SUCCESS", "INFO"][..], &[][..]),
            (&["SUCCESS", "WARNING"], &["x: it: warned: why"]),
            (&["SKIPPED"], &["x: it: skipped: why"]),
            (&["SUCCESS", "FAILURE"], &["x: it: failed: why"]),
            (&["SUCCESS", "NEW"], &["x: it: failed: why"]),
            (&["INFO"], &["x: nothing was checked"]),
            (&[], &["x: nothing was checked"]),
        ] {
            let scenarios = vec![scenario("x", statuses)];
            let count = |word: &str| statuses.iter().filter(|status| **status == word).count();
            let (passed, failed) = (count("SUCCESS"), count("FAILURE") + count("NEW"));
            let printed = format!("\nTotal: {passed} passed, {failed} failed\n");
            let report = Report { revision: "R".into(), scenarios, printed };
            assert_eq!(report.faults(), faults, "{statuses:?}");
            assert_eq!(
                report.scenarios[0].has_passed(),
                failed == 0 && !report.scenarios[0].is_empty(),
                "{statuses:?}"
            );
        }
        let nothing = Report { revision: "R".into(), scenarios: Vec::new(), printed: "no node".into() };
        assert!(nothing.faults()[0].contains("no node"));
        let lost = Report {
            scenarios: vec![scenario("x", &["SUCCESS"])],
            printed: "Total: 2 passed, 0 failed".into(),
            ..nothing
        };
        assert!(lost.faults()[0].contains("summary"), "{lost}");
    }
}
