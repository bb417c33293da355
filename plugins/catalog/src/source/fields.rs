//! One JSON object of a registry file, taken apart field by field. A field of the wrong type costs that field, not the
//! whole entry; and a field that nobody took is what couldn't be mapped, so it can't be forgotten.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use crate::report::cut;

/// How long a text may be, in bytes. Real descriptions stay below a tenth of it; it bounds what one server can put into
/// an answer.
const MAX_TEXT: usize = 4096;
/// How many items a list may have. The largest server known offers about a hundred tools.
const MAX_ITEMS: usize = 1000;
/// How large the fields that couldn't be mapped may be together, in bytes of JSON, to be carried along.
const MAX_EXTENSIONS: usize = 16 * 1024;

/// How long the path of a field is in a message, in bytes.
const MAX_PATH: usize = 200;

const PORT: &str = "a port from 1 to 65535";

/// The fields of an object that nobody has taken yet.
pub(super) struct Fields {
    /// Where the object is, below the entry: empty, or ending in a dot.
    path: String,
    left: Map<String, Value>,
}

/// What there is to say about one entry once it has been read.
#[derive(Debug, Default)]
pub(super) struct Notes {
    /// What is wrong with the entry.
    pub(super) warnings: BTreeSet<String>,
    /// Fields that couldn't be mapped, by their paths without indices.
    pub(super) unmapped: BTreeSet<String>,
    /// The same fields with their values, by their exact paths, as far as they fit.
    pub(super) extensions: BTreeMap<String, Value>,
    /// Bytes in `extensions`.
    size: usize,
}

impl Fields {
    /// The fields of the entry itself.
    pub(super) fn of_entry(object: Map<String, Value>) -> Self {
        Self { path: String::new(), left: object }
    }

    /// Takes a text. Too long: its beginning.
    pub(super) fn text(&mut self, key: &str, notes: &mut Notes) -> Option<String> {
        match self.take(key)? {
            Value::String(text) => Some(self.fitting(key, text, notes)),
            other => self.misfit(key, "a string", &other, notes),
        }
    }

    /// Takes a whole number that isn't negative.
    pub(super) fn number(&mut self, key: &str, notes: &mut Notes) -> Option<u64> {
        let value = self.take(key)?;
        value.as_u64().or_else(|| self.misfit(key, "a whole number, not negative", &value, notes))
    }

    /// Takes a TCP port.
    pub(super) fn port(&mut self, key: &str, notes: &mut Notes) -> Option<u16> {
        let value = self.take(key)?;
        port(&value).or_else(|| self.misfit(key, PORT, &value, notes))
    }

    /// Takes a yes or no.
    pub(super) fn flag(&mut self, key: &str, notes: &mut Notes) -> Option<bool> {
        let value = self.take(key)?;
        value.as_bool().or_else(|| self.misfit(key, "true or false", &value, notes))
    }

    /// Takes a word that is one of a few, whatever its case.
    pub(super) fn word<T: Copy>(&mut self, key: &str, known: &[(&str, T)], notes: &mut Notes) -> Option<T> {
        let word = self.text(key, notes)?;
        let found = known.iter().find(|(name, _)| name.eq_ignore_ascii_case(&word));
        if found.is_none() {
            let names: Vec<_> = known.iter().map(|(name, _)| *name).collect();
            let path = self.path_of(key);
            notes.warn(format!("`{path}` is `{}`, not one of {}: left out", cut(&word, 40), names.join(", ")));
        }
        found.map(|(_, value)| *value)
    }

    /// Takes a list of texts.
    pub(super) fn texts(&mut self, key: &str, notes: &mut Notes) -> Vec<String> {
        let items = self.list(key, notes);
        let text = |item| match item {
            Value::String(text) => Some(self.fitting(key, text, notes)),
            other => self.misfit(key, "a list of strings", &other, notes),
        };
        items.into_iter().filter_map(text).collect()
    }

    /// Takes a list of TCP ports.
    pub(super) fn ports(&mut self, key: &str, notes: &mut Notes) -> Vec<u16> {
        let items = self.list(key, notes);
        items.iter().filter_map(|item| port(item).or_else(|| self.misfit(key, PORT, item, notes))).collect()
    }

    /// Takes an object, and hands its fields to `read`. What `read` leaves couldn't be mapped.
    pub(super) fn within<T>(
        &mut self,
        key: &str,
        notes: &mut Notes,
        read: impl FnOnce(&mut Fields, &mut Notes) -> T,
    ) -> Option<T> {
        match self.take(key)? {
            Value::Object(object) => {
                let mut inner = Self { path: format!("{}{key}.", self.path), left: object };
                let result = read(&mut inner, notes);
                inner.finish(notes);
                Some(result)
            }
            other => self.misfit(key, "an object", &other, notes),
        }
    }

    /// Takes a list of objects, and hands the fields of each to `read`.
    pub(super) fn each<T>(
        &mut self,
        key: &str,
        notes: &mut Notes,
        mut read: impl FnMut(&mut Fields, &mut Notes) -> Option<T>,
    ) -> Vec<T> {
        let mut results = Vec::new();
        for (index, item) in self.list(key, notes).into_iter().enumerate() {
            let Value::Object(object) = item else {
                results.extend(self.misfit(key, "a list of objects", &item, notes));
                continue;
            };
            let mut inner = Self { path: format!("{}{key}[{index}].", self.path), left: object };
            results.extend(read(&mut inner, notes));
            inner.finish(notes);
        }
        results
    }

    /// Names of the fields that are left, in alphabetical order.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.left.keys().map(String::as_str)
    }

    /// Looks at a text without taking it.
    pub(super) fn peek(&self, key: &str) -> Option<&str> {
        self.left.get(key)?.as_str()
    }

    /// Takes a field that says nothing about the server itself.
    pub(super) fn ignore(&mut self, key: &str) {
        self.left.remove(key);
    }

    /// Notes what nobody has taken.
    pub(super) fn finish(self, notes: &mut Notes) {
        for (key, value) in self.left {
            if !value.is_null() {
                notes.keep(format!("{}{key}", self.path), value);
            }
        }
    }

    /// Takes a field; a `null` is no field.
    fn take(&mut self, key: &str) -> Option<Value> {
        self.left.remove(key).filter(|value| !value.is_null())
    }

    fn list(&mut self, key: &str, notes: &mut Notes) -> Vec<Value> {
        match self.take(key) {
            None => Vec::new(),
            Some(Value::Array(mut items)) => {
                if items.len() > MAX_ITEMS {
                    notes.warn(format!("`{}` has more than {MAX_ITEMS} items: cut there", self.path_of(key)));
                    items.truncate(MAX_ITEMS);
                }
                items
            }
            Some(other) => self.misfit(key, "a list", &other, notes).unwrap_or_default(),
        }
    }

    fn fitting(&self, key: &str, mut text: String, notes: &mut Notes) -> String {
        if text.len() > MAX_TEXT {
            notes.warn(format!("`{}` is longer than {MAX_TEXT} bytes: cut there", self.path_of(key)));
            text.truncate(text.floor_char_boundary(MAX_TEXT));
        }
        text
    }

    /// Notes that a value has the wrong type, and is nothing.
    fn misfit<T>(&self, key: &str, expected: &str, found: &Value, notes: &mut Notes) -> Option<T> {
        let path = self.path_of(key);
        notes.warn(format!("`{path}` should be {expected}, but there is {}: left out", kind(found)));
        None
    }

    /// The path of a field without indices, so that equal faults read equal.
    fn path_of(&self, key: &str) -> String {
        without_indices(&format!("{}{key}", self.path))
    }
}

impl Notes {
    /// Notes something that is wrong with the entry.
    pub(super) fn warn(&mut self, reason: String) {
        self.warnings.insert(reason);
    }

    fn keep(&mut self, path: String, value: Value) {
        self.unmapped.insert(without_indices(&path));
        self.size = self.size.saturating_add(path.len()).saturating_add(value.to_string().len());
        if self.size > MAX_EXTENSIONS {
            self.warn(format!("fields without a place in the model exceed {MAX_EXTENSIONS} bytes: some are left out"));
            return;
        }
        self.extensions.insert(path, value);
    }
}

/// What a value is, for a message.
pub(super) fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

/// `packages[3].name` becomes `packages[].name`.
pub(super) fn without_indices(path: &str) -> String {
    let mut general = String::with_capacity(path.len());
    let mut in_index = false;
    for letter in cut(path, MAX_PATH).chars() {
        if !(in_index && letter.is_ascii_digit()) {
            in_index = letter == '[';
            general.push(letter);
        }
    }
    general
}

fn port(value: &Value) -> Option<u16> {
    value.as_u64().and_then(|number| u16::try_from(number).ok()).filter(|port| *port > 0)
}
