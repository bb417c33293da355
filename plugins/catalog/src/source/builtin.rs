//! The catalogue that is built into the plugin: one file per field of work, in the form of the model,
//! with two differences: `tools` is a map from names to descriptions, and the category follows from the tier.

use super::{
    fields::{Fields, Notes},
    import::{Import, Rejected, TRANSPORTS},
    toolhive::{STATUSES, TIERS, variables},
};
use crate::{
    model::{DeploymentConfig, Package, Remote, Resources, SecurityProfile, Server, Tool},
    report::Report,
};

/// What `origin` says of a built-in entry.
pub(crate) const ORIGIN: &str = "built-in";

const FILES: [(&str, &str); 6] = [
    ("databases.json", include_str!("../../data/databases.json")),
    ("development.json", include_str!("../../data/development.json")),
    ("operations.json", include_str!("../../data/operations.json")),
    ("reference.json", include_str!("../../data/reference.json")),
    ("web.json", include_str!("../../data/web.json")),
    ("work.json", include_str!("../../data/work.json")),
];

const PROFILES: [(&str, SecurityProfile); 3] =
    [("none", SecurityProfile::None), ("network", SecurityProfile::Network), ("custom", SecurityProfile::Custom)];

/// Reads the built-in entries. A test reads them too, so a fault can't reach a release; if it did, it would be reported
/// like one in any other file.
pub(crate) fn load(report: &mut Report) -> Vec<Server> {
    let mut servers = Vec::new();
    for (file, text) in FILES {
        let mut import = Import { file: format!("{ORIGIN}/{file}"), servers: Vec::new(), report };
        match serde_json::from_str(text) {
            Ok(entries) => import.add_all("", Some(entries), server),
            Err(error) => import.report.warn(&import.file, None, format!("can't be read: {error}")),
        }
        servers.append(&mut import.servers);
    }
    for server in &mut servers {
        ORIGIN.clone_into(&mut server.origin);
    }
    servers
}

fn server(_place: &str, fields: &mut Fields, notes: &mut Notes) -> Result<Server, Rejected> {
    let mut server = Server::named(&fields.text("name", notes).ok_or("it has no name")?);
    server.display_name = fields.text("display_name", notes).unwrap_or_default();
    server.description = fields.text("description", notes).unwrap_or_default();
    server.provider = fields.text("provider", notes);
    server.set_tier(fields.word("tier", &TIERS, notes));
    server.status = fields.word("status", &STATUSES, notes).unwrap_or_default();
    server.image = fields.text("image", notes);
    server.packages = fields.each("packages", notes, |package, notes| {
        let (registry, identifier) = (package.text("registry", notes)?, package.text("identifier", notes)?);
        Some(Package { registry, identifier, version: package.text("version", notes) })
    });
    server.remotes = fields.each("remotes", notes, |remote, notes| {
        Some(Remote { transport: remote.word("transport", &TRANSPORTS, notes)?, url: remote.text("url", notes)? })
    });
    server.transport = fields.word("transport", &TRANSPORTS, notes).ok_or("it has no transport")?;
    server.target_port = fields.port("target_port", notes);
    server.tools = fields.within("tools", notes, tools).unwrap_or_default();
    server.tags = fields.texts("tags", notes);
    fields.within("metadata", notes, |metadata, notes| {
        server.metadata.repository_url = metadata.text("repository_url", notes);
    });
    fields.within("deployment_config", notes, |deployment, notes| {
        server.deployment_config = deployment_config(deployment, notes);
    });
    server.references = fields.texts("references", notes);
    Ok(server)
}

/// Names with descriptions, alphabetically.
fn tools(fields: &mut Fields, notes: &mut Notes) -> Vec<Tool> {
    let names: Vec<_> = fields.names().map(str::to_owned).collect();
    let described = names.into_iter().map(|name| {
        let description = fields.text(&name, notes);
        Tool { name, description }
    });
    described.collect()
}

fn deployment_config(fields: &mut Fields, notes: &mut Notes) -> DeploymentConfig {
    let resources = fields.within("recommended_resources", notes, |resources, notes| {
        Some(Resources {
            cpu: resources.text("cpu", notes)?,
            memory: resources.text("memory", notes)?,
            cpu_limit: resources.text("cpu_limit", notes)?,
            memory_limit: resources.text("memory_limit", notes)?,
        })
    });
    DeploymentConfig {
        recommended_resources: resources.flatten(),
        security_profile: fields.word("security_profile", &PROFILES, notes),
        permissions: None,
        args: fields.texts("args", notes),
        env_vars: variables(fields, notes),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Category, Tier};

    fn servers() -> Vec<Server> {
        let mut report = Report::default();
        let servers = load(&mut report);
        assert_eq!(report.shown(), []);
        servers
    }

    #[test]
    fn there_are_enough_and_each_name_is_there_once() {
        let servers = servers();
        let mut names: Vec<_> = servers.iter().map(|server| &server.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), servers.len());
        assert!(servers.len() >= 25, "{}", servers.len());
    }

    #[test]
    fn each_entry_is_complete() {
        for server in servers() {
            let name = &server.name;
            assert!(!server.display_name.is_empty() && server.description.len() > 20, "{name}: description");
            assert!(server.is_usable(), "{name}: nothing to run");
            assert!(!server.tools.is_empty() && !server.tags.is_empty(), "{name}: tools, tags");
            assert!(server.tools.iter().all(|tool| tool.description.is_some()), "{name}: a tool without description");
            assert!(server.provider.is_some() && server.tier.is_some(), "{name}: provider, tier");
            assert!(server.deployment_config.security_profile.is_some(), "{name}: security profile");
            assert_eq!(server.category, Category::of(server.tier), "{name}: category");
            assert_eq!(server.tier == Some(Tier::Official), server.category == Category::Validated, "{name}");
        }
    }

    #[test]
    fn each_entry_names_its_sources_by_address() {
        for server in servers() {
            assert!(!server.references.is_empty(), "{}", server.name);
            let addresses = server.references.iter().chain(&server.metadata.repository_url);
            for address in addresses {
                assert!(address.starts_with("https://") && !address.contains(' '), "{}: {address}", server.name);
            }
        }
    }

    #[test]
    fn what_is_only_hosted_has_no_resources_and_all_else_has() {
        for server in servers() {
            let runs_here = server.image.is_some() || !server.packages.is_empty();
            assert_eq!(server.deployment_config.recommended_resources.is_some(), runs_here, "{}", server.name);
        }
    }

    #[test]
    fn tags_and_tools_are_well_formed_and_unique() {
        for server in servers() {
            for tag in &server.tags {
                let fits = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-';
                assert!(tag.chars().all(fits), "{}: tag {tag}", server.name);
            }
            let mut tools: Vec<_> = server.tools.iter().map(|tool| &tool.name).collect();
            tools.sort_unstable();
            assert!(tools.windows(2).all(|pair| pair[0] != pair[1]), "{}: a tool twice", server.name);
        }
    }
}
