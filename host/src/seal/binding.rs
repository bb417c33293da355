//! Whom and what a sealed text is for.

use serde::Serialize;
use serde_json::Value;

use crate::caller::Caller;

/// All that must be the same when the text comes back. It is authenticated, not carried.
#[derive(Debug, Clone, Copy)]
pub struct Binding<'a> {
    /// Who calls: the proven subject and who vouches for it. Scopes and client program may change meanwhile.
    pub caller: &'a Caller,
    /// The method of the protocol, as in `tools/call`.
    pub method: &'a str,
    /// The name or URI that the client used.
    pub target: &'a str,
    /// What [`digest`] makes of the arguments.
    pub arguments: [u8; 32],
    /// The plugin's id.
    pub plugin: &'a str,
    /// The version that the plugin gives its states; none where it gives none.
    pub state_version: Option<&'a str>,
}

/// In the order in which it is authenticated. Each text has its length before it, so no two bindings are alike.
#[derive(Serialize)]
struct Authenticated<'a> {
    version: u8,
    issuer: Option<&'a str>,
    subject: Option<&'a str>,
    method: &'a str,
    target: &'a str,
    arguments: [u8; 32],
    plugin: &'a str,
    state_version: Option<&'a str>,
}

impl Binding<'_> {
    pub(super) fn encode(&self) -> Result<Vec<u8>, postcard::Error> {
        postcard::to_allocvec(&Authenticated {
            version: super::VERSION,
            issuer: self.caller.issuer.as_deref(),
            subject: self.caller.subject.as_deref(),
            method: self.method,
            target: self.target,
            arguments: self.arguments,
            plugin: self.plugin,
            state_version: self.state_version,
        })
    }
}

/// A digest of JSON that doesn't depend on the order of an object's keys: clients may write them in another one when they
/// send the same request again. As deep as `value`, which came from a parser that bounds the depth.
#[must_use]
pub fn digest(value: &Value) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new();
    add(&mut hasher, value);
    hasher.finalize().into()
}

/// Each kind has a mark of its own, and what has a length says it first: no two values feed the same bytes.
fn add(hasher: &mut blake3::Hasher, value: &Value) {
    match value {
        Value::Null => mark(hasher, b'n', 0),
        Value::Bool(is) => mark(hasher, b'b', usize::from(*is)),
        Value::Number(number) => text(hasher, b'd', &number.to_string()),
        Value::String(string) => text(hasher, b's', string),
        Value::Array(items) => {
            mark(hasher, b'a', items.len());
            items.iter().for_each(|item| add(hasher, item));
        }
        Value::Object(fields) => {
            let mut sorted: Vec<_> = fields.iter().collect();
            sorted.sort_unstable_by_key(|(name, _)| *name);
            mark(hasher, b'o', sorted.len());
            for (name, value) in sorted {
                text(hasher, b's', name);
                add(hasher, value);
            }
        }
    }
}

fn text(hasher: &mut blake3::Hasher, kind: u8, text: &str) {
    mark(hasher, kind, text.len());
    hasher.update(text.as_bytes());
}

fn mark(hasher: &mut blake3::Hasher, kind: u8, length: usize) {
    hasher.update(&[kind]).update(&length.to_le_bytes());
}
