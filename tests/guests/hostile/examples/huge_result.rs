//! Returns a gigabyte, out of a memory that is far smaller: the same megabyte a thousand times.

struct HugeResult;

const PIECE_BYTES: usize = 1 << 20;
const PIECES: usize = 1 << 10;

impl hostile::Hostile for HugeResult {
    fn strike(_: String) -> hostile::ToolResult {
        let piece = "x".repeat(PIECE_BYTES).leak();
        let aliases = (0..PIECES).map(|_| {
            let start = piece.as_mut_ptr();
            // SAFETY: none: these texts share their bytes, and would be freed once each. Nothing writes to them, and the
            // instance doesn't live long enough to free them.
            #[expect(unsafe_code, reason = "one text in many places is what this guest is for")]
            let alias = unsafe { String::from_raw_parts(start, PIECE_BYTES, PIECE_BYTES) };
            hostile::block(alias)
        });
        hostile::result(aliases.collect())
    }
}

hostile::export!(HugeResult);
