//! Tools that take, say and answer as much as they are told to: up to a bound, or beyond it.

use std::hint::{black_box, spin_loop};

use serde_json::{Value, json};
use wharf_sdk::prelude::*;
use wharf_sdk::tool::ToolResult;
use wharf_sdk::{Failure, RpcError};

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Answer {
    /// Of the text.
    #[serde(default)]
    text_bytes: usize,
    /// Of what is in the metadata. Zero: there is none.
    #[serde(default)]
    meta_bytes: usize,
}

/// Answers with a text and with metadata of these sizes.
#[tool(read_only)]
pub(crate) fn answer(args: Answer) -> ToolResult {
    let meta = (args.meta_bytes > 0).then(|| json!({ "filler": filler(args.meta_bytes) }).to_string());
    ToolResult { content: vec![Content::text(filler(args.text_bytes))], structured: None, is_error: false, meta }
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Why {
    UnknownName,
    InvalidParams,
    NotFound,
    Unavailable,
    Internal,
    Protocol,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Fail {
    /// Which of the contract's failures.
    failure: Why,
    /// Its text: an `x`, and then so many `ü`, of two bytes each.
    letters: usize,
}

/// Fails, with a text of this size.
#[tool(read_only)]
pub(crate) fn fail(args: Fail) -> Result<(), Failure> {
    let text = format!("x{}", "ü".repeat(args.letters));
    Err(match args.failure {
        Why::UnknownName => Failure::UnknownName(text),
        Why::InvalidParams => Failure::InvalidParams(text),
        Why::NotFound => Failure::NotFound(text),
        Why::Unavailable => Failure::Unavailable(text),
        Why::Internal => Failure::Internal(text),
        Why::Protocol => {
            let data = Some(Value::from(text.as_str()).to_string());
            Failure::Protocol(RpcError { code: 7, message: text, data })
        }
    })
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Size {
    bytes: usize,
}

/// Takes memory, and crashes where there isn't as much.
#[tool]
pub(crate) fn take(args: Size) -> usize {
    black_box(vec![1_u8; args.bytes]).len()
}

/// Tries to take memory, and tells whether there was as much.
#[tool]
pub(crate) fn reserve(args: Size) -> bool {
    let mut memory: Vec<u8> = Vec::new();
    let was_there = memory.try_reserve_exact(args.bytes).is_ok();
    // Somebody might want it, as far as the compiler knows: it must not leave the attempt out.
    black_box(&mut memory);
    was_there
}

/// Computes for ever.
#[tool]
pub(crate) fn spin() {
    loop {
        spin_loop();
    }
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Texts {
    /// Of each, in bytes.
    sizes: Vec<usize>,
}

/// Reports progress, each time with a message of such a size.
#[tool(read_only)]
pub(crate) fn report(args: Texts, call: &Call) {
    for (done, bytes) in (1_u32..).zip(args.sizes) {
        call.report(Progress::new(done.into()).message(filler(bytes)));
    }
}

/// Logs texts of these sizes.
#[tool(read_only)]
pub(crate) fn log(args: Texts, call: &Call) {
    for bytes in args.sizes {
        call.info(filler(bytes));
    }
}

fn filler(bytes: usize) -> String {
    "x".repeat(bytes)
}
