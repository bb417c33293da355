//! A Redis of a test's own, on a socket in a folder of its own.

use std::io::{Write as _, stderr};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// How long a server may take to begin.
const BEGIN: Duration = Duration::from_secs(10);

/// Runs until it is dropped.
pub(in crate::capability::keyvalue) struct Server {
    child: Child,
    folder: TempDir,
    more: Vec<String>,
}

impl Server {
    /// None: there is no such program, which was said.
    ///
    /// # Panics
    /// When the program is missing in continuous integration, or doesn't begin.
    pub(in crate::capability::keyvalue) fn start(more: &[&str]) -> Option<Self> {
        let program = program()?;
        let folder = tempfile::tempdir().unwrap();
        let more = more.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>();
        let child = spawn(&program, &folder, &more);
        Some(Self { child, folder, more })
    }

    pub(in crate::capability::keyvalue) fn url(&self) -> String {
        format!("redis+unix://{}", socket(&self.folder).display())
    }

    pub(in crate::capability::keyvalue) fn stop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_file(socket(&self.folder));
    }

    pub(in crate::capability::keyvalue) fn start_again(&mut self) {
        self.child = spawn(&program().unwrap(), &self.folder, &self.more);
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop();
    }
}

fn socket(folder: &TempDir) -> PathBuf {
    folder.path().join("redis.sock")
}

fn spawn(program: &PathBuf, folder: &TempDir, more: &[String]) -> Child {
    let mut command = Command::new(program);
    command.args(["--port", "0", "--save", "", "--appendonly", "no", "--unixsocket"]).arg(socket(folder));
    command.arg("--dir").arg(folder.path()).args(more).stdin(Stdio::null()).stdout(Stdio::null());
    let child = command.spawn().unwrap();
    let begun = Instant::now();
    while std::os::unix::net::UnixStream::connect(socket(folder)).is_err() {
        assert!(begun.elapsed() < BEGIN, "{} does not begin", program.display());
        std::thread::sleep(Duration::from_millis(10));
    }
    child
}

/// What `cargo xtask test` put into the build folder, or what is installed.
fn program() -> Option<PathBuf> {
    let tests = std::env::current_exe().unwrap();
    let own = tests.ancestors().nth(3).unwrap().join("test-tools/redis/bin/redis-server");
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut places = std::iter::once(own).chain(std::env::split_paths(&path).map(|folder| folder.join("redis-server")));
    let found = places.find(|place| place.is_file());
    if found.is_none() {
        let reason = "there is no redis-server; `cargo xtask test` brings it";
        assert!(!is_ci(), "{reason}");
        // Past the test harness, which would keep it to itself.
        let _ = writeln!(stderr(), "skipped: {reason}");
    }
    found
}

fn is_ci() -> bool {
    std::env::var("CI").is_ok_and(|value| !matches!(value.as_str(), "" | "0" | "false"))
}
