//! Hosts whose plugins are the guest `reach`, which does what it is told, and what the audit says of them.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::{Value, json};
use tempfile::TempDir;
use wharf_tests::{Connection, Era, HttpHost, NameServer, Part, TestHost, find};

use crate::record;

/// A host that is being put together.
pub(super) struct Setup {
    host: TestHost,
    folder: TempDir,
}

/// A running host with one client.
pub(super) struct Reach {
    client: Connection,
    host: Arc<HttpHost>,
    folder: TempDir,
    calls: usize,
    read: usize,
}

impl Setup {
    pub(super) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("audit.jsonl");
        Self { host: TestHost::new().config(&format!("[audit]\nfile = {file:?}")), folder }
    }

    /// Where a file of the test is, which goes with the host.
    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The folder in which wharf runs, and where it keeps what it keeps for its user.
    pub(super) fn home(&self) -> PathBuf {
        self.host.path("")
    }

    /// Lines before those of plugins, or a variable of the environment, or arguments.
    pub(super) fn host(mut self, change: impl FnOnce(TestHost) -> TestHost) -> Self {
        self.host = change(self.host);
        self
    }

    /// Names are looked up there.
    pub(super) fn names(self, server: &NameServer) -> Self {
        let address = server.address().to_string();
        self.host(|host| host.config(&format!("[network]\nnameservers = [{address:?}]")))
    }

    /// Adds `reach` under this id. None: the guest isn't built.
    pub(super) fn plugin(self, id: &str, limits: &str, grants: &str) -> Option<Self> {
        let reach = find(Part::Guest("reach"))?;
        Some(self.component(&reach, id, limits, grants))
    }

    /// As [`Self::plugin`], with this in its request section.
    pub(super) fn asking(self, id: &str, requests: &Value, grants: &str) -> Option<Self> {
        let reach = find(Part::Guest("reach"))?;
        let (section, asking) = (self.path(&format!("{id}.json")), self.path(&format!("{id}.wasm")));
        fs::write(&section, json!({ "requests": requests }).to_string()).unwrap();
        let arguments = ["plugin".as_ref(), "embed".as_ref(), reach.as_os_str(), "--request".as_ref()];
        let more = [section.as_os_str(), "--output".as_ref(), asking.as_os_str()];
        let embedded = self.host.run(arguments.into_iter().chain(more));
        assert_eq!(embedded.code, Some(0), "{embedded:?}");
        Some(self.component(&asking, id, "", grants))
    }

    /// Adds any component, with lines of its tables of limits and of grants.
    pub(super) fn component(self, component: &Path, id: &str, limits: &str, grants: &str) -> Self {
        // Time to list even on a busy machine: that is not what these tests are about.
        let mut lines = format!("[plugins.{id}.limits]\nlist-time-ms = 60000\n{limits}\n");
        if !grants.is_empty() {
            writeln!(lines, "[plugins.{id}.grants]\n{grants}").unwrap();
        }
        self.host(|host| host.plugin(id, component).config(&lines))
    }

    /// What `wharf check` says.
    pub(super) fn check(&self) -> wharf_tests::Finished {
        self.host.run(["check"])
    }

    pub(super) fn start(self) -> Reach {
        let host = Arc::new(self.host.http());
        let client = Connection::http(Arc::clone(&host), Era::Modern);
        Reach { client, host, folder: self.folder, calls: 0, read: 0 }
    }
}

impl Reach {
    /// Another client of the same host.
    pub(super) fn second(&self) -> Connection {
        Connection::http(Arc::clone(&self.host), Era::Modern)
    }

    /// The result of a call, whole.
    pub(super) fn result(&mut self, tool: &str, arguments: &Value) -> Value {
        self.calls += 1;
        self.client.call(tool, arguments.clone()).unwrap_or_else(|error| panic!("{tool} {arguments}: {error}"))
    }

    /// What a call of a tool that doesn't fail tells.
    pub(super) fn call(&mut self, tool: &str, arguments: &Value) -> Value {
        let mut result = self.result(tool, arguments);
        assert_eq!(result["isError"], false, "{tool} {arguments}: {result}");
        result["structuredContent"].take()
    }

    /// A request by `GET`.
    pub(super) fn get(&mut self, plugin: &str, url: &str) -> Value {
        self.call(&format!("{plugin}__http"), &json!({ "url": url }))
    }

    /// What was recorded of the uses of capabilities since this was asked last, or the start.
    pub(super) fn uses(&mut self) -> Vec<Value> {
        let is_call = |line: &&Value| line["record"] == "call";
        let lines = record::once(&self.audit(), |lines| {
            (lines.iter().filter(is_call).count() >= self.calls).then(|| lines.to_vec())
        });
        let read = std::mem::replace(&mut self.read, lines.len());
        lines.into_iter().skip(read).filter(|line| line["record"] == "use").collect()
    }

    /// How many uses of one call were counted, since they were too many for lines of their own.
    pub(super) fn counted(&self) -> Value {
        record::once(&self.audit(), |lines| lines.iter().find(|line| line["record"] == "uses").cloned())
    }

    fn audit(&self) -> PathBuf {
        self.path("audit.jsonl")
    }

    pub(super) fn audit_text(&self) -> String {
        fs::read_to_string(self.audit()).unwrap_or_default()
    }

    pub(super) fn log(&self) -> String {
        self.host.log()
    }

    /// Where a file of the test is.
    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

/// Who refused the uses, or `allowed`, with the rule: in short, for comparing.
pub(super) fn decisions(uses: &[Value]) -> Vec<String> {
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    let decision = |line: &Value| match line["decision"].as_str() {
        Some("allowed") => format!("allowed by {}", text(&line["rule"])),
        _ => format!("refused by {}", text(&line["by"])),
    };
    uses.iter().map(decision).collect()
}
