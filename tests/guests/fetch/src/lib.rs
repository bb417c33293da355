//! A guest that makes requests as the documentation of the SDK shows it, and nothing else: for measuring.

use std::io::{self, BufRead as _};

use wharf_sdk::http::{Request, Response};
use wharf_sdk::prelude::*;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Fetch {
    /// Absolute.
    url: String,
}

#[derive(Serialize, JsonSchema)]
struct Fetched {
    status: u16,
    /// Of the body.
    bytes: u64,
}

/// Gets what is at a URL, and counts its bytes.
#[tool(read_only)]
fn fetch(args: Fetch) -> Result<Fetched, String> {
    let response = Request::get(args.url).send().map_err(|error| error.to_string())?;
    let status = response.status();
    let bytes = count(response).map_err(|error| error.to_string())?;
    Ok(Fetched { status, bytes })
}

fn count(response: Response) -> io::Result<u64> {
    let (mut reader, mut bytes) = (response.reader(), 0);
    loop {
        let part = reader.fill_buf()?.len();
        if part == 0 {
            return Ok(bytes);
        }
        bytes += part as u64;
        reader.consume(part);
    }
}

wharf_sdk::plugin! { tools: [fetch] }
