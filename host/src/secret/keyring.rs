//! A secret in the desktop's keyring, over the Secret Service of D-Bus.
//!
//! One thread of its own speaks to it. The keyring may ask a person to unlock it and answers when it likes, so that
//! neither a thread of the runtime nor the end of the program may wait for it.

use std::collections::HashMap;
use std::fmt;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use keyring_core::CredentialStore;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio::sync::oneshot;
use zeroize::Zeroizing;

/// How long what was read stands: a keyring says nothing of changes, and each look is a conversation over D-Bus.
pub(super) const PERIOD: Duration = Duration::from_secs(60);

/// How long a call waits for the keyring. A person who has to unlock it needs longer, and finds it unlocked next time.
const ANSWER_TIME: Duration = Duration::from_secs(10);

/// Most questions that wait for the keyring. Each secret asks one at a time; more than these are stuck behind a prompt.
const QUESTIONS_WAITING: usize = 16;

/// How the keyring names an item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Item {
    /// The attribute `service`.
    pub service: String,
    /// The attribute `username`.
    pub user: String,
}

impl fmt::Display for Item {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "`{}` of `{}`", self.service, self.user)
    }
}

type Answer = Result<Zeroizing<Vec<u8>>, String>;

struct Question {
    item: Item,
    answer: oneshot::Sender<Answer>,
}

/// The item's bytes.
///
/// # Errors
/// When there is no keyring, it is locked, doesn't have the item, or doesn't answer in time.
pub(super) async fn read(item: &Item) -> Answer {
    let (answer, answered) = oneshot::channel();
    let asked = thread()?.try_send(Question { item: item.clone(), answer });
    asked.map_err(|error| match error {
        TrySendError::Full(_) => "the keyring is busy; it may be waiting for somebody to unlock it",
        TrySendError::Disconnected(_) => "the thread of the keyring has ended",
    })?;
    match tokio::time::timeout(ANSWER_TIME, answered).await {
        Ok(Ok(answer)) => answer,
        Ok(Err(_)) => Err("the thread of the keyring has ended".into()),
        Err(_) => Err("no answer in time; it may be waiting for somebody to unlock it".into()),
    }
}

/// The way to the thread, which begins with the first question.
fn thread() -> Result<&'static SyncSender<Question>, String> {
    static THREAD: OnceLock<Result<SyncSender<Question>, String>> = OnceLock::new();
    let begin = || {
        let (sender, questions) = sync_channel(QUESTIONS_WAITING);
        let thread = std::thread::Builder::new().name("keyring".into()).spawn(move || serve(&questions));
        thread.map(|_| sender).map_err(|error| error.to_string())
    };
    THREAD.get_or_init(begin).as_ref().map_err(Clone::clone)
}

fn serve(questions: &Receiver<Question>) {
    let mut store = None;
    for Question { item, answer } in questions {
        // Whoever gave up waiting has no need of it, and asks again.
        if answer.is_closed() {
            continue;
        }
        let found = look_up(&mut store, &item);
        if found.is_err() {
            // The connection may be what is broken: the next question makes another.
            store = None;
        }
        let _ = answer.send(found);
    }
}

fn look_up(store: &mut Option<Arc<CredentialStore>>, item: &Item) -> Answer {
    let store = match store {
        Some(store) => store,
        None => store.insert(connect()?),
    };
    let modifiers: Option<&HashMap<&str, &str>> = None;
    let entry = store.build(&item.service, &item.user, modifiers).map_err(|error| problem(&error))?;
    entry.get_secret().map(Zeroizing::new).map_err(|error| problem(&error))
}

#[cfg(target_os = "linux")]
fn connect() -> Result<Arc<CredentialStore>, String> {
    let store = zbus_secret_service_keyring_store::Store::new().map_err(|error| problem(&error))?;
    Ok(store)
}

#[cfg(not(target_os = "linux"))]
fn connect() -> Result<Arc<CredentialStore>, String> {
    Err("this wharf knows the keyring of Linux only".into())
}

/// What to tell the operator. Some errors carry what was read; their text doesn't.
fn problem(error: &keyring_core::Error) -> String {
    match error {
        keyring_core::Error::NoEntry => "it has no such item".into(),
        keyring_core::Error::Ambiguous(items) => format!("it has {} such items", items.len()),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn without_a_keyring_there_is_an_error_and_no_wait() {
        if std::env::var_os("DBUS_SESSION_BUS_ADDRESS").is_some() {
            return;
        }
        let item = Item { service: "wharf-test".into(), user: "nobody".into() };
        let began = std::time::Instant::now();
        assert!(read(&item).await.is_err());
        assert!(read(&item).await.is_err(), "the thread lives on");
        assert!(began.elapsed() < ANSWER_TIME);
    }
}
