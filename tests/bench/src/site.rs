//! Where things are: the programs and guests that `cargo xtask bench` builds, and a folder for what rows leave behind.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};

/// The build folder, as seen from this program.
pub(crate) struct Site {
    build: PathBuf,
    /// Where this program is, and those that it measures.
    programs: PathBuf,
}

impl Site {
    /// Finds it.
    pub(crate) fn find() -> Result<Self> {
        let program = std::env::current_exe().context("can't find out where this program is")?;
        let programs = program.parent().context("this program is in no folder")?;
        let build = programs.parent().context("this program is not in a build folder")?;
        Ok(Self { build: build.to_owned(), programs: programs.to_owned() })
    }

    /// One of the programs that are built beside this one.
    pub(crate) fn program(&self, name: &str) -> Result<PathBuf> {
        existing(self.programs.join(name))
    }

    /// The component of a test guest.
    pub(crate) fn guest(&self, name: &str) -> Result<PathBuf> {
        existing(self.build.join("guests").join(format!("{name}.wasm")))
    }

    /// The component of a plugin that comes with wharf.
    pub(crate) fn plugin(&self, name: &str) -> Result<PathBuf> {
        existing(self.programs.join("plugins").join(format!("{name}.wasm")))
    }

    /// A folder that stays from one run to the next, and with it the compiled code in its cache.
    pub(crate) fn scratch(&self, name: &str) -> Result<PathBuf> {
        let folder = self.build.join("bench").join(name);
        fs::create_dir_all(&folder).with_context(|| format!("can't make {}", folder.display()))?;
        Ok(folder)
    }

    /// A file in the scratch folder.
    pub(crate) fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> Result<PathBuf> {
        let path = self.scratch("files")?.join(name);
        fs::write(&path, bytes).with_context(|| format!("can't write {}", path.display()))?;
        Ok(path)
    }
}

fn existing(path: PathBuf) -> Result<PathBuf> {
    ensure!(Path::exists(&path), "{} is missing; `cargo xtask bench` builds it", path.display());
    Ok(path)
}
