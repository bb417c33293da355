use std::collections::BTreeMap;
use std::sync::Mutex;

use wasmtime::Engine;

use super::super::backend::Space;
use super::super::backend::stores::Store;
use super::super::fake::Fake;
use super::super::grant::{Access, Grant, Rules, Want};
use super::atomics::Host as _;
use super::batch::Host as _;
use super::store::{Host as _, HostBucket as _};
use super::*;
use crate::capability::learner::Learner;

/// One line for each use: what, and who refused.
#[derive(Default)]
struct Lines(Mutex<Vec<String>>);

impl Record for Lines {
    fn used(&self, capability: &'static str, what: &str, rule: Option<&str>, outcome: Result<(), &Refused>) {
        assert_eq!(capability, NAME);
        let outcome = outcome.map_or_else(|refused| format!("{:?}", refused.by), |()| "allowed".to_owned());
        let rule = if rule.is_some() { "by a rule" } else { "by none" };
        self.0.lock().unwrap().push(format!("{what}: {outcome}, {rule}"));
    }
}

/// A host without an engine.
struct Guest {
    buckets: Buckets,
    lines: Lines,
    table: ResourceTable,
}

fn grant(bucket: &str, access: Access) -> Grant {
    let store = "fake".to_owned();
    Grant { bucket: bucket.into(), access, store, bytes: None, keys: Some(2), value_bytes: None }
}

fn guest(asked: Option<Vec<Want>>, read_only: bool) -> Guest {
    let grants = vec![grant("own", Access::ReadWrite), grant("seen", Access::Read), grant("unasked", Access::Read)];
    let fake = Arc::new(Store::new("fake", Box::new(Fake::default())));
    let bucket = |grant: &Grant| {
        let space = Space { plugin: "p".into(), bucket: grant.bucket.as_str().into(), bounds: grant.bounds() };
        let bucket = Bucket { space, rule: grant.to_string(), store: Arc::clone(&fake) };
        (grant.bucket.clone(), Arc::new(bucket))
    };
    let buckets: BTreeMap<_, _> = grants.iter().map(bucket).collect();
    let rules = Rules::new("p", asked, grants, read_only);
    let buckets = Buckets { learner: Learner::default(), rules, buckets };
    Guest { buckets, lines: Lines::default(), table: ResourceTable::new() }
}

impl Guest {
    fn host(&mut self) -> KeyValue<'_> {
        KeyValue { buckets: Some(&self.buckets), record: &self.lines, table: &mut self.table }
    }

    fn take_lines(&self) -> Vec<String> {
        std::mem::take(&mut self.lines.0.lock().unwrap())
    }
}

fn text(failure: Failure) -> String {
    match failure {
        Failure::NoSuchStore => "no such store".into(),
        Failure::AccessDenied => "access denied".into(),
        Failure::Other(why) => why,
        Failure::Trap(error) => format!("trap: {error}"),
    }
}

#[tokio::test]
async fn a_bucket_opens_if_it_was_asked_for_and_granted() {
    let want = |bucket: &str| Want { bucket: bucket.into(), access: Access::Read };
    let mut guest = guest(Some(vec![want("own"), want("wanted")]), false);
    let (long, cut) = ("x".repeat(1 << 20), "x".repeat(BUCKET_NAME_BYTES));
    let cases = [
        ("own", "", ""),
        ("wanted", "no such store", r#"open "wanted": Operator, by none"#),
        ("unasked", "access denied", r#"open "unasked": Plugin, by none"#),
        ("", "no such store", r#"open "": Operator, by none"#),
        ("a\nb", "no such store", r#"open "a\nb": Operator, by none"#),
        (&long, "no such store", &format!("open {cut:?}…: Operator, by none")),
    ];
    for (name, expected, line) in cases {
        let outcome = guest.host().open(name.to_owned()).await.map(drop).map_err(text);
        assert_eq!(outcome.err().unwrap_or_default(), expected);
        assert_eq!(guest.take_lines().concat(), line);
    }
}

#[tokio::test]
async fn each_use_is_decided_and_on_record_without_its_keys() {
    for (bucket, read_only, refused) in
        [("own", false, None), ("seen", false, Some("Operator")), ("own", true, Some("ReadOnly"))]
    {
        let mut guest = guest(None, read_only);
        let handle = guest.host().open(bucket.into()).await.map_err(text).unwrap().rep();
        let on = || Resource::new_borrow(handle);
        let mut host = guest.host();
        let keys = || vec!["secret".to_owned(), "k".to_owned()];
        let pairs = vec![("k".to_owned(), b"v".to_vec())];
        let written = [
            ("set", host.set(on(), "k".into(), b"v".to_vec()).await),
            ("delete", host.delete(on(), "k".into()).await),
            ("increment", host.increment(on(), "n".into(), 1).await.map(drop)),
            ("set-many", host.set_many(on(), pairs).await),
            ("delete-many", host.delete_many(on(), keys()).await),
        ];
        let read = [
            ("get", host.get(on(), "n".into()).await.map(drop)),
            ("exists", host.exists(on(), "n".into()).await.map(drop)),
            ("list-keys", host.list_keys(on(), None).await.map(drop)),
            ("get-many", host.get_many(on(), keys()).await.map(drop)),
        ];
        let lines = guest.take_lines();
        let calls = written.into_iter().map(|call| (call, refused)).chain(read.into_iter().map(|call| (call, None)));
        for (((name, outcome), refused), line) in calls.zip(&lines) {
            assert_eq!(outcome.map_err(text), refused.map_or(Ok(()), |_| Err("access denied".into())), "{name}");
            let many = if name == "get-many" || name == "delete-many" { " (2 keys)" } else { "" };
            let decision = refused.unwrap_or("allowed");
            assert_eq!(*line, format!("{name} {bucket:?}{many}: {decision}, by a rule"));
        }
        assert_eq!(lines.len(), 9);
    }
}

#[tokio::test]
async fn what_was_written_is_read() {
    let mut guest = guest(None, false);
    let handle = guest.host().open("own".into()).await.map_err(text).unwrap();
    let rep = handle.rep();
    let on = || Resource::new_borrow(rep);
    let mut host = guest.host();
    host.set(on(), "k".into(), b"v".to_vec()).await.map_err(text).unwrap();
    assert_eq!(host.increment(on(), "n".into(), 4).await.map_err(text), Ok(4));
    assert_eq!(host.get(on(), "k".into()).await.map_err(text), Ok(Some(b"v".to_vec())));
    assert_eq!(host.get(on(), "none".into()).await.map_err(text), Ok(None));
    let many = host.get_many(on(), ["n", "x", "k"].map(str::to_owned).into()).await.map_err(text).unwrap();
    assert_eq!(many, [Some(("n".to_owned(), b"4".to_vec())), None, Some(("k".to_owned(), b"v".to_vec()))]);
    let page = host.list_keys(on(), None).await.map_err(text).unwrap();
    assert_eq!((page.keys, page.cursor), (vec!["k".to_owned(), "n".to_owned()], None));
    host.drop(handle).await.unwrap();
    assert!(text(host.get(on(), "k".into()).await.unwrap_err()).starts_with("trap"), "the handle is gone");
}

#[tokio::test]
async fn a_bound_is_told_in_words_and_a_failure_is_not() {
    let mut guest = guest(None, false);
    let rep = guest.host().open("own".into()).await.map_err(text).unwrap().rep();
    let on = || Resource::new_borrow(rep);
    let pairs = ["a", "b", "c"].map(|key| (key.to_owned(), vec![])).into();
    let error = text(guest.host().set_many(on(), pairs).await.unwrap_err());
    assert!(error.contains("more than 2 keys"), "{error}");
    assert_eq!(guest.take_lines(), [r#"set-many "own" (3 keys): Bound, by a rule"#]);

    let mut guest = self::guest(None, false);
    let failing = Fake::default();
    *failing.failure.lock().unwrap() = Some(StoreError::Failed("10.1.2.3 refuses".into()));
    let store = Arc::new(Store::new("fake", Box::new(failing)));
    let space = guest.buckets.buckets["own"].space.clone();
    let bucket = Arc::new(Bucket { space, rule: "rule".into(), store });
    guest.buckets.buckets.insert("own".into(), bucket);
    let rep = guest.host().open("own".into()).await.map_err(text).unwrap().rep();
    let error = text(guest.host().get(Resource::new_borrow(rep), "k".into()).await.unwrap_err());
    assert_eq!(error, "the key-value store is not available: try again later");
}

#[tokio::test]
async fn a_use_is_on_record_when_its_guest_is_stopped_meanwhile() {
    let mut guest = guest(None, false);
    let rep = guest.host().open("own".into()).await.map_err(text).unwrap().rep();
    let begun = guest.host().begin(&Resource::new_borrow(rep), "set", 1, Operation::Write).map_err(text).unwrap();
    drop(begun);
    assert_eq!(guest.take_lines(), [r#"set "own": allowed, by a rule"#]);
}

#[test]
fn the_imports_link_once() {
    let mut linker: Linker<Guest> = Linker::new(&Engine::default());
    link(&mut linker, Guest::host).unwrap();
    assert!(link(&mut linker, Guest::host).is_err());
}
