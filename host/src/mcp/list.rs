//! Lists: the snapshot, page by page, as clients read it. No list ever enters a guest.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use rmcp::ErrorData;
use rmcp::model::{
    CacheScope, JsonObject, ListPromptsResult, ListResourceTemplatesResult, ListResourcesResult, ListToolsResult,
    MetaObject, PaginatedRequestParams, Prompt, PromptArgument, Resource, ResourceTemplate, Tool, ToolAnnotations,
};

use super::{convert, find};
use crate::plugin::{About, Argument, Hints};
use crate::surface::{Surface, SurfacePrompt, SurfaceResource, SurfaceTemplate, SurfaceTool};

/// How long clients may keep a list, in milliseconds: short, so that what an operator changes is soon seen.
const FRESH_MS: u64 = 30_000;

/// Items on one page. Many clients never ask for the second one.
const PAGE_ITEMS: usize = 1_000;

/// The first letters of every cursor: another form of cursors would have others.
const CURSOR_MARK: &str = "from:";

/// What every list says beside its items.
struct Page {
    first: usize,
    next_cursor: Option<String>,
    fresh_ms: u64,
}

impl Page {
    /// The page that a client asks for, of a list of so many items.
    fn of(surface: &Surface, items: usize, asked: Option<PaginatedRequestParams>) -> Result<Self, ErrorData> {
        let first = match asked.and_then(|asked| asked.cursor) {
            None => 0,
            Some(cursor) => place(&cursor).filter(|place| *place <= items).ok_or_else(|| {
                ErrorData::invalid_params(
                    "the cursor is not one of this server's, or the list has become shorter",
                    None,
                )
            })?,
        };
        let next = first.saturating_add(PAGE_ITEMS);
        // While plugins are still being loaded, nobody may keep the list.
        let fresh_ms = if surface.is_complete() { FRESH_MS } else { 0 };
        Ok(Self { first, next_cursor: (next < items).then(|| cursor(next)), fresh_ms })
    }

    fn items<'a, T: 'a, R>(
        &self,
        all: impl Iterator<Item = &'a T> + 'a,
        item: impl Fn(&T) -> Option<R> + 'a,
    ) -> Vec<R> {
        all.skip(self.first).take(PAGE_ITEMS).filter_map(item).collect()
    }
}

fn cursor(place: usize) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(format!("{CURSOR_MARK}{place}"))
}

/// Where a cursor points. The empty one is the protocol's word for the beginning.
fn place(cursor: &str) -> Option<usize> {
    if cursor.is_empty() {
        return Some(0);
    }
    let text = String::from_utf8(BASE64_URL_SAFE_NO_PAD.decode(cursor).ok()?).ok()?;
    text.strip_prefix(CURSOR_MARK)?.parse().ok()
}

macro_rules! page {
    ($list:ident, $surface:expr, $asked:expr, $count:expr, $all:expr, $item:expr) => {{
        let page = Page::of($surface, $count, $asked)?;
        let mut result = $list::with_all_items(page.items($all, $item));
        result.next_cursor.clone_from(&page.next_cursor);
        // Private: what a caller sees may come to depend on who it is.
        Ok(result.with_ttl_ms(page.fresh_ms).with_cache_scope(CacheScope::Private))
    }};
}

/// A page of the tools. An endpoint that doesn't list all begins with those that find the others.
pub(super) fn tools(surface: &Surface, asked: Option<PaginatedRequestParams>) -> Result<ListToolsResult, ErrorData> {
    let own = if surface.is_searchable() { find::tools() } else { Vec::new() };
    // A plugin's tool of the same name can still be found and called.
    let is_shown = |tool: &&SurfaceTool| own.is_empty() || !find::is_own(&tool.name);
    let page = Page::of(surface, own.len() + surface.listed_tools().filter(is_shown).count(), asked)?;
    let all =
        own.iter().cloned().chain(surface.listed_tools().filter(is_shown).filter_map(|offered| tool(surface, offered)));
    let mut result = ListToolsResult::with_all_items(all.skip(page.first).take(PAGE_ITEMS).collect());
    result.next_cursor.clone_from(&page.next_cursor);
    Ok(result.with_ttl_ms(page.fresh_ms).with_cache_scope(CacheScope::Private))
}

/// A page of the prompts.
pub(super) fn prompts(
    surface: &Surface,
    asked: Option<PaginatedRequestParams>,
) -> Result<ListPromptsResult, ErrorData> {
    page!(ListPromptsResult, surface, asked, surface.prompts().len(), surface.prompts().iter(), prompt)
}

/// A page of the resources.
pub(super) fn resources(
    surface: &Surface,
    asked: Option<PaginatedRequestParams>,
) -> Result<ListResourcesResult, ErrorData> {
    page!(ListResourcesResult, surface, asked, surface.resources().len(), surface.resources().iter(), resource)
}

/// A page of the templates of resources.
pub(super) fn templates(
    surface: &Surface,
    asked: Option<PaginatedRequestParams>,
) -> Result<ListResourceTemplatesResult, ErrorData> {
    page!(ListResourceTemplatesResult, surface, asked, surface.templates().len(), surface.templates().iter(), template)
}

/// One tool.
pub(super) fn tool(surface: &Surface, offered: &SurfaceTool) -> Option<Tool> {
    let described = offered.described()?;
    let mut tool = Tool::new(offered.name.clone(), offered.description().to_owned(), described.input.document.clone());
    tool.title = offered.title().map(str::to_owned);
    tool.output_schema =
        described.output.as_ref().filter(|schema| schema.is_of_objects()).map(|schema| schema.document.clone());
    tool.annotations = annotations(offered.hints());
    tool.icons = convert::icons(&described.icons);
    let uri_for_clients = |uri: &str| surface.uri_for_clients(offered.plugin.id(), uri);
    tool.meta = described.meta.clone().map(|meta| MetaObject(with_page(meta, uri_for_clients)));
    Some(tool)
}

/// Metadata in which a page that shows the tool's results (MCP Apps) has the URI that clients read it by.
fn with_page(mut meta: JsonObject, uri_for_clients: impl Fn(&str) -> String) -> JsonObject {
    // The newer form has it one level deeper.
    let nested = meta.get_mut("ui").and_then(|ui| ui.get_mut("resourceUri"));
    for page in nested.into_iter() {
        if let Some(uri) = page.as_str() {
            *page = uri_for_clients(uri).into();
        }
    }
    if let Some(page) = meta.get_mut("ui/resourceUri")
        && let Some(uri) = page.as_str()
    {
        *page = uri_for_clients(uri).into();
    }
    meta
}

fn annotations(hints: Hints) -> Option<ToolAnnotations> {
    let Hints { read_only, destructive, idempotent, open_world } = hints;
    let any = read_only.or(destructive).or(idempotent).or(open_world).is_some();
    any.then(|| ToolAnnotations::from_raw(None, read_only, destructive, idempotent, open_world))
}

fn prompt(offered: &SurfacePrompt) -> Option<Prompt> {
    let described = offered.described()?;
    let arguments: Vec<PromptArgument> = described.arguments.iter().map(argument).collect();
    let mut prompt =
        Prompt::new(offered.name.clone(), described.description.clone(), (!arguments.is_empty()).then_some(arguments));
    prompt.title.clone_from(&described.title);
    prompt.icons = convert::icons(&described.icons);
    prompt.meta = described.meta.clone().map(MetaObject);
    Some(prompt)
}

fn argument(from: &Argument) -> PromptArgument {
    let mut argument = PromptArgument::new(from.name.clone());
    argument.title.clone_from(&from.title);
    argument.description.clone_from(&from.description);
    argument.required = Some(from.required);
    argument
}

fn resource(offered: &SurfaceResource) -> Option<Resource> {
    let described = offered.described()?;
    let About { name, title, description, mime_type, icons, annotations, meta } = described.about.clone();
    let mut resource = Resource::new(offered.uri.clone(), name);
    (resource.title, resource.description, resource.mime_type) = (title, description, mime_type);
    resource.size = described.size;
    resource.icons = convert::icons(&icons);
    resource.annotations = annotations.map(convert::annotations);
    resource.meta = meta.map(MetaObject);
    Some(resource)
}

fn template(offered: &SurfaceTemplate) -> Option<ResourceTemplate> {
    let About { name, title, description, mime_type, icons, annotations, meta } = offered.described()?.about.clone();
    let mut template = ResourceTemplate::new(offered.uri.clone(), name);
    (template.title, template.description, template.mime_type) = (title, description, mime_type);
    template.icons = convert::icons(&icons);
    template.annotations = annotations.map(convert::annotations);
    template.meta = meta.map(MetaObject);
    Some(template)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_leads_back_to_its_place_and_nothing_else_does() {
        let cases = [(cursor(1_000), Some(1_000)), (String::new(), Some(0)), ("1000".into(), None), ("%".into(), None)];
        for (text, expected) in cases {
            assert_eq!(place(&text), expected, "{text:?}");
        }
        let huge = BASE64_URL_SAFE_NO_PAD.encode(format!("{CURSOR_MARK}{}", "9".repeat(100)));
        assert_eq!(place(&huge), None);
    }
}
