//! Compiled components on disk. To map machine code is to trust it, so an entry is mapped only if a keyed digest says
//! that this user's wharf wrote it: the key lies elsewhere, and what was digested is what is mapped, by the same
//! descriptor. Entries never change: they are renamed into place and unlinked, but not written to or shortened.

use std::fs::{self, DirBuilder, DirEntry, File, Metadata, OpenOptions};
use std::hash::Hash as _;
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::os::fd::AsRawFd as _;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use blake3::Hasher;
use wasmtime::Engine;
use wasmtime::component::Component;

use crate::random::random_bytes;

/// Bytes of the key, and of the digest at the end of each entry.
const KEY_BYTES: usize = blake3::KEY_LEN;

/// How long an entry stays that nothing has loaded: plugins come and go, and each update leaves one behind.
const UNUSED_TIME: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// How long a draft can be under way. An older one was left by a process that died.
const DRAFT_TIME: Duration = Duration::from_secs(60 * 60);

/// How often somebody looks for such entries. There may be thousands, and a start needn't wait for that each time.
const SWEEP_EVERY: Duration = Duration::from_secs(24 * 60 * 60);

/// The file that says when that was.
const SWEPT: &str = ".swept";

/// How the name of a draft begins.
const DRAFT_PREFIX: &str = ".draft";

/// Where compiled components are kept.
pub(super) struct Cache {
    folder: PathBuf,
    key: [u8; KEY_BYTES],
    /// Removed with the cache, where it can't outlive the process.
    _temporary: Option<tempfile::TempDir>,
}

/// An entry that is being written.
pub(super) struct Draft {
    file: tempfile::NamedTempFile,
    name: String,
}

/// The name of an entry: the component's digest, and that of everything which decides how code is made for it.
pub(super) fn entry_name(engine: &Engine, digest: &str) -> String {
    let mut settings = HashWriter(Hasher::new());
    engine.precompile_compatibility_hash().hash(&mut settings);
    format!("{digest}-{}.cwasm", settings.0.finalize().to_hex())
}

/// Feeds a digest with what hashes itself.
struct HashWriter(Hasher);

impl std::hash::Hasher for HashWriter {
    fn write(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    fn finish(&self) -> u64 {
        // Nobody asks: the whole digest is taken.
        0
    }
}

impl Cache {
    /// Opens the user's cache, and makes what is missing of it. Where there is no folder to be had that is this user's
    /// alone, entries live as long as this process.
    ///
    /// # Errors
    /// When there isn't even a temporary folder.
    pub(super) fn open() -> io::Result<Self> {
        Self::of_user().or_else(|problem| {
            tracing::warn!("compiled components are not kept, and each start compiles them anew: {problem}");
            let temporary = tempfile::Builder::new().prefix("wharf-").tempdir()?;
            let folder = temporary.path().to_owned();
            Ok(Self { folder, key: random_bytes()?, _temporary: Some(temporary) })
        })
    }

    fn of_user() -> Result<Self, String> {
        let folder = user_folder("XDG_CACHE_HOME", ".cache").ok_or("neither XDG_CACHE_HOME nor HOME is set")?;
        let state = user_folder("XDG_STATE_HOME", ".local/state").ok_or("neither XDG_STATE_HOME nor HOME is set")?;
        Self::open_at(folder.join("components"), &state)
    }

    fn open_at(folder: PathBuf, state: &Path) -> Result<Self, String> {
        private_folder(&folder)?;
        private_folder(state)?;
        let key = read_or_make_key(&state.join("cache-key"))?;
        sweep(&folder);
        Ok(Self { folder, key, _temporary: None })
    }

    /// The compiled component, if there is an entry that is whole and ours. Any other is removed.
    pub(super) fn load(&self, engine: &Engine, name: &str) -> Option<Component> {
        let path = self.folder.join(name);
        let mut file = File::open(&path).ok()?;
        match self.verify_and_map(engine, &mut file, name) {
            Ok(component) => {
                // Its time is when it was last of use. Where it can't be set, the entry is compiled again some day.
                let _ = file.set_modified(SystemTime::now());
                Some(component)
            }
            Err(problem) => {
                tracing::warn!("the compiled entry {} is not used, and compiled anew: {problem}", path.display());
                // Whoever replaced it in between loses a compilation, and nothing else.
                let _ = fs::remove_file(&path);
                None
            }
        }
    }

    /// Begins an entry. The file is opened for writing and reading, and has no name that is ever looked up.
    pub(super) fn draft(&self, name: &str) -> io::Result<Draft> {
        Ok(Draft {
            file: tempfile::Builder::new().prefix(DRAFT_PREFIX).tempfile_in(&self.folder)?,
            name: name.to_owned(),
        })
    }

    /// Seals what was written, maps it by the same descriptor, and puts it in its place.
    pub(super) fn finish(&self, engine: &Engine, mut draft: Draft) -> Result<Component, String> {
        let text = |error: io::Error| error.to_string();
        let file = draft.file.as_file_mut();
        let length = file.metadata().map_err(text)?.len();
        let digest = self.digest(file, &draft.name, length).map_err(text)?;
        file.seek(SeekFrom::End(0)).and_then(|_| file.write_all(digest.as_bytes())).map_err(text)?;
        let component = map(engine, file)?;
        draft.file.persist(self.folder.join(&draft.name)).map_err(|error| error.to_string())?;
        Ok(component)
    }

    fn verify_and_map(&self, engine: &Engine, file: &mut File, name: &str) -> Result<Component, String> {
        let metadata = file.metadata().map_err(|error| error.to_string())?;
        if metadata.uid() != rustix::process::geteuid().as_raw() {
            return Err("it belongs to another user".into());
        }
        let length = metadata.len().checked_sub(KEY_BYTES as u64).ok_or("it is too short")?;
        let digest = self.digest(file, name, length).map_err(|error| error.to_string())?;
        let mut sealed = [0; KEY_BYTES];
        file.read_exact(&mut sealed).map_err(|error| error.to_string())?;
        // Compared in constant time, by the type's own comparison.
        if digest != blake3::Hash::from_bytes(sealed) {
            return Err("its seal is broken".into());
        }
        map(engine, file)
    }

    /// The keyed digest of the entry's name and of this many bytes of its file.
    fn digest(&self, file: &mut File, name: &str, length: u64) -> io::Result<blake3::Hash> {
        let mut hasher = Hasher::new_keyed(&self.key);
        hasher.update(&(name.len() as u64).to_le_bytes()).update(name.as_bytes());
        file.seek(SeekFrom::Start(0))?;
        hasher.update_reader(file.take(length))?;
        Ok(hasher.finalize())
    }
}

impl Draft {
    /// The file, for the process that writes it.
    pub(super) fn output(&self) -> io::Result<File> {
        self.file.as_file().try_clone()
    }
}

/// Maps the very file that was digested.
#[expect(unsafe_code, reason = "Wasmtime can't check machine code, and so asks for a promise")]
fn map(engine: &Engine, file: &File) -> Result<Component, String> {
    let path = format!("/proc/self/fd/{}", file.as_raw_fd());
    // SAFETY: the file was written by a compiler of this program and sealed with this user's key, which was checked on
    // this descriptor; entries are never changed in place, so the mapping stays what was digested.
    unsafe { Component::deserialize_file(engine, path) }.map_err(|error| format!("{error:#}"))
}

/// Removes what nobody has used for long, if that wasn't done lately. Whoever still maps an entry keeps it: only its name
/// goes.
fn sweep(folder: &Path) {
    let mark = folder.join(SWEPT);
    if fs::metadata(&mark).is_ok_and(|mark| age(&mark) < SWEEP_EVERY) {
        return;
    }
    // First, so that another wharf needn't do the same. Where there is no mark, each start looks.
    let _ = fs::write(&mark, "");
    let Ok(entries) = fs::read_dir(folder) else { return };
    entries.flatten().filter(is_unused).for_each(|entry| {
        // Another wharf may have been faster.
        let _ = fs::remove_file(entry.path());
    });
}

/// Whether nobody has used an entry for long, or finished a draft.
fn is_unused(entry: &DirEntry) -> bool {
    let is_draft = entry.file_name().to_string_lossy().starts_with(DRAFT_PREFIX);
    let bound = if is_draft { DRAFT_TIME } else { UNUSED_TIME };
    entry.metadata().is_ok_and(|metadata| age(&metadata) > bound)
}

/// Since it was written, or marked as used. A clock that was set back makes it young.
fn age(file: &Metadata) -> Duration {
    file.modified().ok().and_then(|modified| modified.elapsed().ok()).unwrap_or_default()
}

fn user_folder(variable: &str, below_home: &str) -> Option<PathBuf> {
    let absolute = |path: PathBuf| path.is_absolute().then_some(path);
    let named = std::env::var_os(variable).map(PathBuf::from).and_then(absolute);
    let home = || std::env::var_os("HOME").map(PathBuf::from).and_then(absolute).map(|home| home.join(below_home));
    Some(named.or_else(home)?.join("wharf"))
}

/// Makes a folder, or checks that it is this user's and that nobody else can write to it.
fn private_folder(folder: &Path) -> Result<(), String> {
    let problem = |text: String| format!("{}: {text}", folder.display());
    DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(|error| problem(error.to_string()))?;
    let metadata = fs::symlink_metadata(folder).map_err(|error| problem(error.to_string()))?;
    if !metadata.is_dir() || metadata.uid() != rustix::process::geteuid().as_raw() || metadata.mode() & 0o022 != 0 {
        return Err(problem("it is not a folder of this user alone".into()));
    }
    Ok(())
}

fn read_or_make_key(path: &Path) -> Result<[u8; KEY_BYTES], String> {
    let problem = |error: io::Error| format!("{}: {error}", path.display());
    if let Some(key) = read_key(path).map_err(problem)? {
        return Ok(key);
    }
    let fresh = random_bytes().map_err(problem)?;
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(problem)?;
    file.write_all(&fresh).map_err(problem)?;
    // Another wharf may have been faster: then its key is the one.
    match file.persist_noclobber(path) {
        Ok(_) => Ok(fresh),
        Err(_) => read_key(path).map_err(problem)?.ok_or_else(|| format!("{}: it is not a key", path.display())),
    }
}

/// None: there is no key yet.
fn read_key(path: &Path) -> io::Result<Option<[u8; KEY_BYTES]>> {
    let opened =
        OpenOptions::new().read(true).custom_flags(rustix::fs::OFlags::NOFOLLOW.bits().cast_signed()).open(path);
    let mut file = match opened {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        opened => opened?,
    };
    let metadata = file.metadata()?;
    if metadata.uid() != rustix::process::geteuid().as_raw() || metadata.mode() & 0o077 != 0 {
        return Err(io::Error::other("others can read this key: remove it, and a new one is made"));
    }
    let mut key = [0; KEY_BYTES];
    file.read_exact(&mut key)?;
    Ok(Some(key))
}

#[cfg(test)]
mod tests;
