//! A Rust file as the rules see it: its functions, its `use` items, the paths in it, and which lines are tests.
//!
//! Made from tokens rather than from syntax, so that paths inside macros count as well.

mod item;

use std::ops::Range;
use std::str::FromStr;

use proc_macro2::{Delimiter, Group, LexError, TokenStream, TokenTree};

use self::item::{Item, continues_path, is_punct, is_separator, items, name, tokens};

/// One file.
#[derive(Default)]
pub(super) struct Source {
    /// From the root, with `/`.
    pub(super) path: String,
    /// How many lines.
    pub(super) lines: usize,
    /// The numbers of the empty lines, from 1.
    pub(super) blank: Vec<usize>,
    /// In order of appearance.
    pub(super) functions: Vec<Function>,
    /// The private `use` items at the level of a module.
    pub(super) uses: Vec<Use>,
    /// Every path of two names or more, the branches of `use` trees one by one.
    pub(super) paths: Vec<Path>,
    /// The lines of items that exist for tests only.
    pub(super) tests: Vec<Range<usize>>,
}

/// A function with a body.
pub(super) struct Function {
    pub(super) name: String,
    /// From its first line, without attributes, to its closing brace.
    pub(super) lines: Range<usize>,
    pub(super) is_test: bool,
}

/// A private `use` item.
pub(super) struct Use {
    /// The first name of its path.
    pub(super) root: String,
    pub(super) lines: Range<usize>,
    /// The item before it, in the same module, is a private `use` too.
    pub(super) follows_use: bool,
    /// It names a module that is declared beside it.
    pub(super) is_child: bool,
}

/// A path.
pub(super) struct Path {
    pub(super) names: Vec<String>,
    pub(super) line: usize,
    /// The modules around it inside the file, outermost first.
    pub(super) modules: Vec<String>,
    pub(super) is_test: bool,
}

impl Source {
    /// Reads a file's text.
    pub(super) fn parse(path: &str, text: &str) -> Result<Self, LexError> {
        let blank = text.lines().enumerate().filter(|(_, line)| line.trim().is_empty()).map(|(number, _)| number + 1);
        let mut source =
            Self { path: path.to_owned(), lines: text.lines().count(), blank: blank.collect(), ..Self::default() };
        let scope = Scope { modules: Vec::new(), is_module: true, is_test: is_test_file(path) };
        source.read_level(&tokens(TokenStream::from_str(text)?), &scope);
        Ok(source)
    }

    /// The names of the module that the file is: `host/src/mcp/http.rs` is `mcp`, `http`. None outside of `src/`.
    pub(super) fn module(&self) -> Option<Vec<&str>> {
        let (_, inside) = self.path.split_once("src/")?;
        let module = inside.strip_suffix(".rs")?;
        Some(if matches!(module, "lib" | "main") { Vec::new() } else { module.split('/').collect() })
    }

    fn read_level(&mut self, tokens: &[TokenTree], scope: &Scope) {
        let items = items(tokens);
        let children: Vec<_> = items.iter().filter_map(|item| item.name_after("mod")).collect();
        let mut follows_use = false;
        for item in &items {
            let is_test = scope.is_test || item.is_test;
            if is_test && !scope.is_test {
                self.tests.push(item.lines());
            }
            let is_use = scope.is_module && item.is_private_use();
            if is_use {
                self.read_use(item, follows_use, &children);
            }
            follows_use = is_use;
            self.read_function(item, is_test);
            self.read_item(item, &Scope { is_test, ..scope.clone() });
        }
    }

    fn read_use(&mut self, item: &Item<'_>, follows_use: bool, children: &[String]) {
        let root = item.body.iter().skip(1).find_map(name).unwrap_or_default();
        let is_child = children.contains(&root);
        self.uses.push(Use { root, lines: item.lines(), follows_use, is_child });
    }

    fn read_function(&mut self, item: &Item<'_>, is_test: bool) {
        let (Some(name), Some(first), Some(TokenTree::Group(body))) =
            (item.name_after("fn"), item.body.first(), item.body.last())
        else {
            return;
        };
        let lines = first.span().start().line..body.span_close().end().line + 1;
        self.functions.push(Function { name, lines, is_test });
    }

    /// Collects the paths of an item, and reads what is nested in it.
    fn read_item(&mut self, item: &Item<'_>, scope: &Scope) {
        self.collect_paths(item, scope);
        let module = item.name_after("mod");
        for (index, token) in item.body.iter().enumerate() {
            let TokenTree::Group(group) = token else { continue };
            if is_separator(item.body, index.wrapping_sub(2)) {
                continue; // The branches of a `use` tree: their paths are collected.
            }
            let mut inner = Scope { is_module: false, ..scope.clone() };
            if let Some(name) = module.as_ref().filter(|_| group.delimiter() == Delimiter::Brace) {
                inner.modules.push(name.clone());
                inner.is_module = true;
            }
            self.read_level(&tokens(group.stream()), &inner);
        }
    }

    fn collect_paths(&mut self, item: &Item<'_>, scope: &Scope) {
        if item.is_use() {
            let tree = if is_separator(item.body, 1) { item.body.get(3..) } else { item.body.get(1..) };
            return self.collect_path(tree.unwrap_or_default(), &[], scope, true);
        }
        for index in (0..item.body.len()).filter(|index| !continues_path(item.body, *index)) {
            self.collect_path(item.body.get(index..).unwrap_or_default(), &[], scope, false);
        }
    }

    /// Collects the path at the beginning of `tokens`, if there is one, behind the names that lead to it.
    fn collect_path(&mut self, tokens: &[TokenTree], before: &[String], scope: &Scope, is_use: bool) {
        let Some(first) = tokens.first() else { return };
        let mut names = before.to_vec();
        let mut index = 0;
        while let Some(name) = tokens.get(index).and_then(name) {
            names.push(name);
            if !is_separator(tokens, index + 1) {
                break;
            }
            index += 3;
        }
        match tokens.get(index) {
            Some(TokenTree::Group(tree)) if index > 0 => self.collect_branches(tree, &names, scope, is_use),
            _ if names.len() > before.len() && (names.len() > 1 || is_use) => {
                let line = first.span().start().line;
                self.paths.push(Path { names, line, modules: scope.modules.clone(), is_test: scope.is_test });
            }
            _ => {}
        }
    }

    fn collect_branches(&mut self, tree: &Group, before: &[String], scope: &Scope, is_use: bool) {
        for branch in tokens(tree.stream()).split(|token| is_punct(token, ',')) {
            self.collect_path(branch, before, scope, is_use);
        }
    }
}

/// Where in a file we are.
#[derive(Clone)]
struct Scope {
    modules: Vec<String>,
    /// The level of a module, where items stand, rather than a body or an argument list.
    is_module: bool,
    is_test: bool,
}

/// Files that hold nothing but tests.
fn is_test_file(path: &str) -> bool {
    path.starts_with("tests/it/") || path.contains("/tests/") || path.ends_with("/tests.rs")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(text: &str) -> Vec<String> {
        let source = Source::parse("host/src/a.rs", text).unwrap();
        source.paths.iter().map(|path| path.names.join("::")).collect()
    }

    #[test]
    fn paths_are_found_wherever_they_stand() {
        for (text, expected) in [
            ("use a::b;", &["a::b"][..]),
            ("use a::{b, c::{self, d as e}, f::*};", &["a::b", "a::c::self", "a::c::d", "a::f"]),
            ("use ::a::b;", &["a::b"]),
            ("use a as b;", &["a"]),
            ("pub(crate) use crate::a::B;", &["crate::a::B"]),
            (
                "fn f(x: &a::B) -> c::D<e::F> { g::h::<i::J>(k!(l::m)) }",
                &["c::D", "e::F", "a::B", "g::h", "i::J", "l::m"],
            ),
            ("fn f() { <A as b::C>::d(); ::e::f() }", &["b::C", "e::f"]),
            ("const A: &str = \"a::b\"; // c::d\n/// e::f\nstruct S;", &[]),
            ("#[a::b] struct S;", &[]),
        ] {
            assert_eq!(paths(text), expected, "{text}");
        }
    }

    #[test]
    fn functions_are_measured_without_their_attributes() {
        let text = "/// Doc.\n#[inline]\npub async fn a<T>(\n  x: T,\n) {\n  b()\n}\ntrait T { fn c(); fn d() {} }\nimpl X {\n fn e() { struct Y; }\n}";
        let source = Source::parse("host/src/a.rs", text).unwrap();
        let found: Vec<_> = source.functions.iter().map(|it| (it.name.as_str(), it.lines.clone())).collect();
        assert_eq!(found, [("a", 3..8), ("d", 8..9), ("e", 10..11)]);
    }

    #[test]
    fn tests_are_told_apart() {
        let text = "fn a() {}\n#[cfg(test)]\nmod tests {\n  use x::y;\n  #[test]\n  fn b() {}\n}\nfn c() {}\n#[tokio::test(flavor = \"x\")]\nasync fn d() {}";
        let source = Source::parse("host/src/a.rs", text).unwrap();
        let tests: Vec<_> = source.functions.iter().map(|it| (it.name.as_str(), it.is_test)).collect();
        assert_eq!(tests, [("a", false), ("b", true), ("c", false), ("d", true)]);
        assert_eq!(source.tests, [2..8, 9..11]);
        assert!(source.paths.iter().all(|path| path.is_test && path.modules == ["tests"]));
        assert!(Source::parse("tests/it/a.rs", "fn a() {}").unwrap().functions.iter().all(|it| it.is_test));
    }

    #[test]
    fn a_file_knows_its_module() {
        for (path, expected) in [
            ("host/src/lib.rs", Some(vec![])),
            ("host/src/mcp.rs", Some(vec!["mcp"])),
            ("host/src/mcp/http.rs", Some(vec!["mcp", "http"])),
            ("host/build.rs", None),
        ] {
            assert_eq!(Source::parse(path, "").unwrap().module(), expected, "{path}");
        }
    }
}
