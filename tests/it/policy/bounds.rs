//! Servers that don't end, say too much or say it too slowly, and guests that ask for too much: each is held to a bound,
//! and the bound is on record. Other clients are not held to it, which shows that each would have worked.

use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

use flate2::Compression;
use flate2::write::{GzDecoder, GzEncoder};
use serde_json::{Value, json};
use wharf_tests::{NameServer, Origin, answer};

use super::plain;
use super::reach::{Setup, decisions};

/// More than the bounds of these tests let through.
const MEGABYTE: usize = 1 << 20;

const LIMITS: &str = "http-first-byte-time-ms = 500\nhttp-total-time-ms = 1000\nhttp-response-bytes = 262144\n\
    http-request-bytes = 262144\nhttp-header-bytes = 8192";

/// What a server says at each path.
fn say(path: &str, wire: &mut dyn Write) -> std::io::Result<()> {
    const ENDLESS: &[u8] = b"HTTP/1.1 200 Fine\r\n\r\n";
    match path {
        "/drip" => {
            wire.write_all(ENDLESS)?;
            loop {
                wire.write_all(b"x")?;
                sleep(Duration::from_millis(50));
            }
        }
        "/drip-head" => {
            wire.write_all(b"HTTP/1.1 200 Fine\r\nx-slow: ")?;
            loop {
                wire.write_all(b"x")?;
                sleep(Duration::from_millis(50));
            }
        }
        "/silent" => {
            sleep(Duration::from_secs(3));
            wire.write_all(&answer(200, &[], "at last"))
        }
        "/endless" => {
            wire.write_all(ENDLESS)?;
            loop {
                wire.write_all(&[b'x'; 16 << 10])?;
            }
        }
        "/announced" => wire.write_all(&answer(200, &[], vec![b'x'; MEGABYTE])),
        "/large-header" => wire.write_all(&answer(200, &[("x-large", &"x".repeat(16 << 10))], "")),
        "/many-headers" | "/very-many-headers" => {
            let count = if path == "/many-headers" { 110 } else { 500 };
            let names: Vec<String> = (0..count).map(|number| format!("x-{number}")).collect();
            let headers: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "x")).collect();
            wire.write_all(&answer(200, &headers, ""))
        }
        _ => wire.write_all(&answer(200, &[], "")),
    }
}

fn grants(port: u16) -> String {
    let rule = format!("scheme = 'http', host = 'a.test', port = {port}, networks = ['127.0.0.0/8'], methods = ['*']");
    format!("http = [{{ {rule} }}]\nkeyvalue = []\nsigning = []")
}

fn names() -> NameServer {
    NameServer::start(&[("*", &[&["127.0.0.1"]])])
}

#[test]
fn an_answer_is_held_to_its_bounds() {
    let origin = Origin::start(|request, wire| say(&request.target, wire));
    let (names, port) = (names(), origin.port());
    let Some(setup) = Setup::new().names(&names).plugin("a", LIMITS, &grants(port)) else { return };
    let mut reach = setup.start();
    let cases = [
        ("/drip", "HTTP-response-timeout", 200),
        ("/drip-head", "HTTP-response-timeout", 0),
        ("/silent", "HTTP-response-timeout", 0),
        ("/endless", "HTTP-response-body-size", 200),
        ("/announced", "HTTP-response-body-size", 200),
        ("/large-header", "HTTP-response-header-section-size", 0),
        ("/many-headers", "HTTP-response-header-section-size", 0),
        ("/very-many-headers", "HTTP-response-header-section-size", 0),
    ];
    for (path, code, status) in cases {
        let arguments = json!({ "url": format!("http://a.test:{port}{path}") });
        let begun = Instant::now();
        let told = reach.call("a__http", &arguments);
        let took = begun.elapsed();
        assert_eq!(told["error"]["code"], code, "{path}: {told}");
        assert_eq!(told["status"].as_u64().unwrap_or(0), status, "{path}: {told}");
        assert!(told["body_bytes"].as_u64().unwrap() <= 262_144, "{path}: {told}");
        // The bound, and generous time for a busy machine.
        assert!(took < Duration::from_secs(15), "{path} took {took:?}");
        let recorded = decisions(&reach.uses());
        assert_eq!(recorded, ["allowed by http[0]", "refused by bound"], "{path}");
        assert!(prove(&names, &arguments, path), "{path}: another client gets no more either");
    }
}

/// Whether a client without bounds gets what the plugin doesn't.
fn prove(names: &NameServer, arguments: &Value, path: &str) -> bool {
    plain::runtime().block_on(async {
        if path == "/drip-head" {
            let slow = tokio::time::timeout(Duration::from_millis(1_500), plain::fetch(names, arguments)).await;
            return slow.is_err();
        }
        let mut answer = plain::fetch(names, arguments).await.unwrap();
        let (begun, mut bytes) = (Instant::now(), 0);
        // Longer, or more, than the plugin had.
        while begun.elapsed() < Duration::from_millis(1_500) && bytes <= 262_144 {
            let Some(part) = answer.chunk().await.unwrap() else { break };
            bytes += part.len();
        }
        match path {
            "/drip" => begun.elapsed() >= Duration::from_millis(1_500),
            "/endless" | "/announced" => bytes > 262_144,
            _ => answer.status() == 200,
        }
    })
}

#[test]
fn a_request_is_held_to_its_bounds() {
    let origin = Origin::start(|request, wire| say(&request.target, wire));
    let (names, port) = (names(), origin.port());
    let Some(setup) = Setup::new().names(&names).plugin("a", LIMITS, &grants(port)) else { return };
    let mut reach = setup.start();
    let url = format!("http://a.test:{port}/");
    let cases = [
        (json!({ "url": url, "method": "POST", "body_bytes": MEGABYTE }), "HTTP-request-body-size"),
        (json!({ "url": url, "headers": [["x-large", "x".repeat(9_000)]] }), "HTTP-request-header-section-size"),
    ];
    for (arguments, code) in cases {
        let told = reach.call("a__http", &arguments);
        assert_eq!(told["error"]["code"], code, "{told}");
        assert_eq!(decisions(&reach.uses()), ["allowed by http[0]", "refused by bound"], "{code}");
        assert!(origin.take().is_empty(), "no whole request arrives");
        let mut plain = arguments.clone();
        if plain["body_bytes"].is_number() {
            plain["body"] = "x".repeat(MEGABYTE).into();
        }
        plain::runtime().block_on(plain::fetch(&names, &plain)).unwrap();
        assert_eq!(origin.take().len(), 1, "{code}");
    }
}

#[test]
fn compressed_data_stays_compressed() {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(&vec![0; 64 * MEGABYTE]).unwrap();
    let bomb = encoder.finish().unwrap();
    let sent = bomb.clone();
    let origin = Origin::start(move |_, wire| wire.write_all(&answer(200, &[("content-encoding", "gzip")], &sent)));
    let (names, port) = (names(), origin.port());
    let Some(setup) = Setup::new().names(&names).plugin("a", LIMITS, &grants(port)) else { return };
    let mut reach = setup.start();
    let told = reach.get("a", &format!("http://a.test:{port}/"));
    assert_eq!((&told["status"], &told["body_bytes"]), (&json!(200), &json!(bomb.len())), "{told}");
    assert!(told["headers"].to_string().contains("gzip"), "{told}");
    assert_eq!(decisions(&reach.uses()), ["allowed by http[0]"]);
    // Whoever unpacks it gets a thousand times as much.
    let mut unpacked = GzDecoder::new(Vec::new());
    unpacked.write_all(&bomb).unwrap();
    assert!(unpacked.finish().unwrap().len() > 500 * bomb.len());
}

#[test]
fn a_guest_that_keeps_ten_thousand_requests_open_has_a_few_and_disturbs_nobody() {
    let is_open = Arc::new(AtomicBool::new(false));
    let gate = Arc::clone(&is_open);
    let origin = Origin::start(move |request, wire| {
        while request.target == "/hold" && !gate.load(Ordering::SeqCst) {
            sleep(Duration::from_millis(10));
        }
        wire.write_all(&answer(200, &[], ""))
    });
    let (names, port) = (names(), origin.port());
    let setup = Setup::new().names(&names).plugin("greedy", PATIENT, &grants(port));
    let Some(setup) = setup.and_then(|setup| setup.plugin("other", "", &grants(port))) else { return };
    let mut reach = setup.start();
    let mut other = reach.second();
    let hold = json!({ "url": format!("http://a.test:{port}/hold"), "concurrent": 10_000, "digest": false });
    let greedy = std::thread::spawn(move || {
        let told = reach.call("greedy__http", &hold);
        (reach, told)
    });
    wait_until(|| origin.most_open() >= 64);
    for _ in 0..20 {
        let told = other.call("other__http", json!({ "url": format!("http://a.test:{port}/") })).unwrap();
        assert_eq!(told["structuredContent"]["status"], 200, "{told}");
    }
    assert_eq!(origin.most_open(), 64 + 1, "what is in progress, and one of the other plugin");
    assert!(!greedy.is_finished(), "they were served while the others were open");
    let (mut reach, told) = greedy.join().unwrap();
    is_open.store(true, Ordering::SeqCst);
    let tally = |code: &str| told["tally"][code].as_u64().unwrap_or(0);
    assert_eq!(tally("HTTP-response-timeout") + tally("connection-limit-reached"), 10_000, "{told}");
    assert!(tally("connection-limit-reached") > 1_000, "{told}");
    let lines = reach.uses().iter().filter(|line| line["plugin"] == "greedy").count();
    assert_eq!(lines, 1_000, "of one call, as many as are recorded one by one; the others are counted");
    assert!(reach.counted()["refused"].as_u64().unwrap() > 1_000, "{}", reach.counted());
}

#[test]
fn without_the_policy_a_server_has_as_many_requests_as_it_is_sent() {
    let origin = Origin::start(|_, wire| {
        sleep(Duration::from_secs(10));
        wire.write_all(&answer(200, &[], ""))
    });
    let names = names();
    for _ in 0..200 {
        let (names, arguments) = (names.clone(), json!({ "url": format!("http://a.test:{}/", origin.port()) }));
        plain::runtime().spawn(async move { plain::fetch(&names, &arguments).await.map(drop) });
    }
    wait_until(|| origin.most_open() >= 200);
}

/// Bounds that a busy machine doesn't reach before the requests are over, but for those on how many there may be at once.
const PATIENT: &str = "handles = 100000\ncall-time-ms = 110000\ncpu-time-ms = 100000\nhttp-per-second = 100000\n\
    http-first-byte-time-ms = 15000";

fn wait_until(is_so: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while !is_so() {
        assert!(Instant::now() < deadline, "it never comes");
        sleep(Duration::from_millis(10));
    }
}
