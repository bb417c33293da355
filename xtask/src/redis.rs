//! The Redis server that tests of stores run against.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::{stamp, step};

/// A Redis server for the tests of its store, and the libraries that a machine may lack: Debian's packages, unpacked into the
/// build folder, so that nothing is installed. One that is installed does as well.
const REDIS: &[&str] = &["redis-server", "redis-tools", "libjemalloc2", "liblzf1"];

/// Finds the unpacked libraries, whatever the machine's architecture.
const REDIS_START: &str = r#"#!/bin/sh
root=$(dirname "$0")/../root
LD_LIBRARY_PATH=$(echo "$root"/usr/lib/*-linux-gnu*) exec "$root/usr/bin/redis-server" "$@"
"#;

/// Makes a server available, unless the machine has one.
pub(crate) fn install(folder: &Path) -> Result<()> {
    if step::output(Command::new("redis-server").arg("--version")).is_ok() {
        return Ok(());
    }
    let key = stamp::key(&[], &[REDIS_START, &REDIS.join(" ")])?;
    stamp::unless_made(folder, &key, || {
        let _ = fs::remove_dir_all(folder);
        fs::create_dir_all(folder.join("bin"))?;
        let mut download = Command::new("apt-get");
        step::run(download.args(["--quiet", "download"]).args(REDIS).current_dir(folder))
            .context("Redis is needed: install redis-server; or, on Debian, run `apt-get update`")?;
        for file in fs::read_dir(folder)?.flatten().filter(|file| file.path().extension().is_some_and(|it| it == "deb"))
        {
            step::run(Command::new("dpkg-deb").arg("--extract").arg(file.path()).arg(folder.join("root")))?;
        }
        let start = folder.join("bin/redis-server");
        fs::write(&start, REDIS_START)?;
        fs::set_permissions(&start, fs::Permissions::from_mode(0o755))?;
        step::run(Command::new(&start).arg("--version"))
    })
}
