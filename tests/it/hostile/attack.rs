//! A host with two plugins: an attacker, and the echo guest as its neighbour.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use wharf_tests::{Era, Finished, Part, StdioHost, TestHost, find, message, result};

/// How often the attacker is called at the same time: more often than there are threads to block.
const STRIKES: u64 = 4;

/// The first of the ids of requests to the neighbour.
const ECHOES: u64 = 100;

/// How often the neighbour is called while the attacker's calls run.
const ECHO_COUNT: u64 = 20;

/// What is about to happen: the attacker's bounds, and what it was given.
pub(super) struct Attack {
    host: TestHost,
    component: PathBuf,
    limits: String,
    lasts: bool,
}

impl Attack {
    /// By this component.
    pub(super) fn with(component: &Path) -> Self {
        Self { host: TestHost::new(), component: component.to_owned(), limits: String::new(), lasts: false }
    }

    /// By a component that is made of these bytes.
    pub(super) fn with_bytes(bytes: impl AsRef<[u8]>) -> Self {
        Self::with(Path::new("hostile.wasm")).host(|host| host.file("hostile.wasm", bytes))
    }

    /// Sets bounds of the attacker: lines of its table of limits. Without, the defaults hold.
    pub(super) fn limits(mut self, lines: &str) -> Self {
        self.limits.push_str(lines);
        self.limits.push('\n');
        self
    }

    /// Sets a variable of the host's environment.
    pub(super) fn env(mut self, name: &str, value: &str) -> Self {
        self.host = self.host.env(name, value);
        self
    }

    /// Changes what the host is started with, before the attacker is added.
    pub(super) fn host(mut self, change: impl FnOnce(TestHost) -> TestHost) -> Self {
        self.host = change(self.host);
        self
    }

    /// Each call of the attacker goes on until a bound ends it, so the neighbour must be answered before.
    pub(super) fn lasts(mut self) -> Self {
        self.lasts = true;
        self
    }

    /// Calls the attacker, which answers with this text.
    pub(super) fn answers(self, text: &str) {
        self.strike(|result| assert_answer(result, text));
    }

    /// Calls the attacker, whose calls have no result: with an error of this kind, and these parts of its text.
    pub(super) fn fails(self, kind: &str, said: &[&str]) {
        self.strike(|result| assert_failure(result, kind, said));
    }

    /// Checks that the attacker is not served, for this reason, and that its neighbour is.
    pub(super) fn must_be_refused(self, said: &[&str]) {
        let host = self.arena();
        let checked = host.run(["check"]);
        assert_eq!(checked.code, Some(1), "{checked:?}");
        let (_, about) = checked.stdout.split_once("error: plugin `hostile`: ").expect("an error about the plugin");
        for part in said {
            assert!(about.contains(part), "{about} should say {part}");
        }
        assert!(!checked.stdout.contains('\u{1b}') && !checked.stdout.contains('\u{202e}'), "{checked:?}");
        let mut host = host.stdio();
        assert_answer(&echo(&mut host, ECHOES), "still here");
        assert_eq!(host.close().code, Some(0));
    }

    /// Calls the attacker several times at once, and the neighbour meanwhile. Every line that the host writes to its
    /// standard output is an answer to one of these calls.
    pub(super) fn strike(self, check: impl Fn(&Value)) -> Finished {
        let lasts = self.lasts;
        let mut host = self.start();
        for id in 1..=STRIKES {
            send(&mut host, id, "hostile__strike", json!({ "round": id }));
        }
        for id in ECHOES..ECHOES + ECHO_COUNT {
            assert_answer(&echo(&mut host, id), "still here");
        }
        for id in 1..=STRIKES {
            check(&result(host.answer(id)).unwrap());
        }
        assert_answer(&echo(&mut host, ECHOES + ECHO_COUNT), "still here");
        let finished = host.close();
        assert_eq!(finished.code, Some(0), "{}", finished.stderr);
        let ids = answered(&finished);
        assert_eq!(ids.len() as u64, STRIKES + ECHO_COUNT + 1, "{ids:?}");
        if lasts {
            assert!(ids[0] >= ECHOES, "the neighbour waited for the attacker: {ids:?}");
        }
        finished
    }

    /// Starts the host, both plugins loaded.
    pub(super) fn start(self) -> StdioHost {
        let mut host = self.arena().stdio();
        send(&mut host, 0, "echo__echo", json!({ "text": "ready" }));
        assert_answer(&result(host.answer(0)).unwrap(), "ready");
        host
    }

    /// The configuration, with the attacker's bounds and its neighbour.
    pub(super) fn arena(self) -> TestHost {
        let Self { host, component, limits, .. } = self;
        let host = host.plugin("hostile", component).config("[plugins.hostile.limits]").config(&limits);
        with_neighbour(host)
    }

    /// Starts the host, and waits for the neighbour alone: the attacker is never done with loading.
    pub(super) fn start_while_it_loads(self) -> StdioHost {
        let Self { host, component, limits, .. } = self;
        let host =
            host.config(&format!("[plugins.hostile]\nsource = {component:?}\n[plugins.hostile.limits]\n{limits}"));
        with_neighbour(host).stdio()
    }
}

fn with_neighbour(host: TestHost) -> TestHost {
    // Without the guest nothing here is tested, and `find` has said so, or has panicked.
    find(Part::Guest("echo")).into_iter().fold(host, |host, echo| host.plugin("echo", echo))
}

/// Sends a call and doesn't wait for its end.
pub(super) fn send(host: &mut StdioHost, id: u64, tool: &str, arguments: Value) {
    let params = json!({ "name": tool, "arguments": arguments });
    host.write(&message(Era::Modern, id, "tools/call", params).to_string());
}

/// Calls the neighbour.
pub(super) fn echo(host: &mut StdioHost, id: u64) -> Value {
    send(host, id, "echo__echo", json!({ "text": "still here" }));
    result(host.answer(id)).unwrap()
}

pub(super) fn assert_answer(result: &Value, text: &str) {
    assert_eq!((&result["isError"], &result["content"][0]["text"]), (&json!(false), &json!(text)), "{result}");
}

pub(super) fn assert_failure(result: &Value, kind: &str, said: &[&str]) {
    assert_eq!(result["isError"], true, "{result}");
    assert_eq!(result["_meta"]["wharf/error"]["kind"], kind, "{result}");
    let text = result["content"][0]["text"].as_str().unwrap();
    for part in said {
        assert!(text.contains(part), "{text} should say {part}");
    }
}

/// The ids of the calls that were answered, in the order of the answers, without the one that [`Attack::start`] makes.
fn answered(finished: &Finished) -> Vec<u64> {
    let ids = finished.stdout.lines().map(|line| {
        let message: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{line:?}: {error}"));
        message["id"].as_u64().unwrap_or_else(|| panic!("this is no answer: {line}"))
    });
    ids.filter(|id| *id != 0).collect()
}
