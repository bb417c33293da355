//! `get_server`: everything about one MCP server.

use wharf_sdk::prelude::*;

use crate::{
    catalogue::{Catalogue, NotFound},
    model::Server,
};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct GetServer {
    /// Name of the server as listed, as in `github`; or its full name, as in `io.github.owner/github`.
    name: String,
}

/// Returns everything the catalogue knows about one MCP server: image, packages and hosted addresses, transport and
/// port, tools, tags, environment variables, permissions, recommended resources, and where the facts come from. If no
/// server has the name, the error lists names that are alike.
#[tool(title = "Get an MCP server", read_only, idempotent, open_world = false)]
pub(crate) fn get_server(args: GetServer, call: &Call) -> Result<Server, NotFound> {
    let catalogue = Catalogue::load();
    catalogue.report.log(call);
    get(&catalogue, &args)
}

pub(super) fn get(catalogue: &Catalogue, args: &GetServer) -> Result<Server, NotFound> {
    let server = catalogue.find(args.name.trim())?;
    Ok(Server { same_name: catalogue.namesakes(server), ..server.clone() })
}
