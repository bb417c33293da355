//! The README shows what compiles: its examples are the ones in `examples/`.

const README: &str = include_str!("../README.md");
const FIRST: &str = include_str!("../examples/greeting.rs");

#[test]
fn the_readme_shows_the_examples() {
    for example in [FIRST, include_str!("../examples/coffee.rs")] {
        let title = example.lines().next().unwrap();
        assert!(README.contains(&format!("```rust\n{example}```")), "the README shows another version of `{title}`");
    }
}

#[test]
fn the_first_plugin_is_short() {
    assert!(FIRST.lines().count() <= 20);
}
