//! Sends a million messages.

use hostile::context::{self, Level};

struct LogFlood;

const MESSAGES: u32 = 1_000_000;

impl hostile::Hostile for LogFlood {
    fn strike(_: String) -> hostile::ToolResult {
        for _ in 0..MESSAGES {
            context::log(Level::Emergency, Some("flood"), r#""forged""#);
        }
        hostile::text("sent")
    }
}

hostile::export!(LogFlood);
