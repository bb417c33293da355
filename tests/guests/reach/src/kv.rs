//! Key-value state.

use wharf_sdk::keyvalue::{Bucket, Error};
use wharf_sdk::prelude::*;

use crate::{Fault, Tally, one};

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Kv {
    op: Op,
    /// `default` if nothing is said.
    #[serde(default = "default_bucket")]
    bucket: String,
    /// What `get`, `set`, `delete`, `exists` and `increment` are about.
    #[serde(default)]
    key: String,
    /// What `set` and `set_many` write.
    #[serde(default)]
    value: String,
    /// In place of a value: this many bytes of `x`.
    value_bytes: Option<usize>,
    /// What `increment` adds. 1 if nothing is said.
    delta: Option<u64>,
    /// Where `keys` goes on: what came back as `next`.
    cursor: Option<u64>,
    /// What `get_many`, `set_many` and `delete_many` are about.
    #[serde(default)]
    keys: Vec<String>,
    /// How many times over. If more than once, the key is followed by `-0`, `-1` and so on.
    #[serde(default = "one")]
    repeat: u32,
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Op {
    Open,
    Get,
    Set,
    Delete,
    Exists,
    Keys,
    Increment,
    GetMany,
    SetMany,
    DeleteMany,
}

fn default_bucket() -> String {
    "default".into()
}

/// What came of it. Of several times, this is the last one, and `tally` tells of all.
#[derive(Serialize, JsonSchema, Default)]
pub(crate) struct KvDone {
    /// Whether the key is there. Of `get` and `exists`.
    found: Option<bool>,
    /// Of `get`. What isn't UTF-8 became U+FFFD.
    value: Option<String>,
    /// How long the value is.
    value_bytes: Option<usize>,
    /// Of `increment`.
    number: Option<u64>,
    /// Of `keys`.
    keys: Option<Vec<String>>,
    /// Of `keys`: where it goes on. None: these were the last ones.
    next: Option<u64>,
    /// Of `get_many`, in the order of the keys.
    values: Option<Vec<Option<String>>>,
    error: Option<Fault>,
    /// The error is a refusal of the policy.
    denied: bool,
    /// How often it was `done`, and how often each code of an error came.
    tally: Tally,
}

/// Reads or writes key-value state.
#[tool]
pub(crate) fn kv(args: Kv) -> KvDone {
    args.perform()
}

impl Kv {
    pub(crate) fn perform(self) -> KvDone {
        let mut tally = Tally::new();
        let mut last = KvDone::default();
        for time in 0..self.repeat {
            let key = if self.repeat > 1 { format!("{}-{time}", self.key) } else { self.key.clone() };
            last = self.once(&key).unwrap_or_else(|error| failed(&error));
            let outcome = last.error.as_ref().map_or("done", |fault| fault.code.as_str());
            *tally.entry(outcome.into()).or_default() += 1;
        }
        KvDone { tally, ..last }
    }

    fn once(&self, key: &str) -> Result<KvDone, Error> {
        let bucket = Bucket::open(&self.bucket)?;
        let mut done = KvDone::default();
        let keys: Vec<&str> = self.keys.iter().map(String::as_str).collect();
        match self.op {
            Op::Open => {}
            Op::Get => {
                let value = bucket.get(key)?;
                done.found = Some(value.is_some());
                done.value_bytes = value.as_ref().map(Vec::len);
                done.value = value.map(text);
            }
            Op::Set => bucket.set(key, self.value())?,
            Op::Delete => bucket.delete(key)?,
            Op::Exists => done.found = Some(bucket.exists(key)?),
            Op::Keys => {
                let page = bucket.keys(self.cursor)?;
                (done.keys, done.next) = (Some(page.keys), page.next);
            }
            Op::Increment => done.number = Some(bucket.increment(key, self.delta.unwrap_or(1))?),
            Op::GetMany => {
                let values = bucket.get_many(&keys)?;
                done.values = Some(values.into_iter().map(|value| value.map(text)).collect());
            }
            Op::SetMany => {
                let value = self.value();
                let pairs: Vec<_> = keys.iter().map(|key| (*key, value.as_slice())).collect();
                bucket.set_many(&pairs)?;
            }
            Op::DeleteMany => bucket.delete_many(&keys)?,
        }
        Ok(done)
    }

    fn value(&self) -> Vec<u8> {
        self.value_bytes.map_or_else(|| self.value.clone().into_bytes(), |bytes| vec![b'x'; bytes])
    }
}

fn text(value: Vec<u8>) -> String {
    String::from_utf8_lossy(&value).into_owned()
}

fn failed(error: &Error) -> KvDone {
    let code = match error {
        Error::Denied => "access-denied",
        Error::NoSuchBucket => "no-such-store",
        _ => "other",
    };
    KvDone { denied: error.is_denied(), error: Some(Fault::new(code, error)), ..KvDone::default() }
}
