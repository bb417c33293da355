//! `tools/list`: the snapshot, as clients read it. No list ever enters a guest.

use rmcp::model::{CacheScope, ListToolsResult, Tool, ToolAnnotations};

use super::convert;
use crate::plugin::Hints;
use crate::surface::{Surface, SurfaceTool};

/// How long clients may keep a list, in milliseconds: short, so that what an operator changes is soon seen.
const FRESH_MS: u64 = 30_000;

/// Every tool.
pub(super) fn tools(surface: &Surface) -> ListToolsResult {
    let tools = surface.tools().iter().filter_map(tool).collect();
    // While plugins are still being loaded, nobody may keep the list.
    let fresh = if surface.is_complete() { FRESH_MS } else { 0 };
    // Private: what a caller sees may come to depend on who it is.
    ListToolsResult::with_all_items(tools).with_ttl_ms(fresh).with_cache_scope(CacheScope::Private)
}

/// One tool.
pub(super) fn tool(offered: &SurfaceTool) -> Option<Tool> {
    let described = offered.described()?;
    let mut tool = Tool::new(offered.name.clone(), described.description.clone(), described.input.document.clone());
    tool.title.clone_from(&described.title);
    tool.output_schema =
        described.output.as_ref().filter(|schema| schema.is_of_objects()).map(|schema| schema.document.clone());
    tool.annotations = annotations(described.hints);
    tool.icons = convert::icons(&described.icons);
    tool.meta = described.meta.clone().map(rmcp::model::MetaObject);
    Some(tool)
}

fn annotations(hints: Hints) -> Option<ToolAnnotations> {
    let Hints { read_only, destructive, idempotent, open_world } = hints;
    let any = read_only.or(destructive).or(idempotent).or(open_world).is_some();
    any.then(|| ToolAnnotations::from_raw(None, read_only, destructive, idempotent, open_world))
}
