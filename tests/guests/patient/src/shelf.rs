//! What there is to read: a resource of each kind, and as many more, and prompts, as the configuration says.

use std::time::{Duration, SystemTime};

use wharf_sdk::prelude::*;
use wharf_sdk::prompts::{Prompt, Prompts};
use wharf_sdk::resources::{About, Definition, Resource, Resources, Template};
use wharf_sdk::serde_json::{Map, Value, json};
use wharf_sdk::{Error, Failure, Link, Resumption, config, prompts, resources};

/// Never the same twice.
#[resource(uri = "note://clock", name = "clock", mime_type = "text/plain", poll_ms = 1000)]
fn clock() -> String {
    let since: Duration = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    since.as_nanos().to_string()
}

/// Always the same.
#[resource(uri = "note://still", name = "still")]
fn still() -> &'static str {
    "still"
}

#[derive(Deserialize, JsonSchema)]
struct Pin {
    pin: u32,
}

/// Asks before it is read.
#[resource(uri = "note://secret", name = "secret")]
fn secret(call: &Call) -> Result<Step<String>, Error> {
    match call.resumed().map_or(Ok(None), |resumed| resumed.form::<Pin>("pin"))? {
        Some(Pin { pin }) => Ok(Step::Done(format!("opened with {pin}"))),
        None => Ok(Asking::new(&())?.form::<Pin>("pin", "Which number opens it?").into()),
    }
}

/// What a client shows to its user.
#[resource(uri = "ui://widget", name = "widget", mime_type = "text/html;profile=mcp-app")]
fn widget() -> &'static str {
    "<p>A widget</p>"
}

/// A page of the web that this plugin has itself.
#[resource(uri = "https://example.com/offered", name = "offered", mime_type = "text/html")]
fn offered() -> &'static str {
    "<p>Offered</p>"
}

/// A URI without slashes.
#[resource(uri = "urn:isbn:1", name = "book")]
fn book() -> &'static str {
    "A book"
}

#[derive(Deserialize)]
struct Item {
    id: String,
}

/// An item by its id.
#[resource(uri = "note://item/{id}", name = "item")]
fn item(item: Item) -> String {
    format!("item {}", item.id)
}

/// Those of the number that the configuration says.
#[resource(uri = "note://many/{number}", name = "numbered")]
fn numbered(number: Number) -> String {
    format!("number {}", number.number)
}

#[derive(Deserialize)]
struct Number {
    number: u32,
}

/// Points to resources of its own and to the web, and brings one along.
#[tool(meta = shown())]
pub(crate) fn point() -> ContentList {
    let uris = ["note://still", "ui://widget", "urn:isbn:1", "https://example.com/offered", "https://example.com/page"];
    let links = uris.into_iter().map(|uri| Content::link(Link::new(uri, "a link")));
    let embedded = ["note://still", "https://example.com/page"];
    let embedded =
        embedded.into_iter().map(|uri| Content::embedded(Contents::text(uri, "text/plain", "brought along")));
    links.chain(embedded).collect()
}

/// As MCP Apps name what shows a tool's result.
fn shown() -> Map<String, Value> {
    Map::from_iter([("ui".into(), json!({ "resourceUri": "ui://widget" }))])
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Visit {
    /// Where the person is sent.
    url: String,
}

/// Sends the person to a page, and tells what became of it.
#[tool]
pub(crate) fn visit(args: Visit, call: &Call) -> Result<Step<String>, Error> {
    match call.resumed().and_then(|resumed: &Resumption| resumed.reply("page")) {
        Some(reply) => Ok(Step::Done(format!("{reply:?}"))),
        None => Ok(Asking::new(&())?.page("page", "Please log in", args.url).into()),
    }
}

const ALL: [fn() -> Definition; 8] = [
    clock::definition,
    still::definition,
    secret::definition,
    widget::definition,
    offered::definition,
    book::definition,
    item::definition,
    numbered::definition,
];

/// Everything in this file.
pub(crate) struct Shelf;

impl Resources for Shelf {
    fn list_resources() -> Result<Vec<Resource>, Failure> {
        let more = (0..configured("resources")?).map(|number| {
            let uri = format!("note://many/{number}");
            Resource { about: about(&uri), uri, size: None, poll_ms: None }
        });
        Ok(ALL.iter().filter_map(|definition| definition().describe()).chain(more).collect())
    }

    fn list_templates() -> Result<Vec<Template>, Failure> {
        Ok(ALL.iter().filter_map(|definition| definition().describe_template()).collect())
    }

    fn read(uri: String, resumed: Option<Resumption>) -> Result<resources::Outcome, Failure> {
        let call = Call::current(resumed);
        for definition in ALL {
            match definition().read(&call, &uri) {
                Err(Failure::NotFound(_)) => {}
                read => return read,
            }
        }
        Err(Failure::NotFound(uri))
    }
}

impl Prompts for Shelf {
    fn list_prompts() -> Result<Vec<Prompt>, Failure> {
        let prompt = |number| Prompt {
            name: format!("prompt_{number:04}"),
            title: None,
            description: None,
            arguments: Vec::new(),
            icons: Vec::new(),
            meta: None,
        };
        Ok((0..configured("prompts")?).map(prompt).collect())
    }

    fn get(name: String, _: Vec<(String, String)>, _: Option<Resumption>) -> Result<prompts::Outcome, Failure> {
        Ok(prompts::Outcome::Done(Filled::user(name)))
    }
}

fn about(name: &str) -> About {
    About {
        name: name.into(),
        title: None,
        description: None,
        mime_type: None,
        icons: Vec::new(),
        annotations: None,
        meta: None,
    }
}

/// How many of them there are.
fn configured(key: &str) -> Result<u32, Failure> {
    let text = config::get(key).map_err(|error| Failure::Internal(error.to_string()))?;
    let number = text.map_or(Ok(0), |text| text.parse());
    number.map_err(|error| Failure::Internal(format!("`{key}` is not a number: {error}")))
}
