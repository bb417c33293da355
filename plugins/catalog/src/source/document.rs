//! A registry file as JSON, before anybody knows which format it is in.
//!
//! The usual `serde_json::Value` keeps only the last of two equal names, in silence. In the map of servers that would
//! lose a server, so the maps that hold servers are read as lists of pairs.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{IgnoredAny, MapAccess, SeqAccess, Visitor},
};
use serde_json::{Map, Value};

/// How many servers one map or list may hold. The official registry publishes pages of a hundred; a whole catalogue of
/// several thousand still fits, and a file made of nothing but tiny entries can't fill the memory.
pub(super) const MAX_ENTRIES: usize = 10_000;

/// The top of a registry file, or of its part `data`.
#[derive(Debug, Default)]
pub(super) struct Document {
    pub(super) servers: Option<Entries>,
    pub(super) remote_servers: Option<Entries>,
    pub(super) data: Option<Box<Document>>,
    /// All other fields.
    pub(super) rest: Map<String, Value>,
}

/// Servers, with names or without.
#[derive(Debug)]
pub(super) struct Entries {
    pub(super) items: Items,
    /// How many came after [`MAX_ENTRIES`].
    pub(super) beyond: usize,
}

#[derive(Debug)]
pub(super) enum Items {
    Named(Vec<(String, Value)>),
    Listed(Vec<Value>),
}

impl<'de> Deserialize<'de> for Document {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(DocumentVisitor)
    }
}

impl<'de> Deserialize<'de> for Entries {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(EntriesVisitor)
    }
}

struct DocumentVisitor;

impl<'de> Visitor<'de> for DocumentVisitor {
    type Value = Document;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Document, A::Error> {
        let mut document = Document::default();
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "servers" => document.servers = Some(map.next_value()?),
                "remote_servers" => document.remote_servers = Some(map.next_value()?),
                "data" => document.data = Some(map.next_value()?),
                _ => drop(document.rest.insert(key, map.next_value()?)),
            }
        }
        Ok(document)
    }
}

struct EntriesVisitor;

impl<'de> Visitor<'de> for EntriesVisitor {
    type Value = Entries;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a map or a list of servers")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Entries, A::Error> {
        let mut named = Vec::new();
        while named.len() < MAX_ENTRIES
            && let Some(entry) = map.next_entry()?
        {
            named.push(entry);
        }
        let mut beyond = 0;
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {
            beyond += 1;
        }
        Ok(Entries { items: Items::Named(named), beyond })
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Entries, A::Error> {
        let mut listed = Vec::new();
        while listed.len() < MAX_ENTRIES
            && let Some(entry) = list.next_element()?
        {
            listed.push(entry);
        }
        let mut beyond = 0;
        while list.next_element::<IgnoredAny>()?.is_some() {
            beyond += 1;
        }
        Ok(Entries { items: Items::Listed(listed), beyond })
    }
}
