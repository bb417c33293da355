//! `setup`: the compiler's target for components.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::step::{self, step};
use crate::workspace::{COMPONENT_TARGET, Workspace};

/// Adds the target where it is missing. Does nothing, and says nothing but that, where it is there.
pub(crate) fn run(workspace: &Workspace) -> Result<()> {
    step(&format!("target {COMPONENT_TARGET}"), || {
        let libraries = libraries(&workspace.root)?;
        if has_std(&libraries) {
            return Ok(());
        }
        add(&workspace.root)?;
        if !has_std(&libraries) {
            bail!("rustup added the target, but no standard library is in {}: {WAY_OUT}", libraries.display());
        }
        Ok(())
    })
}

const WAY_OUT: &str = "add the target by hand, as docs/wasm-target.md describes, and run the command again";

/// Where the target's libraries are, or would be, for the compiler that rust-toolchain.toml selects.
fn libraries(root: &Path) -> Result<PathBuf> {
    let sysroot = step::output(Command::new("rustc").args(["--print", "sysroot"]).current_dir(root))
        .context("cannot ask the compiler where its libraries are")?;
    Ok(Path::new(sysroot.trim()).join("lib/rustlib").join(COMPONENT_TARGET).join("lib"))
}

/// Looked at directly: rustup lists only what it installed itself, and a compiler may come from elsewhere.
fn has_std(libraries: &Path) -> bool {
    let is_std = |name: &OsStr| name.to_str().is_some_and(|it| it.starts_with("libstd-") && it.ends_with(".rlib"));
    fs::read_dir(libraries).is_ok_and(|entries| entries.flatten().any(|entry| is_std(&entry.file_name())))
}

fn add(root: &Path) -> Result<()> {
    let mut rustup = Command::new("rustup");
    rustup.args(["target", "add", COMPONENT_TARGET]).current_dir(root);
    step::run(&mut rustup).with_context(|| {
        format!("the compiler lacks the target {COMPONENT_TARGET}, and rustup can't add it; {WAY_OUT}")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_standard_library_counts_as_the_target() {
        for (case, files, expected) in [
            ("nothing", &[][..], false),
            ("another library", &["libcore-12ab.rlib"], false),
            ("only metadata", &["libstd-12ab.rmeta"], false),
            ("the library", &["libcore-12ab.rlib", "libstd-12ab.rlib"], true),
        ] {
            let folder =
                std::env::temp_dir().join(format!("wharf-setup-{}-{}", std::process::id(), files.len() + case.len()));
            fs::create_dir_all(&folder).unwrap();
            for file in files {
                fs::write(folder.join(file), "").unwrap();
            }
            let found = has_std(&folder);
            fs::remove_dir_all(&folder).unwrap();
            assert_eq!(found, expected, "{case}");
        }
        assert!(!has_std(Path::new("no/such/folder")));
    }
}
