//! What is the same in both eras.

use serde_json::{Value, json};

use super::{Case, call, case, failing, text};

pub(super) fn cases() -> Vec<Case> {
    [tools(), resources(), prompts()].into_iter().flatten().collect()
}

fn tools() -> Vec<Case> {
    let image = json!({ "type": "image", "mimeType": "image/png", "data": { "$has": "" } });
    let audio = json!({ "type": "audio", "mimeType": "audio/wav", "data": { "$has": "" } });
    let embedded = |uri: &str, kind: &str, text: &str| json!({ "type": "resource", "resource": { "uri": uri, "mimeType": kind, "text": { "$has": text } } });
    let progress = |progress: u32| {
        let params = json!({ "progressToken": "p", "progress": progress, "total": 100 });
        json!({ "method": "notifications/progress", "params": params })
    };
    let mixed = json!([
        { "type": "text", "text": "Multiple content types test:" },
        image,
        embedded("test://mixed-content-resource", "application/json", "123"),
    ]);
    let with_token = json!({ "name": "test_tool_with_progress", "arguments": {}, "_meta": { "progressToken": "p" } });
    let described =
        json!({ "name": "test_simple_text", "description": { "$has": "" }, "inputSchema": { "type": "object" } });
    vec![
        case("tools-list", "tools/list", json!({}), json!({ "tools": { "$has": described } })),
        case(
            "tools-call-simple-text, without arguments",
            "tools/call",
            json!({ "name": "test_simple_text" }),
            json!({ "content": text("This is a simple text response for testing.") }),
        ),
        call("tools-call-image", "test_image_content", json!({}), json!({ "content": [image] })),
        call("tools-call-audio", "test_audio_content", json!({}), json!({ "content": [audio] })),
        call(
            "tools-call-embedded-resource",
            "test_embedded_resource",
            json!({}),
            json!({ "content": [embedded("test://embedded-resource", "text/plain", "This is an embedded resource content.")] }),
        ),
        call("tools-call-mixed-content", "test_multiple_content_types", json!({}), json!({ "content": mixed })),
        call(
            "tools-call-error",
            "test_error_handling",
            json!({}),
            json!({ "isError": true, "content": text("This tool intentionally returns an error for testing") }),
        ),
        case(
            "tools-call-with-progress",
            "tools/call",
            with_token,
            json!({ "content": { "$has": { "type": "text" } } }),
        )
        .tells(json!([progress(0), progress(50), progress(100)])),
        failing(
            "an unknown tool",
            "tools/call",
            json!({ "name": "nothing", "arguments": {} }),
            json!({ "code": -32602 }),
        ),
    ]
}

fn resources() -> Vec<Case> {
    let read = |name, uri: &str, contents: Value| {
        let mut contents = contents;
        contents["uri"] = uri.into();
        case(name, "resources/read", json!({ "uri": uri }), json!({ "contents": [contents] }))
    };
    let listed = json!({ "uri": "test://static-text", "name": { "$has": "" } });
    let template = json!({ "uriTemplate": "test://template/{id}/data", "name": { "$has": "" } });
    vec![
        case("resources-list", "resources/list", json!({}), json!({ "resources": { "$has": listed } })),
        case(
            "resources-templates-list",
            "resources/templates/list",
            json!({}),
            json!({ "resourceTemplates": { "$has": template } }),
        ),
        read(
            "resources-read-text",
            "test://static-text",
            json!({ "mimeType": "text/plain", "text": "This is the content of the static text resource." }),
        ),
        read(
            "resources-read-binary",
            "test://static-binary",
            json!({ "mimeType": "image/png", "blob": { "$has": "" } }),
        ),
        read(
            "resources-templates-read",
            "test://template/123/data",
            json!({ "mimeType": "application/json", "text": { "$has": "Data for ID: 123" } }),
        ),
    ]
}

fn prompts() -> Vec<Case> {
    let get = |name, prompt: &str, arguments: Value, messages: Value| {
        case(name, "prompts/get", json!({ "name": prompt, "arguments": arguments }), json!({ "messages": messages }))
    };
    let argument = |name: &str| json!({ "name": name, "required": true });
    let listed = json!({ "name": "test_prompt_with_arguments", "arguments": [argument("arg1"), argument("arg2")] });
    let image = json!({ "$has": { "content": { "type": "image", "mimeType": "image/png" } } });
    let embedded = json!({ "$has": { "content": { "type": "resource", "resource": { "uri": "test://some" } } } });
    let reference = json!({ "type": "ref/prompt", "name": "test_prompt_with_arguments" });
    let typed = json!({ "ref": reference, "argument": { "name": "arg1", "value": "par" } });
    vec![
        case("prompts-list", "prompts/list", json!({}), json!({ "prompts": { "$has": listed } })),
        get(
            "prompts-get-simple",
            "test_simple_prompt",
            json!({}),
            json!({ "$begins": [{ "content": { "type": "text" } }] }),
        ),
        get(
            "prompts-get-with-args",
            "test_prompt_with_arguments",
            json!({ "arg1": "one", "arg2": "two" }),
            json!([{ "content": { "text": "Prompt with arguments: arg1='one', arg2='two'" } }]),
        ),
        get(
            "prompts-get-embedded-resource",
            "test_prompt_with_embedded_resource",
            json!({ "resourceUri": "test://some" }),
            embedded,
        ),
        get("prompts-get-with-image", "test_prompt_with_image", json!({}), image),
        failing("an unknown prompt", "prompts/get", json!({ "name": "nothing" }), json!({ "code": -32602 })),
        failing(
            "a missing argument",
            "prompts/get",
            json!({ "name": "test_prompt_with_arguments", "arguments": { "arg1": "one" } }),
            json!({ "code": -32602 }),
        ),
        case(
            "completion-complete",
            "completion/complete",
            typed,
            json!({ "completion": { "values": { "$begins": [] } } }),
        ),
    ]
}
