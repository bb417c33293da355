use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};

use tempfile::TempDir;

use super::super::Bound;
use super::*;
use crate::capability::keyvalue::grant::Bounds;

fn space(keys: u64) -> Space {
    Space { plugin: "p".into(), bucket: "b".into(), bounds: Bounds { bytes: 1_000, keys, value_bytes: 100 } }
}

fn set(key: &str) -> Changes {
    Changes::from([(key.to_owned(), Some(b"v".to_vec()))])
}

fn place() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("new/folder/state.redb");
    (folder, path)
}

#[tokio::test]
async fn what_was_written_is_there_after_opening_again_with_its_usage() {
    let (_folder, path) = place();
    let (store, moved) = Redb::open(&path).unwrap();
    assert!(moved.is_none());
    store.write(&space(2), set("a")).await.unwrap();
    store.increment(&space(2), "n".into(), 7).await.unwrap();
    drop(store);
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let (store, moved) = Redb::open(&path).unwrap();
    assert!(moved.is_none());
    let found = store.get(&space(2), &["a".to_owned(), "n".to_owned()]).await.unwrap();
    assert_eq!(found, [Some(b"v".to_vec()), Some(b"7".to_vec())]);
    assert_eq!(store.write(&space(2), set("c")).await, Err(Bound::Keys(2).into()));
    assert_eq!(store.list_keys(&space(2), None).await.unwrap().keys, ["a", "n"]);
}

#[tokio::test]
async fn a_file_has_one_process() {
    let (_folder, path) = place();
    let (store, _) = Redb::open(&path).unwrap();
    let error = Redb::open(&path).err().unwrap().to_string();
    assert!(error.contains("another process uses this key-value store"), "{error}");
    drop(store);
    assert!(Redb::open(&path).is_ok(), "free again at once");
}

#[tokio::test]
async fn a_file_that_is_no_store_is_moved_aside() {
    let other = |path: &PathBuf| {
        let database = Database::create(path).unwrap();
        let writing = database.begin_write().unwrap();
        writing.open_table(::redb::TableDefinition::<&str, &str>::new("other")).unwrap();
        writing.commit().unwrap();
    };
    let damaged = |path: &PathBuf| {
        drop(Redb::open(path).unwrap());
        let mut bytes = std::fs::read(path).unwrap();
        let middle = bytes.len() / 2;
        bytes[..middle].iter_mut().skip(64).for_each(|byte| *byte ^= 0xff);
        std::fs::write(path, bytes).unwrap();
    };
    let text = |path: &PathBuf| std::fs::write(path, b"not a database at all".repeat(1_000)).unwrap();
    let short = |path: &PathBuf| std::fs::write(path, b"redb").unwrap();
    type Spoil<'a> = &'a dyn Fn(&PathBuf);
    let cases: [(&str, Spoil<'_>); 4] =
        [("another one's", &other), ("damaged", &damaged), ("text", &text), ("cut off", &short)];
    for (case, spoil) in cases {
        let (_folder, path) = place();
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        spoil(&path);
        let before = std::fs::read(&path).unwrap();
        let (store, moved) = Redb::open(&path).unwrap_or_else(|error| panic!("{case}: {error}"));
        let moved = moved.unwrap_or_else(|| panic!("{case} was taken for a store"));
        assert!(moved.to_string().contains("key-value store"), "{moved}");
        assert_eq!(std::fs::read(&moved.aside).unwrap().len(), before.len(), "{case}");
        store.write(&space(1), set("a")).await.unwrap();
    }
}

#[test]
fn what_is_no_file_stays_where_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let error = Redb::open(folder.path()).err().unwrap();
    assert!(matches!(error, OpenError::Io { .. }), "{error}");
    assert!(folder.path().is_dir());
}

#[tokio::test]
async fn a_refusal_leaves_the_rest_of_its_group() {
    let database = Database::builder().create_with_backend(::redb::backends::InMemoryBackend::new()).unwrap();
    prepare(&database).unwrap();
    let work = |key: &str| (space(2), Work::Write(set(key)));
    let too_much = (space(2), Work::Write(set("b").into_iter().chain(set("c")).collect()));
    let number = (space(2), Work::Increment("a".into(), 1));
    let outcomes = commit(&database, vec![work("a"), too_much, number, work("d"), work("e")]).unwrap();
    let refused = Err(Bound::Keys(2).into());
    assert_eq!(outcomes, [Ok(0), refused.clone(), Err(StoreError::NoNumber), Ok(0), refused]);
    let reading = Reading::new(&database.begin_read().unwrap()).unwrap();
    assert_eq!(reading.page(&space(2), 0).unwrap().keys, ["a", "d"]);
}

/// A database in memory that counts how often it had to wait for its disk.
#[derive(Debug, Default)]
struct Counting {
    memory: ::redb::backends::InMemoryBackend,
    waits: Arc<AtomicUsize>,
}

impl ::redb::StorageBackend for Counting {
    fn len(&self) -> io::Result<u64> {
        self.memory.len()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.memory.read(offset, out)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.memory.set_len(len)
    }

    fn sync_data(&self) -> io::Result<()> {
        self.waits.fetch_add(1, Ordering::Relaxed);
        self.memory.sync_data()
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.memory.write(offset, data)
    }
}

/// Does as many writes as were in line already, and says how often that had to wait.
fn waits_for(database: &Database, waits: &AtomicUsize, writes: usize) -> usize {
    let (line, jobs) = mpsc::channel(WRITES_WAITING);
    let mut answers = Vec::new();
    for number in 0..writes {
        let (answer, answered) = oneshot::channel();
        let work = Work::Write(set(&number.to_string()));
        line.try_send(Job { space: space(u64::MAX), work, answer }).ok().unwrap();
        answers.push(answered);
    }
    drop(line);
    let before = waits.load(Ordering::Relaxed);
    write_all(database, jobs);
    assert!(answers.into_iter().all(|mut answered| answered.try_recv().unwrap().is_ok()), "they fit into the bucket");
    waits.load(Ordering::Relaxed) - before
}

#[test]
fn writes_at_once_share_waits_for_the_disk() {
    let waits = Arc::default();
    let counting = Counting { waits: Arc::clone(&waits), ..Counting::default() };
    let database = Database::builder().create_with_backend(counting).unwrap();
    prepare(&database).unwrap();
    let one = waits_for(&database, &waits, 1);
    assert!(one > 0);
    assert_eq!(waits_for(&database, &waits, GROUP), one);
    assert_eq!(waits_for(&database, &waits, WRITES_WAITING), one * WRITES_WAITING.div_ceil(GROUP));
}
