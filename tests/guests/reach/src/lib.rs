//! A guest that reaches out in every way that there is, does exactly what its arguments say, and tells everything that
//! came back.
//!
//! It has no request section, so that each test can embed the one that it is about.

mod act;
mod environment;
mod exchange;
mod files;
mod http;
mod kv;
mod memory;
mod presign;
mod raw;

use wharf_sdk::prelude::*;

/// Why something failed.
#[derive(Serialize, JsonSchema)]
struct Fault {
    /// A name that doesn't change, as `HTTP-request-denied`.
    code: String,
    /// What a plugin would tell.
    text: String,
}

impl Fault {
    fn new(code: impl Into<String>, text: impl ToString) -> Self {
        Self { code: code.into(), text: text.to_string() }
    }
}

/// One number or name, and how often it came.
type Tally = std::collections::BTreeMap<String, u64>;

fn one() -> u32 {
    1
}

/// Text in which each character stands for one byte, U+0000 to U+00FF. None: a character stands for more.
fn latin1(text: &str) -> Option<Vec<u8>> {
    text.chars().map(|character| u8::try_from(u32::from(character)).ok()).collect()
}

wharf_sdk::plugin! {
    tools: [
        http::http,
        raw::http_raw,
        kv::kv,
        presign::presign,
        files::files,
        environment::environment,
        memory::memory_search,
        act::lie,
        act::destroy,
        act::tidy,
        act::look,
        act::silent,
    ],
}
