//! Takes memory until there is no more.

use std::hint::black_box;

struct MemoryBomb;

impl hostile::Hostile for MemoryBomb {
    fn strike(_: String) -> hostile::ToolResult {
        let mut taken = Vec::new();
        loop {
            // Written to, so that the host has to find real memory for it.
            taken.push(vec![1_u8; 1 << 20]);
            black_box(&taken);
        }
    }
}

hostile::export!(MemoryBomb);
