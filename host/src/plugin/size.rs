//! How large a result is: every text and all data that a guest puts into it.

use super::bindings::types::{Annotations, Block, Body, Content, Contents, Icon, Link};

pub(super) fn of_content(content: &Content) -> usize {
    let block = match &content.block {
        Block::Text(text) => text.len(),
        Block::Image(media) | Block::Audio(media) => media.data.len() + media.mime_type.len(),
        Block::Link(link) => of_link(link),
        Block::Embedded(contents) => of_contents(contents),
    };
    block + of_annotations(content.annotations.as_ref()) + of_text(content.meta.as_ref())
}

pub(super) fn of_contents(contents: &Contents) -> usize {
    let body = match &contents.body {
        Body::Text(text) => text.len(),
        Body::Blob(bytes) => bytes.len(),
    };
    body + contents.uri.len() + of_text(contents.mime_type.as_ref()) + of_text(contents.meta.as_ref())
}

pub(super) fn of_text(text: Option<&String>) -> usize {
    text.map_or(0, String::len)
}

fn of_link(link: &Link) -> usize {
    let texts = [&link.title, &link.description, &link.mime_type];
    let texts = texts.into_iter().map(|text| of_text(text.as_ref())).sum::<usize>();
    link.uri.len() + link.name.len() + texts + link.icons.iter().map(of_icon).sum::<usize>()
}

fn of_icon(icon: &Icon) -> usize {
    let details = icon.mime_type.iter().chain(&icon.sizes).chain(&icon.theme);
    icon.src.len() + details.map(String::len).sum::<usize>()
}

fn of_annotations(annotations: Option<&Annotations>) -> usize {
    let Some(annotations) = annotations else { return 0 };
    // One byte each where they come from, and a word where they go.
    annotations.audience.len() * "\"assistant\",".len() + of_text(annotations.last_modified.as_ref())
}
