//! What rules attach: it arrives at the server, and nowhere else.

use std::thread::sleep;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use wharf_tests::{NameServer, Origin, answer};

use super::reach::{Reach, Setup, decisions};

const SECRET: &str = "s3cr3t/of+some~length=that-is?planted&here";

/// How long a rotated secret may take to be used, and generous time for a busy machine.
const ROTATION: Duration = Duration::from_secs(2);

/// A server with three rules, one for each way to send a secret.
fn reach(origin: &Origin, source: &str) -> Option<Reach> {
    let names = NameServer::start(&[("*", &[&["127.0.0.1"]])]);
    let rule = |path: &str, headers: &str| {
        let port = origin.port();
        format!(
            "{{ scheme = 'http', host = 'a.test', port = {port}, path = '/{path}/**', networks = ['127.0.0.0/8'], \
             methods = ['GET', 'POST'], headers = {{ {headers} }} }}"
        )
    };
    let rules = [
        rule("key", "X-API-Key = { secret = 'planted' }, X-Team = 'models'"),
        rule("prefix", "Authorization = { secret = 'planted', prefix = 'token ' }"),
        rule("bearer", "Authorization = { bearer = 'planted' }"),
        rule("basic", "Authorization = { basic = { user = 'wharf', secret = 'planted' } }"),
        rule("none", ""),
    ];
    let grants = format!("http = [{}]\nkeyvalue = []\nsigning = []", rules.join(", "));
    let setup = Setup::new().names(&names);
    let file = setup.path("secret");
    std::fs::write(&file, format!("{SECRET}\n")).unwrap();
    let source = source.replace("FILE", file.to_str().unwrap());
    let setup = setup.host(|host| host.config(&format!("[secrets.planted]\n{source}")).env("PLANTED", SECRET));
    Some(setup.plugin("a", "", &grants)?.start())
}

fn get(reach: &mut Reach, origin: &Origin, path: &str, headers: &[(&str, &str)]) -> Value {
    let url = format!("http://a.test:{}{path}", origin.port());
    reach.call("a__http", &json!({ "url": url, "headers": headers }))
}

#[test]
fn what_a_rule_attaches_arrives_whatever_the_guest_sends() {
    let origin = Origin::start(|_, wire| wire.write_all(&answer(200, &[], "fine")));
    let Some(mut reach) = reach(&origin, "env = 'PLANTED'") else { return };
    let basic = format!("Basic {}", STANDARD.encode(format!("wharf:{SECRET}")));
    let cases = [
        ("/key/a", "x-api-key", SECRET.to_owned()),
        ("/key/a", "x-team", "models".to_owned()),
        ("/prefix/a", "authorization", format!("token {SECRET}")),
        ("/bearer/a", "authorization", format!("Bearer {SECRET}")),
        ("/basic/a", "authorization", basic),
    ];
    for (path, name, expected) in cases {
        let told = get(&mut reach, &origin, path, &[]);
        assert_eq!((&told["status"], &told["body"]), (&json!(200), &json!("fine")), "{told}");
        let requests = origin.take();
        let values: Vec<_> = requests[0].headers.iter().filter(|(known, _)| known == name).collect();
        assert_eq!(values.len(), 1, "{requests:?}");
        assert_eq!(values[0].1, expected, "{path}");
        assert_eq!(requests[0].header("accept-encoding"), "identity");
        // What the guest writes there instead doesn't arrive.
        let raw = json!({
            "method": "GET", "scheme": "http", "authority": format!("a.test:{}", origin.port()), "path_with_query": path,
            "headers": [[name, "the guest's"]],
        });
        let told = reach.call("a__http_raw", &raw);
        assert_eq!(told["status"], 200, "{told}");
        assert_eq!(origin.take()[0].header(name), expected);
        let uses = reach.uses();
        let left_out = uses.last().unwrap();
        assert_eq!((&left_out["by"], &left_out["what"]), (&json!("malformed"), &json!(format!("header {name}"))));
        assert!(!told.to_string().contains(SECRET));
    }
    get(&mut reach, &origin, "/none/a", &[]);
    let requests = origin.take();
    assert!(requests[0].header("authorization").is_empty() && requests[0].header("x-api-key").is_empty());
    assert!(decisions(&reach.uses()).iter().all(|decision| decision.starts_with("allowed by http[")));
}

/// A text in which each byte of the secret, in this form, became a star.
fn stars(form: &str) -> String {
    format!("before {} after", "*".repeat(form.len()))
}

#[test]
fn an_echo_comes_back_as_stars_of_equal_length() {
    let percent: String = SECRET.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let forms = [
        ("plain", SECRET.to_owned()),
        ("base64", STANDARD.encode(SECRET)),
        ("base64url", URL_SAFE_NO_PAD.encode(SECRET)),
        ("percent", percent),
    ];
    let own = forms.clone();
    let origin = Origin::start(move |request, wire| {
        let form = &own.iter().find(|(name, _)| request.target.ends_with(name)).unwrap().1;
        let text = format!("before {form} after");
        if request.target.contains("/header/") {
            return wire.write_all(&answer(200, &[("x-echo", &text)], ""));
        }
        // In pieces, with pauses, so that each arrives by itself.
        write!(wire, "HTTP/1.1 200 Fine\r\ntransfer-encoding: chunked\r\n\r\n")?;
        for piece in text.as_bytes().chunks(7) {
            write!(wire, "{:x}\r\n", piece.len())?;
            wire.write_all(piece)?;
            wire.write_all(b"\r\n")?;
            wire.flush()?;
            sleep(Duration::from_millis(5));
        }
        wire.write_all(b"0\r\n\r\n")
    });
    let Some(mut reach) = reach(&origin, "file = 'FILE'") else { return };
    // A rule without a secret as well: a server may give to one request what it got with another.
    for rule in ["key", "bearer", "basic", "none"] {
        for (name, form) in &forms {
            let told = get(&mut reach, &origin, &format!("/{rule}/header/{name}"), &[]);
            let header = told["headers"].as_array().unwrap().iter().find(|pair| pair[0] == "x-echo").unwrap();
            assert_eq!(header[1], stars(form), "{rule} {name}");
            let told = get(&mut reach, &origin, &format!("/{rule}/body/{name}"), &[]);
            assert_eq!(told["body"], stars(form), "{rule} {name}: {told}");
        }
    }
}

#[test]
fn an_answer_that_is_compressed_against_the_will_of_the_host_is_refused() {
    let origin = Origin::start(|request, wire| {
        let name = if request.target.ends_with("whole") { "content-encoding" } else { "transfer-encoding" };
        let coding = if request.target.contains("told") { SECRET } else { "gzip" };
        match name {
            "content-encoding" => wire.write_all(&answer(200, &[(name, coding)], "x")),
            _ => write!(wire, "HTTP/1.1 200 Fine\r\n{name}: gzip, chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n"),
        }
    });
    let Some(mut reach) = reach(&origin, "env = 'PLANTED'") else { return };
    // A rule without a secret as well: the answers of all of them are searched.
    for path in ["/key/whole", "/none/whole", "/key/on-its-way", "/key/told-whole"] {
        let told = get(&mut reach, &origin, path, &[("accept-encoding", "gzip")]);
        assert_eq!(told["error"]["code"], "HTTP-response-content-coding", "{path}: {told}");
        assert_eq!(origin.take()[0].header("accept-encoding"), "identity", "{path}");
        let recorded = decisions(&reach.uses());
        assert_eq!(recorded.last().unwrap(), "refused by bound", "{path}: {recorded:?}");
        assert!(!format!("{told}{}{}", reach.audit_text(), reach.log()).contains(SECRET), "{path}");
    }
}

#[test]
fn an_echo_is_found_whatever_the_guest_does_to_get_it() {
    let origin = Origin::start(|request, wire| {
        let echo = request.header("x-api-key").to_owned();
        let range = request.header("range").to_owned();
        // A server that sends parts of an echo to whoever asks for parts.
        let text = if range.is_empty() { echo } else { echo.get(..8).unwrap_or_default().to_owned() };
        wire.write_all(&answer(200, &[("x-hex-0123456789abcdef0123", "1")], text))
    });
    let names = NameServer::start(&[("*", &[&["127.0.0.1"]])]);
    let rule = |path: &str, headers: &str| {
        let to_host = format!("scheme = 'http', host = 'a.test', port = {}", origin.port());
        format!("{{ {to_host}, path = '/{path}/**', networks = ['127.0.0.0/8'], headers = {{ {headers} }} }}")
    };
    let rules = [rule("key", "X-API-Key = { secret = 'planted' }"), rule("none", "")].join(", ");
    let setup = Setup::new().names(&names);
    // Its case is lost in the name of a header.
    let setup = setup.host(|host| host.config("[secrets.planted]\nenv = 'HEX'").env("HEX", "0123456789ABCDEF0123"));
    let grants = format!("http = [{rules}]\nkeyvalue = []\nsigning = []");
    let Some(setup) = setup.plugin("a", "", &grants) else { return };
    let mut reach = setup.start();
    for path in ["/key/a", "/none/a"] {
        let told = get(&mut reach, &origin, path, &[("range", "bytes=0-7"), ("if-range", "x")]);
        let request = origin.take().remove(0);
        assert_eq!((request.header("range"), request.header("if-range")), ("", ""), "{path}");
        assert!(!told.to_string().to_lowercase().contains("0123456789abcdef0123"), "{path}: {told}");
        let left_out = ["refused by malformed", "refused by malformed"];
        assert_eq!(decisions(&reach.uses())[1..], left_out, "{path}");
    }
}

#[test]
fn what_a_rule_writes_is_not_written_by_another_spelling() {
    let origin = Origin::start(|_, wire| wire.write_all(&answer(200, &[], "fine")));
    let Some(mut reach) = reach(&origin, "env = 'PLANTED'") else { return };
    let spelt = [("X_API_Key", "mine"), ("x-api_key", "mine"), ("x_team", "mine"), ("x-other", "kept")];
    get(&mut reach, &origin, "/key/a", &spelt);
    let request = origin.take().remove(0);
    let sent = |name: &str| request.header(name).to_owned();
    assert_eq!((sent("x-api-key"), sent("x-team"), sent("x-other")), (SECRET.into(), "models".into(), "kept".into()));
    assert!(!request.headers.iter().any(|(_, value)| value == "mine"), "{request:?}");
}

#[test]
fn a_secret_that_is_gone_stops_only_what_it_is_for() {
    let origin = Origin::start(|_, wire| wire.write_all(&answer(200, &[], format!("you sent {SECRET}"))));
    let Some(mut reach) = reach(&origin, "file = 'FILE'") else { return };
    assert_eq!(get(&mut reach, &origin, "/key/a", &[])["status"], 200);
    std::fs::remove_file(reach.path("secret")).unwrap();
    sleep(ROTATION);
    let told = get(&mut reach, &origin, "/key/a", &[]);
    assert_eq!(told["error"]["code"], "configuration-error", "{told}");
    assert!(reach.log().contains("can't read the secret `planted`"), "{}", reach.log());
    // The server may still have it.
    let told = get(&mut reach, &origin, "/none/a", &[]);
    assert_eq!(told["body"], format!("you sent {}", "*".repeat(SECRET.len())), "{told}");
}

#[test]
fn a_rotated_secret_is_used_soon_and_one_that_was_removed_no_more() {
    let origin = Origin::start(|_, wire| wire.write_all(&answer(200, &[], "")));
    let Some(mut reach) = reach(&origin, "file = 'FILE'") else { return };
    get(&mut reach, &origin, "/key/a", &[]);
    assert_eq!(origin.take()[0].header("x-api-key"), SECRET);
    std::fs::write(reach.path("secret"), "another-secret-of-some-length").unwrap();
    sleep(ROTATION);
    get(&mut reach, &origin, "/key/a", &[]);
    assert_eq!(origin.take()[0].header("x-api-key"), "another-secret-of-some-length");
    std::fs::remove_file(reach.path("secret")).unwrap();
    sleep(ROTATION);
    let told = get(&mut reach, &origin, "/key/a", &[]);
    assert_eq!(told["error"]["code"], "configuration-error", "{told}");
    assert!(origin.take().is_empty(), "nothing is sent without it");
    assert!(!reach.log().contains("another-secret"), "{}", reach.log());
}

#[test]
fn a_secret_that_can_not_be_had_is_an_error_at_load() {
    let grants = "http = [{ host = 'a.test', headers.X-Key = { secret = 'planted' } }]\nkeyvalue = []\nsigning = []";
    let cases = [
        ("[secrets.planted]\nenv = 'SHORT'", "less than 8 bytes"),
        ("[secrets.planted]\nenv = 'MISSING'", "MISSING"),
        ("[secrets.planted]\nfile = 'not-there'", "not-there"),
        ("[secrets.planted]\nenv = 'BROKEN'", "bytes that no header can carry"),
        ("[secrets.other]\nenv = 'SHORT'", "no secret is named `planted`"),
    ];
    for (source, part) in cases {
        let setup =
            Setup::new().host(|host| host.config(source).env("SHORT", "sh0rt!!").env("BROKEN", "a-broken\nsecret"));
        let Some(setup) = setup.plugin("a", "", grants) else { return };
        let checked = setup.check();
        assert_eq!(checked.code, Some(1), "{source}: {checked:?}");
        assert!(checked.stdout.contains(part), "{source}: {checked:?}");
        let said = format!("{checked:?}");
        assert!(!said.contains("sh0rt!!") && !said.contains("a-broken"), "{source}: {checked:?}");
    }
}
