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

/// Fetches the packages. Where the machine has no lists of packages, or old ones, with lists of our own: that takes no more
/// rights than writing to this folder.
fn download(folder: &Path) -> Result<()> {
    let fetch = |options: &[String]| {
        let mut command = Command::new("apt-get");
        step::run(command.args(options).args(["--quiet", "download"]).args(REDIS).current_dir(folder))
    };
    if fetch(&[]).is_ok() {
        return Ok(());
    }
    let (lists, cache) = (folder.join("lists"), folder.join("cache"));
    for made in [lists.join("partial"), cache.join("archives/partial")] {
        fs::create_dir_all(made)?;
    }
    let option = |key: &str, folder: &Path| ["-o".to_owned(), format!("{key}={}", folder.display())];
    let options = [option("Dir::State::Lists", &lists), option("Dir::Cache", &cache)].concat();
    step::run(Command::new("apt-get").args(&options).args(["--quiet", "update"]))?;
    fetch(&options)
}

/// Makes a server available, unless the machine has one.
pub(crate) fn install(folder: &Path) -> Result<()> {
    if step::output(Command::new("redis-server").arg("--version")).is_ok() {
        return Ok(());
    }
    let key = stamp::key(&[], &[REDIS_START, &REDIS.join(" ")])?;
    stamp::unless_made(folder, &key, || {
        let _ = fs::remove_dir_all(folder);
        fs::create_dir_all(folder.join("bin"))?;
        download(folder).context("Redis is needed, and Debian's packages can't be had: install redis-server")?;
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
