//! One suite for all stores: what a guest may rely upon, wherever its buckets are.

pub(super) mod server;

use std::pin::Pin;
use std::sync::Arc;

use self::server::Server;
use super::backend::bucket::Bucket;
use super::backend::redb::Redb;
use super::backend::redis::Redis;
use super::backend::stores::Store;
use super::backend::{Backend, Bound, Page, Space, StoreError};
use super::fake::Fake;
use super::grant::Bounds;
use super::{ANSWER_BYTES, BATCH_KEYS, BYTES, COUNT, KEY_BYTES, KEYS, PAGE_KEYS, VALUE_BYTES};

/// The buckets of one store.
#[derive(Clone)]
struct Place(Arc<Store>);

impl Place {
    fn new(backend: impl Backend + 'static) -> Self {
        Self(Arc::new(Store::new("test", Box::new(backend))))
    }

    fn bucket(&self, plugin: &str, bucket: &str, bounds: Bounds) -> Arc<Bucket> {
        let space = Space { plugin: plugin.into(), bucket: bucket.into(), bounds };
        Arc::new(Bucket { space, rule: "rule".into(), store: Arc::clone(&self.0) })
    }

    fn own(&self, bucket: &str) -> Arc<Bucket> {
        self.bucket("plugin", bucket, USUAL)
    }
}

const USUAL: Bounds = Bounds { bytes: BYTES, keys: KEYS, value_bytes: VALUE_BYTES };

impl Bucket {
    async fn find(&self, key: &str) -> Option<Vec<u8>> {
        self.get(&[key.to_owned()]).await.unwrap().pop().unwrap()
    }

    async fn set(&self, key: &str, value: &[u8]) -> Result<(), StoreError> {
        self.write(vec![(key.to_owned(), Some(value.to_vec()))]).await
    }

    async fn delete(&self, key: &str) -> Result<(), StoreError> {
        self.write(vec![(key.to_owned(), None)]).await
    }

    async fn all_keys(&self) -> Vec<String> {
        let (mut keys, mut cursor) = (Vec::new(), None);
        loop {
            let Page { keys: more, next } = self.list_keys(cursor).await.unwrap();
            keys.extend(more);
            if next.is_none() {
                return keys;
            }
            cursor = next;
        }
    }
}

type Case = (&'static str, fn(Place) -> Pin<Box<dyn Future<Output = ()>>>);

/// What every store does, each in a bucket of its own.
const CASES: &[Case] = &[
    ("what was set is found until it is deleted", |place| Box::pin(set_get_delete(place))),
    ("a batch answers in order, and its last value counts", |place| Box::pin(batches(place))),
    ("no name reaches into another's bucket", |place| Box::pin(hostile_names(place))),
    ("what would be too much changes nothing", |place| Box::pin(bounds(place))),
    ("a bucket beyond lowered bounds may shrink", |place| Box::pin(lowered_bounds(place))),
    ("a number is counted up, and nothing else is", |place| Box::pin(increments(place))),
    ("pages have each key once, whatever is deleted meanwhile", |place| Box::pin(pages(place))),
    ("an answer has a bound", |place| Box::pin(answers(place))),
    ("at once, increments add up and bounds hold", |place| Box::pin(at_once(place))),
    ("a random walk goes as in memory", |place| Box::pin(random_walk(place))),
];

async fn suite(place: Place) {
    for (name, case) in CASES {
        println!("{name}");
        case(place.clone()).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_fake_does_what_every_store_does() {
    suite(Place::new(Fake::default())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_embedded_store_does_what_every_store_does() {
    let folder = tempfile::tempdir().unwrap();
    suite(Place::new(Redb::open(&folder.path().join("state.redb")).unwrap().0)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn redis_does_what_every_store_does() {
    let Some(server) = Server::start(&[]) else { return };
    suite(Place::new(Redis::new(&server.url()).unwrap())).await;
}

async fn set_get_delete(place: Place) {
    let bucket = place.own("plain");
    let values = [&b""[..], b"text", &[0, 255, 13, 10], &[7; VALUE_BYTES]];
    for value in values {
        for key in ["", "k", "a key/with:many\u{0}\n\u{10ffff}", &"k".repeat(KEY_BYTES)] {
            assert_eq!(bucket.find(key).await, None, "{key:?}");
            assert!(!bucket.exists(key).await.unwrap());
            bucket.set(key, value).await.unwrap();
            assert_eq!(bucket.find(key).await.as_deref(), Some(value), "{key:?}");
            bucket.set(key, b"other").await.unwrap();
            assert_eq!(bucket.find(key).await.as_deref(), Some(&b"other"[..]), "{key:?}");
            assert!(bucket.exists(key).await.unwrap());
            assert_eq!(bucket.all_keys().await, [key]);
            bucket.delete(key).await.unwrap();
            bucket.delete(key).await.unwrap();
            assert_eq!(bucket.all_keys().await, [""; 0]);
        }
    }
}

async fn batches(place: Place) {
    let bucket = place.own("batches");
    let pair = |key: &str, value: &str| (key.to_owned(), Some(value.as_bytes().to_vec()));
    bucket.write(vec![pair("b", "1"), pair("a", "2"), pair("b", "3")]).await.unwrap();
    let found = bucket.get(&["b", "none", "a", "b"].map(str::to_owned)).await.unwrap();
    assert_eq!(found, [Some(b"3".to_vec()), None, Some(b"2".to_vec()), Some(b"3".to_vec())]);
    bucket.write(vec![("a".into(), None), ("none".into(), None), pair("c", "4")]).await.unwrap();
    assert_eq!(bucket.all_keys().await, ["b", "c"]);
    bucket.write(vec![]).await.unwrap();
    assert_eq!(bucket.get(&[]).await.unwrap(), []);
}

async fn hostile_names(place: Place) {
    let names = ["a", "a:1", "1:a", "a}", "{a}", "a}:values", "a\u{0}", "\u{0}", "*", "1:a:1:a"];
    let keys = ["k", ":values", "}", "\u{0}", "a", ""];
    let every = || names.iter().flat_map(|plugin| names.iter().map(move |bucket| (*plugin, *bucket)));
    for (plugin, bucket) in every() {
        let pairs = keys.map(|key| (key.to_owned(), Some(format!("{plugin}|{bucket}|{key}").into_bytes())));
        place.bucket(plugin, bucket, USUAL).write(pairs.into()).await.unwrap();
    }
    for (plugin, bucket) in every() {
        let own = place.bucket(plugin, bucket, USUAL);
        let found = own.get(&keys.map(str::to_owned)).await.unwrap();
        let expected = keys.map(|key| Some(format!("{plugin}|{bucket}|{key}").into_bytes()));
        assert_eq!(found, expected, "{plugin:?} {bucket:?}");
        assert_eq!(own.all_keys().await.len(), keys.len());
        own.write(keys.map(|key| (key.to_owned(), None)).into()).await.unwrap();
    }
}

async fn bounds(place: Place) {
    let bucket = place.bucket("plugin", "bounds", Bounds { bytes: 20, keys: 2, value_bytes: 12 });
    let pairs = |keys: &[&str], value: &str| -> Vec<(String, Option<Vec<u8>>)> {
        keys.iter().map(|key| ((*key).to_owned(), Some(value.as_bytes().to_vec()))).collect()
    };
    let many: Vec<String> = (0..=BATCH_KEYS).map(|number| number.to_string()).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    bucket.set("a", b"12345").await.unwrap();
    let long = "k".repeat(KEY_BYTES + 1);
    let cases = [
        ("a long key", pairs(&[&long], ""), Bound::Key(KEY_BYTES + 1)),
        ("a large value", pairs(&["b"], "1234567890123"), Bound::Value { bytes: 13, most: 12 }),
        ("a large batch", pairs(&many, ""), Bound::Batch(BATCH_KEYS + 1)),
        ("many keys", pairs(&["b", "c"], ""), Bound::Keys(2)),
        ("many bytes", pairs(&["a", "b"], "1234567890"), Bound::Bytes(20)),
        ("many bytes of one", pairs(&["long key"], "1234567"), Bound::Bytes(20)),
    ];
    for (case, changes, bound) in cases {
        assert_eq!(bucket.write(changes).await, Err(bound.into()), "{case}");
        assert_eq!(bucket.all_keys().await, ["a"], "{case}");
        assert_eq!(bucket.find("a").await.as_deref(), Some(&b"12345"[..]), "{case}");
    }
    bucket.set("b", b"12345678901").await.unwrap();
    assert_eq!(bucket.set("b", b"123456789012").await, Ok(()), "6 and 13 bytes are within 20");
    assert_eq!(bucket.set("a", b"1234567").await, Err(Bound::Bytes(20).into()));
    assert_eq!(bucket.set("a", b"123456").await, Ok(()), "exactly 20");
    assert_eq!(bucket.set("c", b"").await, Err(Bound::Keys(2).into()));
    bucket.write(vec![("b".into(), None), ("c".into(), Some(b"1".to_vec()))]).await.unwrap();
    assert_eq!(bucket.increment("d".into(), 1).await, Err(Bound::Keys(2).into()));
    bucket.delete("a").await.unwrap();
    bucket.set("a", b"12345678901").await.unwrap();
    bucket.set("c", b"999999").await.unwrap();
    assert_eq!(bucket.increment("c".into(), 1).await, Ok(1_000_000), "12 and 8 bytes are 20");
    bucket.set("c", b"9999999").await.unwrap();
    assert_eq!(bucket.increment("c".into(), 1).await, Err(Bound::Bytes(20).into()));
    assert_eq!(bucket.find("c").await.as_deref(), Some(&b"9999999"[..]));
    assert_eq!(bucket.increment("c".into(), 0).await, Ok(9_999_999));
}

async fn lowered_bounds(place: Place) {
    let bucket = place.own("lowered");
    bucket.write(["a", "b", "c"].map(|key| (key.to_owned(), Some(vec![1; 100]))).into()).await.unwrap();
    let bucket = place.bucket("plugin", "lowered", Bounds { bytes: 50, keys: 1, value_bytes: 50 });
    assert_eq!(bucket.find("a").await, Some(vec![1; 100]), "what is there stays");
    assert_eq!(bucket.set("d", b"").await, Err(Bound::Keys(1).into()));
    bucket.set("a", &[2; 50]).await.unwrap();
    bucket.delete("b").await.unwrap();
    bucket.write(vec![("c".into(), None), ("a".into(), Some(vec![3; 49]))]).await.unwrap();
    assert_eq!(bucket.set("a", &[4; 50]).await, Err(Bound::Bytes(50).into()));
}

async fn increments(place: Place) {
    let bucket = place.own("numbers");
    let cases = [
        ("absent", None, 5, Ok(5)),
        ("absent, by nothing", None, 0, Ok(0)),
        ("absent, to the end", None, COUNT, Ok(COUNT)),
        ("absent, beyond the end", None, COUNT + 1, Err(StoreError::Overflow)),
        ("absent, by the most there is", None, u64::MAX, Err(StoreError::Overflow)),
        ("zero", Some("0"), 1, Ok(1)),
        ("beyond what a double holds", Some("9007199254740993"), 2, Ok(9_007_199_254_740_995)),
        ("to the end", Some("9223372036854775806"), 1, Ok(COUNT)),
        ("beyond the end", Some("9223372036854775807"), 1, Err(StoreError::Overflow)),
        ("at the end, by nothing", Some("9223372036854775807"), 0, Ok(COUNT)),
        ("a number that is too large", Some("9223372036854775808"), 0, Err(StoreError::NoNumber)),
        ("zeros in front", Some("007"), 1, Err(StoreError::NoNumber)),
        ("two zeros", Some("00"), 1, Err(StoreError::NoNumber)),
        ("a sign", Some("+1"), 1, Err(StoreError::NoNumber)),
        ("below zero", Some("-1"), 1, Err(StoreError::NoNumber)),
        ("nothing", Some(""), 1, Err(StoreError::NoNumber)),
        ("a space", Some("1 "), 1, Err(StoreError::NoNumber)),
        ("a fraction", Some("1.0"), 1, Err(StoreError::NoNumber)),
        ("words", Some("overflow"), 1, Err(StoreError::NoNumber)),
        ("a zero byte", Some("1\u{0}"), 1, Err(StoreError::NoNumber)),
    ];
    for (case, before, delta, expected) in cases {
        bucket.delete("n").await.unwrap();
        if let Some(before) = before {
            bucket.set("n", before.as_bytes()).await.unwrap();
        }
        assert_eq!(bucket.increment("n".into(), delta).await, expected, "{case}");
        let after = expected.map_or(before.map(str::to_owned), |number| Some(number.to_string()));
        assert_eq!(bucket.find("n").await, after.map(String::into_bytes), "{case}");
    }
}

async fn pages(place: Place) {
    let bucket = place.own("pages");
    let key = |number: usize| format!("key {}", number * 7_919 % 2_500);
    for batch in 0..5 {
        let pairs = (batch * 500..(batch + 1) * 500).map(|number| (key(number), Some(b"v".to_vec())));
        bucket.write(pairs.collect()).await.unwrap();
    }
    let first = bucket.list_keys(None).await.unwrap();
    assert_eq!(first.keys.len(), PAGE_KEYS);
    bucket.write(first.keys.iter().map(|key| (key.clone(), None)).collect()).await.unwrap();
    let second = bucket.list_keys(first.next).await.unwrap();
    assert_eq!(second.keys.len(), PAGE_KEYS);
    bucket.set(&second.keys[0], b"again").await.unwrap();
    let third = bucket.list_keys(second.next).await.unwrap();
    assert_eq!((third.keys.len(), third.next), (500, None));
    let mut every: Vec<_> = [first.keys, second.keys, third.keys].concat();
    every.sort_unstable();
    every.dedup();
    assert_eq!(every.len(), 2_500);
    assert_eq!(bucket.list_keys(Some(u64::MAX)).await.unwrap(), Page { keys: vec![], next: None });
    // Exactly a page has no next one.
    bucket.write(every.iter().take(1_000).map(|key| (key.clone(), None)).collect()).await.unwrap();
    bucket.write(every.iter().skip(1_000).take(1_000).map(|key| (key.clone(), None)).collect()).await.unwrap();
    bucket.write(every.iter().skip(2_000).map(|key| (key.clone(), None)).collect()).await.unwrap();
    bucket.write(every.iter().take(PAGE_KEYS).map(|key| (key.clone(), Some(vec![]))).collect()).await.unwrap();
    let page = bucket.list_keys(None).await.unwrap();
    assert_eq!((page.keys.len(), page.next), (PAGE_KEYS, None));
}

async fn answers(place: Place) {
    let bucket = place.own("large");
    let keys: Vec<String> = (0..=ANSWER_BYTES / VALUE_BYTES).map(|number| number.to_string()).collect();
    for key in &keys {
        bucket.set(key, &vec![1; VALUE_BYTES]).await.unwrap();
    }
    assert_eq!(bucket.get(&keys).await, Err(Bound::Answer.into()));
    assert_eq!(bucket.get(&keys[1..]).await.unwrap().len(), keys.len() - 1);
    assert_eq!(bucket.get(&vec!["0".to_owned(); keys.len()]).await, Err(Bound::Answer.into()), "the same key");
}

async fn at_once(place: Place) {
    let bucket = place.bucket("plugin", "at once", Bounds { keys: 10, ..USUAL });
    let each = |number: usize| {
        let bucket = Arc::clone(&bucket);
        tokio::spawn(async move {
            bucket.increment("sum".into(), 3).await.unwrap();
            bucket.set(&format!("key {number}"), b"").await
        })
    };
    let tasks: Vec<_> = (0..100).map(each).collect();
    let mut done = 0;
    for task in tasks {
        match task.await.unwrap() {
            Ok(()) => done += 1,
            error => assert_eq!(error, Err(Bound::Keys(10).into())),
        }
    }
    assert_eq!((done, bucket.all_keys().await.len()), (9, 10));
    assert_eq!(bucket.find("sum").await, Some(b"300".to_vec()));
}

/// Small bounds and few keys, so that every kind of refusal is met.
async fn random_walk(place: Place) {
    let bounds = Bounds { bytes: 24, keys: 3, value_bytes: 12 };
    let model = Place::new(Fake::default()).bucket("plugin", "walk", bounds);
    let bucket = place.bucket("plugin", "walk", bounds);
    let mut seed = 1_u64;
    let mut random = |below: u64| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) % below
    };
    for step in 0..200 {
        let mut key = || ["a", "bb", "ccc", "d", "e"][usize::try_from(random(5)).unwrap()].to_owned();
        let (first, second) = (key(), key());
        let value = random(1_000_000_000).to_string().into_bytes();
        match random(4) {
            0 => {
                let delta = random(100_000);
                let expected = model.increment(first.clone(), delta).await;
                assert_eq!(bucket.increment(first, delta).await, expected, "step {step}");
            }
            1 => assert_eq!(bucket.delete(&first).await, model.delete(&first).await, "step {step}"),
            2 => assert_eq!(bucket.set(&first, &value).await, model.set(&first, &value).await, "step {step}"),
            _ => {
                let changes = vec![(first, Some(value)), (second, (step % 3 > 0).then(|| b"text".to_vec()))];
                assert_eq!(bucket.write(changes.clone()).await, model.write(changes).await, "step {step}");
            }
        }
        let keys = ["a", "bb", "ccc", "d", "e"].map(str::to_owned);
        assert_eq!(bucket.get(&keys).await, model.get(&keys).await, "step {step}");
        let (mut listed, mut expected) = (bucket.all_keys().await, model.all_keys().await);
        listed.sort();
        expected.sort();
        assert_eq!(listed, expected, "step {step}");
    }
}
