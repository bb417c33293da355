//! One thing after another is made wrong, or only unusual.

use serde_json::{Value, json};

use super::post::{OWN_ADDRESS, Post};

/// Other values for a header that clients send.
const OTHER_VALUES: &[(&str, &[&str])] = &[
    (
        "host",
        &["localhost", "LOCALHOST:80", "[::1]:8080", "[::1]", "evil.example", "x@127.0.0.1", "a b", "127.0.0.1:99999"],
    ),
    (
        "accept",
        &[
            "application/json,text/event-stream",
            "text/event-stream;q=0.5, application/json;q=1.0",
            "application/json;q=0, text/event-stream",
            "application/json;profile=\"a,b\", text/event-stream",
            "\"application/json, text/event-stream\"",
            "APPLICATION/JSON, TEXT/EVENT-STREAM",
            "application/json",
            "*/*",
        ],
    ),
    (
        "content-type",
        &["application/json; charset=utf-8", "application/json;", "APPLICATION/JSON", "text/json", "application/jsonx"],
    ),
    ("mcp-protocol-version", &["2025-11-25", "2025-03-26", "2026-07-29", "9999-12-31", "x", "2026-07-28 x"]),
    ("mcp-method", &["tools/list", "tools/call", "TOOLS/LIST", "prompts/list", "initialize", "x", "ü"]),
    (
        "mcp-name",
        &[
            "echo__echo",
            "echo__add",
            "ECHO__ADD",
            "=?base64?ZWNob19fYWRk?=",
            "=?base64?!?=",
            "=?base64?ZWNob19fZWNobw==?=",
            "x",
            "ü",
        ],
    ),
];

/// Headers that may come on top.
const MORE_HEADERS: &[(&str, &str)] = &[
    ("origin", "http://localhost"),
    ("origin", "null"),
    ("origin", ""),
    ("origin", "http://evil.example"),
    ("mcp-session-id", "x"),
    ("mcp-param-text", "hi"),
    ("last-event-id", "1"),
    ("authorization", "Bearer x"),
    ("content-encoding", "gzip"),
    ("expect", "100-continue"),
    ("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
];

/// The request with one header after another left out, sent twice, or changed.
pub(super) fn headers(what: &str, post: &Post) -> Vec<(String, Post)> {
    let mut mutants = Vec::new();
    let mut add = |how: String, post: Post| mutants.push((format!("{what}: {how}"), post));
    for (name, value) in &post.headers {
        let rest = || post.clone().without(name);
        add(format!("no {name}"), rest());
        add(format!("{name} twice"), post.clone().with(name, value));
        add(
            format!("{name} twice, first another"),
            Post { headers: [vec![(name.clone(), "x".into())], post.headers.clone()].concat(), ..post.clone() },
        );
        add(format!("{name} twice, then another"), post.clone().with(name, "x"));
        add(format!("{name} in upper case"), rest().with(&name.to_uppercase(), value));
        add(format!("{name} with spaces"), rest().with(name, &format!("  {value}\t ")));
        // The stand-in for an address is not to be changed.
        if value != OWN_ADDRESS {
            add(format!("value of {name} in upper case"), rest().with(name, &value.to_uppercase()));
        }
        add(format!("empty {name}"), rest().with(name, ""));
    }
    for (name, values) in OTHER_VALUES {
        for value in *values {
            add(format!("{name}: {value}"), post.clone().without(name).with(name, value));
        }
    }
    for (name, value) in MORE_HEADERS {
        add(format!("and {name}: {value}"), post.clone().with(name, value));
    }
    add("in chunks".into(), Post { is_chunked: true, ..post.clone() });
    mutants
}

/// The request with another body.
pub(super) fn bodies(what: &str, post: &Post) -> Vec<(String, Post)> {
    let text = std::str::from_utf8(&post.body).unwrap();
    let message: Value = serde_json::from_str(text).unwrap();
    let mut bodies = [spellings(text), replacements(text), broken_texts(text)].concat();
    bodies.extend(ids(text, &message["id"]));
    bodies.extend(values(&message).into_iter().map(|(how, value)| (how, value.to_string().into_bytes())));
    bodies.into_iter().map(|(how, body)| (format!("{what}: {how}"), post.clone().with_body(body))).collect()
}

/// The same or nearly the same message, written otherwise.
fn spellings(text: &str) -> Vec<(String, Vec<u8>)> {
    let message: Value = serde_json::from_str(text).unwrap();
    let inner = text.get(1..text.len() - 1).unwrap();
    let params = &message["params"];
    let named = |how: &str, text: String| (how.to_owned(), text.into_bytes());
    vec![
        named("sorted keys", message.to_string()),
        named("keys turned around", reversed(&message)),
        named("on many lines", format!("\r\n\t {message:#} \n")),
        named("with a mark of its byte order", format!("\u{feff}{text}")),
        named("nothing", String::new()),
        named("white space", "  ".into()),
        named("cut short", text.get(..text.len() - 1).unwrap().into()),
        named("cut in two", text.get(..text.len() / 2).unwrap().into()),
        named("something behind", format!("{text}x")),
        named("twice", format!("{text}{text}")),
        named("a batch", format!("[{text}]")),
        named("a batch of two", format!("[{text},{text}]")),
        named("an array", json!(["2.0", message["id"], message["method"], params]).to_string()),
        named("meta as an array", text.replace(&params["_meta"].to_string(), "[\"2026-07-28\",{}]")),
        named("the method twice", format!("{{{inner},\"method\":{}}}", message["method"])),
        named("the id twice", format!("{{{inner},\"id\":7}}")),
        named("a comment", format!("/**/{text}")),
        named("single quotes", text.replace('"', "'")),
    ]
}

/// The message with another text in one place. Where a text isn't in a message, it stays what it is.
fn replacements(text: &str) -> Vec<(String, Vec<u8>)> {
    let version = "\"version\":\"0.1.0\"";
    let other_revision = "\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":\"2025-11-25\",";
    let cases = [
        ("a method of another spelling", "/list\"", "\\/list\""),
        ("a method of another spelling", "/call\"", "\\/call\""),
        ("a name of another spelling", "__add", "\\u005f_add"),
        ("a key of another spelling", "\"params\"", "\"p\\u0061rams\""),
        ("half a surrogate", "\"id\":", "\"\\ud800\":1,\"id\":"),
        ("the revision twice", "\"_meta\":{", other_revision),
        ("arguments twice", "\"arguments\":", "\"arguments\":{},\"arguments\":"),
        ("an argument twice", "\"a\":1", "\"a\":1,\"a\":5"),
        ("a number out of range", "\"a\":1", "\"a\":1e999"),
        ("a number beyond 64 bits", "\"a\":1", "\"a\":100000000000000000001"),
        ("a number of many digits", "\"a\":1", "\"a\":0.1000000000000000055511151231257827"),
        ("a negative zero", "\"a\":1", "\"a\":-0"),
        ("no number", "\"a\":1", "\"a\":NaN"),
        ("a leading zero", "\"a\":1", "\"a\":01"),
        ("more of the client", version, &format!("{version},\"title\":\"X\",\"x\":[1]")),
        ("a number out of range where it is skipped", version, &format!("{version},\"x\":1e999")),
        ("half a surrogate where it is skipped", version, &format!("{version},\"x\":\"\\ud800\"")),
        ("a depth where it is skipped", version, &format!("{version},\"x\":{}", nested(200))),
    ];
    let written = cases.map(|(how, from, to)| (how.to_owned(), text.replacen(from, to, 1).into_bytes()));
    // Around the depth at which parsers of JSON give up.
    let depths = [100, 122, 123, 124, 125, 126, 10_000];
    let depths = depths.map(|depth| {
        (format!("{depth} arrays in one another"), text.replacen("\"a\":1", &format!("\"a\":{}", nested(depth)), 1))
    });
    written.into_iter().chain(depths.map(|(how, text)| (how, text.into_bytes()))).collect()
}

/// The message with a byte that is in no text of UTF-8.
fn broken_texts(text: &str) -> Vec<(String, Vec<u8>)> {
    let places = [("behind", text.len()), ("in the version", text.find("0.1.0").unwrap_or(0))];
    let broken = |(place, at): (&str, usize)| {
        let (before, after) = text.as_bytes().split_at(at);
        (format!("no UTF-8 {place}"), [before, b"\xff", after].concat())
    };
    places.into_iter().map(broken).collect()
}

fn nested(depth: usize) -> String {
    format!("{}{}", "[".repeat(depth), "]".repeat(depth))
}

/// Each object with its keys in the other direction.
fn reversed(value: &Value) -> String {
    match value {
        Value::Object(fields) => {
            let fields: Vec<String> =
                fields.iter().rev().map(|(key, value)| format!("{}:{}", json!(key), reversed(value))).collect();
            format!("{{{}}}", fields.join(","))
        }
        other => other.to_string(),
    }
}

/// Every kind of id.
fn ids(text: &str, own: &Value) -> Vec<(String, Vec<u8>)> {
    let ids = [
        "0",
        "-1",
        "-0",
        "1.0",
        "1e2",
        "1.5",
        "9007199254740991",
        "9007199254740992.0",
        "9007199254740993",
        "9223372036854775807",
        "9223372036854775808",
        "18446744073709551616",
        "-9223372036854775809",
        "1e400",
        "\"\"",
        "\"1\"",
        "\"\\u00fc \\ud83c\\udf0a \\\" \\\\ \\u0000 \\n\"",
        "\"ü\u{7f}\"",
        "\"\\ud800\"",
        "null",
        "true",
        "[1]",
        "{}",
    ];
    let replaced = |id: &str| text.replace(&format!("\"id\":{own},"), &format!("\"id\":{id},")).into_bytes();
    ids.into_iter().map(|id| (format!("id {id}"), replaced(id))).collect()
}

/// The message with one value after another left out or replaced, and with a key more in one object after another.
fn values(message: &Value) -> Vec<(String, Value)> {
    let mut mutants = Vec::new();
    for pointer in pointers(message, "") {
        let (parent, key) = pointer.rsplit_once('/').unwrap();
        let key = key.replace("~1", "/");
        let mut without = message.clone();
        without.pointer_mut(parent).unwrap().as_object_mut().unwrap().remove(&key);
        mutants.push((format!("no {pointer}"), without));
        for other in [json!(null), json!(true), json!(7), json!("other"), json!([]), json!({}), json!({ "x": 1 })] {
            let mut replaced = message.clone();
            *replaced.pointer_mut(&pointer).unwrap() = other.clone();
            mutants.push((format!("{pointer} is {other}"), replaced));
        }
    }
    let more = [
        ("", "result"),
        ("", "x"),
        ("", "error"),
        ("/params", "x"),
        ("/params", "cursor"),
        ("/params", "task"),
        ("/params", "inputResponses"),
        ("/params", "requestState"),
        ("/params/_meta", "progressToken"),
        ("/params/_meta", "traceparent"),
        ("/params/_meta", "com.example/x"),
        ("/params/_meta", "x"),
        ("/params/_meta", "io.modelcontextprotocol/logLevel"),
        ("/params/_meta", "io.modelcontextprotocol/x"),
        ("/params/arguments", "x"),
    ];
    for (pointer, key) in more {
        for value in [json!("debug"), json!(null), json!({})] {
            let mut more = message.clone();
            let Some(fields) = more.pointer_mut(pointer).and_then(Value::as_object_mut) else { continue };
            fields.insert(key.into(), value.clone());
            mutants.push((format!("{pointer}/{key} is {value} on top"), more));
        }
    }
    mutants
}

/// Where there is a value in nested objects.
fn pointers(value: &Value, at: &str) -> Vec<String> {
    let fields = value.as_object().into_iter().flatten();
    let below = |(key, value): (&String, &Value)| {
        let pointer = format!("{at}/{}", key.replace('/', "~1"));
        let deeper = pointers(value, &pointer);
        [vec![pointer], deeper].concat()
    };
    fields.flat_map(below).collect()
}
