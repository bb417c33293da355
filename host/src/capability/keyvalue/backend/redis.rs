//! A Redis server as store, through one connection that is made when it is first needed, and again when it broke.
//!
//! Every bucket has three keys there: a hash with its values, a sorted set with its keys in the order in which they came,
//! and a hash with its size. Each operation is one script, which Redis runs as a whole, so that hosts which share a server
//! keep to the bounds together.

use std::sync::LazyLock;
use std::time::Duration;

use ::redis::aio::{ConnectionManager, ConnectionManagerConfig};
use ::redis::{Client, ErrorKind, FromRedisValue, RedisError, Script, ScriptInvocation, Value, from_redis_value};
use tokio::runtime::Handle;
use tokio::time::timeout;
use tokio_util::task::AbortOnDropHandle;

use super::{Backend, Bound, Changes, Page, Pending, Space, StoreError, Values};
use crate::capability::keyvalue::{ANSWER_BYTES, PAGE_KEYS};

/// How long a connection may take to be made. It is retried, within the time of the command that needs it.
const CONNECT_TIME: Duration = Duration::from_secs(1);

/// How long one operation may take, with a connection that has to be made first. A server nearby needs a millisecond, and
/// a call has 30 seconds.
const COMMAND_TIME: Duration = Duration::from_secs(3);

/// Tries to connect, for one operation.
const CONNECT_TRIES: usize = 2;

/// Operations that are on their way at once, over all plugins; further ones wait within their time.
const COMMANDS_RUNNING: usize = 256;

/// A server.
pub(crate) struct Redis {
    connection: ConnectionManager,
    /// Where the connection lives: on the host's own threads. A guest that computes long has others, which run when no other
    /// wants to, and the connection is everybody's.
    runtime: Handle,
}

/// What the server does, in its own language.
static SCRIPTS: LazyLock<Scripts> = LazyLock::new(Scripts::new);

struct Scripts {
    get: Script,
    exists: Script,
    list_keys: Script,
    write: Script,
    increment: Script,
}

impl Redis {
    /// Takes the address; connects when something is asked. To be called where Tokio runs: it is where the connection will
    /// live. An error never has the URL.
    pub(crate) fn new(url: &str) -> Result<Self, String> {
        // The TLS library panics where it finds no cryptography, or two. That somebody else chose one is as good.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let client = Client::open(url).map_err(|error| kind(&error))?;
        let config = ConnectionManagerConfig::new()
            .set_connection_timeout(Some(CONNECT_TIME))
            .set_response_timeout(Some(COMMAND_TIME))
            .set_number_of_retries(CONNECT_TRIES)
            .set_concurrency_limit(COMMANDS_RUNNING);
        let connection = ConnectionManager::new_lazy_with_config(client, config).map_err(|error| kind(&error))?;
        Ok(Self { connection, runtime: Handle::current() })
    }

    /// Has the server do it. It is given up when nobody waits for it any more.
    async fn run<T: FromRedisValue + Send + 'static>(&self, call: ScriptInvocation<'static>) -> Result<T, StoreError> {
        let mut connection = self.connection.clone();
        // The first one makes the connection, whose own task goes where this one is.
        let running =
            self.runtime.spawn(async move { timeout(COMMAND_TIME, call.invoke_async(&mut connection)).await });
        match AbortOnDropHandle::new(running).await {
            Ok(Ok(answer)) => answer.map_err(|error| StoreError::Failed(kind(&error))),
            Ok(Err(_)) => Err(StoreError::Failed(format!("no answer within {} s", COMMAND_TIME.as_secs()))),
            Err(error) => Err(StoreError::Failed(error.to_string())),
        }
    }
}

/// What went wrong, in the library's words where they can't have the URL in them.
fn kind(error: &RedisError) -> String {
    match error.kind() {
        ErrorKind::InvalidClientConfig => "the URL is not one of a Redis server".to_owned(),
        ErrorKind::AuthenticationFailed => "the server refuses the user or the password".to_owned(),
        _ => error.to_string(),
    }
}

impl Scripts {
    fn new() -> Self {
        Self {
            get: Script::new(include_str!("redis/get.lua")),
            exists: Script::new("return redis.call('HEXISTS', KEYS[1], ARGV[1])"),
            list_keys: Script::new(include_str!("redis/list_keys.lua")),
            write: Script::new(include_str!("redis/write.lua")),
            increment: Script::new(include_str!("redis/increment.lua")),
        }
    }
}

/// The script with the keys of a bucket. Lengths before the names keep any two names apart, and the braces keep the keys
/// of a bucket together where a server cares.
fn on(script: &'static Script, space: &Space) -> ScriptInvocation<'static> {
    let Space { plugin, bucket, .. } = space;
    let bucket = format!("wharf:keyvalue:{{{}:{plugin}:{}:{bucket}}}", plugin.len(), bucket.len());
    let mut call = script.prepare_invoke();
    call.key(format!("{bucket}:values")).key(format!("{bucket}:order")).key(format!("{bucket}:size"));
    call
}

/// The word with which a script says why it changed nothing.
fn refused(word: &[u8], space: &Space) -> StoreError {
    match word {
        b"answer" => Bound::Answer.into(),
        b"keys" => Bound::Keys(space.bounds.keys).into(),
        b"bytes" => Bound::Bytes(space.bounds.bytes).into(),
        b"no-number" => StoreError::NoNumber,
        b"overflow" => StoreError::Overflow,
        _ => unexpected(),
    }
}

fn unexpected() -> StoreError {
    StoreError::Failed("the server gave an answer of another form: has somebody else written to its keys?".to_owned())
}

fn values(answer: Value, space: &Space) -> Result<Values, StoreError> {
    match answer {
        Value::BulkString(word) => Err(refused(&word, space)),
        values => from_redis_value(values).map_err(|_| unexpected()),
    }
}

/// Keys and their places, in turns: one more than a page has, where there are more.
fn page(listed: Vec<(String, u64)>) -> Page {
    let next = listed.get(PAGE_KEYS).map(|(_, place)| *place);
    Page { keys: listed.into_iter().take(PAGE_KEYS).map(|(key, _)| key).collect(), next }
}

impl Backend for Redis {
    fn get<'a>(&'a self, space: &'a Space, keys: &'a [String]) -> Pending<'a, Values> {
        let mut call = on(&SCRIPTS.get, space);
        call.arg(ANSWER_BYTES).arg(keys);
        Box::pin(async move { values(self.run(call).await?, space) })
    }

    fn exists<'a>(&'a self, space: &'a Space, key: &'a str) -> Pending<'a, bool> {
        let mut call = on(&SCRIPTS.exists, space);
        call.arg(key);
        Box::pin(async move { self.run(call).await })
    }

    fn list_keys<'a>(&'a self, space: &'a Space, cursor: Option<u64>) -> Pending<'a, Page> {
        let mut call = on(&SCRIPTS.list_keys, space);
        call.arg(cursor.unwrap_or(0)).arg(PAGE_KEYS.saturating_add(1));
        Box::pin(async move { self.run(call).await.map(page) })
    }

    fn write<'a>(&'a self, space: &'a Space, changes: Changes) -> Pending<'a, ()> {
        let mut call = on(&SCRIPTS.write, space);
        call.arg(space.bounds.keys).arg(space.bounds.bytes);
        for (key, value) in changes {
            call.arg(key).arg(u8::from(value.is_some())).arg(value.unwrap_or_default());
        }
        Box::pin(async move {
            let word: Vec<u8> = self.run(call).await?;
            if word == b"done" { Ok(()) } else { Err(refused(&word, space)) }
        })
    }

    fn increment<'a>(&'a self, space: &'a Space, key: String, delta: u64) -> Pending<'a, u64> {
        let mut call = on(&SCRIPTS.increment, space);
        call.arg(space.bounds.keys).arg(space.bounds.bytes).arg(key).arg(delta);
        Box::pin(async move {
            let word: Vec<u8> = self.run(call).await?;
            let number = std::str::from_utf8(&word).ok().and_then(|word| word.parse().ok());
            number.ok_or_else(|| refused(&word, space))
        })
    }
}

#[cfg(test)]
mod tests;
