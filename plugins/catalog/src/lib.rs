//! Finds MCP servers: a built-in catalogue of well-known ones, and the registry files of a directory that the operator
//! grants.
//!
//! A call makes a straight way: `source` reads the built-in entries and the registry files, in whichever format, into
//! the one `model`; `catalogue` merges them; `filter` and `page` cut out what was asked for; a file in `tools`
//! returns it. What goes wrong on the way is gathered in `report`.

mod catalogue;
mod filter;
mod model;
mod page;
mod report;
mod source;
mod tool_category;
mod tools;

wharf_sdk::plugin! {
    tools: [
        tools::list_servers::list_servers,
        tools::get_server::get_server,
        tools::list_categories::list_categories,
        tools::list_tools::list_tools,
    ],
    requests: [
        files {
            at: "/registries",
            access: "read",
            optional: true,
            reason: "registry files (*.json) to list beside the built-in catalogue",
        },
    ],
}
