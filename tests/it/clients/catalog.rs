//! The catalogue: what a model would do with a real registry.

use serde_json::{Value, json};
use wharf_tests::TestHost;

use super::drive::{Client, FASTMCP, Inspector, PYTHON_SDK, Step, TYPESCRIPT_SDK, Target};
use crate::registry;

const TOOLS: [&str; 4] =
    ["catalog__list_servers", "catalog__get_server", "catalog__list_categories", "catalog__list_tools"];

fn host() -> Option<TestHost> {
    registry::host().map(|(host, _)| host)
}

fn steps() -> Vec<Step> {
    let call = |tool: &str, arguments: Value| json!(["call", tool, arguments]);
    vec![
        (json!(["tools"]), json!(TOOLS)),
        (
            call("catalog__list_servers", json!({ "detail": "summary", "limit": 1 })),
            json!({ "failed": false, "structured": { "metadata": { "total_count": { "$least": 86 } } } }),
        ),
        (
            call("catalog__get_server", json!({ "name": "github" })),
            json!({ "failed": false, "structured": { "name": "github" } }),
        ),
        (
            call("catalog__get_server", json!({ "name": "no-such-server" })),
            json!({ "failed": true, "text": { "$has": "no-such-server" } }),
        ),
        (call("catalog__nothing", json!({})), json!({ "raised": { "$has": "unknown tool" } })),
    ]
}

fn check(client: Client) {
    let Some(targets) = Target::both(host) else { return };
    targets.iter().for_each(|target| client.take(target, &steps()));
}

#[test]
fn the_python_sdk_uses_the_catalogue() {
    check(PYTHON_SDK);
}

#[test]
fn fastmcp_uses_the_catalogue() {
    check(FASTMCP);
}

#[test]
fn the_typescript_sdk_uses_the_catalogue() {
    check(TYPESCRIPT_SDK);
}

#[test]
fn the_inspector_uses_the_catalogue() {
    let Some(inspector) = Inspector::find() else { return };
    let Some(targets) = Target::both(host) else { return };
    let names: Vec<Value> = TOOLS.iter().map(|name| json!({ "name": name })).collect();
    let arguments = "{\"name\": \"github\"}";
    let call = ["tools/call", "--tool-name", "catalog__get_server", "--tool-args-json", arguments];
    for target in &targets {
        for era in Inspector::ERAS {
            inspector.check(target, era, &["tools/list"], &json!({ "tools": names }));
            inspector.check(target, era, &call, &json!({ "structuredContent": { "name": "github" } }));
        }
    }
}
