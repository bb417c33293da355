//! Registry files as an operator may have them: in order, slightly wrong, and hostile.

use std::{fs, path::PathBuf};

use serde_json::{Value, json};
use tempfile::TempDir;

use super::{directory, fields::without_indices};
use crate::{
    model::{Category, EnvVar, SecurityProfile, Server, Status, Tier, Transport},
    report::{Level, MAX_SHOWN, Notice, Report},
};

/// What came of some files. The only place that touches the API.
struct Loaded {
    servers: Vec<Server>,
    notices: Vec<Notice>,
    count: u64,
}

fn load_directory(directory: &TempDir) -> Loaded {
    let mut report = Report::default();
    let servers = directory::load(directory.path(), &mut report);
    Loaded { servers, notices: report.shown(), count: report.count() }
}

fn load(files: &[(&str, &[u8])]) -> Loaded {
    let directory = TempDir::new().unwrap();
    for (path, bytes) in files {
        let path = directory.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    load_directory(&directory)
}

fn load_json(content: &Value) -> Loaded {
    load(&[("a.json", content.to_string().as_bytes())])
}

impl Loaded {
    fn names(&self) -> Vec<&str> {
        self.servers.iter().map(Server::identity).collect()
    }

    fn warnings(&self) -> Vec<&Notice> {
        self.notices.iter().filter(|notice| notice.level == Level::Warning).collect()
    }

    /// There is a notice of this level for this file and entry, with this in its reason.
    fn tells(&self, level: Level, file: &str, entry: Option<&str>, part: &str) -> bool {
        self.notices.iter().any(|notice| {
            let names_entry = entry.is_none_or(|entry| notice.entries.iter().any(|named| named == entry));
            notice.level == level && notice.file == file && names_entry && notice.reason.contains(part)
        })
    }

    #[track_caller]
    fn assert_warns(&self, entry: Option<&str>, part: &str) {
        assert!(self.tells(Level::Warning, "a.json", entry, part), "no `{part}` in {:#?}", self.notices);
    }

    #[track_caller]
    fn assert_informs(&self, entry: Option<&str>, part: &str) {
        assert!(self.tells(Level::Info, "a.json", entry, part), "no `{part}` in {:#?}", self.notices);
    }
}

/// Third parties' data, beside the checkout. Absent: skipped, and that is said, except in continuous integration.
fn real(file: &str) -> Option<Loaded> {
    let path = PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").unwrap()).join("../../../shared/data").join(file);
    if !path.exists() {
        assert!(std::env::var_os("CI").is_none_or(|ci| ci != "true"), "{} is missing", path.display());
        println!("skipped: {} isn't there", path.display());
        return None;
    }
    Some(load(&[("a.json", &fs::read(path).unwrap())]))
}

fn container(changes: Value) -> Value {
    let mut entry = json!({
        "description": "Says hello", "image": "example.org/hello:1.0.0", "transport": "stdio", "tier": "Official",
        "status": "Active", "tools": ["hello"]
    });
    entry.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    json!({"version": "1.0.0", "last_updated": "2025-01-01T00:00:00Z", "servers": {"hello": entry}})
}

fn official(changes: Value) -> Value {
    let mut entry = json!({
        "name": "io.github.octo/hello", "description": "Says hello", "version": "1.2.0",
        "packages": [{"registryType": "npm", "identifier": "@octo/hello", "version": "1.2.0", "transport": {"type": "stdio"}}]
    });
    entry.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    entry
}

#[test]
fn the_whole_legacy_registry_loads() {
    let Some(loaded) = real("toolhive-registry-v0.3.6.json") else {
        return;
    };
    assert_eq!(loaded.servers.len(), 86);
    assert_eq!(loaded.warnings(), Vec::<&Notice>::new());
    for field in ["provenance", "custom_metadata", "oauth_config"] {
        loaded.assert_informs(None, &format!("`{field}` has no place"));
    }
    assert_eq!(loaded.count, 3, "{:#?}", loaded.notices);
    let remote = loaded.servers.iter().filter(|server| server.image.is_none()).count();
    assert_eq!(remote, 18);
    assert_eq!(loaded.servers.iter().filter(|server| server.category == Category::Validated).count(), 62);
    assert_eq!(loaded.servers.iter().map(|server| server.tools.len()).sum::<usize>(), 1122 + 335);
    let variables = loaded.servers.iter().map(|server| server.deployment_config.env_vars.len()).sum::<usize>();
    assert_eq!(variables, 201);
}

#[test]
fn the_whole_upstream_example_loads() {
    let Some(loaded) = real("registry-formats/toolhive-upstream.example.json") else {
        return;
    };
    assert_eq!(loaded.servers.len(), 12);
    assert_eq!(loaded.warnings(), Vec::<&Notice>::new());
    assert!(loaded.servers.iter().all(|server| server.image.is_some() && !server.tools.is_empty()));
    let apollo = loaded.servers.iter().find(|server| server.name == "apollo-mcp-server").unwrap();
    assert_eq!((apollo.transport, apollo.target_port), (Transport::StreamableHttp, Some(5000)));
    assert_eq!(apollo.full_name.as_deref(), Some("io.github.stacklok/apollo-mcp-server"));
}

#[test]
fn a_legacy_container_is_mapped() {
    let loaded = load_json(&container(json!({
        "image": "example.org/hello@sha256:abc", "transport": "sse", "target_port": 8000, "tags": ["Greeting"],
        "repository_url": "https://github.com/octo/hello", "args": ["--loud"],
        "metadata": {"stars": 3, "pulls": 5, "last_updated": "2025-01-01T00:00:00Z"},
        "env_vars": [{"name": "WHO", "description": "Whom to greet", "required": true, "secret": true, "default": "you"}],
        "permissions": {"network": {"outbound": {"allow_host": [".example.org"], "allow_port": [443]}}},
        "provenance": {"cert_issuer": "https://example.org"}
    })));
    let server = &loaded.servers[0];
    assert_eq!((server.name.as_str(), server.display_name.as_str()), ("hello", "Hello"));
    assert_eq!((server.tier, server.category), (Some(Tier::Official), Category::Validated));
    assert_eq!((server.transport, server.target_port), (Transport::Sse, Some(8000)));
    assert_eq!(server.air_gapped.as_ref().unwrap().image_digest.as_deref(), Some("sha256:abc"));
    assert_eq!(
        (server.provider.as_deref(), server.tags.as_slice()),
        (Some("octo"), ["greeting".to_owned()].as_slice())
    );
    assert_eq!((server.metadata.stars, server.metadata.pulls), (Some(3), Some(5)));
    let deployment = &server.deployment_config;
    assert_eq!(
        (deployment.args.as_slice(), deployment.security_profile),
        (["--loud".to_owned()].as_slice(), Some(SecurityProfile::Network))
    );
    let variable = EnvVar {
        name: "WHO".to_owned(),
        description: "Whom to greet".to_owned(),
        required: true,
        secret: true,
        default: Some("you".to_owned()),
        choices: Vec::new(),
    };
    assert_eq!(deployment.env_vars, [variable]);
    assert_eq!(deployment.permissions.as_ref().unwrap().outbound_hosts, [".example.org"]);
    assert_eq!(server.extensions["provenance"]["cert_issuer"], "https://example.org");
    assert_eq!(server.origin, "a.json");
    loaded.assert_informs(Some("hello"), "`provenance` has no place");
}

#[test]
fn permissions_make_the_security_profile() {
    let cases = [
        (json!({"network": {"outbound": {}}}), SecurityProfile::None),
        (json!({"network": {"outbound": {"insecure_allow_all": true}}}), SecurityProfile::Network),
        (json!({"network": {"outbound": {"allow_port": [443]}}, "read": ["/data"]}), SecurityProfile::Custom),
        (json!({"privileged": true}), SecurityProfile::Custom),
    ];
    for (permissions, expected) in cases {
        let loaded = load_json(&container(json!({"permissions": permissions})));
        assert_eq!(loaded.servers[0].deployment_config.security_profile, Some(expected), "{permissions}");
    }
    assert_eq!(load_json(&container(json!({}))).servers[0].deployment_config.security_profile, None);
}

#[test]
fn an_official_server_is_mapped() {
    let loaded = load_json(&official(json!({
        "title": "Hello!", "websiteUrl": "https://example.org", "$schema": "https://example.org/schema",
        "repository": {"url": "https://github.com/octo/hello", "source": "github"},
        "packages": [
            {"registryType": "npm", "identifier": "@octo/hello", "version": "1.2.0", "transport": {"type": "stdio"},
             "environmentVariables": [{"name": "WHO", "isRequired": true}]},
            {"registryType": "oci", "identifier": "example.org/octo/hello", "version": "1.2.0",
             "transport": {"type": "streamable-http", "url": "http://localhost:7000/mcp"}, "runtimeHint": "docker",
             "environmentVariables": [{"name": "WHO", "isSecret": true, "value": "you", "choices": ["you", "me"], "format": "string"}]}
        ],
        "remotes": [{"type": "sse", "url": "https://example.org/sse", "headers": [{"name": "X"}]}]
    })));
    let server = &loaded.servers[0];
    assert_eq!((server.name.as_str(), server.full_name.as_deref()), ("hello", Some("io.github.octo/hello")));
    assert_eq!((server.display_name.as_str(), server.provider.as_deref()), ("Hello!", Some("io.github.octo")));
    assert_eq!(server.image.as_deref(), Some("example.org/octo/hello:1.2.0"));
    assert_eq!((server.transport, server.target_port), (Transport::StreamableHttp, Some(7000)));
    assert_eq!((server.category, server.tier), (Category::Community, None));
    assert_eq!(server.packages[0].identifier, "@octo/hello");
    assert_eq!(
        (server.remotes[0].transport, server.remotes[0].url.as_str()),
        (Transport::Sse, "https://example.org/sse")
    );
    let [variable] = server.deployment_config.env_vars.as_slice() else { panic!("one variable, of the image") };
    assert_eq!((variable.required, variable.secret, variable.default.as_deref()), (false, true, Some("you")));
    assert_eq!(variable.choices, ["you", "me"]);
    assert_eq!(server.extensions["packages[1].runtimeHint"], "docker");
    loaded.assert_informs(Some("io.github.octo/hello"), "`packages[].environmentVariables[].format` has no place");
    loaded.assert_informs(Some("io.github.octo/hello"), "`remotes[].headers` has no place");
    assert_eq!(loaded.warnings(), Vec::<&Notice>::new());
}

#[test]
fn a_hosted_server_needs_no_image() {
    let loaded = load_json(&official(
        json!({"packages": [], "remotes": [{"type": "streamable-http", "url": "https://example.org/mcp"}]}),
    ));
    let server = &loaded.servers[0];
    assert_eq!((server.image.as_deref(), server.transport), (None, Transport::StreamableHttp));
}

#[test]
fn a_page_of_the_official_registry_is_read() {
    let wrapped = |name: &str, lifecycle: Value| json!({"server": official(json!({"name": name})), "_meta": {"io.modelcontextprotocol.registry/official": lifecycle}});
    let loaded = load_json(&json!({
        "servers": [
            wrapped("a.b/one", json!({"status": "active", "isLatest": true, "updatedAt": "2026-01-01T00:00:00Z"})),
            wrapped("a.b/two", json!({"status": "deprecated", "isLatest": true})),
            wrapped("a.b/three", json!({"status": "deleted"})),
            wrapped("a.b/four", json!({"status": "active", "isLatest": false})),
            official(json!({"name": "a.b/five"})),
        ],
        "metadata": {"count": 5, "nextCursor": "a.b/five"}
    }));
    assert_eq!(loaded.names(), ["a.b/one", "a.b/two", "a.b/five"]);
    assert_eq!(loaded.servers[0].metadata.last_updated.as_deref(), Some("2026-01-01T00:00:00Z"));
    assert_eq!(loaded.servers[1].status, Status::Deprecated);
    loaded.assert_informs(Some("servers[2]"), "left out: deleted");
    loaded.assert_informs(Some("servers[3]"), "left out: not the latest");
    loaded.assert_informs(None, "one page of several");
    assert_eq!(loaded.warnings(), Vec::<&Notice>::new());
}

#[test]
fn what_toolhive_adds_to_an_official_server_is_taken() {
    let added = json!({
        "example.org/other:1": {"tier": "Community"},
        "example.org/hello:1": {
            "tier": "Official", "status": "deprecated", "tools": ["hello", "bye"], "overview": "Long",
            "tool_definitions": [{"name": "hello", "description": "Greets", "inputSchema": {}}]
        }
    });
    let server = official(json!({
        "packages": [{"registryType": "oci", "identifier": "example.org/hello:1", "transport": {"type": "stdio"}}],
        "_meta": {"io.modelcontextprotocol.registry/publisher-provided": {"io.github.stacklok": added}}
    }));
    let loaded = load_json(&json!({"version": "1.0.0", "meta": {}, "data": {"servers": [server], "skills": []}}));
    let server = &loaded.servers[0];
    assert_eq!((server.category, server.status), (Category::Validated, Status::Deprecated));
    let tools: Vec<_> = server.tools.iter().map(|tool| (tool.name.as_str(), tool.description.as_deref())).collect();
    assert_eq!(tools, [("hello", Some("Greets")), ("bye", None)]);
    loaded.assert_informs(None, "`data.skills` holds no servers");
    loaded.assert_informs(Some("io.github.octo/hello"), ".overview` has no place");
}

#[test]
fn a_faulty_field_costs_the_field_and_not_the_server() {
    let cases = [
        (json!({"tools": "hello"}), "`tools` should be a list, but there is a string"),
        (json!({"tools": ["a", 1]}), "`tools` should be a list of strings, but there is a number"),
        (json!({"metadata": {"stars": -1}}), "`metadata.stars` should be a whole number"),
        (json!({"metadata": []}), "`metadata` should be an object, but there is a list"),
        (json!({"target_port": 70000}), "`target_port` should be a port"),
        (json!({"target_port": 0}), "`target_port` should be a port"),
        (json!({"tier": "Gold"}), "`tier` is `Gold`, not one of Official, Community"),
        (json!({"transport": "carrier-pigeon"}), "stdio assumed"),
        (json!({"transport": null}), "stdio assumed"),
        (json!({"description": 5}), "`description` should be a string"),
        (json!({"env_vars": [{"description": "nameless"}]}), "an environment variable has no name"),
        (json!({"env_vars": [7]}), "`env_vars` should be a list of objects"),
        (json!({"env_vars": [{"name": "A", "required": "yes"}]}), "`env_vars[].required` should be true or false"),
        (
            json!({"permissions": {"network": {"outbound": {"allow_port": ["x"]}}}}),
            "`permissions.network.outbound.allow_port` should be a port",
        ),
        (json!({"description": "x".repeat(5000)}), "`description` is longer than 4096 bytes"),
        (json!({"tags": vec!["t"; 1001]}), "`tags` has more than 1000 items"),
        (json!({"custom_metadata": "x".repeat(20_000)}), "exceed 16384 bytes"),
    ];
    for (change, reason) in cases {
        let loaded = load_json(&container(change.clone()));
        assert_eq!(loaded.names(), ["hello"], "{reason}");
        loaded.assert_warns(Some("hello"), reason);
    }
}

#[test]
fn a_faulty_entry_costs_the_entry_and_not_the_file() {
    let cases = [
        (json!({"bad": 5}), "bad", "an entry should be an object, but there is a number"),
        (json!({"bad": {"description": "no image"}}), "bad", "it names no image"),
        (json!({"bad": {"image": ["list"]}}), "bad", "it names no image"),
        (json!({"": {"image": "i"}}), "", "can't be a name"),
        (json!({"line\nbreak": {"image": "i"}}), "line\nbreak", "`line\\nbreak` can't be a name"),
    ];
    for (bad, entry, reason) in cases {
        let mut content = container(json!({}));
        content["servers"].as_object_mut().unwrap().extend(bad.as_object().unwrap().clone());
        let loaded = load_json(&content);
        assert_eq!(loaded.names(), ["hello"], "{reason}");
        loaded.assert_warns(Some(entry), reason);
    }
    let listed = [
        (json!({}), "it has no name"),
        (json!({"name": "a.b/c"}), "it names no image, no package and no address"),
        (
            json!({"name": "a.b/c", "packages": [{"registryType": "npm"}]}),
            "a package has no `registryType` or no `identifier`",
        ),
        (json!({"name": "a.b/c", "remotes": [{"type": "sse"}]}), "a remote has no `url`"),
        (json!("text"), "an entry should be an object, but there is a string"),
    ];
    for (bad, reason) in listed {
        let loaded = load_json(&json!({"servers": [bad, official(json!({}))]}));
        assert_eq!(loaded.names(), ["io.github.octo/hello"], "{reason}");
        loaded.assert_warns(Some("servers[0]"), reason);
    }
}

#[test]
fn a_faulty_file_costs_the_file_and_not_the_others() {
    let deep = "[".repeat(100_000);
    let nested = format!("{{\"servers\": {{\"a\": {}", "{\"a\":".repeat(100_000));
    let cases: [(&[u8], &str); 13] = [
        (b"", "the file is empty"),
        (b" \n\t", "the file is empty"),
        (b"\xef\xbb\xbf", "the file is empty"),
        (b"\xff\xfe{}", "not UTF-8 at byte 0"),
        (b"{\"servers\": {\"a\": \"\xc3\x28\"}}", "not UTF-8 at byte 19"),
        (b"{\"servers\": ", "not a registry: EOF"),
        (b"{} trailing", "not a registry: trailing characters"),
        (b"[]", "expected a JSON object"),
        (b"{\"servers\": 5}", "expected a map or a list of servers"),
        (b"{\"version\": \"1.0.0\"}", "in none of the known formats"),
        (b"{\"data\": {}}", "in none of the known formats"),
        (deep.as_bytes(), "not a registry"),
        (nested.as_bytes(), "recursion limit exceeded"),
    ];
    let good = container(json!({})).to_string();
    for (bytes, reason) in cases {
        let loaded = load(&[("a.json", bytes), ("b.json", good.as_bytes())]);
        assert_eq!(loaded.names(), ["hello"], "{reason}");
        loaded.assert_warns(None, reason);
    }
}

#[test]
fn a_byte_order_mark_does_no_harm() {
    let content = format!("\u{feff}{}", container(json!({})));
    assert_eq!(load(&[("a.json", content.as_bytes())]).names(), ["hello"]);
}

#[test]
fn files_that_are_too_large_or_too_many_are_not_read() {
    let huge = vec![b' '; 10 * 1024 * 1024];
    let loaded = load(&[("a.json", &huge)]);
    loaded.assert_warns(None, "larger than 4194304 bytes");

    let directory = TempDir::new().unwrap();
    for number in 0..=directory::MAX_FILES {
        let content = container(json!({})).to_string().replace("\"hello\":", &format!("\"hello{number:03}\":"));
        fs::write(directory.path().join(format!("{number:03}.json")), content).unwrap();
    }
    let loaded = load_directory(&directory);
    assert_eq!(loaded.servers.len(), directory::MAX_FILES);
    assert!(loaded.tells(Level::Warning, ".", None, "more than 64 files"), "{:?}", loaded.notices);

    let padded = format!("{}{}", container(json!({})), " ".repeat(4_000_000));
    let files: Vec<_> = (0..5).map(|number| format!("{number}.json")).collect();
    let files: Vec<_> = files.iter().map(|name| (name.as_str(), padded.as_bytes())).collect();
    let loaded = load(&files);
    assert!(loaded.tells(Level::Warning, "4.json", None, "together are larger than"), "{:?}", loaded.notices);
}

#[test]
fn a_flood_of_faults_is_counted_and_not_repeated() {
    let entries: serde_json::Map<_, _> = (0..5000).map(|number| (format!("bad{number}"), json!(number))).collect();
    let loaded = load_json(&json!({"servers": entries}));
    let [notice] = loaded.notices.as_slice() else { panic!("{:?}", loaded.notices) };
    assert_eq!((notice.count, notice.entries.len()), (5000, 5));

    let fields: serde_json::Map<_, _> = (0..5000).map(|number| (format!("field{number}"), json!("x"))).collect();
    let loaded = load_json(&container(Value::Object(fields)));
    assert_eq!(loaded.names(), ["hello"]);
    assert_eq!((loaded.notices.len(), loaded.count), (MAX_SHOWN, 5001));
}

#[test]
fn more_entries_than_allowed_are_reported() {
    let entries: Vec<_> = (0..10_001).map(|_| json!(0)).collect();
    load_json(&json!({"servers": entries})).assert_warns(None, "more than 10000 servers: the last 1 left out");
}

#[test]
fn equal_names_in_one_map_are_both_seen() {
    let entry = "{\"image\": \"i\", \"transport\": \"stdio\", \"description\": \"d\"}";
    let content = format!("{{\"servers\": {{\"twin\": {entry}, \"twin\": {entry}}}}}");
    assert_eq!(load(&[("a.json", content.as_bytes())]).names(), ["twin", "twin"]);
}

#[test]
fn files_are_found_in_order_and_below_directories() {
    let named = |name: &str| container(json!({})).to_string().replace("\"hello\":", &format!("\"{name}\":"));
    let loaded = load(&[
        ("z.json", named("z").as_bytes()),
        ("b/y.json", named("y").as_bytes()),
        ("a/x.JSON", named("x").as_bytes()),
        ("a.json", named("w").as_bytes()),
        (".hidden.json", named("hidden").as_bytes()),
        ("..data/real.json", named("hidden too").as_bytes()),
        ("readme.txt", b"not a registry"),
        ("1/2/3/reached.json", named("reached").as_bytes()),
        ("1/2/3/4/unreached.json", named("unreached").as_bytes()),
    ]);
    assert_eq!(loaded.names(), ["w", "z", "reached", "x", "y"]);
    assert!(loaded.tells(Level::Warning, "1/2/3/4", None, "deeper than 4 directories"), "{:?}", loaded.notices);
    assert_eq!(loaded.servers[3].origin, "a/x.JSON");
}

#[test]
fn a_directory_that_is_not_there_is_no_fault() {
    let mut report = Report::default();
    assert_eq!(directory::load("/nowhere/at/all".as_ref(), &mut report), []);
    assert_eq!(report.count(), 0);
}

#[cfg(unix)]
#[test]
fn links_to_files_are_followed_and_links_to_directories_are_not() {
    use std::os::unix::fs::symlink;

    let directory = TempDir::new().unwrap();
    let path = |name: &str| directory.path().join(name);
    fs::create_dir(path("..data")).unwrap();
    fs::write(path("..data/registry.json"), container(json!({})).to_string()).unwrap();
    symlink("..data/registry.json", path("registry.json")).unwrap();
    symlink(".", path("circle")).unwrap();
    symlink("nowhere", path("broken.json")).unwrap();
    symlink("itself.json", path("itself.json")).unwrap();
    let loaded = load_directory(&directory);
    assert_eq!(loaded.names(), ["hello"]);
    assert!(loaded.tells(Level::Info, "circle", None, "a link to a directory"), "{:?}", loaded.notices);
    assert!(loaded.tells(Level::Warning, "broken.json", None, "can't be read"), "{:?}", loaded.notices);
    assert!(loaded.tells(Level::Warning, "itself.json", None, "can't be read"), "{:?}", loaded.notices);
}

#[cfg(unix)]
#[test]
fn a_directory_or_a_socket_called_json_is_not_waited_for() {
    let directory = TempDir::new().unwrap();
    fs::create_dir(directory.path().join("directory.json")).unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(directory.path().join("socket.json")).unwrap();
    let loaded = load_directory(&directory);
    assert_eq!(loaded.names(), Vec::<&str>::new());
    assert!(loaded.tells(Level::Warning, "socket.json", None, "not a regular file"), "{:?}", loaded.notices);
}

#[test]
fn groups_and_remote_servers_of_the_legacy_format() {
    let loaded = load_json(&json!({
        "servers": {},
        "remote_servers": {
            "far": {"url": "https://example.org/mcp", "transport": "sse", "description": "Far away", "headers": []},
            "nowhere": {"transport": "sse", "description": "No address"}
        },
        "groups": [{"name": "all"}]
    }));
    assert_eq!(loaded.names(), ["far"]);
    assert_eq!(loaded.servers[0].remotes[0].url, "https://example.org/mcp");
    loaded.assert_informs(Some("far"), "`headers` has no place");
    loaded.assert_warns(Some("nowhere"), "it names no address");
    loaded.assert_informs(None, "`groups` have no place");
}

#[test]
fn paths_lose_their_indices() {
    let cases = [("a[3].b[12].c", "a[].b[].c"), ("a3.b", "a3.b"), ("[7]", "[]"), ("", "")];
    for (path, expected) in cases {
        assert_eq!(without_indices(path), expected);
    }
}
