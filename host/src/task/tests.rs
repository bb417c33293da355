use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::LazyLock;
use std::time::Duration;

use proptest::prelude::*;
use redb::ReadableTable as _;
use tempfile::TempDir;

use super::*;

const DAY: Duration = Duration::from_secs(86_400);

fn owner(subject: &str) -> Owner {
    Owner { issuer: Some("a".to_owned()), subject: Some(subject.to_owned()) }
}

fn new(subject: &str) -> New {
    let call = Call { tool: "build".to_owned(), arguments: r#"{"a":1}"#.to_owned(), ..Call::default() };
    let current = Current { state: vec![0, 1], abandon: Some(vec![2]), resume_at: Some(7), ..Current::default() };
    New { owner: owner(subject), call, current, ttl: DAY }
}

fn complete(current: &mut Current) {
    current.status = Status::Completed("{}".to_owned());
}

fn reopened(path: &Path) -> Store {
    let opened = Store::open(path).unwrap();
    assert!(opened.moved.is_none(), "{}", opened.moved.unwrap());
    opened.store
}

#[test]
fn a_task_is_its_owners_alone() {
    let store = Store::in_memory().unwrap();
    let task = store.insert(new("anna")).unwrap();
    let anna = owner("anna");
    assert_eq!(store.get(Who::Owner(&anna), task.id), Ok(task.clone()));
    let strangers = [
        owner("ben"),
        Owner::default(),
        Owner { issuer: None, ..owner("anna") },
        Owner { subject: None, ..owner("anna") },
    ];
    let missing = store.get(Who::Owner(&anna), TaskId::random().unwrap()).unwrap_err();
    for stranger in &strangers {
        assert_eq!(store.get(Who::Owner(stranger), task.id), Err(missing.clone()), "{stranger:?}");
        assert_eq!(store.update(Who::Owner(stranger), task.id, complete), Err(missing.clone()), "{stranger:?}");
    }
    assert_eq!(store.get(Who::Host, task.id), Ok(task));
}

#[test]
fn ids_are_read_in_one_form_only() {
    let id = TaskId::random().unwrap();
    let text = id.to_string();
    assert_eq!(text.parse(), Ok(id));
    assert_ne!(TaskId::random().unwrap(), id);
    for bad in [
        "",
        "task-1",
        &format!("{text}A"),
        &format!("{text}="),
        text.get(1..).unwrap(),
        &"+".repeat(32),
        &"A".repeat(1 << 20),
    ] {
        assert_eq!(bad.parse::<TaskId>(), Err(StoreError::NotFound), "{}", bad.len());
    }
}

#[test]
fn an_end_is_final_and_forgets_what_only_the_run_needed() {
    let ends = [Status::Completed("{}".to_owned()), Status::Failed("{}".to_owned()), Status::Cancelled];
    for end in ends {
        let store = Store::in_memory().unwrap();
        let id = store.insert(new("anna")).unwrap().id;
        let (task, abandon) = store
            .update(Who::Host, id, |current| {
                current.status = end.clone();
                current.message = Some("over".to_owned());
                current.abandon.clone()
            })
            .unwrap();
        assert_eq!(abandon, Some(vec![2]));
        let message = Some("over".to_owned());
        assert_eq!(task.current, Current { status: end, message, ..Current::default() });
        assert_eq!((task.call.arguments.as_str(), task.call.tool.as_str()), ("", "build"));
        assert_eq!(store.update(Who::Host, id, |_| panic!("ran")), Err(StoreError::Ended));
        assert_eq!(store.get(Who::Host, id), Ok(task));
        assert!(store.unfinished().is_empty());
    }
}

#[test]
fn what_a_change_that_panics_did_is_not_stored_and_the_store_goes_on() {
    let store = Store::in_memory().unwrap();
    let task = store.insert(new("anna")).unwrap();
    let change = || {
        store.update(Who::Host, task.id, |current| {
            complete(current);
            panic!("on purpose")
        })
    };
    assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(change)).is_err());
    assert_eq!(store.get(Who::Host, task.id), Ok(task.clone()));
    assert!(store.update(Who::Host, task.id, complete).is_ok());
}

#[test]
fn changes_at_the_same_time_are_all_kept() {
    let store = Store::in_memory().unwrap();
    let id = store.insert(new("anna")).unwrap().id;
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..25 {
                    store.update(Who::Host, id, |current| current.state.push(9)).unwrap();
                }
            });
        }
    });
    assert_eq!(store.get(Who::Host, id).unwrap().current.state.len(), 2 + 100);
}

#[test]
fn tasks_outlive_the_process_and_open_ones_are_found_again() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("tasks.redb");
    let store = reopened(&path);
    let [open, done] = [(); 2].map(|()| store.insert(new("anna")).unwrap());
    let (done, ()) = store.update(Who::Host, done.id, complete).unwrap();
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(matches!(Store::open(&path), Err(OpenError::InUse { .. })));
    drop(store);
    let store = reopened(&path);
    assert_eq!(store.unfinished(), [open.id]);
    assert_eq!([store.get(Who::Host, open.id), store.get(Who::Host, done.id)], [Ok(open), Ok(done)]);
}

/// What a copy of the file taken at any moment holds is what a crash at that moment leaves.
#[test]
fn a_crash_leaves_every_commit() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("tasks.redb");
    let store = reopened(&path);
    let mut stored = Vec::new();
    for number in 0..10 {
        stored.push(store.insert(new("anna")).unwrap());
        let copy = folder.path().join(format!("crash-{number}"));
        fs::copy(&path, &copy).unwrap();
        let crashed = reopened(&copy);
        assert!(stored.iter().all(|task| crashed.get(Who::Host, task.id).as_ref() == Ok(task)), "{number}");
    }
}

const THEIRS: redb::TableDefinition<'_, u64, u64> = redb::TableDefinition::new("theirs");

/// Writes to a database as a program that is not ours, or not of this version.
fn write(path: &Path, write: impl FnOnce(&redb::WriteTransaction)) {
    let database = redb::Database::create(path).unwrap();
    let writing = database.begin_write().unwrap();
    write(&writing);
    writing.commit().unwrap();
}

/// Opens what is no store, and returns where it was moved.
fn moved(path: &Path) -> MovedAside {
    let opened = Store::open(path).unwrap();
    opened.store.insert(new("anna")).unwrap();
    let moved = opened.moved.expect("it is no store");
    assert!(moved.to_string().contains(&moved.aside.display().to_string()), "{moved}");
    drop(opened.store);
    assert_eq!(reopened(path).unfinished().len(), 1);
    moved
}

#[test]
fn what_is_no_database_is_moved_aside_as_it_is() {
    for bytes in [b"my notes".to_vec(), vec![0; 1 << 20], vec![255; 5_000]] {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("tasks.redb");
        fs::write(&path, &bytes).unwrap();
        assert!(fs::read(moved(&path).aside).unwrap() == bytes);
    }
}

#[test]
fn a_database_of_others_is_moved_aside_with_what_it_holds() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("tasks.redb");
    write(&path, |writing| {
        writing.open_table(THEIRS).unwrap().insert(1, 2).unwrap();
    });
    write(&moved(&path).aside, |writing| {
        assert_eq!(writing.open_table(THEIRS).unwrap().get(1).unwrap().unwrap().value(), 2);
    });
}

#[test]
fn records_that_cannot_be_read_are_moved_aside() {
    let newer = |writing: &redb::WriteTransaction| {
        writing.open_table(contents::FORMAT).unwrap().insert(contents::FORMAT_KEY, 2).unwrap();
    };
    let garbled = |writing: &redb::WriteTransaction| {
        writing.open_table(contents::RECORDS).unwrap().insert(&[0; 24], &[255_u8; 9][..]).unwrap();
    };
    let unmarked = |writing: &redb::WriteTransaction| {
        writing.open_table(contents::FORMAT).unwrap().remove(contents::FORMAT_KEY).unwrap();
    };
    for change in [newer, garbled, unmarked] {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("tasks.redb");
        drop(reopened(&path));
        write(&path, change);
        moved(&path);
    }
}

#[test]
fn what_cannot_be_a_file_is_an_error_and_stays() {
    let folder = TempDir::new().unwrap();
    for path in [folder.path(), Path::new("/dev/null"), Path::new("/dev/null/tasks.redb")] {
        assert!(matches!(Store::open(path), Err(OpenError::Io { .. })), "{}", path.display());
    }
}

#[test]
fn tasks_are_bounded_by_caller() {
    let store = Store::in_memory().unwrap();
    for _ in 0..OWNER_TASKS {
        store.insert(new("anna")).unwrap();
    }
    assert_eq!(store.insert(new("anna")), Err(StoreError::Beyond(Bound::OwnerTasks)));
    store.insert(new("ben")).unwrap();
}

#[test]
fn bytes_are_bounded_by_task_and_by_caller_and_an_end_always_fits() {
    let store = Store::in_memory().unwrap();
    let sized = |bytes| New { current: Current { state: vec![1; bytes], ..Current::default() }, ..new("anna") };
    assert!(matches!(store.insert(sized(RECORD_BYTES)), Err(StoreError::Beyond(Bound::Record { .. }))));
    let large = RECORD_BYTES - 1_000;
    let ids: Vec<_> = std::iter::from_fn(|| store.insert(sized(large)).ok()).map(|task| task.id).take(100).collect();
    assert_eq!(u64::try_from(ids.len()).unwrap(), OWNER_BYTES / u64::try_from(large).unwrap());
    assert_eq!(store.insert(sized(large)), Err(StoreError::Beyond(Bound::OwnerBytes)));
    store.update(Who::Host, ids[0], complete).unwrap();
    store.insert(sized(large)).unwrap();
}

#[test]
fn the_whole_is_bounded() {
    let mut ledger = ledger::Ledger::default();
    let mut task = Store::in_memory().unwrap().insert(new("anna")).unwrap();
    let mut admit = |number: usize, bytes: u64| {
        task.id = TaskId::random().unwrap();
        task.owner = owner(&(number % 100).to_string());
        ledger.admit(&task, bytes).map(|()| ledger.put(&task, bytes))
    };
    for number in 0..TASKS {
        admit(number, 1).unwrap();
    }
    assert_eq!(admit(0, 1), Err(Bound::Tasks));

    let mut ledger = ledger::Ledger::default();
    let mut admit = |number: u64| {
        task.id = TaskId::random().unwrap();
        task.owner = owner(&number.to_string());
        ledger.admit(&task, OWNER_BYTES).map(|()| ledger.put(&task, OWNER_BYTES))
    };
    for number in 0..BYTES / OWNER_BYTES {
        admit(number).unwrap();
    }
    assert_eq!(admit(1_000), Err(Bound::Bytes));
}

#[test]
fn what_expired_is_gone_at_once_and_returned_in_parts() {
    let store = Store::in_memory().unwrap();
    let kept = store.insert(new("anna")).unwrap();
    let short = |_| store.insert(New { ttl: Duration::ZERO, ..new("anna") }).unwrap();
    let over: Vec<_> = (0..EXPIRED_AT_ONCE + 1).map(short).collect();
    assert_eq!(store.get(Who::Owner(&owner("anna")), over[0].id), Err(StoreError::NotFound));
    let counts = [(); 3].map(|()| {
        let expired = store.expire().unwrap();
        assert!(expired.iter().all(|task| over.contains(task)));
        expired.len()
    });
    assert_eq!(counts, [EXPIRED_AT_ONCE, 1, 0]);
    assert_eq!(store.unfinished(), [kept.id]);
    assert_eq!(store.get(Who::Host, over[0].id), Err(StoreError::NotFound));
    let long = store.insert(New { ttl: Duration::MAX, ..new("anna") }).unwrap();
    assert_eq!(u128::from(long.ttl), LONGEST_TTL.as_millis());
}

#[tokio::test]
async fn who_waits_goes_on_with_a_change_and_with_the_end() {
    let tasks = Tasks::new(Store::in_memory().unwrap());
    let id = tasks.insert(new("anna")).await.unwrap().id;
    let mut changes = tasks.watch(id);
    let mut others = tasks.watch(TaskId::random().unwrap());
    let wait = |duration| tokio::time::sleep(Duration::from_millis(duration));
    tokio::select! { () = changes.changed() => panic!("nothing changed"), () = wait(20) => {} }
    // Before anybody waits: it isn't missed.
    tasks.update(None, id, |current| current.message = Some("half".to_owned())).await.unwrap();
    changes.changed().await;
    let waiting = tokio::spawn(async move { changes.changed().await });
    tasks.update(Some(&owner("anna")), id, complete).await.unwrap();
    waiting.await.unwrap();
    tokio::select! { () = others.changed() => panic!("another task changed"), () = wait(20) => {} }
    assert_eq!(tasks.unfinished().await, Ok(vec![]));
    assert_eq!(tasks.get(Some(&owner("ben")), id).await, Err(StoreError::NotFound));
    assert_eq!(tasks.expire().await, Ok(vec![]));
}

#[test]
fn who_no_longer_waits_leaves_nothing_behind() {
    let store = Store::in_memory().unwrap();
    let id = TaskId::random().unwrap();
    let two = [store.watch(id), store.watch(id)];
    assert_eq!(store.watched(), 1);
    drop(two);
    assert_eq!(store.watched(), 0);
}

/// The bytes of a store, and the tasks in it.
fn sample() -> &'static (Vec<u8>, Vec<Task>) {
    static SAMPLE: LazyLock<(Vec<u8>, Vec<Task>)> = LazyLock::new(|| {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("tasks.redb");
        let store = reopened(&path);
        let stored = (0..5).map(|_| store.insert(new("anna")).unwrap()).collect();
        drop(store);
        (fs::read(&path).unwrap(), stored)
    });
    &SAMPLE
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever happens to the file, the host starts.
    #[test]
    fn a_damaged_file_is_used_or_moved_but_never_panics(
        flips in prop::collection::vec((any::<prop::sample::Index>(), 1_u8..), 0..8),
        head in prop::collection::vec((0_usize..512, 1_u8..), 0..4),
        cut in prop::option::of(any::<prop::sample::Index>()),
    ) {
        let (mut bytes, stored) = sample().clone();
        let length = bytes.len();
        for (at, bits) in flips.into_iter().map(|(at, bits)| (at.index(length), bits)).chain(head) {
            bytes[at] ^= bits;
        }
        bytes.truncate(cut.map_or(length, |cut| cut.index(length)));
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("tasks.redb");
        fs::write(&path, bytes).unwrap();
        let opened = Store::open(&path).unwrap();
        // Unless it was moved, every record is what was stored, or not there.
        for task in stored {
            let found = opened.store.get(Who::Host, task.id);
            prop_assert!(found.is_err() || found == Ok(task));
        }
        opened.store.insert(new("anna")).unwrap();
    }
}
