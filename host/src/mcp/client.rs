//! What a request says of its client: who it is, what it can be asked, and what it wants to hear.

use std::sync::Arc;

use http::request::Parts;
use rmcp::model::{ClientCapabilities, Implementation, ProtocolVersion};
use rmcp::service::{RequestContext, RoleServer};
use serde_json::{Map, Value};

use crate::caller::Caller;
use crate::plugin::Abilities;

/// The client behind one request.
#[derive(Clone)]
pub(super) struct Client {
    pub(super) caller: Arc<Caller>,
    pub(super) abilities: Abilities,
    /// The request's `_meta` for the plugin, as JSON text; empty for none.
    pub(super) meta: String,
    /// Whether each of its requests stands for itself. Else there is a session, within which the client can be asked.
    pub(super) is_stateless: bool,
}

impl Client {
    pub(super) fn of(context: &RequestContext<RoleServer>) -> Self {
        let fields = context.meta.0.0.iter().filter(|(key, _)| !is_reserved(key));
        Self {
            caller: Arc::new(caller(context)),
            abilities: context.client_capabilities().as_ref().map(abilities).unwrap_or_default(),
            meta: meta_text(fields.map(|(key, value)| (key.clone(), value.clone())).collect()),
            is_stateless: is_stateless(context),
        }
    }
}

/// Whether the request is of a revision without sessions.
pub(super) fn is_stateless(context: &RequestContext<RoleServer>) -> bool {
    context.protocol_version().is_some_and(|version| is_stateless_revision(&version))
}

/// Whether a revision has no sessions. Revisions are dates, and compare as text.
pub(super) fn is_stateless_revision(version: &ProtocolVersion) -> bool {
    version.as_str() >= ProtocolVersion::V_2026_07_28.as_str()
}

/// What may be asked of a client that declares this.
pub(super) fn abilities(declared: &ClientCapabilities) -> Abilities {
    let elicitation = declared.elicitation.as_ref();
    // One that names no mode means forms: older revisions had nothing else.
    let forms = elicitation.is_some_and(|modes| modes.form.is_some() || modes.url.is_none());
    let sampling = declared.sampling.as_ref();
    let all = [
        (forms, Abilities::FORM),
        (elicitation.is_some_and(|modes| modes.url.is_some()), Abilities::URL),
        (sampling.is_some(), Abilities::SAMPLE),
        (sampling.is_some_and(|sampling| sampling.tools.is_some()), Abilities::SAMPLE_WITH_TOOLS),
        (declared.roots.is_some(), Abilities::ROOTS),
        (declared.supports_tasks(), Abilities::TASKS),
    ];
    all.into_iter().filter(|(is_declared, _)| *is_declared).fold(Abilities::default(), |all, (_, one)| all | one)
}

/// A client program by the name that it gives itself.
pub(super) fn client_name(client: &Implementation) -> String {
    format!("{} {}", client.name, client.version)
}

/// A `_meta` for the plugin, as JSON text; empty for none.
pub(super) fn meta_text(fields: Map<String, Value>) -> String {
    if fields.is_empty() { String::new() } else { Value::Object(fields).to_string() }
}

/// Keys that the protocol keeps for itself: `progressToken`, and those below a prefix whose second label is
/// `modelcontextprotocol` or `mcp`. Older revisions keep those where it is the first label as well.
pub(super) fn is_reserved(key: &str) -> bool {
    let mut labels = key.split_once('/').into_iter().flat_map(|(prefix, _)| prefix.split('.').take(2));
    key == "progressToken" || labels.any(|label| matches!(label, "modelcontextprotocol" | "mcp"))
}

fn caller(context: &RequestContext<RoleServer>) -> Caller {
    let proven = context.extensions.get::<Parts>().and_then(|parts| parts.extensions.get::<Caller>());
    // A request that speaks for itself and doesn't say who sends it: rmcp would put its own name in.
    let client = match context.meta.protocol_version() {
        Some(_) => context.meta.client_info(),
        None => context.client_info(),
    };
    Caller { client: client.as_ref().map(client_name), ..proven.cloned().unwrap_or_default() }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_protocols_own_keys_stay_outside() {
        let cases = [
            ("progressToken", true),
            ("io.modelcontextprotocol/protocolVersion", true),
            ("com.mcp/x", true),
            ("dev.mcp.tools/x", true),
            ("mcp.dev/x", true),
            ("mcp/x", true),
            ("traceparent", false),
            ("com.example/mcp", false),
            ("mcp", false),
            ("com.example.mcp/x", false),
        ];
        for (key, reserved) in cases {
            assert_eq!(is_reserved(key), reserved, "{key}");
        }
    }

    #[test]
    fn what_is_declared_can_be_asked() {
        let cases = [
            (json!({}), Abilities::default()),
            (json!({ "elicitation": {} }), Abilities::FORM),
            (json!({ "elicitation": { "url": {} } }), Abilities::URL),
            (json!({ "elicitation": { "url": {}, "form": {} } }), Abilities::URL | Abilities::FORM),
            (json!({ "sampling": {} }), Abilities::SAMPLE),
            (json!({ "sampling": { "tools": {} } }), Abilities::SAMPLE | Abilities::SAMPLE_WITH_TOOLS),
            (json!({ "roots": {} }), Abilities::ROOTS),
            (json!({ "extensions": { "io.modelcontextprotocol/tasks": {} } }), Abilities::TASKS),
        ];
        for (declared, expected) in cases {
            assert_eq!(abilities(&serde_json::from_value(declared.clone()).unwrap()), expected, "{declared}");
        }
    }
}
