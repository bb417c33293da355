//! Reads a named pipe in a granted folder. Nobody writes to it: a host that waits, waits for ever.

struct ReadPipe;

impl hostile::Hostile for ReadPipe {
    fn strike(_: String) -> hostile::ToolResult {
        let read = std::fs::read_to_string("/granted/pipe");
        hostile::text(read.map_or_else(|_| "refused".into(), |text| format!("read {text:?}")))
    }
}

hostile::export!(ReadPipe);
