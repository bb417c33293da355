use syn::parse_str;

use super::*;

#[test]
fn what_is_wrong_is_told() {
    let cases = [
        ("late", "fn f(left: L) {}", "`#[cleanup]` has no options"),
        ("", "fn f() {}", "a cleanup takes what was left behind"),
        ("", "fn f(left: &L) {}", "a cleanup owns its arguments"),
    ];
    for (options, function, expected) in cases {
        let Err(error) = definition(&options.parse().unwrap(), &parse_str(function).unwrap()) else {
            panic!("accepted: {options} {function}")
        };
        assert!(error.to_string().starts_with(expected), "{options} {function}: {error}");
    }
}
