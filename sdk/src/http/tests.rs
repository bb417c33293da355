use std::io::Read as _;

use serde_json::{Value, json};

use super::*;
use crate::testing::{self, Answer};

#[test]
fn a_request_arrives_as_it_was_made() {
    testing::set_http(|sent| {
        let headers: Vec<_> =
            sent.headers.iter().map(|(name, value)| format!("{name}: {}", value.to_str().unwrap())).collect();
        let body = String::from_utf8(sent.body).unwrap();
        let seen = json!({ "line": format!("{} {}", sent.method, sent.url), "headers": headers, "body": body });
        Ok(Answer::new(201, seen.to_string()).header("etag", "7"))
    });
    let cases = [
        (Request::get("https://a.example"), json!({ "line": "GET https://a.example/", "headers": [], "body": "" })),
        (
            Request::get("https://a.example/x?y=1#z").query("q", "ä &=?#/\r\n").header("accept", "text/plain"),
            json!({
                "line": "GET https://a.example/x?y=1&q=%C3%A4%20%26%3D%3F%23%2F%0D%0A",
                "headers": ["accept: text/plain"],
                "body": "",
            }),
        ),
        (
            Request::post("http://a.example:8080/x").json(&json!({ "a": 1 })),
            json!({
                "line": "POST http://a.example:8080/x",
                "headers": ["content-type: application/json", "content-length: 7"],
                "body": "{\"a\":1}",
            }),
        ),
        (
            Request::put("https://a.example/x").body(Body::reader(&b"streamed"[..])),
            json!({ "line": "PUT https://a.example/x", "headers": [], "body": "streamed" }),
        ),
    ];
    for (request, expected) in cases {
        let response = request.send().unwrap();
        assert_eq!((response.status(), response.header("ETag")), (201, Some("7")));
        assert_eq!(response.json::<Value>().unwrap(), expected);
    }
}

#[test]
fn what_is_no_request_is_not_sent() {
    testing::set_http(|_| panic!("it was sent"));
    let cases = [
        (Request::get("/path"), "it begins with `https://`"),
        (Request::get("a.example"), "it begins with `https://`"),
        (Request::get("ftp://a.example"), "it begins with `https://`"),
        (Request::get("https://a.example/a b"), "isn't an absolute address"),
        (Request::get("https://a.example/\r\nx"), "isn't an absolute address"),
        (Request::get("https://a.example").header("a b", "c"), "\"a b\" isn't the name of a header"),
        (Request::get("https://a.example").header("a", "b\r\nc: d"), "`a` has a value that no header can have"),
        (Request::get("").header("a b", "the first fault counts"), "the name of a header"),
    ];
    for (request, expected) in cases {
        let error = request.send().unwrap_err();
        assert!(error.to_string().contains(expected), "{error}");
        assert!(!error.is_denied() && error.code().is_none(), "{error}");
    }
}

#[test]
fn an_answer_is_read_within_its_limit() {
    let get = |body: &str| {
        let body = body.to_owned();
        testing::set_http(move |_| Ok(Answer::new(404, body.clone())));
        Request::get("https://a.example").send().unwrap()
    };
    assert_eq!(get("12345678").limit(8).text().unwrap(), "12345678");
    assert!(matches!(get("123456789").limit(8).bytes(), Err(Error::TooLong(8))));
    assert!(matches!(get("x").limit(0).text(), Err(Error::TooLong(0))));
    assert_eq!(get("").limit(0).text().unwrap(), "");
    assert!(matches!(get("[").json::<Value>(), Err(Error::Json(_))));
    assert!(matches!(get("").success(), Err(Error::Status(404))));

    let long = "0123456789".repeat(20_000);
    let mut read = String::new();
    get(&long).reader().read_to_string(&mut read).unwrap();
    assert_eq!(read, long);
}

#[test]
fn errors_say_who_refused() {
    let host = |code, detail: Option<&str>| Error::Host { code, detail: detail.map(String::from) };
    let cases = [
        (host("HTTP-request-denied", None), true, false, "isn't allowed (HTTP-request-denied): the operator has to"),
        (host("destination-IP-prohibited", None), true, false, "isn't allowed (destination-IP-prohibited)"),
        (host("connection-timeout", None), false, true, "the request failed: connection-timeout"),
        (host("internal-error", Some("why")), false, false, "the request failed: internal-error: why"),
        (Error::TimedOut(Duration::from_secs(2)), false, true, "no complete answer within 2s"),
        (Error::TooLong(7), false, false, "more than 7 bytes"),
    ];
    for (error, denied, timeout, text) in cases {
        assert_eq!((error.is_denied(), error.is_timeout()), (denied, timeout), "{error}");
        assert!(error.to_string().contains(text), "{error}");
    }
}

#[test]
fn without_a_server_everything_is_denied() {
    // Another test of this thread may have set one.
    let denied = std::thread::spawn(|| Request::get("https://a.example").send().unwrap_err().is_denied());
    assert!(denied.join().unwrap());
}
