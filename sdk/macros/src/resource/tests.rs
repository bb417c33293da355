use syn::parse_str;

use super::*;

fn refusal(options: &str, function: &str) -> String {
    match definition(options.parse().unwrap(), &parse_str(function).unwrap()) {
        Ok(tokens) => panic!("accepted: {tokens}"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn what_is_wrong_is_told() {
    let cases = [
        ("", "fn f() {}", "a resource needs its URI, or a template"),
        ("uri = \"notes\"", "fn f() {}", "a URI begins with a scheme"),
        ("uri = \"{scheme}://x\"", "fn f(a: A) {}", "a URI begins with a scheme"),
        ("uri = \"n://a b\"", "fn f() {}", "a URI has no ` `"),
        ("uri = \"n://{id\"", "fn f(a: A) {}", "the template has a `{` without its `}`"),
        ("uri = \"n://}\"", "fn f() {}", "a URI has no `}`"),
        ("uri = \"n://{}\"", "fn f(a: A) {}", "`{}`: the name of a variable"),
        ("uri = \"n://{a b}\"", "fn f(a: A) {}", "`{a b}`: the name of a variable"),
        ("uri = \"n://{|a}\"", "fn f(a: A) {}", "RFC 6570 has no operator `|`"),
        ("uri = \"n://{a:0}\"", "fn f(a: A) {}", "`{a:0}`: a length is from 1 to 9999"),
        ("uri = \"n://{id}\"", "fn f() {}", "the variables of the template are the function's arguments"),
        ("uri = \"n://{id}\", size = 1", "fn f(a: A) {}", "what is behind a template has no one size"),
        ("uri = \"n://x\"", "fn f(a: A) {}", "a resource of one URI has no arguments"),
        ("uri = \"n://x\", audience = \"all\"", "fn f() {}", "`audience` is \"user\" or \"assistant\""),
        ("uri = \"n://x\", priority = 1.5", "fn f() {}", "`priority` goes from 0.0"),
        ("uri = \"n://x\", mime = \"a/b\"", "fn f() {}", "unknown option `mime`; there are: uri, name, title"),
        ("uri = \"n://x\"", "async fn f() {}", "a resource isn't async: it has its instance to itself"),
    ];
    for (options, function, expected) in cases {
        let refusal = refusal(options, function);
        assert!(refusal.starts_with(expected), "{options} {function}: {refusal}");
    }
}
