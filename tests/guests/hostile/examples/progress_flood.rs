//! Reports progress a million times.

use hostile::context;

struct ProgressFlood;

const REPORTS: u32 = 1_000_000;

impl hostile::Hostile for ProgressFlood {
    fn strike(_: String) -> hostile::ToolResult {
        for done in 0..REPORTS {
            context::report(&hostile::Progress { done: done.into(), total: None, message: Some("flood".into()) });
        }
        hostile::text("sent")
    }
}

hostile::export!(ProgressFlood);
