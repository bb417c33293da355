//! A secret is planted, used, echoed and refused; then it is looked for in all that a guest, a client or an operator gets
//! to see.

use std::fs;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use wharf_tests::{NameServer, Origin, answer};

use super::reach::Setup;

const SECRET: &str = "Tr0ub4dor-and-3-correct-horses";
const KEY: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

/// Masks what is looked for, so that the arguments aren't found.
const MASK: u8 = 0xa5;

fn masked(needle: &str) -> String {
    STANDARD.encode(needle.bytes().map(|byte| byte ^ MASK).collect::<Vec<u8>>())
}

/// All that was written below a folder, as names and contents.
fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        match entry.file_type().unwrap() {
            kind if kind.is_dir() => found.extend(files(&entry.path())),
            kind if kind.is_file() => found.push((entry.path().display().to_string(), fs::read(entry.path()).unwrap())),
            _ => {}
        }
    }
    found
}

#[test]
fn a_planted_secret_is_nowhere() {
    let origin = Origin::start(|request, wire| {
        let echo: Vec<String> = request.headers.iter().map(|(name, value)| format!("{name}: {value}\n")).collect();
        let own = request.header("authorization").to_owned() + request.header("x-key");
        wire.write_all(&answer(401, &[("x-echo", &own), ("www-authenticate", &own)], echo.concat()))
    });
    let names = NameServer::start(&[("b.test", &[&["10.0.0.1"]]), ("*", &[&["127.0.0.1"]])]);
    let port = origin.port();
    let rule = |host: &str, rest: &str| {
        format!("{{ scheme = 'http', host = '{host}', port = {port}, networks = ['127.0.0.0/8'], {rest} }}")
    };
    let aws = "{ service = 's3', region = 'eu-west-1', access-key = 'AKIAIOSFODNN7EXAMPLE', secret = 'key' }";
    let rules = [
        rule("a.test", "headers = { X-Key = { secret = 'planted' } }"),
        rule("b.test", "headers = { Authorization = { bearer = 'planted' } }"),
        rule("c.test", "headers = { Authorization = { basic = { user = 'u', secret = 'planted' } } }"),
        rule("s3.test", &format!("sign.aws = {aws}")),
    ];
    let signing = format!("signing = [{{ name = 'k', host = 's3.test', path = '/**', aws = {aws} }}]");
    let grants = format!("http = [{}]\nkeyvalue = []\n{signing}", rules.join(", "));
    let setup = Setup::new().names(&names);
    let file = setup.path("planted");
    let folder = file.parent().unwrap().to_owned();
    let home = setup.home();
    fs::write(&file, SECRET).unwrap();
    let secrets = format!("[secrets]\nplanted = {{ file = {file:?} }}\nkey = {{ env = 'KEY' }}");
    let setup = setup.host(|host| host.config(&secrets).env("KEY", KEY).env("WHARF_LOG", "trace"));
    let Some(setup) = setup.plugin("a", "", &grants) else { return };
    let mut reach = setup.start();
    let get = |host: &str| json!({ "http": { "url": format!("http://{host}:{port}/"), "digest": false } });
    let acts = [
        get("a.test"),
        get("b.test"),
        get("c.test"),
        get("s3.test"),
        get("d.test"),
        json!({ "presign": { "key": "k", "method": "GET", "url": "https://s3.test/a", "seconds": 60 } }),
        json!({ "presign": { "key": "k", "method": "DELETE", "url": "https://s3.test/a", "seconds": 60 } }),
    ];
    let basic = STANDARD.encode(format!("u:{SECRET}"));
    let bearer = STANDARD.encode(SECRET);
    let needles = [SECRET, KEY, &basic, &bearer];
    let search = |acts: &[Value], plant: &str| json!({ "needles_base64": needles.map(masked), "mask": MASK, "acts": acts, "plant": plant });
    let told = reach.call("a__memory_search", &search(&acts, ""));
    assert_eq!(told["did"].as_array().unwrap().len(), acts.len(), "{told}");
    assert!(told["bytes"].as_u64().unwrap() > 1 << 20, "{told}");
    for (found, needle) in told["found"].as_array().unwrap().iter().zip(needles) {
        assert_eq!(found["times"], 0, "{needle} is in the guest's memory: {told}");
    }
    let requests = origin.requests();
    assert!(requests.iter().any(|request| request.header("x-key") == SECRET), "it was sent: {requests:?}");
    assert!(told.to_string().contains("**********"), "it was echoed: {told}");
    // The search finds what is there.
    let control = reach.call("a__memory_search", &search(&[], "the text Tr0ub4dor-and-3-correct-horses in it"));
    assert!(control["found"][0]["times"].as_u64().unwrap() > 0, "{control}");
    // A crash tells no more.
    let crash = reach
        .result("a__http", &json!({ "url": format!("http://a.test:{port}/"), "read_chunk_bytes": 3_000_000_000_u64 }));
    assert_eq!(crash["isError"], true, "{crash}");
    reach.uses();
    let log = reach.log();
    assert!(log.contains("TRACE") && log.contains("a.test"), "the log tells everything");
    let seen = [
        ("the answer", told.to_string()),
        ("the crash", crash.to_string()),
        ("the log", log),
        ("the audit", reach.audit_text()),
    ];
    for (place, text) in seen {
        for needle in needles {
            assert!(!text.contains(needle), "{needle} is in {place}: {text}");
        }
    }
    for (path, content) in files(&folder).into_iter().chain(files(&home)) {
        if path == file.display().to_string() {
            continue;
        }
        let name = Path::new(&path).file_name().unwrap().to_string_lossy().into_owned();
        assert!(!name.contains("core"), "a dump of memory: {path}");
        for needle in needles {
            let is_there = content.windows(needle.len()).any(|window| window == needle.as_bytes());
            assert!(!is_there, "{needle} is in {path}");
        }
    }
}
