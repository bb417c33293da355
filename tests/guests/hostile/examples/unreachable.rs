//! Traps.

struct Unreachable;

impl hostile::Hostile for Unreachable {
    fn strike(_: String) -> hostile::ToolResult {
        std::process::abort()
    }
}

hostile::export!(Unreachable);
