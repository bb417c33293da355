use super::*;

#[test]
fn what_is_set_is_there_until_it_is_deleted() {
    let bucket = Bucket::open("default").unwrap();
    assert_eq!(bucket.get("a").unwrap(), None);
    bucket.set("a", "1").unwrap();
    assert_eq!(Bucket::open("default").unwrap().get("a").unwrap(), Some(b"1".to_vec()));
    assert_eq!(Bucket::open("other").unwrap().get("a").unwrap(), None);
    assert!(bucket.exists("a").unwrap());
    bucket.delete("a").unwrap();
    assert!(!bucket.exists("a").unwrap());
    bucket.delete("a").unwrap();
}

#[test]
fn values_are_of_any_type() {
    let bucket = Bucket::open("default").unwrap();
    bucket.set_json("list", &vec![1, 2]).unwrap();
    assert_eq!(bucket.get_json::<Vec<u8>>("list").unwrap(), Some(vec![1, 2]));
    assert_eq!(bucket.get_json::<Vec<u8>>("none").unwrap(), None);
    let error = bucket.get_json::<String>("list").unwrap_err();
    assert!(error.to_string().starts_with("the value isn't JSON of the expected form"), "{error}");
    assert!(!error.is_denied());
}

#[test]
fn numbers_count_up() {
    let bucket = Bucket::open("default").unwrap();
    assert_eq!(bucket.increment("n", 2).unwrap(), 2);
    assert_eq!(bucket.increment("n", 3).unwrap(), 5);
    assert_eq!(bucket.get("n").unwrap(), Some(b"5".to_vec()));
    let most = i64::MAX.unsigned_abs();
    let cases = [
        ("0", 1, Some(1)),
        ("9223372036854775806", 1, Some(most)),
        ("9223372036854775807", 0, Some(most)),
        ("9223372036854775807", 1, None),
        ("9223372036854775808", 0, None),
        ("5", u64::MAX, None),
        ("x", 1, None),
        ("", 1, None),
        ("+5", 1, None),
        ("-5", 1, None),
        ("007", 1, None),
        ("5 ", 1, None),
    ];
    for (value, by, expected) in cases {
        bucket.set("n", value).unwrap();
        assert_eq!(bucket.increment("n", by).ok(), expected, "{value} and {by}");
        let after = expected.map_or_else(|| value.to_owned(), |sum| sum.to_string());
        assert_eq!(bucket.get("n").unwrap(), Some(after.into_bytes()), "{value} and {by}");
    }
}

#[test]
fn several_at_once_keep_their_order() {
    let bucket = Bucket::open("default").unwrap();
    bucket.set_many(&[("a", b"1"), ("c", b"3")]).unwrap();
    assert_eq!(bucket.get_many(&["c", "b", "a"]).unwrap(), [Some(b"3".to_vec()), None, Some(b"1".to_vec())]);
    assert_eq!(bucket.keys(None).unwrap(), Keys { keys: vec!["a".into(), "c".into()], next: None });
    bucket.delete_many(&["a", "b"]).unwrap();
    assert_eq!(bucket.keys(None).unwrap().keys, ["c"]);
}
