//! What there is to read.

use wharf_sdk::prelude::*;

use crate::content::PNG;

/// A text that never changes.
#[resource(uri = "test://static-text", name = "static-text", mime_type = "text/plain", fresh_ms = 60000, public)]
pub(crate) fn static_text() -> &'static str {
    "This is the content of the static text resource."
}

/// A picture that never changes.
#[resource(uri = "test://static-binary", name = "static-binary", mime_type = "image/png", fresh_ms = 60000, public)]
pub(crate) fn static_binary() -> &'static [u8] {
    PNG
}

/// A text that clients subscribe to.
#[resource(uri = "test://watched-resource", name = "watched-resource", mime_type = "text/plain", poll_ms = 1000)]
pub(crate) fn watched() -> &'static str {
    "This is the content of the watched resource."
}

#[derive(Deserialize)]
pub(crate) struct Item {
    id: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Data {
    id: String,
    template_test: bool,
    data: String,
}

/// The data of an item, by its id.
#[resource(uri = "test://template/{id}/data", name = "template-data", mime_type = "application/json")]
pub(crate) fn data(item: Item) -> Json<Data> {
    Json(Data { data: format!("Data for ID: {}", item.id), id: item.id, template_test: true })
}

/// The ids that begin with what was typed.
#[completion(of = data)]
pub(crate) fn id(typed: Typed) -> Vec<&'static str> {
    ["123", "124", "200"].into_iter().filter(|id| id.starts_with(&typed.text)).collect()
}
