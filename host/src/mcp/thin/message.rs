//! Bodies that are recognised completely: nothing in them is skipped, so nothing that rmcp would refuse, or act upon,
//! is overlooked. None means that rmcp is to read it.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use rmcp::model::{ClientCapabilities, Implementation, RequestId};
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::{Map, Value};

use super::super::client::{abilities, client_name, meta_text};
use super::headers::REVISION;
use crate::plugin::Abilities;

/// A `tools/call`.
pub(super) struct Call<'a> {
    pub(super) id: RequestId,
    pub(super) name: Cow<'a, str>,
    /// Parsed rather than kept as text: the guest gets what the schema judged, written anew, and never a text that
    /// two parsers may read in two ways, such as an object that has a key twice.
    pub(super) arguments: Map<String, Value>,
    /// The client program, as it says itself.
    pub(super) client: Option<String>,
    /// What the client can be asked.
    pub(super) abilities: Abilities,
    /// The `_meta` for the plugin, as JSON text; empty for none.
    pub(super) meta: String,
}

/// Reads the body of a `tools/call`.
pub(super) fn call(body: &[u8]) -> Option<Call<'_>> {
    let (id, params) = parse::<CallParams<'_>>(body, "tools/call")?;
    let Checked { meta, client, abilities } = params.meta.0.checked()?;
    Some(Call { id, name: params.name, arguments: params.arguments.unwrap_or_default(), client, abilities, meta })
}

/// Reads the body of a `tools/list` from the beginning, which is a request's id and nothing more.
pub(super) fn list(body: &[u8]) -> Option<RequestId> {
    let (id, params) = parse::<ListParams<'_>>(body, "tools/list")?;
    params.meta.0.checked()?;
    Some(id)
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Message<'a, P> {
    jsonrpc: &'a str,
    id: RequestId,
    method: &'a str,
    params: Object<P>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct CallParams<'a> {
    #[serde(borrow)]
    name: Cow<'a, str>,
    arguments: Option<Map<String, Value>>,
    #[serde(borrow, rename = "_meta")]
    meta: Object<Meta<'a>>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct ListParams<'a> {
    #[serde(borrow, rename = "_meta")]
    meta: Object<Meta<'a>>,
}

/// The keys that change nothing about how a request is served. Not among them, for one, `progressToken`.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Meta<'a> {
    #[serde(rename = "io.modelcontextprotocol/protocolVersion")]
    revision: &'a str,
    /// Values, as rmcp has them: a type would skip keys that it doesn't know, and what is in them.
    #[serde(rename = "io.modelcontextprotocol/clientCapabilities")]
    capabilities: Value,
    #[serde(rename = "io.modelcontextprotocol/clientInfo")]
    client: Option<Value>,
    #[serde(default, deserialize_with = "text")]
    traceparent: Option<Value>,
    #[serde(default, deserialize_with = "text")]
    tracestate: Option<Value>,
    #[serde(default, deserialize_with = "text")]
    baggage: Option<Value>,
}

/// What a `_meta` says.
struct Checked {
    /// What the plugin is told.
    meta: String,
    client: Option<String>,
    abilities: Abilities,
}

impl Meta<'_> {
    fn checked(self) -> Option<Checked> {
        let declared = declared(&self.capabilities).filter(|_| self.revision == REVISION)?;
        let client: Option<Implementation> = self.client.map(serde_json::from_value).transpose().ok()?;
        let trace = [("traceparent", self.traceparent), ("tracestate", self.tracestate), ("baggage", self.baggage)];
        let given = trace.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?)));
        Some(Checked {
            meta: meta_text(given.collect()),
            client: client.as_ref().map(client_name),
            abilities: abilities(&declared),
        })
    }
}

fn declared(capabilities: &Value) -> Option<ClientCapabilities> {
    match capabilities {
        // Nothing, as most clients: faster than by way of the type.
        Value::Object(none) if none.is_empty() => Some(ClientCapabilities::default()),
        some => ClientCapabilities::deserialize(some).ok(),
    }
}

fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    String::deserialize(deserializer).map(|text| Some(Value::String(text)))
}

/// `text` first becomes a `str`: values that serde skips are not checked for being UTF-8.
fn parse<'a, P: serde::Deserialize<'a>>(body: &'a [u8], method: &str) -> Option<(RequestId, P)> {
    let text = std::str::from_utf8(body).ok()?;
    let Object(message) = serde_json::from_str::<Object<Message<'a, P>>>(text).ok()?;
    (message.jsonrpc == "2.0" && message.method == method).then_some((message.id, message.params.0))
}

/// Takes a JSON object and nothing else, where serde would also fill a struct from an array.
struct Object<T>(T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Fields(PhantomData)).map(Object)
    }
}

struct Fields<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Fields<T> {
    type Value = T;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const META: &str = r#""_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}"#;

    fn body(rest: &str) -> String {
        format!(r#"{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{{"name":"a",{META}{rest}}}}}"#)
    }

    #[test]
    fn what_a_plugin_gets_is_what_was_said() {
        let full = body(r#","arguments":{"b":1,"a":"\u00fc"}"#).replace(
            "\"_meta\":{",
            r#""_meta":{"traceparent":"00","io.modelcontextprotocol/clientInfo":{"name":"x","version":"1"},"#,
        );
        let call = call(full.as_bytes()).unwrap();
        assert_eq!((call.id, &*call.name), (RequestId::Number(1), "a"));
        assert_eq!(Value::Object(call.arguments).to_string(), r#"{"a":"ü","b":1}"#);
        assert_eq!((call.client.as_deref(), call.meta.as_str()), (Some("x 1"), r#"{"traceparent":"00"}"#));
    }

    #[test]
    fn a_client_that_declares_nothing_is_what_the_type_says() {
        let nothing = Value::Object(Map::new());
        assert_eq!(declared(&nothing), Some(ClientCapabilities::deserialize(&nothing).unwrap()));
    }

    #[test]
    fn what_is_not_known_is_not_taken() {
        let taken =
            [body(""), body(r#","arguments":null"#), format!(" {}\n", body("")), body("").replace(":1,", ":\"x\",")];
        for text in &taken {
            assert!(call(text.as_bytes()).is_some(), "{text}");
        }
        let cases = [
            body(r#","x":1"#),
            body(r#","arguments":[]"#),
            body(r#","arguments":{"n":1e999}"#),
            body(r#","name":"b""#),
            body(r#","requestState":"s""#),
            body("").replace("\"_meta\":{", "\"_meta\":{\"progressToken\":1,"),
            body("").replace("\"_meta\":{", "\"_meta\":{\"traceparent\":null,"),
            body("").replace("2026-07-28", "2025-11-25"),
            body("").replace("Capabilities\":{}", "Capabilities\":null"),
            body("").replace("tools/call", "tools/list"),
            body("").replace("\"2.0\"", "\"1.0\""),
            body("").replace("\"id\":1,", ""),
            body("").replace("\"id\":1,", "\"id\":null,"),
            body("").replace("\"id\":1,", "\"id\":1,\"x\":1,"),
            format!("[{}]", body("")),
            r#"["2.0",1,"tools/call",["a",null,["2026-07-28",{}]]]"#.to_owned(),
            format!("{}x", body("")),
            String::new(),
        ];
        for text in &cases {
            assert!(call(text.as_bytes()).is_none(), "{text}");
        }
        assert!(call(&[body("").as_bytes(), b"\xff"].concat()).is_none());
    }
}
