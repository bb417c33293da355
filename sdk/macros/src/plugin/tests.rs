use serde_json::{Value, json};

use super::*;

fn request(input: &str) -> Option<Value> {
    let input: Input = syn::parse_str(input).unwrap();
    let section = input.request_section()?;
    assert_eq!(section.name, "wharf:request");
    Some(serde_json::from_slice(&section.content).unwrap())
}

#[test]
fn requests_become_json() {
    let full = request(
        r#"tools: [a], requests: [
            files { at: "/registries", access: "read", optional: true, reason: "To read it." },
            "key-value" { reason: "To keep it.", limits: { bytes: 10, low: -1.5, of: ["a", true,], type: "b" } },
        ], state_version: "2""#,
    );
    let expected = json!({
        "requests": [
            {
                "capability": "files",
                "reason": "To read it.",
                "optional": true,
                "wants": { "at": "/registries", "access": "read" },
            },
            {
                "capability": "key-value",
                "reason": "To keep it.",
                "optional": false,
                "wants": { "limits": { "bytes": 10, "low": -1.5, "of": ["a", true], "type": "b" } },
            },
        ],
        "stateVersion": "2",
    });
    assert_eq!(full, Some(expected));
    assert_eq!(request("tools: [a], requests: []"), Some(json!({ "requests": [] })));
    assert_eq!(request("tools: [a], state_version: \"2\""), Some(json!({ "requests": [], "stateVersion": "2" })));
    assert_eq!(request("tools: [a]"), None);
}

#[test]
fn wrong_input_is_refused_with_the_reason() {
    let cases = [
        ("", "a plugin exports something"),
        ("state_version: \"1\"", "a plugin exports something"),
        ("tool: [a]", "unknown key `tool`; there are: tools, resources"),
        ("tools: [a], tools: [b]", "`tools` is given twice"),
        ("tools: a", "expected square brackets"),
        ("tools: [a()]", "expected `,`"),
        ("tools: [a] cleanup: B", "expected `,`"),
        ("tools: [a], requests: [files]", "unexpected end of input, expected curly braces"),
        ("tools: [a], requests: [files {}]", "say why: `files { reason: \"…\" }`"),
        ("tools: [a], requests: [files { reason: \" \" }]", "say why"),
        ("tools: [a], requests: [files { reason: 1 }]", "say why"),
        ("tools: [a], requests: [files { reason: \"r\", optional: 1 }]", "`optional` is true or false"),
        ("tools: [a], requests: [files { reason: \"r\", at: x }]", "expected literal"),
        ("tools: [a], requests: [files { reason: \"r\", at: b\"x\" }]", "a value is a string"),
        ("tools: [a], requests: [files { reason: \"r\", at: -\"x\" }]", "a value is a string"),
        ("tools: [a], requests: [files { reason: \"r\", a: 1, a: 2 }]", "`a` is given twice"),
        ("tools: [a], requests: [files { reason: \"r\", a: 99999999999999999999 }]", "number too large"),
    ];
    for (input, expected) in cases {
        let Err(error) = syn::parse_str::<Input>(input) else { panic!("accepted: {input}") };
        assert!(error.to_string().starts_with(expected), "{input}: {error}");
    }
}

#[test]
fn each_interface_is_exported_on_its_own() {
    let expanded = expand("tools: [a::b], cleanup: Sweeper".parse().unwrap()).to_string();
    for part in ["a :: b :: definition ()", "bindings :: tools :: export !", "bindings :: cleanup :: export !"] {
        assert!(expanded.contains(part), "{part} isn't in {expanded}");
    }
    for part in ["bindings :: resources", "bindings :: prompts", "bindings :: completion", "wharf:request"] {
        assert!(!expanded.contains(part), "{part} is in {expanded}");
    }
}
