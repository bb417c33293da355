use syn::parse_str;

use super::*;

#[test]
fn what_is_wrong_is_told() {
    let cases = [
        ("", "fn f() {}", "say what is completed: `of = name_of_function`"),
        ("of = \"review\"", "fn f() {}", "expected identifier"),
        ("of = review, prompt = 1", "fn f() {}", "unknown option `prompt`; there are: of, argument"),
        ("of = review", "fn f(a: A, b: B) {}", "a completion takes one value"),
    ];
    for (options, function, expected) in cases {
        let Err(error) = definition(options.parse().unwrap(), &parse_str(function).unwrap()) else {
            panic!("accepted: {options} {function}")
        };
        assert!(error.to_string().starts_with(expected), "{options} {function}: {error}");
    }
}
