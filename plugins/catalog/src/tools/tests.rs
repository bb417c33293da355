//! The tools as a client sees them: JSON in, JSON out.

use std::{collections::BTreeSet, fmt::Display, fs};

use serde::Serialize;
use serde_json::{Value, json};
use tempfile::TempDir;
use wharf_sdk::{
    testing,
    tool::{Definition, Outcome},
};

use super::{get_server, list_categories, list_servers, list_tools};
use crate::{catalogue::Catalogue, page::MAX_PAGE_BYTES};

fn definitions() -> [Definition; 4] {
    [
        list_servers::list_servers::definition(),
        get_server::get_server::definition(),
        list_categories::list_categories::definition(),
        list_tools::list_tools::definition(),
    ]
}

/// What a tool returns for this catalogue, or says when it refuses. The only place that knows the tools' functions.
fn ask(catalogue: &Catalogue, tool: &str, arguments: &Value) -> Result<Value, String> {
    let arguments = arguments.to_string();
    match tool {
        "list_servers" => json_of(list_servers::list(catalogue, &serde_json::from_str(&arguments).unwrap())),
        "get_server" => json_of(get_server::get(catalogue, &serde_json::from_str(&arguments).unwrap())),
        "list_categories" => json_of(Ok::<_, String>(list_categories::list(catalogue))),
        "list_tools" => json_of(list_tools::list(catalogue, &serde_json::from_str(&arguments).unwrap())),
        other => panic!("no tool {other}"),
    }
}

fn json_of<T: Serialize, E: Display>(result: Result<T, E>) -> Result<Value, String> {
    result.map(|value| serde_json::to_value(value).unwrap()).map_err(|error| error.to_string())
}

/// The built-in catalogue and one registry file.
fn catalogue(registry: &Value) -> Catalogue {
    let directory = TempDir::new().unwrap();
    fs::write(directory.path().join("a.json"), registry.to_string()).unwrap();
    Catalogue::with_registries(directory.path())
}

fn built_in() -> Catalogue {
    Catalogue::with_registries("/nowhere".as_ref())
}

/// A registry of `number` servers, each with a description of `bytes`.
fn registry(number: usize, bytes: usize) -> Value {
    let server = |index: usize| {
        let entry = json!({"image": "i", "transport": "sse", "description": "d".repeat(bytes), "tags": ["bulk"], "tools": ["t"]});
        (format!("bulk-{index:03}"), entry)
    };
    json!({"servers": (0..number).map(server).collect::<serde_json::Map<_, _>>()})
}

fn names(list: &Value, of: &str) -> Vec<String> {
    list[of].as_array().unwrap().iter().map(|item| item["name"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn each_tool_is_described_for_a_model() {
    for definition in definitions() {
        let tool = definition.describe().unwrap();
        assert!(tool.title.is_some() && tool.description.len() > 80, "{}", tool.name);
        assert_eq!((tool.hints.read_only, tool.hints.open_world), (Some(true), Some(false)), "{}", tool.name);
        let input: Value = serde_json::from_str(&tool.input_schema).unwrap();
        assert_eq!(
            (&input["type"], &input["additionalProperties"]),
            (&json!("object"), &json!(false)),
            "{}",
            tool.name
        );
        for (name, property) in input["properties"].as_object().into_iter().flatten() {
            assert!(property["description"].is_string(), "{}: {name} has no description", tool.name);
        }
        let output: Value = serde_json::from_str(&tool.output_schema.unwrap()).unwrap();
        assert_eq!(output["type"], "object", "{}", tool.name);
    }
}

#[test]
fn each_tool_answers_through_the_sdk() {
    let cases = [json!({"limit": 1}), json!({"name": "github"}), json!({}), json!({"limit": 1})];
    for (definition, arguments) in definitions().iter().zip(cases) {
        let outcome = definition.call(&testing::call(), &arguments.to_string()).unwrap();
        let Outcome::Done(result) = outcome else { panic!("{} isn't done", definition.name) };
        assert!(!result.is_error, "{}: {:?}", definition.name, result.content);
        let structured: Value = serde_json::from_str(&result.structured.unwrap()).unwrap();
        let schema: Value = serde_json::from_str(&definition.describe().unwrap().output_schema.unwrap()).unwrap();
        for required in schema["required"].as_array().unwrap() {
            assert!(structured.get(required.as_str().unwrap()).is_some(), "{}: {required}", definition.name);
        }
    }
}

#[test]
fn bad_arguments_are_refused_by_name() {
    let [list_servers, get_server, _, list_tools] = definitions();
    let cases = [
        (list_servers, json!({"categori": "validated"}), "categori"),
        (list_servers, json!({"category": "gold"}), "gold"),
        (list_servers, json!({"tags": "sql"}), "tags"),
        (get_server, json!({}), "name"),
        (list_tools, json!({"limit": "many"}), "limit"),
    ];
    for (definition, arguments, part) in cases {
        let Outcome::Done(result) = definition.call(&testing::call(), &arguments.to_string()).unwrap() else {
            panic!()
        };
        assert!(result.is_error, "{arguments}");
        assert!(format!("{:?}", result.content).contains(part), "{arguments}: {:?}", result.content);
    }
}

#[test]
fn filters_narrow_the_list() {
    let catalogue = built_in();
    let cases = [
        (json!({"search": "github"}), vec!["github"]),
        (json!({"search": "GitHub Pull-Requests"}), vec!["github"]),
        (json!({"tags": ["vector-database"]}), vec!["chroma-mcp", "qdrant"]),
        (json!({"tags": ["database", "SQL", "serverless"]}), vec!["mcp-server-neon", "supabase"]),
        (json!({"tags": ["database,sql,serverless"]}), vec!["mcp-server-neon", "supabase"]),
        (json!({"tools": ["fetch"]}), vec!["fetch", "gofetch"]),
        (json!({"tools": ["run_sql", "create_branch"]}), vec!["mcp-server-neon"]),
        (json!({"category": "community", "tags": ["security"]}), vec!["osv"]),
        (json!({"category": "validated", "tags": ["security"]}), vec!["semgrep"]),
        (json!({"transport": "streamable-http", "tags": ["search"]}), vec!["exa"]),
        (json!({"search": "no such thing anywhere"}), vec![]),
    ];
    for (arguments, expected) in cases {
        let list = ask(&catalogue, "list_servers", &arguments).unwrap();
        assert_eq!(names(&list, "servers"), expected, "{arguments}");
        assert_eq!(list["metadata"]["filtered_count"], expected.len(), "{arguments}");
        assert_eq!(list["metadata"]["total_count"], catalogue.servers.len(), "{arguments}");
        assert!(list.get("next_cursor").is_none() && list.get("warnings").is_none(), "{arguments}");
    }
}

#[test]
fn the_best_fits_of_a_search_come_first() {
    let list = ask(&built_in(), "list_servers", &json!({"search": "memory"})).unwrap();
    let names = names(&list, "servers");
    assert_eq!(names[0], "memory");
    assert!(names.contains(&"qdrant".to_owned()), "{names:?}");
}

#[test]
fn the_list_has_the_whole_model_or_a_summary() {
    let list = ask(&built_in(), "list_servers", &json!({"search": "osv"})).unwrap();
    let server = &list["servers"][0];
    for field in [
        "name",
        "display_name",
        "description",
        "category",
        "provider",
        "tier",
        "status",
        "image",
        "transport",
        "target_port",
    ] {
        assert!(!server[field].is_null(), "{field} is missing");
    }
    assert_eq!(server["tools"][0]["name"], "get_vulnerability");
    assert_eq!(server["metadata"]["repository_url"], "https://github.com/StacklokLabs/osv-mcp");
    assert_eq!(server["deployment_config"]["recommended_resources"]["cpu_limit"], "500m");
    assert_eq!(server["deployment_config"]["env_vars"][0]["required"], false);

    let list = ask(&built_in(), "list_servers", &json!({"search": "osv", "detail": "summary"})).unwrap();
    let summary = &list["servers"][0];
    assert_eq!((&summary["tool_count"], summary.get("tools")), (&json!(3), None));
}

#[test]
fn pages_hold_everything_once() {
    let catalogue = catalogue(&registry(95, 10));
    let mut arguments = json!({"tags": ["bulk"], "limit": 30});
    let mut seen = Vec::new();
    for expected in [30, 30, 30, 5] {
        let list = ask(&catalogue, "list_servers", &arguments).unwrap();
        assert_eq!(list["metadata"]["filtered_count"], 95);
        let page = names(&list, "servers");
        assert_eq!(page.len(), expected);
        seen.extend(page);
        arguments["cursor"] = list["next_cursor"].clone();
    }
    assert!(arguments["cursor"].is_null(), "there is a fifth page");
    assert_eq!(seen.iter().collect::<BTreeSet<_>>().len(), 95);
}

#[test]
fn the_default_page_has_twenty_servers_and_the_largest_a_hundred() {
    let catalogue = catalogue(&registry(150, 10));
    for (limit, expected) in [(json!(null), 20), (json!(100), 100), (json!(4_000_000_000_u32), 100), (json!(0), 1)] {
        let list = ask(&catalogue, "list_servers", &json!({"tags": ["bulk"], "limit": limit})).unwrap();
        assert_eq!(names(&list, "servers").len(), expected, "{limit}");
    }
}

#[test]
fn a_page_is_bounded_in_bytes_and_never_empty() {
    let catalogue = catalogue(&registry(100, 4000));
    let list = ask(&catalogue, "list_servers", &json!({"tags": ["bulk"], "limit": 100})).unwrap();
    let page = names(&list, "servers").len();
    assert!((1..100).contains(&page) && list["next_cursor"].is_string(), "{page}");
    assert!(list["servers"].to_string().len() <= MAX_PAGE_BYTES + 1024);
}

#[test]
fn a_cursor_of_another_list_is_refused() {
    let catalogue = catalogue(&registry(50, 10));
    let first = ask(&catalogue, "list_servers", &json!({"tags": ["bulk"]})).unwrap();
    let cursor = &first["next_cursor"];
    let digest = cursor.as_str().unwrap().split_once('-').unwrap().1;
    let cases = [
        json!({"cursor": cursor}),
        json!({"cursor": cursor, "tags": ["sql"]}),
        json!({"cursor": "20", "tags": ["bulk"]}),
        json!({"cursor": "", "tags": ["bulk"]}),
        json!({"cursor": "-", "tags": ["bulk"]}),
        json!({"cursor": format!("99-{digest}"), "tags": ["bulk"]}),
        json!({"cursor": format!("99999999999999999999999-{digest}"), "tags": ["bulk"]}),
    ];
    for arguments in cases {
        let refusal = ask(&catalogue, "list_servers", &arguments).unwrap_err();
        assert!(refusal.contains("without a cursor"), "{arguments}: {refusal}");
    }
}

#[test]
fn warnings_come_with_the_first_page() {
    let mut registry = registry(30, 10);
    registry["servers"]["broken"] = json!(5);
    let catalogue = catalogue(&registry);
    let first = ask(&catalogue, "list_servers", &json!({"tags": ["bulk"]})).unwrap();
    let warning = &first["warnings"][0];
    assert_eq!(
        (&warning["level"], &warning["file"], &warning["entries"]),
        (&json!("warning"), &json!("a.json"), &json!(["broken"]))
    );
    assert_eq!(first["warning_count"], 1);
    let second = ask(&catalogue, "list_servers", &json!({"tags": ["bulk"], "cursor": first["next_cursor"]})).unwrap();
    assert_eq!((second.get("warnings"), &second["warning_count"]), (None, &json!(1)));
}

#[test]
fn warnings_go_to_the_log_as_well() {
    let catalogue = catalogue(&json!({"servers": {"broken": 5}}));
    let call = testing::call();
    catalogue.report.log(&call);
    let said = format!("{:?}", testing::said(&call));
    assert!(said.contains("Warning") && said.contains("broken") && said.contains("registries"), "{said}");
}

#[test]
fn one_server_is_found_or_the_refusal_helps() {
    let remote =
        |name| json!({"name": name, "description": "d", "remotes": [{"type": "sse", "url": "https://example.org"}]});
    let catalogue =
        catalogue(&json!({"servers": [remote("a.b/weather"), remote("c.d/weather"), remote("e.f/github")]}));
    let get = |name: &str| ask(&catalogue, "get_server", &json!({"name": name}));
    assert_eq!(get("a.b/weather").unwrap()["full_name"], "a.b/weather");
    assert_eq!(get("github").unwrap()["same_name"], json!(["e.f/github"]));
    assert!(get("fetch").unwrap().get("same_name").is_none());
    let cases = [
        ("weather", "use one of the full names a.b/weather, c.d/weather"),
        ("grafanna", "was one of these meant? grafana"),
        ("xyzzy", "list_servers with `search` finds names"),
    ];
    for (name, part) in cases {
        let refusal = get(name).unwrap_err();
        assert!(refusal.contains(part), "{refusal}");
    }
}

#[test]
fn categories_count_all_servers() {
    let catalogue = catalogue(&registry(3, 10));
    let list = ask(&catalogue, "list_categories", &json!({})).unwrap();
    let count = |name: &str| list["categories"][name]["server_count"].as_u64().unwrap();
    assert_eq!(count("validated") + count("community"), catalogue.servers.len() as u64);
    assert_eq!(list["categories"]["validated"]["enforcement_recommended"], true);
    assert_eq!(list["categories"]["community"]["enforcement_recommended"], false);
}

#[test]
fn tools_are_listed_across_servers() {
    let catalogue = built_in();
    let list = ask(&catalogue, "list_tools", &json!({"search": "fetch"})).unwrap();
    let fetch = &list["tools"][0];
    assert_eq!((&fetch["name"], &fetch["usage_count"]), (&json!("fetch"), &json!(2)));
    assert_eq!((&fetch["servers"], &fetch["category"]), (&json!(["fetch", "gofetch"]), &json!("web")));

    let everything = ask(&catalogue, "list_tools", &json!({})).unwrap();
    assert_eq!(names(&everything, "tools").len(), 50);
    let total = &everything["metadata"]["total_count"];
    let sum: u64 = everything["categories"].as_object().unwrap().values().map(|count| count.as_u64().unwrap()).sum();
    assert_eq!(total.as_u64(), Some(sum));

    let security = ask(&catalogue, "list_tools", &json!({"category": "security"})).unwrap();
    assert_eq!(security["metadata"]["filtered_count"], everything["categories"]["security"]);
    assert!(names(&security, "tools").contains(&"query_vulnerability".to_owned()));
}

#[test]
fn a_tool_that_a_registry_lists_twice_counts_once() {
    let entry = json!({"image": "i", "transport": "stdio", "description": "d", "tools": ["unheard-of", "unheard-of"]});
    let catalogue = catalogue(&json!({"servers": {"careless": entry}}));
    let list = ask(&catalogue, "list_tools", &json!({"search": "unheard-of"})).unwrap();
    assert_eq!(
        list["tools"],
        json!([{"name": "unheard-of", "category": "other", "servers": ["careless"], "usage_count": 1}])
    );
}
