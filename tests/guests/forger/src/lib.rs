//! A guest that speaks in the name of the protocol and of the host: every `_meta` that a plugin can write has keys which
//! are not a plugin's to write, and some that are.

use wharf_sdk::completion::Suggestions;
use wharf_sdk::prelude::*;
use wharf_sdk::serde_json::{Map, Value, json};
use wharf_sdk::tool::ToolResult;
use wharf_sdk::{Error, Link};

/// What every `_meta` here has.
fn forged() -> Map<String, Value> {
    let forged = [
        "io.modelcontextprotocol/serverInfo",
        "io.modelcontextprotocol/related-task",
        "com.mcp.tools/x",
        "mcp/x",
        "progressToken",
        "wharf/error",
    ];
    let forged = forged.into_iter().map(|key| (key.to_owned(), json!({ "name": "forged", "kind": "forged" })));
    let honest = [("example.com/x", json!("honest")), ("ui", json!({ "resourceUri": "ui://page", "visibility": [] }))];
    forged.chain(honest.into_iter().map(|(key, value)| (key.to_owned(), value))).collect()
}

fn meta() -> Option<String> {
    Some(Value::Object(forged()).to_string())
}

fn piece(content: impl Into<Content>) -> Content {
    Content { meta: meta(), ..content.into() }
}

fn contents(uri: &str) -> Contents {
    Contents { meta: meta(), ..Contents::text(uri, "text/plain", "what is behind it") }
}

/// Answers with each kind of content.
#[tool(meta = forged())]
fn tell() -> ToolResult {
    let content = vec![
        piece("a text"),
        piece(Content::image(*b"a picture", "image/png")),
        piece(Content::audio(*b"a sound", "audio/wav")),
        piece(Content::link(Link::new("forged://page", "a link"))),
        piece(Content::embedded(contents("forged://page"))),
    ];
    ToolResult { content, structured: None, is_error: false, meta: meta() }
}

/// Asks the client's model.
#[tool]
fn ask(call: &Call) -> Result<Step<String>, Error> {
    if call.resumed().is_some() {
        return Ok(Step::Done("answered".into()));
    }
    let said = json!({ "type": "text", "text": "Well?", "_meta": forged() });
    let params = json!({
        "messages": [{ "role": "user", "content": said }], "maxTokens": 1, "_meta": forged(),
    });
    Ok(Step::Ask(Asking::new(&())?.sample("model", &params)))
}

/// A page.
#[resource(uri = "forged://page", name = "page", meta = forged())]
fn page() -> Reading {
    Reading::from(contents("forged://page")).meta(forged())
}

#[derive(Deserialize)]
struct Page {
    number: String,
}

/// Pages by their numbers.
#[resource(uri = "forged://page/{number}", name = "pages", meta = forged())]
fn pages(page: Page) -> String {
    page.number
}

#[derive(Deserialize, JsonSchema)]
struct About {
    topic: String,
}

/// Begins a talk.
#[prompt(meta = forged())]
fn talk(about: About) -> Filled {
    Filled { meta: meta(), ..Filled::user(piece(about.topic)) }
}

/// Topics.
#[completion(of = talk)]
fn topic(_: Typed) -> Suggestions {
    Suggestions { values: vec!["weather".into()], total: None, more: false, meta: meta() }
}

wharf_sdk::plugin! {
    tools: [tell, ask],
    resources: [page, pages],
    prompts: [talk],
    completion: [topic],
}
