//! `list_servers`: which MCP servers there are.

use wharf_sdk::prelude::*;

use crate::{
    catalogue::{Catalogue, CategoryCounts},
    filter::ServerFilter,
    model::{Category, Server, Status, Transport},
    page::{BadCursor, Request},
    report::Notice,
};

/// How many servers a page has unless asked otherwise. With their details, they are as much as a model takes in.
const DEFAULT_LIMIT: u32 = 20;
/// How many servers a page may have at most.
const MAX_LIMIT: u32 = 100;

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ListServers {
    /// Only servers of this category: `validated` are those of official makers, `community` all others.
    category: Option<Category>,
    /// Only servers that have all of these tags, as in `["database", "sql"]`.
    tags: Vec<String>,
    /// Only servers that offer all of these tools, by their exact names.
    tools: Vec<String>,
    /// Free text. Every word must occur in the name, the display name, the description or the tags; the best fits come
    /// first.
    search: Option<String>,
    /// Only servers that speak this transport.
    transport: Option<Transport>,
    /// `full`: everything about each server. `summary`: a few lines about each, to look around.
    detail: Detail,
    /// How many servers to return at most. A page may hold fewer, so that it doesn't get too large.
    #[schemars(range(min = 1, max = 100))]
    limit: Option<u32>,
    /// `next_cursor` of the page before, with the same filters.
    cursor: Option<String>,
}

#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
enum Detail {
    #[default]
    Full,
    Summary,
}

#[derive(Debug, JsonSchema, Serialize)]
pub(crate) struct ServerList {
    servers: Vec<View>,
    metadata: ListMetadata,
    /// Pass it as `cursor` for the next page. Absent: this is the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
    /// What in the registry files could not be read or mapped, and what was decided: on the first page only.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<Notice>,
    /// How many different warnings there are, shown or not.
    warning_count: u64,
}

#[derive(Debug, JsonSchema, Serialize)]
struct ListMetadata {
    /// Servers in the catalogue.
    total_count: usize,
    /// Servers that satisfy the filters, on all pages.
    filtered_count: usize,
    /// Servers in the catalogue, by category.
    categories: CategoryCounts,
}

#[derive(Debug, JsonSchema, Serialize)]
#[serde(untagged)]
#[schemars(inline)]
enum View {
    Full(Box<Server>),
    Summary(Summary),
}

/// A server in a few lines; `get_server` has the rest.
#[derive(Debug, JsonSchema, Serialize)]
struct Summary {
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    full_name: Option<String>,
    display_name: String,
    description: String,
    category: Category,
    status: Status,
    transport: Transport,
    tags: Vec<String>,
    /// How many tools the server offers.
    tool_count: usize,
}

/// Lists the MCP servers of the catalogue: well-known ones and those of the operator's registries. Use it to find a
/// server for a task: narrow it down with `search`, `tags`, `tools`, `category` or `transport`, which all must hold.
/// Returns each server with its image or package, transport, tools, environment variables and resources, and how many
/// there are in all. Take `detail: "summary"` to look around, and `get_server` for one server.
#[tool(title = "List MCP servers", read_only, idempotent, open_world = false)]
pub(crate) fn list_servers(args: ListServers, call: &Call) -> Result<ServerList, BadCursor> {
    let catalogue = Catalogue::load();
    catalogue.report.log(call);
    list(&catalogue, &args)
}

pub(super) fn list(catalogue: &Catalogue, args: &ListServers) -> Result<ServerList, BadCursor> {
    let search = args.search.as_deref();
    let filter = ServerFilter::new(args.category, args.transport, &args.tags, &args.tools, search);
    let found = filter.select(&catalogue.servers);
    let limit = args.limit.unwrap_or(DEFAULT_LIMIT).clamp(1, MAX_LIMIT);
    let request = Request { cursor: args.cursor.as_deref(), limit: limit as usize };
    let page = request.cut(&found, |server| server.identity(), |server| View::of(server, args.detail))?;
    let metadata = ListMetadata {
        total_count: catalogue.servers.len(),
        filtered_count: found.len(),
        categories: catalogue.counts(),
    };
    let warnings = if args.cursor.is_none() { catalogue.report.shown() } else { Vec::new() };
    let warning_count = catalogue.report.count();
    Ok(ServerList { servers: page.items, metadata, next_cursor: page.next_cursor, warnings, warning_count })
}

impl View {
    fn of(server: &Server, detail: Detail) -> Self {
        match detail {
            Detail::Full => Self::Full(Box::new(server.clone())),
            Detail::Summary => Self::Summary(Summary {
                name: server.name.clone(),
                full_name: server.full_name.clone(),
                display_name: server.display_name.clone(),
                description: server.description.clone(),
                category: server.category,
                status: server.status,
                transport: server.transport,
                tags: server.tags.clone(),
                tool_count: server.tools.len(),
            }),
        }
    }
}
