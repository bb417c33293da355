//! The contract's types as rmcp's, by hand: nothing of the wire goes further in than this room.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use rmcp::model::{
    Annotations, AudioContent, CacheScope, CallToolResult, CompleteResult, CompletionInfo, ContentBlock,
    EmbeddedResource, GetPromptResult, Icon, IconTheme, ImageContent, JsonObject, MetaObject, PromptMessage,
    ReadResourceResult, Resource, ResourceContents, Role, TextContent,
};
use serde_json::Value;

use super::client::is_reserved;
use super::failure::{self, OWN_PREFIX};
use crate::plugin::{self, DENIED, Filled, Message, Reading, Suggestions, ToolResult, types};

/// The client's URI for one of the plugin's.
type Uris<'a> = &'a (dyn Fn(&str) -> String + Sync);

/// A finished call.
pub(super) fn tool_result(result: ToolResult, uris: Uris<'_>) -> CallToolResult {
    let mut content: Vec<ContentBlock> =
        result.content.into_iter().map(|content| content_block(content, uris)).collect();
    if let (true, Some(structured)) = (content.is_empty(), &result.structured) {
        // For clients, and models, that read text only.
        content.push(ContentBlock::text(structured.to_string()));
    }
    if let Some(refusal) = &result.refusal {
        content.push(ContentBlock::text(format!("wharf refused the plugin something: {refusal}")));
    }
    let mut converted = if result.is_error { CallToolResult::error(content) } else { CallToolResult::success(content) };
    // Older clients take objects only, and what isn't one they have as text.
    converted.structured_content = result.structured.filter(Value::is_object);
    converted.meta = result.meta.and_then(plugin_meta);
    if result.refusal.is_some() {
        failure::mark(&mut converted, DENIED);
    }
    converted
}

/// What is behind a URI.
pub(super) fn reading(from: Reading, uris: Uris<'_>) -> ReadResourceResult {
    let contents = from.contents.into_iter().map(|contents| resource_contents(contents, uris)).collect();
    let scope = match from.scope {
        plugin::CacheScope::Private => CacheScope::Private,
        plugin::CacheScope::Public => CacheScope::Public,
    };
    let mut result =
        ReadResourceResult::new(contents).with_ttl_ms(from.fresh_ms.map_or(0, u64::from)).with_cache_scope(scope);
    result.meta = from.meta.as_deref().and_then(read_meta);
    result
}

/// A prompt, filled in.
pub(super) fn prompt_result(from: Filled, uris: Uris<'_>) -> GetPromptResult {
    let message = |message: Message| PromptMessage::new(role(message.role), content_block(message.content, uris));
    let mut result = GetPromptResult::new(from.messages.into_iter().map(message).collect());
    result.description = from.description;
    result.meta = from.meta.as_deref().and_then(read_meta);
    result
}

/// Suggestions, of which the sandbox lets no more through than the protocol allows.
pub(super) fn completion(from: Suggestions) -> CompleteResult {
    let mut info = CompletionInfo::default();
    (info.values, info.total, info.has_more) = (from.values, from.total, Some(from.more));
    let mut result = CompleteResult::new(info);
    result.meta = from.meta.as_deref().and_then(read_meta);
    result
}

fn content_block(content: types::Content, uris: Uris<'_>) -> ContentBlock {
    let annotations = content.annotations.map(annotations);
    let meta = content.meta.as_deref().and_then(read_meta);
    match content.block {
        types::Block::Text(text) => {
            let mut block = TextContent::new(text);
            (block.annotations, block.meta) = (annotations, meta);
            ContentBlock::Text(block)
        }
        types::Block::Image(media) => {
            let mut block = ImageContent::new(BASE64_STANDARD.encode(media.data), media.mime_type);
            (block.annotations, block.meta) = (annotations, meta);
            ContentBlock::Image(block)
        }
        types::Block::Audio(media) => {
            let mut block = AudioContent::new(BASE64_STANDARD.encode(media.data), media.mime_type);
            (block.annotations, block.meta) = (annotations, meta);
            ContentBlock::Audio(block)
        }
        types::Block::Link(link) => {
            let mut block = resource_link(link, uris);
            (block.annotations, block.meta) = (annotations, meta);
            ContentBlock::ResourceLink(block)
        }
        types::Block::Embedded(contents) => {
            let mut block = EmbeddedResource::new(resource_contents(contents, uris));
            (block.annotations, block.meta) = (annotations, meta);
            ContentBlock::Resource(block)
        }
    }
}

fn resource_link(link: types::Link, uris: Uris<'_>) -> Resource {
    let mut resource = Resource::new(uris(&link.uri), link.name);
    resource.title = link.title;
    resource.description = link.description;
    resource.mime_type = link.mime_type;
    resource.size = link.size;
    resource.icons = icons(&link.icons);
    resource
}

fn resource_contents(contents: types::Contents, uris: Uris<'_>) -> ResourceContents {
    let uri = uris(&contents.uri);
    let mut converted = match contents.body {
        types::Body::Text(text) => ResourceContents::text(text, uri),
        types::Body::Blob(bytes) => ResourceContents::blob(BASE64_STANDARD.encode(bytes), uri),
    };
    if let Some(mime_type) = contents.mime_type {
        converted = converted.with_mime_type(mime_type);
    }
    match contents.meta.as_deref().and_then(read_meta) {
        Some(meta) => converted.with_meta(meta),
        None => converted,
    }
}

pub(super) fn annotations(from: types::Annotations) -> Annotations {
    let mut annotations = Annotations::default();
    let audience: Vec<Role> = from.audience.into_iter().map(role).collect();
    annotations.audience = (!audience.is_empty()).then_some(audience);
    #[expect(clippy::cast_possible_truncation, reason = "a priority from 0 to 1; rmcp keeps it in 32 bits")]
    let priority = from.priority.map(|priority| priority.clamp(0.0, 1.0) as f32);
    annotations.priority = priority;
    annotations.last_modified = from.last_modified;
    annotations
}

const fn role(from: types::Role) -> Role {
    match from {
        types::Role::User => Role::User,
        types::Role::Assistant => Role::Assistant,
    }
}

/// Icons; none where there are none, since an empty list says nothing.
pub(super) fn icons(from: &[types::Icon]) -> Option<Vec<Icon>> {
    (!from.is_empty()).then(|| from.iter().map(icon).collect())
}

fn icon(from: &types::Icon) -> Icon {
    let mut icon = Icon::new(from.src.clone());
    icon.mime_type.clone_from(&from.mime_type);
    icon.sizes = (!from.sizes.is_empty()).then(|| from.sizes.clone());
    icon.theme = match from.theme.as_deref() {
        Some("light") => Some(IconTheme::Light),
        Some("dark") => Some(IconTheme::Dark),
        _ => None,
    };
    icon
}

/// A plugin's `_meta` from its text; metadata that is no object is dropped, since nobody could read it.
fn read_meta(json: &str) -> Option<MetaObject> {
    match serde_json::from_str(json) {
        Ok(Value::Object(fields)) => plugin_meta(fields),
        _ => {
            tracing::debug!("a plugin's `_meta` is not a JSON object and was left out");
            None
        }
    }
}

/// A plugin's `_meta` as clients see it: without keys that the protocol or this host keeps for itself, since a client
/// takes them for the server's own word. None where nothing is left.
pub(super) fn plugin_meta(mut fields: JsonObject) -> Option<MetaObject> {
    fields.retain(|key, _| !is_kept_from_plugins(key));
    (!fields.is_empty()).then_some(MetaObject(fields))
}

/// The same for every `_meta` within some JSON that a plugin wrote.
pub(super) fn guard_meta(json: &mut Value) {
    match json {
        Value::Array(items) => items.iter_mut().for_each(guard_meta),
        Value::Object(fields) => {
            if let Some(Value::Object(meta)) = fields.get_mut("_meta") {
                meta.retain(|key, _| !is_kept_from_plugins(key));
            }
            fields.values_mut().for_each(guard_meta);
        }
        _ => {}
    }
}

fn is_kept_from_plugins(key: &str) -> bool {
    is_reserved(key) || key.starts_with(OWN_PREFIX)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_plugin_says_nothing_in_the_name_of_the_protocol_or_the_host() {
        let cases = [
            ("io.modelcontextprotocol/serverInfo", false),
            ("io.modelcontextprotocol/related-task", false),
            ("mcp/x", false),
            ("progressToken", false),
            ("wharf/error", false),
            ("ui", true),
            ("ui/resourceUri", true),
            ("traceparent", true),
            ("example.com/x", true),
        ];
        for (key, passes) in cases {
            let meta = || JsonObject::from_iter([(key.to_owned(), json!(1))]);
            assert_eq!(plugin_meta(meta()).is_some(), passes, "{key}");
            let mut nested = json!({ "messages": [{ "content": { "_meta": meta() } }], "_meta": meta() });
            guard_meta(&mut nested);
            assert_eq!(nested["_meta"].get(key).is_some(), passes, "{key}");
            assert_eq!(nested["messages"][0]["content"]["_meta"].get(key).is_some(), passes, "{key}");
        }
        assert_eq!(read_meta("[]"), None);
    }
}
