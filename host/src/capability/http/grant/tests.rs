//! What operators write, read and refused.

use super::*;

#[derive(Debug, Deserialize)]
struct Table {
    http: Vec<Rule>,
}

fn read(entry: &str) -> Result<Rule, String> {
    let table: Table = toml::from_str(&format!("http = [{entry}]")).map_err(|error| error.message().to_owned())?;
    Ok(table.http.into_iter().next().unwrap())
}

#[test]
fn a_rule_has_defaults_and_is_shown_as_it_is_written() {
    let rule = read(r#"{ host = "api.example.com" }"#).unwrap();
    assert_eq!(rule, Rule::from(Want::of("api.example.com")));
    assert_eq!((rule.scheme, rule.path.as_str(), rule.methods.len()), (Scheme::Https, "/**", 2));
    let cases = [
        r#"{ host = "api.example.com" }"#,
        r#"{ scheme = "http", host = "*.example.com", port = 8080, path = "/v1/*", methods = ["*"] }"#,
        r#"{ host = "10.0.0.5", methods = ["GET", "POST"], networks = ["10.0.0.0/8"] }"#,
    ];
    for case in cases {
        let rule = read(case).unwrap();
        assert_eq!(rule.to_string(), case);
        let json = serde_json::to_value(&rule).unwrap();
        assert_eq!(serde_json::from_value::<Rule>(json).unwrap(), rule);
    }
}

#[test]
fn a_key_or_value_that_nobody_knows_is_an_error() {
    let cases = [
        r#"{ host = "a", hosts = "b" }"#,
        r#"{ path = "/" }"#,
        r#"{ host = "a", scheme = "ftp" }"#,
        r#"{ host = "a", scheme = "HTTPS" }"#,
        r#"{ host = "a", port = 0 }"#,
        r#"{ host = "a", port = 65536 }"#,
        r#"{ host = "a", port = "*" }"#,
        r#"{ host = "a", networks = ["10.0.0.0/33"] }"#,
    ];
    for case in cases {
        assert!(read(case).is_err(), "{case}");
    }
    assert!(serde_json::from_str::<Want>(r#"{"host": "a", "networks": []}"#).is_err());
    assert!(serde_json::from_str::<Wants>(r#"{"rules": [{"host": "a"}]}"#).is_ok());
}

#[test]
fn a_rule_that_can_not_hold_says_why() {
    let cases = [
        (r#"{ host = "" }"#, "is empty"),
        (r#"{ host = "user@example.com" }"#, "user information"),
        (r#"{ host = "https://example.com" }"#, "`scheme`"),
        (r#"{ host = "example.com:8443" }"#, "`port`"),
        (r#"{ host = "example.com/v1" }"#, "`path`"),
        (r#"{ host = "example.com." }"#, "dot"),
        (r#"{ host = "a..b" }"#, "empty label"),
        (r#"{ host = ".example.com" }"#, "empty label"),
        (r#"{ host = "example.com?x" }"#, "query"),
        (r#"{ host = "exa%6dple.com" }"#, "`%`"),
        (r#"{ host = "[fe80::1%25eth0]" }"#, "`%`"),
        (r#"{ host = "api.*.com" }"#, "first label"),
        (r#"{ host = "*api.com" }"#, "first label"),
        (r#"{ host = "*.*.com" }"#, "first label"),
        (r#"{ host = "*." }"#, "is empty"),
        (r#"{ host = "*.127.0.0.1" }"#, "no names below"),
        (r#"{ host = "exam ple.com" }"#, "neither"),
        (r#"{ host = "0x7f.1" }"#, "127.0.0.1"),
        (r#"{ host = "2130706433" }"#, "127.0.0.1"),
        (r#"{ host = "127.0.0.1" }"#, "loopback"),
        (r#"{ host = "10.0.0.5", networks = ["192.168.0.0/16"] }"#, "private"),
        (r#"{ host = "[::ffff:10.0.0.5]" }"#, "private"),
        (r#"{ host = "::1" }"#, "loopback"),
        (r#"{ host = "a", path = "v1" }"#, "begin"),
        (r#"{ host = "a", methods = [] }"#, "matches nothing"),
        (r#"{ host = "a", methods = ["get"] }"#, "capitals"),
        (r#"{ host = "a", methods = ["GET", "*"] }"#, "stand alone"),
        (r#"{ host = "a", methods = ["GE T"] }"#, "no method"),
        (r#"{ host = "a", methods = [""] }"#, "no method"),
        (r#"{ host = "a", methods = ["CONNECT"] }"#, "tunnel"),
        (r#"{ host = "a", methods = ["TRACE"] }"#, "tunnel"),
        (r#"{ host = "a", networks = ["10.0.0.5/8"] }"#, "10.0.0.0/8, or 10.0.0.5/32"),
        (r#"{ host = "a", networks = ["::ffff:10.0.0.0/104"] }"#, "write it as IPv4"),
        (r#"{ host = "a", headers = { Host = "x" } }"#, "host alone"),
        (r#"{ host = "a", headers = { content-length = "x" } }"#, "host alone"),
        (r#"{ host = "a", headers = { Transfer-Encoding = "x" } }"#, "host alone"),
        (r#"{ host = "a", headers = { Keep-Alive = "x" } }"#, "host alone"),
        (r#"{ host = "a", headers = { Accept-Encoding = "x" } }"#, "host alone"),
        (r#"{ host = "a", headers = { X-HTTP-Method-Override = "x" } }"#, "host alone"),
        (r#"{ host = "a", headers = { "X Y" = "x" } }"#, "no name"),
        (r#"{ host = "a", headers = { ":path" = "x" } }"#, "no name"),
        (r#"{ host = "a", headers = { X-Key = "x", x-key = "y" } }"#, "twice"),
    ];
    for (entry, expected) in cases {
        let rule = read(entry).unwrap();
        let error = compile_rules(&[Rule::from(Want::of("fine.example.com")), rule]).unwrap_err();
        let text = error.to_string();
        assert!(text.starts_with("http[1] for the host "), "{text}");
        assert!(text.contains(expected), "{entry}: {text}");
        assert!(!error.hint().is_empty() && !text.contains('\n'));
    }
}

#[test]
fn hosts_are_written_as_people_write_them() {
    let cases = [
        ("EXAMPLE.com", "example.com"),
        ("Käse.example", "xn--kse-qla.example"),
        ("xn--kse-qla.example", "xn--kse-qla.example"),
        ("*.Example.COM", "example.com"),
        ("my_host", "my_host"),
        ("1.1.1.1", "1.1.1.1"),
        ("2606:4700:4700::1111", "[2606:4700:4700::1111]"),
        ("[2606:4700:4700:0::1111]", "[2606:4700:4700::1111]"),
    ];
    for (written, expected) in cases {
        let pattern = compile_rule(&Rule::from(Want::of(written))).unwrap();
        assert_eq!(pattern.host.key(), expected, "{written}");
    }
}

#[test]
fn the_schema_names_every_key() {
    let schema = schemars::schema_for!(Rule).to_value();
    let keys: Vec<&String> = schema["properties"].as_object().unwrap().keys().collect();
    assert_eq!(keys.len(), 8, "{keys:?}");
    assert_eq!(schema["additionalProperties"], false);
}
