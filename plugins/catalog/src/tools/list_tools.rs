//! `list_tools`: which tools there are, across all MCP servers.

use std::collections::BTreeMap;

use wharf_sdk::prelude::*;

use crate::{
    catalogue::Catalogue,
    filter::{Search, ranked},
    model::Server,
    page::{BadCursor, Request},
    tool_category::{ToolCategory, Votes},
};

/// How many tools a page has unless asked otherwise. A tool is a line or two.
const DEFAULT_LIMIT: u32 = 50;
/// How many tools a page may have at most.
const MAX_LIMIT: u32 = 200;

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ListTools {
    /// Free text. Every word must occur in the name or the description; the best fits come first.
    search: Option<String>,
    /// Only tools about this.
    category: Option<ToolCategory>,
    /// How many tools to return at most.
    #[schemars(range(min = 1, max = 200))]
    limit: Option<u32>,
    /// `next_cursor` of the page before, with the same filters.
    cursor: Option<String>,
}

#[derive(Debug, JsonSchema, Serialize)]
pub(crate) struct ToolList {
    tools: Vec<ToolEntry>,
    /// Tools in the catalogue, by what they are about.
    categories: BTreeMap<ToolCategory, usize>,
    metadata: ListMetadata,
    /// Pass it as `cursor` for the next page. Absent: this is the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

#[derive(Debug, JsonSchema, Serialize)]
struct ListMetadata {
    /// Different names of tools in the catalogue.
    total_count: usize,
    /// Those that satisfy the filters, on all pages.
    filtered_count: usize,
}

/// All tools of one name.
#[derive(Clone, Debug, JsonSchema, Serialize)]
struct ToolEntry {
    name: String,
    /// From the first server that describes it. Tools of the same name may do different things elsewhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    /// What most tags of these servers speak of.
    category: ToolCategory,
    /// Servers that offer the tool, by their full names where they have them.
    servers: Vec<String>,
    /// How many servers offer it.
    usage_count: usize,
}

/// Lists the tools that the MCP servers of the catalogue offer, by name: what each does, what it is about, and which
/// servers have it. Use it to find the server for a single action, with `search` or `category`.
#[tool(title = "List tools across servers", read_only, idempotent, open_world = false)]
pub(crate) fn list_tools(args: ListTools, call: &Call) -> Result<ToolList, BadCursor> {
    let catalogue = Catalogue::load();
    catalogue.report.log(call);
    list(&catalogue, &args)
}

pub(super) fn list(catalogue: &Catalogue, args: &ListTools) -> Result<ToolList, BadCursor> {
    let all = collect(&catalogue.servers);
    let found = select(&all, args);
    let limit = args.limit.unwrap_or(DEFAULT_LIMIT).clamp(1, MAX_LIMIT);
    let request = Request { cursor: args.cursor.as_deref(), limit: limit as usize };
    let page = request.cut(&found, |tool| tool.name.as_str(), |tool| ToolEntry::clone(tool))?;
    let mut categories = BTreeMap::new();
    for tool in &all {
        *categories.entry(tool.category).or_default() += 1;
    }
    let metadata = ListMetadata { total_count: all.len(), filtered_count: found.len() };
    Ok(ToolList { tools: page.items, categories, metadata, next_cursor: page.next_cursor })
}

/// One server that offers a tool.
struct Offer<'s> {
    server: &'s Server,
    votes: Votes,
    description: Option<&'s str>,
}

/// All tools, by name.
fn collect(servers: &[Server]) -> Vec<ToolEntry> {
    let mut offers = BTreeMap::<&str, Vec<Offer<'_>>>::new();
    for server in servers {
        let votes = Votes::of(&server.tags);
        for tool in &server.tools {
            let known = offers.entry(&tool.name).or_default();
            // A careless registry may list a tool twice.
            if known.last().is_none_or(|last| last.server.identity() != server.identity()) {
                known.push(Offer { server, votes, description: tool.description.as_deref() });
            }
        }
    }
    offers.into_iter().map(|(name, offers)| entry(name, &offers)).collect()
}

fn entry(name: &str, offers: &[Offer<'_>]) -> ToolEntry {
    ToolEntry {
        name: name.to_owned(),
        description: offers.iter().find_map(|offer| offer.description).map(str::to_owned),
        category: Votes::sum(offers.iter().map(|offer| offer.votes)).winner(),
        servers: offers.iter().map(|offer| offer.server.identity().to_owned()).collect(),
        usage_count: offers.len(),
    }
}

fn select<'t>(all: &'t [ToolEntry], args: &ListTools) -> Vec<&'t ToolEntry> {
    let search = Search::new(args.search.as_deref());
    ranked(all, |tool| {
        let about = args.category.is_none_or(|category| category == tool.category);
        let fit = about.then(|| search.fit(&[&tool.name], tool.description.as_deref().into_iter()))?;
        fit.map(|fit| fit as usize)
    })
}
