//! ToolHive's legacy registry: `{version, last_updated, servers: {name: …}, remote_servers: {name: …}, groups: […]}`.

use super::{
    document::{Document, Entries, Items},
    fields::{Fields, Notes},
    import::{Import, Rejected, transport},
    toolhive,
};
use crate::model::{Remote, Server, Transport};

/// Whether the document is in this format: its servers have their names as keys.
pub(super) fn is(document: &Document) -> bool {
    let named = |entries: &Option<Entries>| matches!(entries, Some(Entries { items: Items::Named(_), .. }));
    named(&document.servers) || named(&document.remote_servers)
}

/// Reads all servers. Groups only arrange servers that are listed anyway, so they are left out, and that is reported.
pub(super) fn import(document: Document, into: &mut Import<'_>) {
    into.add_all("servers", document.servers, container);
    into.add_all("remote_servers", document.remote_servers, remote);
    if document.rest.get("groups").and_then(|groups| groups.as_array()).is_some_and(|groups| !groups.is_empty()) {
        into.report.info(&into.file, None, "`groups` have no place in the catalogue: left out");
    }
}

fn container(name: &str, fields: &mut Fields, notes: &mut Notes) -> Result<Server, Rejected> {
    let mut server = common(name, fields, notes);
    server.set_image(fields.text("image", notes).ok_or("it names no image")?);
    server.transport = transport("transport", Transport::Stdio, fields, notes);
    server.target_port = fields.port("target_port", notes);
    Ok(server)
}

fn remote(name: &str, fields: &mut Fields, notes: &mut Notes) -> Result<Server, Rejected> {
    let mut server = common(name, fields, notes);
    let url = fields.text("url", notes).ok_or("it names no address")?;
    server.transport = transport("transport", Transport::StreamableHttp, fields, notes);
    server.remotes.push(Remote { transport: server.transport, url });
    Ok(server)
}

fn common(name: &str, fields: &mut Fields, notes: &mut Notes) -> Server {
    let mut server = Server::named(name);
    if let Some(title) = fields.text("title", notes) {
        server.display_name = title;
    }
    server.description = fields.text("description", notes).unwrap_or_default();
    if server.description.is_empty() {
        notes.warn("there is no description".to_owned());
    }
    server.metadata.repository_url = fields.text("repository_url", notes);
    toolhive::describe(&mut server, fields, notes);
    server
}
