//! Computes for ever in a call.

use std::io::{self, Write as _};

struct SpinInCall;

impl hostile::Hostile for SpinInCall {
    fn strike(arguments: String) -> hostile::ToolResult {
        // So that the tests know that it runs. Whether the line arrives is their concern.
        let _ = writeln!(io::stdout(), "spinning with {arguments}");
        hostile::spin()
    }
}

hostile::export!(SpinInCall);
