//! Calls itself until the stack ends.

use std::hint::black_box;

struct DeepRecursion;

impl hostile::Hostile for DeepRecursion {
    fn strike(_: String) -> hostile::ToolResult {
        hostile::text(descend(0).to_string())
    }
}

#[expect(unconditional_recursion, reason = "that is what this guest is for")]
fn descend(depth: u64) -> u64 {
    // Used after the call too, so that it can't become a loop.
    black_box(descend(black_box(depth + 1)) + depth)
}

hostile::export!(DeepRecursion);
