//! The conformance guest, mounted as any plugin is, with its prefix: a client lists, calls, reads, gets a prompt, sees
//! progress and hears of a change.

use serde_json::{Value, json};
use wharf_tests::{Part, TestHost, find};

use super::drive::{Client, FASTMCP, Inspector, PYTHON_SDK, Step, TYPESCRIPT_SDK, Target};

const SAID: &str = "This is a simple text response for testing.";
const STATIC: &str = "This is the content of the static text resource.";

fn host() -> Option<TestHost> {
    Some(TestHost::new().plugin("kit", find(Part::Guest("conformance"))?))
}

fn steps() -> Vec<Step> {
    let arguments = json!({ "arg1": "one", "arg2": "two" });
    vec![
        (json!(["tools"]), json!({ "$has": "kit__test_simple_text" })),
        (json!(["call", "kit__test_simple_text", {}]), json!({ "failed": false, "text": SAID })),
        (
            json!(["call", "kit__test_error_handling", {}]),
            json!({ "failed": true, "text": { "$has": "intentionally returns an error" } }),
        ),
        (json!(["call", "kit__nothing", {}]), json!({ "raised": { "$has": "unknown tool" } })),
        // The last one may come with the result, and some clients don't look at it any more then.
        (
            json!(["progress", "kit__test_tool_with_progress", {}]),
            json!({ "failed": false, "progress": { "$begins": [[0, 100], [50, 100]] } }),
        ),
        (json!(["resources"]), json!({ "$has": "test://kit/static-text" })),
        (json!(["templates"]), json!({ "$has": "test://kit/template/{id}/data" })),
        (json!(["read", "test://kit/static-text"]), json!({ "text": STATIC })),
        (json!(["read", "test://kit/static-binary"]), json!({ "blob": {"$has": "iVBOR"} })),
        (json!(["read", "test://kit/template/123/data"]), json!({ "text": { "$has": "Data for ID: 123" } })),
        (json!(["read", "test://kit/nothing"]), json!({ "raised": { "$has": "resource not found" } })),
        (json!(["prompts"]), json!({ "$has": "kit__test_prompt_with_arguments" })),
        (
            json!(["prompt", "kit__test_prompt_with_arguments", arguments]),
            json!({ "text": { "$has": "arg1='one', arg2='two'" } }),
        ),
        (json!(["prompt", "kit__nothing", {}]), json!({ "raised": { "$has": "kit__nothing" } })),
    ]
}

fn change() -> Step {
    (json!(["change", "kit__test_trigger_tool_change", {}]), json!({ "changed": true }))
}

fn check(client: Client, hears_in: &[(&str, &str)]) {
    let Some(targets) = Target::both(host) else { return };
    for target in &targets {
        client.take(target, &steps());
        client.take_in(target, hears_in, &[change()]);
    }
}

#[test]
fn the_python_sdk_uses_everything() {
    check(PYTHON_SDK, PYTHON_SDK.modes);
}

#[test]
fn fastmcp_uses_everything() {
    check(FASTMCP, &[("legacy", "2025-11-25")]);
}

#[test]
fn the_typescript_sdk_uses_everything() {
    check(TYPESCRIPT_SDK, TYPESCRIPT_SDK.modes);
}

#[test]
fn the_inspector_uses_everything() {
    let Some(inspector) = Inspector::find() else { return };
    let Some(targets) = Target::both(host) else { return };
    let text = |text: &str| json!({ "$has": { "text": text } });
    let prompt = json!([{ "content": { "text": { "$has": "arg1='one', arg2='two'" } } }]);
    let prompt_request =
        ["prompts/get", "--prompt-name", "kit__test_prompt_with_arguments", "--prompt-args", "arg1=one", "arg2=two"];
    let requests: [(&[&str], Value); 7] = [
        (&["tools/list"], json!({ "tools": { "$has": { "name": "kit__test_simple_text" } } })),
        (&["tools/call", "--tool-name", "kit__test_simple_text"], json!({ "content": text(SAID) })),
        (&["resources/list"], json!({ "resources": { "$has": { "uri": "test://kit/static-text" } } })),
        (
            &["resources/templates/list"],
            json!({ "resourceTemplates": { "$has": { "uriTemplate": "test://kit/template/{id}/data" } } }),
        ),
        (&["resources/read", "--uri", "test://kit/static-text"], json!({ "contents": text(STATIC) })),
        (&["prompts/list"], json!({ "prompts": { "$has": { "name": "kit__test_prompt_with_arguments" } } })),
        (&prompt_request, json!({ "messages": prompt })),
    ];
    for target in &targets {
        for era in Inspector::ERAS {
            requests.iter().for_each(|(request, expected)| inspector.check(target, era, request, expected));
        }
    }
}
