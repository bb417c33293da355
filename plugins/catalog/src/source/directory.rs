//! Registry files in a directory that the operator grants, read-only: every `*.json` in it, in whichever format.
//!
//! Files are taken in the order of their names, directory by directory, so that the result doesn't depend on the file
//! system. Hidden entries (a leading dot) are passed over: Kubernetes keeps the real files of a mounted ConfigMap in a
//! hidden directory and links to them, so links to files are followed. The sandbox keeps a link from leading outside.

use std::{
    collections::BTreeSet,
    fs::{self, File},
    io::{self, Read},
    path::Path,
};

use super::{document::Document, import::Import, official, toolhive_legacy, toolhive_upstream};
use crate::{
    model::Server,
    report::{MAX_QUOTED, Report, cut},
};

/// How many directories deep files are looked for, the granted one included. A registry is flat, or sorted by team.
pub(crate) const MAX_DEPTH: usize = 4;
/// How many files are read. Each is read again for every call, so a directory is no place for an archive.
pub(crate) const MAX_FILES: usize = 64;
/// How large one file may be, in bytes. ToolHive's registry has 200 KB, a page of the official one as much. As a tree in
/// memory, JSON takes up to thirty times its size.
pub(crate) const MAX_FILE_BYTES: u64 = 4 * 1024 * 1024;
/// How large all files may be together, in bytes: what can be parsed while somebody waits.
pub(crate) const MAX_TOTAL_BYTES: u64 = 16 * 1024 * 1024;
/// How many directory entries are looked at, files or not.
pub(crate) const MAX_ENTRIES: usize = 10_000;

/// Reads all registry files below `root`. A directory that isn't there has not been granted: nothing to report.
pub(crate) fn load(root: &Path, report: &mut Report) -> Vec<Server> {
    let mut walk = Walk { root, files: 0, entries: 0, bytes: 0, servers: Vec::new(), report };
    walk.directory("", 1);
    walk.servers
}

struct Walk<'r> {
    root: &'r Path,
    files: usize,
    entries: usize,
    bytes: u64,
    servers: Vec<Server>,
    report: &'r mut Report,
}

impl Walk<'_> {
    /// Reads the files of one directory, then goes into the directories in it. `name` is its path below the root.
    fn directory(&mut self, name: &str, depth: usize) {
        let names = match self.names(name) {
            Ok(names) => names,
            Err(error) if depth == 1 && error.kind() == io::ErrorKind::NotFound => return,
            Err(error) => return self.report.warn(shown(name), None, format!("can't be listed: {error}")),
        };
        let mut deeper = Vec::new();
        for entry in names {
            let path = if name.is_empty() { entry.clone() } else { format!("{name}/{entry}") };
            if !entry.starts_with('.') && self.entry(&path) {
                deeper.push(path);
            }
        }
        for path in deeper {
            if depth == MAX_DEPTH {
                self.report.warn(&path, None, format!("deeper than {MAX_DEPTH} directories: passed over"));
            } else {
                self.directory(&path, depth + 1);
            }
        }
    }

    /// Names in a directory, in order, as many as may still be looked at.
    fn names(&mut self, name: &str) -> io::Result<BTreeSet<String>> {
        let mut names = BTreeSet::new();
        for entry in fs::read_dir(self.root.join(name))? {
            if self.entries == MAX_ENTRIES {
                let reason = format!("more than {MAX_ENTRIES} directory entries: the rest is passed over");
                self.report.warn(shown(name), None, reason);
                break;
            }
            self.entries += 1;
            match entry?.file_name().into_string() {
                Ok(entry) => drop(names.insert(entry)),
                Err(entry) => {
                    let reason = format!("`{}` is no name in UTF-8: passed over", entry.display());
                    self.report.warn(shown(name), None, reason);
                }
            }
        }
        Ok(names)
    }

    /// Reads the entry if it is a registry file; returns whether it is a directory.
    fn entry(&mut self, path: &str) -> bool {
        let full = self.root.join(path);
        let is_json = path.to_ascii_lowercase().ends_with(".json");
        match fs::metadata(&full) {
            Ok(about) if about.is_dir() => return self.is_own_directory(path),
            Ok(about) if is_json && about.is_file() => self.file(path),
            Ok(_) if is_json => self.report.warn(path, None, "not a regular file: passed over"),
            Err(error) if is_json => self.report.warn(path, None, format!("can't be read: {error}")),
            Ok(_) | Err(_) => {}
        }
        false
    }

    /// A link to a directory isn't followed: it could lead round in a circle.
    fn is_own_directory(&mut self, path: &str) -> bool {
        let linked = fs::symlink_metadata(self.root.join(path)).is_ok_and(|about| about.is_symlink());
        if linked {
            self.report.info(path, None, "a link to a directory: passed over");
        }
        !linked
    }

    fn file(&mut self, path: &str) {
        if self.files == MAX_FILES {
            let reason = format!("more than {MAX_FILES} files: those after them aren't read");
            return self.report.warn(shown(""), None, reason);
        }
        self.files += 1;
        let outcome = self.text(path).and_then(|text| parse(&text));
        match outcome.and_then(|document| import(path, document, self.report)) {
            Ok(servers) => self.servers.extend(servers),
            Err(fault) => self.report.warn(path, None, fault),
        }
    }

    fn text(&mut self, path: &str) -> Result<String, String> {
        let unreadable = |error: io::Error| format!("can't be read: {error}");
        let mut bytes = Vec::new();
        let file = File::open(self.root.join(path)).map_err(unreadable)?;
        // One byte more than allowed tells a file that is too large, whatever its metadata said.
        file.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes).map_err(unreadable)?;
        let size = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        if size > MAX_FILE_BYTES {
            return Err(format!("larger than {MAX_FILE_BYTES} bytes: not read"));
        }
        self.bytes += size;
        if self.bytes > MAX_TOTAL_BYTES {
            return Err(format!("the files together are larger than {MAX_TOTAL_BYTES} bytes: this one isn't read"));
        }
        String::from_utf8(bytes).map_err(|error| format!("not UTF-8 at byte {}", error.utf8_error().valid_up_to()))
    }
}

fn parse(text: &str) -> Result<Document, String> {
    // Some editors put a byte order mark in front.
    let text = text.trim_start_matches('\u{feff}');
    if text.trim().is_empty() {
        return Err("the file is empty".to_owned());
    }
    serde_json::from_str(text).map_err(|error| format!("not a registry: {}", cut(&error.to_string(), 2 * MAX_QUOTED)))
}

fn import(path: &str, document: Document, report: &mut Report) -> Result<Vec<Server>, String> {
    let mut import = Import { file: path.to_owned(), servers: Vec::new(), report };
    if toolhive_upstream::is(&document) {
        toolhive_upstream::import(document, &mut import);
    } else if toolhive_legacy::is(&document) {
        toolhive_legacy::import(document, &mut import);
    } else if official::is(&document) {
        official::import(document, &mut import);
    } else {
        return Err("in none of the known formats: there is no `servers`, no `data.servers`, and no `name` with \
                    `packages` or `remotes`"
            .to_owned());
    }
    Ok(import.servers)
}

/// The granted directory itself needs a name in a notice.
fn shown(directory: &str) -> &str {
    if directory.is_empty() { "." } else { directory }
}
