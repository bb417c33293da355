//! Lists: the snapshot, page by page, as clients read it. No list ever enters a guest.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use rmcp::ErrorData;
use rmcp::model::{
    CacheScope, JsonObject, ListPromptsResult, ListResourceTemplatesResult, ListResourcesResult, ListToolsResult,
    PaginatedRequestParams, Prompt, PromptArgument, Resource, ResourceTemplate, Tool, ToolAnnotations,
};

use super::{convert, find};
use crate::plugin::{About, Argument, Hints};
use crate::surface::{Surface, SurfacePrompt, SurfaceResource, SurfaceTemplate, SurfaceTool};

/// How long clients may keep a list, in milliseconds: short, so that what an operator changes is soon seen.
const FRESH_MS: u64 = 30_000;

/// Items on one page, where the operator says nothing else. Many clients never ask for the second one.
pub const PAGE_ITEMS: usize = 1_000;

/// Most items that a page may be made to have: with a kilobyte each, some ten megabytes in one answer.
pub const MOST_PAGE_ITEMS: usize = 10_000;

/// The first letters of every cursor: another form of cursors would have others.
const CURSOR_MARK: &str = "at";

/// Of the digest in a cursor, in bytes: it tells lists apart by accident, and nobody gains by finding two that look alike.
const DIGEST_BYTES: usize = 8;

/// What every list says beside its items.
struct Page {
    first: usize,
    next_cursor: Option<String>,
    fresh_ms: u64,
}

/// A list to be shown in pages of this size.
#[derive(Clone, Copy)]
pub(super) struct Pages<'a> {
    pub(super) surface: &'a Surface,
    pub(super) size: usize,
}

impl Pages<'_> {
    /// The page that a client asks for, of the list of this kind with items of these names.
    fn page<'n>(
        self,
        kind: &'n str,
        names: impl Iterator<Item = &'n str> + Clone,
        asked: Option<PaginatedRequestParams>,
    ) -> Result<Page, ErrorData> {
        let items = names.clone().count();
        // Only who asks for more than the first page needs it.
        let digest = || digest(kind, names.clone());
        let first = match asked.and_then(|asked| asked.cursor).filter(|cursor| !cursor.is_empty()) {
            None => 0,
            Some(cursor) => place(&cursor, items, &digest()).map_err(|fault| fault.error())?,
        };
        let next = first.saturating_add(self.size);
        // While plugins are still being loaded, nobody may keep the list.
        let fresh_ms = if self.surface.is_complete() { FRESH_MS } else { 0 };
        Ok(Page { first, next_cursor: (next < items).then(|| cursor(next, &digest())), fresh_ms })
    }

    fn items<R>(self, page: &Page, all: impl Iterator<Item = R>) -> Vec<R> {
        all.skip(page.first).take(self.size).collect()
    }
}

/// Why a cursor leads nowhere.
#[derive(Debug, PartialEq, Eq)]
enum CursorFault {
    Foreign,
    Stale,
}

impl CursorFault {
    fn error(&self) -> ErrorData {
        let text = match self {
            Self::Foreign => "the cursor is not one of this server's: begin again without one",
            // To go on would leave out items, or show them twice.
            Self::Stale => "the list has changed since its first page: begin again without a cursor",
        };
        ErrorData::invalid_params(text, None)
    }
}

/// What a list is told apart by: the names of its items, in their order. The same for every process that shows the same.
fn digest<'n>(kind: &'n str, names: impl Iterator<Item = &'n str>) -> String {
    let mut hasher = blake3::Hasher::new();
    for name in std::iter::once(kind).chain(names) {
        // What no name has in it ends each.
        hasher.update(name.as_bytes()).update(b"\0");
    }
    hasher.finalize().to_hex().chars().take(2 * DIGEST_BYTES).collect()
}

fn cursor(place: usize, digest: &str) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(format!("{CURSOR_MARK}:{place}:{digest}"))
}

/// Where a cursor points, in a list of so many items with this digest.
fn place(cursor: &str, items: usize, digest: &str) -> Result<usize, CursorFault> {
    let (place, of) = read_cursor(cursor).ok_or(CursorFault::Foreign)?;
    if of == digest && place < items { Ok(place) } else { Err(CursorFault::Stale) }
}

fn read_cursor(cursor: &str) -> Option<(usize, String)> {
    let text = String::from_utf8(BASE64_URL_SAFE_NO_PAD.decode(cursor).ok()?).ok()?;
    let (place, of) = text.strip_prefix(CURSOR_MARK)?.strip_prefix(':')?.split_once(':')?;
    Some((place.parse().ok()?, of.to_owned()))
}

macro_rules! page {
    ($list:ident, $kind:literal, $pages:expr, $asked:expr, $all:expr, $name:ident, $item:expr) => {{
        let page = $pages.page($kind, $all.map(|item| item.$name.as_str()), $asked)?;
        let items = $pages.items(&page, $all).into_iter().filter_map($item);
        let mut result = $list::with_all_items(items.collect());
        result.next_cursor.clone_from(&page.next_cursor);
        // Private: what a caller sees may come to depend on who it is.
        Ok(result.with_ttl_ms(page.fresh_ms).with_cache_scope(CacheScope::Private))
    }};
}

/// A page of the tools. An endpoint that doesn't list all begins with those that find the others.
pub(super) fn tools(pages: Pages<'_>, asked: Option<PaginatedRequestParams>) -> Result<ListToolsResult, ErrorData> {
    let surface = pages.surface;
    let own = if surface.is_searchable() { find::tools() } else { Vec::new() };
    // A plugin's tool of the same name can still be found and called.
    let shown = || surface.listed_tools().filter(|tool| own.is_empty() || !find::is_own(&tool.name));
    let names = own.iter().map(|tool| &*tool.name).chain(shown().map(|tool| tool.name.as_str()));
    let page = pages.page("tools", names, asked)?;
    let all = own.iter().map(Shown::Own).chain(shown().map(Shown::Offered));
    let items = pages.items(&page, all).into_iter().filter_map(|shown| match shown {
        Shown::Own(own) => Some(own.clone()),
        Shown::Offered(offered) => tool(surface, offered),
    });
    let mut result = ListToolsResult::with_all_items(items.collect());
    result.next_cursor.clone_from(&page.next_cursor);
    Ok(result.with_ttl_ms(page.fresh_ms).with_cache_scope(CacheScope::Private))
}

/// A tool in a list: the host's own, or a plugin's.
enum Shown<'a> {
    Own(&'a Tool),
    Offered(&'a SurfaceTool),
}

/// A page of the prompts.
pub(super) fn prompts(pages: Pages<'_>, asked: Option<PaginatedRequestParams>) -> Result<ListPromptsResult, ErrorData> {
    page!(ListPromptsResult, "prompts", pages, asked, pages.surface.prompts().iter(), name, prompt)
}

/// A page of the resources.
pub(super) fn resources(
    pages: Pages<'_>,
    asked: Option<PaginatedRequestParams>,
) -> Result<ListResourcesResult, ErrorData> {
    page!(ListResourcesResult, "resources", pages, asked, pages.surface.resources().iter(), uri, resource)
}

/// A page of the templates of resources.
pub(super) fn templates(
    pages: Pages<'_>,
    asked: Option<PaginatedRequestParams>,
) -> Result<ListResourceTemplatesResult, ErrorData> {
    page!(ListResourceTemplatesResult, "templates", pages, asked, pages.surface.templates().iter(), uri, template)
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
    tool.meta = described.meta.clone().and_then(|meta| convert::plugin_meta(with_page(meta, uri_for_clients)));
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
    prompt.meta = described.meta.clone().and_then(convert::plugin_meta);
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
    resource.meta = meta.and_then(convert::plugin_meta);
    Some(resource)
}

fn template(offered: &SurfaceTemplate) -> Option<ResourceTemplate> {
    let About { name, title, description, mime_type, icons, annotations, meta } = offered.described()?.about.clone();
    let mut template = ResourceTemplate::new(offered.uri.clone(), name);
    (template.title, template.description, template.mime_type) = (title, description, mime_type);
    template.icons = convert::icons(&icons);
    template.annotations = annotations.map(convert::annotations);
    template.meta = meta.and_then(convert::plugin_meta);
    Some(template)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_leads_back_to_its_place_and_nothing_else_does() {
        let digest = digest("tools", ["a", "b"].into_iter());
        let wrapped = |text: &str| BASE64_URL_SAFE_NO_PAD.encode(text);
        let (foreign, stale) = (Err(CursorFault::Foreign), Err(CursorFault::Stale));
        let cases = [
            (cursor(1, &digest), Ok(1)),
            (cursor(2, &digest), stale),
            (cursor(1, "0123456789abcdef"), Err(CursorFault::Stale)),
            (wrapped("at:1"), Err(CursorFault::Foreign)),
            (wrapped(&format!("at:{}:{digest}", "9".repeat(100))), Err(CursorFault::Foreign)),
            (wrapped(&format!("at:-1:{digest}")), Err(CursorFault::Foreign)),
            ("1000".into(), foreign),
            ("%".into(), Err(CursorFault::Foreign)),
        ];
        for (text, expected) in cases {
            assert_eq!(place(&text, 2, &digest), expected, "{text:?}");
        }
    }

    #[test]
    fn lists_are_told_apart_by_what_would_be_missed_or_doubled() {
        let of = |kind, names: &[&'static str]| digest(kind, names.iter().copied());
        let same = of("tools", &["ab", "c"]);
        assert_eq!(same, of("tools", &["ab", "c"]));
        for (kind, names) in [
            ("tools", &["a", "bc"][..]),
            ("tools", &["c", "ab"]),
            ("tools", &["ab"]),
            ("tools", &["ab", "c", "d"]),
            ("prompts", &["ab", "c"]),
        ] {
            assert_ne!(same, of(kind, names), "{kind} {names:?}");
        }
    }
}
