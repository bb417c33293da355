use syn::parse_str;

use super::*;

fn refusal(options: &str, function: &str) -> String {
    let options = options.parse().unwrap();
    match definition(options, &parse_str(function).unwrap()) {
        Ok(tokens) => panic!("accepted: {tokens}"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn wrong_functions_are_refused_with_the_reason() {
    let cases = [
        ("fn f() {}", "a tool needs a doc comment: it tells the model what the tool does"),
        ("///  \nfn f() {}", "a tool needs a doc comment"),
        ("#[doc(hidden)] fn f() {}", "a tool needs a doc comment"),
        ("#[doc = include_str!(\"f.md\")] fn f() {}", "the description of a tool must be written out"),
        ("/// F.\nasync fn f() {}", "a tool isn't async"),
        ("/// F.\nfn f<T>(args: T) {}", "a tool can't be generic"),
        ("/// F.\nfn f<'a>(call: &'a Call) {}", "a tool can't be generic"),
        ("/// F.\nfn f(args: impl Args) {}", "a tool can't be generic"),
        ("/// F.\nunsafe fn f() {}", "a tool can't be unsafe"),
        ("/// F.\nextern \"C\" fn f() {}", "a tool is an ordinary Rust function"),
        ("/// F.\nfn f(&self) {}", "a tool is a free function"),
        ("/// F.\nfn f(args: &Args) {}", "a tool owns its arguments"),
        ("/// F.\nfn f(a: A, b: B) {}", "a tool takes one struct of arguments"),
        ("/// F.\nfn f(call: &Call, args: Args) {}", "the arguments come first"),
        ("/// F.\nfn f(args: Args, call: Call) {}", "the call is passed as `&Call`"),
        ("/// F.\nfn f(call: &mut Call) {}", "the call is passed as `&Call`"),
        ("/// F.\nfn f(args: Args, call: &Call, more: More) {}", "a tool takes at most"),
        ("/// F.\nfn f() -> impl Serialize {}", "name the type that the tool returns"),
        ("/// F.\nfn ungültig() {}", "the name of a tool has 1 to 64 characters"),
    ];
    for (function, expected) in cases {
        let refusal = refusal("", function);
        assert!(refusal.starts_with(expected), "{function}: {refusal}");
    }
}

#[test]
fn wrong_options_are_refused_with_the_reason() {
    let cases = [
        ("readonly", "unknown option `readonly`; there are: name, title, read_only"),
        ("read_only, read_only = false", "`read_only` is given twice"),
        ("read_only = 1", "expected boolean literal"),
        ("title", "`title` needs a value: `title = …`"),
        ("title(\"x\")", "`title` needs a value: `title = …`"),
        ("title = 1", "expected string literal"),
        ("tasks = \"always\"", "`tasks` is \"optional\" or \"required\""),
        ("name = \"\"", "the name of a tool has 1 to 64 characters"),
        ("name = \"a.b\"", "the name of a tool has 1 to 64 characters"),
        ("read_only idempotent", "expected `,`"),
    ];
    for (options, expected) in cases {
        let refusal = refusal(options, "/// F.\nfn f() {}");
        assert!(refusal.starts_with(expected), "{options}: {refusal}");
    }
    let long = format!("name = \"{}\"", "x".repeat(function::MAX_NAME + 1));
    assert!(refusal(&long, "/// F.\nfn f() {}").starts_with("the name of a tool has"));
}

#[test]
fn an_error_leaves_the_function_and_a_definition_in_place() {
    let expanded = expand(TokenStream::new(), &parse_str("pub fn f() {}").unwrap()).to_string();
    for part in ["pub fn f ()", "compile_error !", "pub mod f", "pub const fn definition"] {
        assert!(expanded.contains(part), "{part} isn't in {expanded}");
    }
}
