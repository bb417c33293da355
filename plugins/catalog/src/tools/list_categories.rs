//! `list_categories`: what the categories of servers mean.

use wharf_sdk::prelude::*;

use crate::catalogue::Catalogue;

#[derive(Debug, JsonSchema, Serialize)]
pub(crate) struct CategoryList {
    categories: Categories,
}

#[derive(Debug, JsonSchema, Serialize)]
struct Categories {
    validated: About,
    community: About,
}

/// What it takes to be in a category, and what follows from it.
#[derive(Debug, JsonSchema, Serialize)]
struct About {
    display_name: &'static str,
    description: &'static str,
    /// How many servers of the catalogue are in it.
    server_count: usize,
    /// Whether a registry should allow only servers of this category.
    enforcement_recommended: bool,
    /// What can be relied on for every server in it.
    verification_criteria: Vec<&'static str>,
}

/// Lists the categories of MCP servers, `validated` and `community`: what each means, what can be relied on, and how many
/// servers are in it.
#[tool(title = "List server categories", read_only, idempotent, open_world = false)]
pub(crate) fn list_categories(call: &Call) -> CategoryList {
    let catalogue = Catalogue::load();
    catalogue.report.log(call);
    list(&catalogue)
}

pub(super) fn list(catalogue: &Catalogue) -> CategoryList {
    let counts = catalogue.counts();
    let validated = About {
        display_name: "Validated MCP servers",
        description: "Servers that their source lists as official: the maker of the product stands behind them",
        server_count: counts.validated,
        enforcement_recommended: true,
        verification_criteria: vec![
            "The source lists the server in its official tier",
            "The maker is named",
            "There is an image, a package or a hosted address to use",
        ],
    };
    let community = About {
        display_name: "Community MCP servers",
        description: "Servers from anybody else, of varying maturity: look at the source before you rely on one",
        server_count: counts.community,
        enforcement_recommended: false,
        verification_criteria: vec!["There is an image, a package or a hosted address to use"],
    };
    CategoryList { categories: Categories { validated, community } }
}
