//! What is done to a message: to its values, and to the text of it.

use std::fmt;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::{Map, Value, json};

use super::words::{KEYS, TOKENS, WORDS};

/// One change.
#[derive(Debug, Clone)]
pub(super) enum Edit {
    /// Another value in some place.
    Replace(Index, Value),
    /// Nothing in some place.
    Remove(Index),
    /// A key more, or another value for one that is there, in some object.
    Insert(Index, String, Value),
    /// The value of one place in another.
    Copy(Index, Index),
    /// Other bytes in the place of so many.
    Splice(Index, usize, Vec<u8>),
    /// Nothing behind some byte.
    Truncate(Index),
}

pub(super) fn edits() -> impl Strategy<Value = Vec<Edit>> {
    vec(edit(), 0..5)
}

fn edit() -> impl Strategy<Value = Edit> {
    let index = any::<Index>;
    prop_oneof![
        4 => (index(), value()).prop_map(|(at, value)| Edit::Replace(at, value)),
        2 => index().prop_map(Edit::Remove),
        3 => (index(), key(), value()).prop_map(|(at, key, value)| Edit::Insert(at, key, value)),
        2 => (index(), index()).prop_map(|(from, to)| Edit::Copy(from, to)),
        3 => (index(), 0..12_usize, bytes()).prop_map(|(at, cut, put)| Edit::Splice(at, cut, put)),
        1 => index().prop_map(Edit::Truncate),
    ]
}

fn key() -> impl Strategy<Value = String> {
    prop_oneof![4 => select(KEYS).prop_map(str::to_owned), 1 => any::<String>()]
}

fn bytes() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![3 => select(TOKENS).prop_map(|token| token.as_bytes().to_vec()), 1 => vec(any::<u8>(), 0..6)]
}

/// Any JSON, small or deep or long.
pub(super) fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        select(&[0_u64, 1, 2, 1 << 53, u64::MAX][..]).prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        select(WORDS).prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        (1..20_000_usize).prop_map(|length| Value::from("x".repeat(length))),
        (1..200_usize).prop_map(|depth| (0..depth).fold(json!(1), |inner, _| json!([inner]))),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            vec((key(), inner), 0..4).prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

/// What is sent: shown as a text that can be pasted into a test.
#[derive(Clone)]
pub(super) struct Sent(pub(super) Vec<u8>);

impl fmt::Debug for Sent {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "b\"{}\"", self.0.escape_ascii())
    }
}

/// A message with some edits: those of values first, and then those of its text.
pub(super) fn edited(message: impl Strategy<Value = Value>) -> impl Strategy<Value = Sent> {
    (message, edits()).prop_map(|(mut message, edits)| {
        edits.iter().for_each(|edit| edit_value(&mut message, edit));
        Sent(edits.iter().fold(message.to_string().into_bytes(), edit_text))
    })
}

fn edit_value(message: &mut Value, edit: &Edit) {
    let places = pointers(message, "");
    let at = |index: &Index| places[index.index(places.len())].clone();
    match edit {
        Edit::Replace(index, value) => *message.pointer_mut(&at(index)).unwrap() = value.clone(),
        Edit::Copy(from, to) => {
            let value = message.pointer(&at(from)).unwrap().clone();
            *message.pointer_mut(&at(to)).unwrap() = value;
        }
        Edit::Remove(index) => remove(message, &at(index)),
        Edit::Insert(index, key, value) => {
            let place = message.pointer_mut(&at(index)).unwrap();
            match place {
                Value::Object(fields) => drop(fields.insert(key.clone(), value.clone())),
                Value::Array(items) => items.push(value.clone()),
                other => *other = Value::Object(Map::from_iter([(key.clone(), value.clone())])),
            }
        }
        Edit::Splice(..) | Edit::Truncate(_) => (),
    }
}

fn remove(message: &mut Value, pointer: &str) {
    let Some((parent, key)) = pointer.rsplit_once('/') else { return };
    match message.pointer_mut(parent).unwrap() {
        Value::Object(fields) => drop(fields.remove(&key.replace("~1", "/").replace("~0", "~"))),
        Value::Array(items) => drop(items.remove(key.parse().unwrap())),
        _ => (),
    }
}

/// Every place in a value, itself first.
fn pointers(value: &Value, at: &str) -> Vec<String> {
    let mut places = vec![at.to_owned()];
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                let key = key.replace('~', "~0").replace('/', "~1");
                places.extend(pointers(value, &format!("{at}/{key}")));
            }
        }
        Value::Array(items) => {
            for (place, value) in items.iter().enumerate() {
                places.extend(pointers(value, &format!("{at}/{place}")));
            }
        }
        _ => (),
    }
    places
}

/// As [`Edit::Splice`] and [`Edit::Truncate`] say; the others leave the text as it is.
pub(super) fn edit_text(mut text: Vec<u8>, edit: &Edit) -> Vec<u8> {
    match edit {
        Edit::Splice(index, cut, put) => {
            let from = index.index(text.len() + 1);
            let to = from.saturating_add(*cut).min(text.len());
            text.splice(from..to, put.iter().copied());
        }
        Edit::Truncate(index) => text.truncate(index.index(text.len() + 1)),
        _ => (),
    }
    text
}
