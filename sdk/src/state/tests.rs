use std::collections::BTreeMap;

use super::*;

#[test]
fn what_is_packed_comes_back() {
    let packed = pack(&("job-7", 3)).unwrap();
    assert_eq!(unpack::<(String, u8)>(&packed).unwrap(), ("job-7".into(), 3));
}

#[test]
fn what_cant_travel_is_told() {
    let cases = [
        (
            pack(&"x".repeat(MAX_LEN)).unwrap_err(),
            "the state has 65538 bytes, but at most 65536 travel: keep what is long elsewhere",
        ),
        (
            pack(&BTreeMap::from([(vec![1], 1)])).unwrap_err(),
            "the value can't be written as JSON: key must be a string",
        ),
        (
            unpack::<u8>(b"\"seven\"").unwrap_err(),
            "`state` isn't of the expected form: invalid type: string \"seven\", expected u8 at line 1 column 7",
        ),
        (unpack::<u8>(b"\xff").unwrap_err(), "`state` isn't of the expected form: expected value at line 1 column 1"),
    ];
    for (error, expected) in cases {
        assert_eq!(error.to_string(), expected);
    }
    assert_eq!(pack(&"x".repeat(MAX_LEN - 2)).unwrap().len(), MAX_LEN);
}
