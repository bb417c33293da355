//! The length of functions and files, tests left out.

use super::source::Source;
use super::{Bound, FILE_LINES, FUNCTION_LINES, Finding};

/// Measures each function, and the file.
pub(super) fn check(source: &Source) -> Vec<Finding> {
    let production = source.functions.iter().filter(|function| !function.is_test);
    let functions = production.filter_map(|function| {
        let place = format!("{}:{}", source.path, function.lines.start);
        judge(&place, &format!("function `{}`", function.name), function.lines.len(), &FUNCTION_LINES)
    });
    functions.chain(file(source)).collect()
}

fn file(source: &Source) -> Option<Finding> {
    // The functions of a file that is all tests are tests.
    if !source.functions.is_empty() && source.functions.iter().all(|function| function.is_test) {
        return None;
    }
    let tests: usize = source.tests.iter().map(ExactSizeIterator::len).sum();
    judge(&source.path, "file", source.lines.saturating_sub(tests), &FILE_LINES)
}

fn judge(place: &str, what: &str, lines: usize, bound: &Bound) -> Option<Finding> {
    let Bound { goal, limit } = bound;
    let text = format!("{what} has {lines} lines without tests; the goal is {goal}, the limit {limit}: split it");
    let finding = Finding::new(place, text);
    match lines {
        lines if lines > *limit => Some(finding),
        lines if lines > *goal => Some(finding.warning()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn function(lines: usize) -> String {
        format!("fn f() {{\n{}}}\n", "x();\n".repeat(lines - 2))
    }

    #[test]
    fn functions_and_files_against_goal_and_limit() {
        let short = function(10);
        for (case, path, text, expected) in [
            ("at the goal", "a.rs", function(40), &[][..]),
            ("over the goal", "a.rs", function(41), &[true]),
            ("at the limit", "a.rs", function(70), &[true]),
            ("over the limit", "a.rs", function(71), &[false]),
            ("a long test", "a.rs", format!("{short}#[test]\n{}", function(99)), &[]),
            ("a long file", "a.rs", short.repeat(31), &[true]),
            ("too long a file", "a.rs", short.repeat(41), &[false]),
            (
                "a file with long tests",
                "a.rs",
                format!("{short}#[cfg(test)]\nmod tests {{\n{}}}", short.repeat(41)),
                &[],
            ),
            ("a file of tests", "tests/it/a.rs", short.repeat(41), &[]),
            ("a file without functions", "a.rs", "const A: u8 = 1;\n".repeat(401), &[false]),
        ] {
            let found = check(&Source::parse(path, &text).unwrap());
            assert_eq!(found.iter().map(|it| it.is_warning).collect::<Vec<_>>(), expected, "{case}: {found:?}");
        }
    }
}
