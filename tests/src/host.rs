//! A configuration in a folder of its own, and the program started with it.

use std::ffi::{OsStr, OsString};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::process::Process;
use crate::{Connection, Finished, HttpHost, StdioHost, Wire, bounds, parts, process};

/// What the program finds when it starts: a folder that is its working directory, with a `wharf.toml`. Of the
/// environment it sees only what the test gives it, and a home in that folder.
pub struct TestHost {
    folder: TempDir,
    config: Option<String>,
    plugins: Vec<String>,
    arguments: Vec<OsString>,
    environment: Vec<(OsString, OsString)>,
}

impl Default for TestHost {
    fn default() -> Self {
        Self::new()
    }
}

impl TestHost {
    /// An empty configuration.
    ///
    /// # Panics
    /// When no folder can be made.
    #[must_use]
    pub fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            config: Some(String::new()),
            plugins: Vec::new(),
            arguments: Vec::new(),
            environment: Vec::new(),
        }
    }

    /// No `wharf.toml` in the folder.
    #[must_use]
    pub fn without_config(mut self) -> Self {
        self.config = None;
        self
    }

    /// Adds lines to the configuration.
    ///
    /// # Panics
    /// When there is to be none.
    #[must_use]
    pub fn config(mut self, lines: &str) -> Self {
        let config = self.config.as_mut().expect("lines for a configuration that is there");
        writeln!(config, "{lines}").unwrap();
        self
    }

    /// Adds a plugin without any grant. Lines that are added next belong to it.
    #[must_use]
    pub fn plugin(self, id: &str, source: impl AsRef<Path>) -> Self {
        let source = quoted(source);
        self.config(&format!("[plugins.{id}]\nsource = {source}")).awaiting(id)
    }

    /// Waits for a plugin that comes in another way, before anything is asked of a server.
    #[must_use]
    pub fn awaiting(mut self, id: &str) -> Self {
        self.plugins.push(id.to_owned());
        self
    }

    /// Grants the plugin that was added last a directory, to read.
    #[must_use]
    pub fn grant(self, id: &str, directory: impl AsRef<Path>, at: &str) -> Self {
        let directory = quoted(directory);
        self.config(&format!("[plugins.{id}.grants]\nfiles = [{{ directory = {directory}, at = {at:?} }}]"))
    }

    /// Puts a file into the folder.
    ///
    /// # Panics
    /// When it can't be written.
    #[must_use]
    pub fn file(self, name: &str, bytes: impl AsRef<[u8]>) -> Self {
        fs::write(self.path(name), bytes).unwrap();
        self
    }

    /// Where something in the folder is, or would be.
    #[must_use]
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Adds arguments to `wharf serve`.
    #[must_use]
    pub fn args<T: Into<OsString>>(mut self, arguments: impl IntoIterator<Item = T>) -> Self {
        self.arguments.extend(arguments.into_iter().map(Into::into));
        self
    }

    /// Sets an environment variable.
    #[must_use]
    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.environment.push((name.into(), value.as_ref().into()));
        self
    }

    /// Runs a command of the program to its end.
    ///
    /// # Panics
    /// When it doesn't end within the bound.
    #[must_use]
    pub fn run<T: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = T>) -> Finished {
        self.run_with(arguments, "")
    }

    /// As [`Self::run`], with a text on standard input.
    ///
    /// # Panics
    /// When it doesn't end within the bound.
    #[must_use]
    pub fn run_with<T: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = T>, input: &str) -> Finished {
        process::run(self.command().args(arguments), input)
    }

    /// Serves over HTTP, on a port of its own, and is ready.
    ///
    /// # Panics
    /// When it doesn't get so far.
    #[must_use]
    pub fn http(self) -> HttpHost {
        let has_address = self.arguments.iter().any(|argument| argument == "--http");
        let host = if has_address { self } else { self.args(["--http", "127.0.0.1:0"]) };
        HttpHost::start(host.serve(), host.folder)
    }

    /// Serves over standard input and output.
    ///
    /// # Panics
    /// When it can't be started.
    #[must_use]
    pub fn stdio(self) -> StdioHost {
        let host = self.args(["--stdio"]);
        StdioHost::new(host.serve(), host.folder)
    }

    /// Serves, with one client that is connected in this way.
    ///
    /// # Panics
    /// When it doesn't get so far.
    #[must_use]
    pub fn connect(self, wire: Wire) -> Connection {
        self.connect_as(wire, json!({}))
    }

    /// As [`Self::connect`], with a client that says that it has these capabilities.
    ///
    /// # Panics
    /// When it doesn't get so far.
    #[must_use]
    pub fn connect_as(self, wire: Wire, capabilities: Value) -> Connection {
        if wire.is_http() {
            Connection::http_as(Arc::new(self.http()), wire.era(), capabilities)
        } else {
            Connection::stdio_as(self.stdio(), wire.era(), capabilities)
        }
    }

    /// The program with the environment and the folder of this host, as a client would start it.
    #[must_use]
    pub fn command(&self) -> Command {
        if let Some(config) = &self.config {
            fs::write(self.path("wharf.toml"), config).unwrap();
        }
        let mut command = Command::new(parts::wharf());
        command
            .current_dir(self.folder.path())
            .env_clear()
            // What it keeps for its user goes with the folder.
            .env("HOME", self.folder.path())
            .envs(self.environment.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Starts the server. Clients may come before the plugins are there, and see some of them then; tests don't want to.
    fn serve(&self) -> Process {
        let process = Process::start(self.command().arg("serve").args(&self.arguments));
        for plugin in &self.plugins {
            let name = format!("plugin=\"{plugin}\"");
            // That it is being compiled is said before.
            let settled = |line: &str| line.contains(&name) && !line.contains("compiling");
            let found = process.stderr.find(0, bounds::START, |line| settled(line).then_some(()));
            assert!(found.is_some(), "it never said what became of plugin {plugin}");
        }
        process
    }
}

/// As a text of TOML.
fn quoted(path: impl AsRef<Path>) -> String {
    let text = path.as_ref().to_str().expect("test paths are UTF-8");
    toml::Value::from(text).to_string()
}
