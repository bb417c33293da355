use syn::parse_str;

use super::*;

#[test]
fn what_is_wrong_is_told() {
    let cases = [
        ("read_only", "fn f() {}", "unknown option `read_only`; there are: name, title, icons, meta"),
        ("name = \"a b\"", "fn f() {}", "the name of a prompt has 1 to 64 characters"),
        ("", "fn f(a: A, b: B) {}", "a prompt takes one struct of arguments"),
        ("", "fn f() -> impl Fill {}", "name the type that the prompt returns"),
    ];
    for (options, function, expected) in cases {
        let Err(error) = definition(options.parse().unwrap(), &parse_str(function).unwrap()) else {
            panic!("accepted: {options} {function}")
        };
        assert!(error.to_string().starts_with(expected), "{options} {function}: {error}");
    }
}
