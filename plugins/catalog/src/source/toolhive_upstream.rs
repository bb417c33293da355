//! ToolHive's upstream registry: `{version, meta, data: {servers: [server.json …], skills, plugins}}`. Each server is an
//! official `server.json`; what ToolHive adds stands in its `_meta`.

use super::{document::Document, import::Import, official};
use crate::report::{MAX_QUOTED, cut};

/// Whether the document is in this format: its servers stand under `data`.
pub(super) fn is(document: &Document) -> bool {
    document.data.as_ref().is_some_and(|data| data.servers.is_some())
}

/// Reads all servers. Skills and plugins aren't servers, so they are left out, and that is reported.
pub(super) fn import(document: Document, into: &mut Import<'_>) {
    let Some(data) = document.data else { return };
    for other in data.rest.keys() {
        into.report.info(&into.file, None, format!("`data.{}` holds no servers: left out", cut(other, MAX_QUOTED)));
    }
    into.add_all("data.servers", data.servers, official::server);
}
