//! The official registry: `server.json`, alone or in pages `{servers: [{server, _meta}], metadata}`.
//!
//! It says how to get a server and how to configure it. It knows no tools, tags or tiers: where ToolHive has added them
//! in `_meta`, they are taken from there.

use serde_json::Value;

use super::{
    document::{Document, Entries, Items},
    fields::{Fields, Notes},
    import::{Import, NAMELESS_VARIABLE, Rejected, add_variables, transport},
    toolhive,
};
use crate::model::{EnvVar, Package, Remote, Server, Status, Transport};

/// Where the registry itself adds to a server.
const LIFECYCLE: &str = "io.modelcontextprotocol.registry/official";
/// Where publishers add to their servers, each under a namespace of its own.
const PUBLISHERS: &str = "io.modelcontextprotocol.registry/publisher-provided";
const TOOLHIVE: &str = "io.github.stacklok";

#[derive(Clone, Copy, PartialEq)]
enum Stage {
    Active,
    Deprecated,
    Deleted,
}

const STAGES: [(&str, Stage); 3] =
    [("active", Stage::Active), ("deprecated", Stage::Deprecated), ("deleted", Stage::Deleted)];

/// What the registry says of one version of a server.
#[derive(Default)]
struct Lifecycle {
    stage: Option<Stage>,
    is_latest: Option<bool>,
    updated: Option<String>,
}

/// A package with what belongs to the server rather than to the package.
struct Offer {
    package: Package,
    transport: Transport,
    port: Option<u16>,
    variables: Vec<EnvVar>,
}

/// Whether the document is a page of servers, or one server.
pub(super) fn is(document: &Document) -> bool {
    is_page(document) || is_single(document)
}

/// Reads all servers.
pub(super) fn import(document: Document, into: &mut Import<'_>) {
    if is_single(&document) {
        return into.add("server.json", Value::Object(document.rest), server);
    }
    let next = document.rest.get("metadata").and_then(|metadata| metadata.get("nextCursor"));
    if next.and_then(Value::as_str).is_some_and(|cursor| !cursor.is_empty()) {
        into.report.info(&into.file, None, "one page of several: the servers of the next pages aren't in it");
    }
    into.add_all("servers", document.servers, server);
}

/// Reads one `server.json`, also where a page has wrapped it.
pub(super) fn server(_place: &str, fields: &mut Fields, notes: &mut Notes) -> Result<Server, Rejected> {
    let Some(inner) = fields.within("server", notes, detail) else {
        return detail(fields, notes);
    };
    let mut server = inner?;
    let lifecycle = fields.within("_meta", notes, lifecycle).unwrap_or_default();
    apply(lifecycle, &mut server)?;
    Ok(server)
}

fn is_page(document: &Document) -> bool {
    matches!(document.servers, Some(Entries { items: Items::Listed(_), .. }))
}

fn is_single(document: &Document) -> bool {
    let has = |key| document.rest.contains_key(key);
    document.servers.is_none() && (has("server") || has("name") && (has("packages") || has("remotes")))
}

fn detail(fields: &mut Fields, notes: &mut Notes) -> Result<Server, Rejected> {
    let mut server = identify(&fields.text("name", notes).ok_or("it has no name")?, notes);
    if let Some(title) = fields.text("title", notes) {
        server.display_name = title;
    }
    server.description = fields.text("description", notes).unwrap_or_default();
    server.version = fields.text("version", notes);
    server.website_url = fields.text("websiteUrl", notes);
    fields.within("repository", notes, |repository, notes| {
        server.metadata.repository_url = repository.text("url", notes);
        // The host of the address says the same.
        repository.ignore("source");
    });
    fields.ignore("$schema");
    let offers = fields.each("packages", notes, offer);
    server.remotes = fields.each("remotes", notes, remote);
    settle(&mut server, offers);
    let lifecycle = fields.within("_meta", notes, |meta, notes| {
        extend(&mut server, meta, notes);
        lifecycle(meta, notes)
    });
    apply(lifecycle.unwrap_or_default(), &mut server)?;
    Ok(server)
}

/// `io.github.octo/weather` is the server `weather` of `io.github.octo`.
fn identify(full_name: &str, notes: &mut Notes) -> Server {
    let Some((namespace, name)) = full_name.rsplit_once('/') else {
        notes.warn("the name has no namespace, as in `io.github.owner/name`".to_owned());
        return Server::named(full_name);
    };
    let mut server = Server::named(name);
    server.provider = Some(namespace.to_owned());
    server.full_name = Some(full_name.to_owned());
    server
}

fn offer(package: &mut Fields, notes: &mut Notes) -> Option<Offer> {
    let (Some(registry), Some(identifier)) = (package.text("registryType", notes), package.text("identifier", notes))
    else {
        notes.warn("a package has no `registryType` or no `identifier`: left out".to_owned());
        return None;
    };
    let version = package.text("version", notes);
    let variables = package.each("environmentVariables", notes, variable);
    let speaks = package.within("transport", notes, |fields, notes| {
        let port = fields.peek("url").and_then(port_of);
        (transport("type", Transport::Stdio, fields, notes), port)
    });
    let (transport, port) = speaks.unwrap_or((Transport::Stdio, None));
    Some(Offer { package: Package { registry, identifier, version }, transport, port, variables })
}

fn variable(variable: &mut Fields, notes: &mut Notes) -> Option<EnvVar> {
    let Some(name) = variable.text("name", notes) else {
        notes.warn(NAMELESS_VARIABLE.to_owned());
        return None;
    };
    let fixed = variable.text("value", notes);
    Some(EnvVar {
        name,
        description: variable.text("description", notes).unwrap_or_default(),
        required: variable.flag("isRequired", notes).unwrap_or(false),
        secret: variable.flag("isSecret", notes).unwrap_or(false),
        default: fixed.or_else(|| variable.text("default", notes)),
        choices: variable.texts("choices", notes),
    })
}

fn remote(remote: &mut Fields, notes: &mut Notes) -> Option<Remote> {
    let Some(url) = remote.text("url", notes) else {
        notes.warn("a remote has no `url`: left out".to_owned());
        return None;
    };
    Some(Remote { transport: transport("type", Transport::StreamableHttp, remote, notes), url })
}

/// Chooses what the server's own fields speak of: the first image, else the first package, else the first remote.
fn settle(server: &mut Server, mut offers: Vec<Offer>) {
    let image = offers.iter().position(|offer| offer.package.registry == "oci");
    if let Some(chosen) = image.map(|index| offers.remove(index)) {
        server.transport = chosen.transport;
        server.target_port = chosen.port;
        server.set_image(reference(chosen.package));
        add_variables(chosen.variables, &mut server.deployment_config.env_vars);
    } else if let Some(first) = offers.first() {
        server.transport = first.transport;
        server.target_port = first.port;
    } else if let Some(first) = server.remotes.first() {
        server.transport = first.transport;
    }
    for offer in offers {
        add_variables(offer.variables, &mut server.deployment_config.env_vars);
        server.packages.push(offer.package);
    }
}

/// The full reference of an image. Older entries have its tag in `version`.
fn reference(package: Package) -> String {
    let last = package.identifier.rsplit('/').next().unwrap_or_default();
    match package.version {
        Some(version) if !last.contains([':', '@']) => format!("{}:{version}", package.identifier),
        _ => package.identifier,
    }
}

/// Takes what ToolHive adds: filed under the image or the address that it belongs to.
fn extend(server: &mut Server, meta: &mut Fields, notes: &mut Notes) {
    meta.within(PUBLISHERS, notes, |publishers, notes| {
        publishers.within(TOOLHIVE, notes, |entries, notes| {
            let remote = server.remotes.first().map(|remote| remote.url.as_str());
            let own = |key: &&str| server.image.as_deref() == Some(*key) || remote == Some(*key);
            let key = entries.names().find(own).or_else(|| entries.names().next()).map(str::to_owned);
            if let Some(key) = key {
                entries.within(&key, notes, |entry, notes| toolhive::describe(server, entry, notes));
            }
        });
    });
}

fn lifecycle(meta: &mut Fields, notes: &mut Notes) -> Lifecycle {
    let read = |official: &mut Fields, notes: &mut Notes| Lifecycle {
        stage: official.word("status", &STAGES, notes),
        is_latest: official.flag("isLatest", notes),
        updated: official.text("updatedAt", notes),
    };
    meta.within(LIFECYCLE, notes, read).unwrap_or_default()
}

fn apply(lifecycle: Lifecycle, server: &mut Server) -> Result<(), Rejected> {
    if lifecycle.stage == Some(Stage::Deleted) {
        return Err(Rejected::Unwanted("deleted from the registry"));
    }
    if lifecycle.is_latest == Some(false) {
        return Err(Rejected::Unwanted("not the latest version"));
    }
    if lifecycle.stage == Some(Stage::Deprecated) {
        server.status = Status::Deprecated;
    }
    if lifecycle.updated.is_some() {
        server.metadata.last_updated = lifecycle.updated;
    }
    Ok(())
}

/// The port of an address like `http://localhost:5000/mcp`.
fn port_of(url: &str) -> Option<u16> {
    let authority = url.split_once("://")?.1.split('/').next()?;
    authority.rsplit_once(':')?.1.parse().ok()
}
