//! The operator's tools at the border: what is granted and why not, which grants are odd or missing, tools that are held to
//! reading, and those that somebody has to agree to.

mod add;
mod approval;
mod claim;
mod learn;
mod policy;
mod read_only;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::{Value, json};
use wharf_tests::{Finished, Origin, Part, TestHost, answer, find};

/// The guest that does what it is told.
fn reach() -> Option<PathBuf> {
    find(Part::Guest("reach"))
}

/// A server that answers everything.
fn site() -> Origin {
    Origin::start(|_, out| out.write_all(&answer(200, &[], "ok")))
}

/// A host with the guest as `r`, and these lines below `[plugins.r]`.
fn host(lines: &str) -> Option<TestHost> {
    Some(TestHost::new().plugin("r", reach()?).config(lines))
}

/// The guest with a request section.
fn asking(requests: &Value) -> Option<Vec<u8>> {
    let request = json!({ "requests": requests }).to_string();
    let host = TestHost::new().file("plugin.wasm", fs::read(reach()?).unwrap()).file("request.json", request);
    let embedded = host.run(["plugin", "embed", "plugin.wasm", "--request", "request.json"]);
    assert_eq!(embedded.code, Some(0), "{embedded:?}");
    Some(fs::read(host.path("plugin.wasm")).unwrap())
}

/// Ends with this code, and says all of this on standard output.
fn says(finished: &Finished, code: i32, parts: &[&str]) {
    assert_eq!(finished.code, Some(code), "{finished:?}");
    for part in parts {
        assert!(finished.stdout.contains(part), "{part}: {}", finished.stdout);
    }
}

/// Answers questions as a person at a terminal does, and shows what was seen there: first come pairs of what is asked and
/// what is typed then.
const TYPING: &str = r#"
import json, os, pty, signal, sys
answers = json.loads(sys.argv[1])
signal.alarm(120)
pid, terminal = pty.fork()
if pid == 0:
    os.execv(sys.argv[2], sys.argv[2:])
seen = b""
while True:
    try:
        part = os.read(terminal, 4096)
    except OSError:
        break
    if not part:
        break
    seen += part
    sys.stdout.buffer.write(part)
    if answers and answers[0][0].encode() in seen:
        os.write(terminal, answers.pop(0)[1].encode())
        seen = b""
sys.stdout.buffer.flush()
_, status = os.waitpid(pid, 0)
sys.exit(1 if answers else os.waitstatus_to_exitcode(status))
"#;

/// Adds the guest from `reach.wasm`, at a terminal.
fn typed(host: &TestHost, python: &Path, answers: &Value) -> Output {
    let wharf = host.command();
    let mut command = Command::new(python);
    command.args(["-c", TYPING, &answers.to_string()]).arg(wharf.get_program()).args(["plugin", "add", "reach.wasm"]);
    command.current_dir(host.path("")).env("TERM", "xterm").output().unwrap()
}
