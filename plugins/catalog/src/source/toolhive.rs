//! What both formats of ToolHive say of a server in the same words: everything beyond the official `server.json`.

use std::collections::BTreeSet;

use super::{
    fields::{Fields, Notes},
    import::{NAMELESS_VARIABLE, account, add_variables},
};
use crate::model::{EnvVar, Permissions, SecurityProfile, Server, Status, Tier, Tool};

/// Words for [`Tier`].
pub(super) const TIERS: [(&str, Tier); 2] = [("Official", Tier::Official), ("Community", Tier::Community)];
/// Words for [`Status`].
pub(super) const STATUSES: [(&str, Status); 2] = [("Active", Status::Active), ("Deprecated", Status::Deprecated)];

/// Takes what is known here out of `fields`, and puts it into `server`.
pub(super) fn describe(server: &mut Server, fields: &mut Fields, notes: &mut Notes) {
    server.set_tier(fields.word("tier", &TIERS, notes));
    if let Some(status) = fields.word("status", &STATUSES, notes) {
        server.status = status;
    }
    server.tools = tools(fields, notes);
    server.tags = fields.texts("tags", notes).into_iter().map(|tag| tag.to_lowercase()).collect();
    fields.within("metadata", notes, |metadata, notes| {
        server.metadata.stars = metadata.number("stars", notes);
        server.metadata.pulls = metadata.number("pulls", notes);
        server.metadata.last_updated = metadata.text("last_updated", notes);
    });
    let deployment = &mut server.deployment_config;
    deployment.args = fields.texts("args", notes);
    add_variables(variables(fields, notes), &mut deployment.env_vars);
    deployment.permissions = fields.within("permissions", notes, permissions);
    deployment.security_profile = deployment.permissions.as_ref().map(profile);
    if server.provider.is_none() {
        server.provider = server.metadata.repository_url.as_deref().and_then(account);
    }
}

/// Takes the environment variables. One without a name is left out.
pub(super) fn variables(fields: &mut Fields, notes: &mut Notes) -> Vec<EnvVar> {
    fields.each("env_vars", notes, |variable, notes| {
        let Some(name) = variable.text("name", notes) else {
            notes.warn(NAMELESS_VARIABLE.to_owned());
            return None;
        };
        Some(EnvVar {
            name,
            description: variable.text("description", notes).unwrap_or_default(),
            required: variable.flag("required", notes).unwrap_or(false),
            secret: variable.flag("secret", notes).unwrap_or(false),
            default: variable.text("default", notes),
            choices: Vec::new(),
        })
    })
}

/// The names, and the descriptions where there are full definitions as well.
fn tools(fields: &mut Fields, notes: &mut Notes) -> Vec<Tool> {
    let mut named = fields.each("tool_definitions", notes, |tool, notes| {
        Some(Tool { name: tool.text("name", notes)?, description: tool.text("description", notes) })
    });
    let defined: BTreeSet<_> = named.iter().map(|tool| tool.name.clone()).collect();
    let names = fields.texts("tools", notes).into_iter().filter(|name| !defined.contains(name));
    named.extend(names.map(|name| Tool { name, description: None }));
    named
}

fn permissions(fields: &mut Fields, notes: &mut Notes) -> Permissions {
    let mut permissions = Permissions {
        read: fields.texts("read", notes),
        write: fields.texts("write", notes),
        privileged: fields.flag("privileged", notes).unwrap_or(false),
        ..Permissions::default()
    };
    fields.within("network", notes, |network, notes| {
        network.within("outbound", notes, |outbound, notes| {
            permissions.outbound_hosts = outbound.texts("allow_host", notes);
            permissions.outbound_ports = outbound.ports("allow_port", notes);
            permissions.outbound_any = outbound.flag("insecure_allow_all", notes).unwrap_or(false);
        });
    });
    permissions
}

fn profile(permissions: &Permissions) -> SecurityProfile {
    if permissions.privileged || !permissions.read.is_empty() || !permissions.write.is_empty() {
        return SecurityProfile::Custom;
    }
    let reaches_out =
        permissions.outbound_any || !permissions.outbound_hosts.is_empty() || !permissions.outbound_ports.is_empty();
    if reaches_out { SecurityProfile::Network } else { SecurityProfile::None }
}
