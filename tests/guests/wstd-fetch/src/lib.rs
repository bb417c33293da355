//! A guest that makes its requests with wstd, as a plugin would that was made of existing code.

use wharf_sdk::prelude::*;
use wstd::http::{Body, Client, Request};

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Fetch {
    /// Absolute.
    url: String,
}

#[derive(Serialize, JsonSchema)]
struct Fetched {
    status: u16,
    /// The whole body.
    text: String,
}

/// Gets what is at a URL.
#[tool(read_only)]
fn fetch(args: Fetch) -> Result<Fetched, String> {
    // With all causes: what the host said is one of them.
    wstd::runtime::block_on(get(&args.url)).map_err(|error| format!("{error:?}"))
}

async fn get(url: &str) -> Result<Fetched, wstd::http::Error> {
    let mut response = Client::new().send(Request::get(url).body(Body::empty())?).await?;
    let status = response.status().as_u16();
    let text = String::from_utf8_lossy(response.body_mut().contents().await?).into_owned();
    Ok(Fetched { status, text })
}

wharf_sdk::plugin! { tools: [fetch] }
