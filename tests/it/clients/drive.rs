//! Starts a client, and reads what it reports.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};
use wharf_tests::{HttpHost, Part, TestHost, find, fits, package_folder, run};

/// How a client gets at the server.
pub(super) enum Target {
    Http(Box<HttpHost>),
    Stdio(TestHost),
}

/// A client that takes the steps of `tests/clients/session.py`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Client {
    interpreter: Interpreter,
    script: &'static str,
    /// Each mode, and the revision that is spoken then.
    pub(super) modes: &'static [(&'static str, &'static str)],
}

#[derive(Debug, Clone, Copy)]
enum Interpreter {
    Python,
    Node,
}

const EVERY_MODE: &[(&str, &str)] = &[("auto", "2026-07-28"), ("legacy", "2025-11-25"), ("2026-07-28", "2026-07-28")];

pub(super) const PYTHON_SDK: Client =
    Client { interpreter: Interpreter::Python, script: "python_mcp.py", modes: EVERY_MODE };

pub(super) const FASTMCP: Client = Client {
    interpreter: Interpreter::Python,
    script: "fastmcp_client.py",
    modes: &[("auto", "2026-07-28"), ("legacy", "2025-11-25")],
};

pub(super) const TYPESCRIPT_SDK: Client =
    Client { interpreter: Interpreter::Node, script: "typescript_client.cjs", modes: EVERY_MODE };

/// A step, and what is to be reported of it.
pub(super) type Step = (Value, Value);

impl Target {
    /// One to connect to, and one to start.
    pub(super) fn both(host: impl Fn() -> Option<TestHost>) -> Option<[Self; 2]> {
        Some([Self::Http(Box::new(host()?.http())), Self::Stdio(host()?)])
    }

    /// The program and the arguments with which a client starts it. What a client passes on of its environment differs
    /// from one to the next, so nothing is left to it.
    fn command(host: &TestHost) -> (String, Vec<String>) {
        let program = host.command().get_program().to_str().unwrap().to_owned();
        let config = host.path("wharf.toml").to_str().unwrap().to_owned();
        (program, ["serve", "--stdio", "--config", &config].map(str::to_owned).to_vec())
    }

    fn json(&self) -> Value {
        match self {
            Self::Http(host) => json!({ "url": host.url() }),
            Self::Stdio(host) => {
                let (command, args) = Self::command(host);
                json!({ "command": command, "args": args })
            }
        }
    }
}

impl Client {
    /// Connects in every mode, takes the steps, and compares what is reported.
    pub(super) fn take(self, target: &Target, steps: &[Step]) {
        self.take_in(target, self.modes, steps);
    }

    /// As [`Self::take`], in some modes.
    pub(super) fn take_in(self, target: &Target, modes: &[(&str, &str)], steps: &[Step]) {
        let Some(mut command) = self.command() else { return };
        let taken: Value = steps.iter().map(|(step, _)| step.clone()).collect();
        command.arg(target.json().to_string()).arg(taken.to_string()).args(modes.iter().map(|(mode, _)| mode));
        let finished = run(&mut command, "");
        assert_eq!(finished.code, Some(0), "{self:?}\n{}\n{}", finished.stdout, finished.stderr);
        let reports: Vec<Value> = finished.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(reports.len(), modes.len(), "{}", finished.stdout);
        for (report, (mode, revision)) in reports.iter().zip(modes) {
            assert_eq!((&report["mode"], &report["protocol"]), (&json!(mode), &json!(revision)), "{self:?}");
            for ((step, expected), reported) in steps.iter().zip(report["steps"].as_array().unwrap()) {
                fits(reported, expected).unwrap_or_else(|why| panic!("{} in mode {mode}: {step}: {why}", self.script));
            }
        }
    }

    /// None where the client isn't installed.
    fn command(self) -> Option<Command> {
        let script = package_folder().join("clients").join(self.script);
        let mut command = match self.interpreter {
            Interpreter::Python => Command::new(find(Part::Python)?),
            Interpreter::Node => {
                let client = find(Part::NodeModule("@modelcontextprotocol/client"))?;
                let mut node = Command::new(find(Part::Node)?);
                node.env("NODE_PATH", client.ancestors().nth(2)?);
                node
            }
        };
        // Nothing is left beside the scripts.
        command.env("PYTHONDONTWRITEBYTECODE", "1").arg(script);
        Some(command)
    }
}

/// The MCP Inspector as a command, and the Node to run it with.
pub(super) struct Inspector {
    node: PathBuf,
    program: PathBuf,
}

impl Inspector {
    pub(super) const ERAS: [&str; 2] = ["modern", "legacy"];

    pub(super) fn find() -> Option<Self> {
        let program = find(Part::NodeModule("@modelcontextprotocol/inspector/clients/launcher/build/index.js"))?;
        Some(Self { node: find(Part::Node)?, program })
    }

    /// The result of one request, compared with a pattern.
    pub(super) fn check(&self, target: &Target, era: &str, method: &[&str], expected: &Value) {
        let result = self.ask(target, era, method);
        fits(&result, expected).unwrap_or_else(|why| panic!("the inspector, {era}: {method:?}: {why}"));
    }

    fn ask(&self, target: &Target, era: &str, method: &[&str]) -> Value {
        let mut command = Command::new(&self.node);
        command.arg(&self.program).arg("--cli");
        reach(&mut command, target);
        command.args(["--protocol-era", era, "--format", "json", "--quiet", "--method"]).args(method);
        let finished = run(&mut command, "");
        assert_eq!(finished.code, Some(0), "{era} {method:?}\n{}\n{}", finished.stdout, finished.stderr);
        let answer: Result<Value, _> = serde_json::from_str(&finished.stdout);
        answer.unwrap_or_else(|error| panic!("{error}: {finished:?}"))["result"].take()
    }
}

fn reach(command: &mut Command, target: &Target) {
    match target {
        Target::Http(host) => command.args(["--server-url", &host.url(), "--transport", "http"]),
        Target::Stdio(host) => {
            let (program, _) = Target::command(host);
            let folder: &Path = &host.path("");
            // It takes `--config` for an option of its own; the program finds its configuration where it is started.
            command.current_dir(folder).args([&program, "serve", "--stdio"])
        }
    };
}
