//! A stand-in for the host, for unit tests that run natively.
//!
//! ```
//! use wharf_sdk::testing::{self, Facts, Said};
//! use wharf_sdk::{Abilities, Call, Level};
//!
//! fn work(call: &Call) {
//!     call.info("working");
//! }
//!
//! let call = Facts { client_can: Abilities::FORM, ..Facts::default() }.call();
//! work(&call);
//! assert_eq!(testing::said(&call), [Said::Log { level: Level::Info, logger: None, data: "working".into() }]);
//! ```

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Map, Value};

#[cfg(feature = "http")]
pub use crate::http::stand_in::{Answer, Sent};
use crate::{Abilities, Call, Caller, Level, ListKind, Progress, Resumption};

/// What a call finds. The default: an unknown caller, a client that can't be asked anything, a minute's time.
#[derive(Debug, Clone)]
pub struct Facts {
    /// Who calls.
    pub caller: Caller,
    /// What the client can be asked.
    pub client_can: Abilities,
    /// The name of the call.
    pub id: String,
    /// The request's `_meta`.
    pub meta: Map<String, Value>,
    /// Until the instance is stopped.
    pub time_left: Duration,
    /// What the call was resumed with.
    pub resumed: Option<Resumption>,
}

impl Default for Facts {
    fn default() -> Self {
        Self {
            caller: Caller { subject: None, issuer: None, scopes: Vec::new(), client: None },
            client_can: Abilities::empty(),
            id: "test".into(),
            meta: Map::new(),
            time_left: Duration::from_mins(1),
            resumed: None,
        }
    }
}

impl Facts {
    /// A call that finds them.
    pub fn call(mut self) -> Call {
        let resumed = self.resumed.take();
        Call { context: StandIn { facts: self, said: RefCell::default() }, resumed }
    }
}

/// What a plugin said to the host.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "each is what the function of `Call` of the same name was given")]
pub enum Said {
    Progress(Progress),
    Log { level: Level, logger: Option<String>, data: Value },
    ListChanged(ListKind),
    ResourceUpdated(String),
    OnAbandon(Option<Vec<u8>>),
}

/// A call with the default [`Facts`].
pub fn call() -> Call {
    Facts::default().call()
}

/// What was said during the call so far, in order.
pub fn said(call: &Call) -> Vec<Said> {
    call.context.said.borrow().clone()
}

/// Sets what [`config`](crate::config) finds in this thread.
pub fn set_config<K: Into<String>, V: Into<String>>(values: impl IntoIterator<Item = (K, V)>) {
    let values = values.into_iter().map(|(key, value)| (key.into(), value.into())).collect();
    CONFIG.with_borrow_mut(|config| *config = values);
}

/// Sets what answers the requests that [`http`](crate::http) makes in this thread. Without it they are denied.
#[cfg(feature = "http")]
pub fn set_http(server: impl FnMut(Sent) -> Result<Answer, crate::http::Error> + 'static) {
    crate::http::stand_in::set(Box::new(server));
}

thread_local! {
    static CONFIG: RefCell<BTreeMap<String, String>> = const { RefCell::new(BTreeMap::new()) };
}

pub(crate) fn config() -> BTreeMap<String, String> {
    CONFIG.with_borrow(BTreeMap::clone)
}

/// The context of a call outside of wasm: it answers from the facts, and notes what it is told.
#[derive(Debug, Default)]
pub(crate) struct StandIn {
    facts: Facts,
    said: RefCell<Vec<Said>>,
}

impl StandIn {
    pub(crate) fn who(&self) -> Caller {
        self.facts.caller.clone()
    }

    pub(crate) fn client_can(&self) -> Abilities {
        self.facts.client_can
    }

    pub(crate) fn call_id(&self) -> String {
        self.facts.id.clone()
    }

    pub(crate) fn meta(&self) -> String {
        Value::from(self.facts.meta.clone()).to_string()
    }

    pub(crate) fn time_left_ms(&self) -> u32 {
        u32::try_from(self.facts.time_left.as_millis()).unwrap_or(u32::MAX)
    }

    pub(crate) fn report(&self, progress: Progress) {
        self.note(Said::Progress(progress));
    }

    pub(crate) fn log(&self, level: Level, logger: Option<&str>, data: String) {
        // It was serialized a moment ago; if it can't be read, a test sees the text itself.
        let data = serde_json::from_str(&data).unwrap_or(Value::String(data));
        self.note(Said::Log { level, logger: logger.map(String::from), data });
    }

    pub(crate) fn list_changed(&self, kind: ListKind) {
        self.note(Said::ListChanged(kind));
    }

    pub(crate) fn resource_updated(&self, uri: &str) {
        self.note(Said::ResourceUpdated(uri.into()));
    }

    pub(crate) fn on_abandon(&self, state: Option<Vec<u8>>) {
        self.note(Said::OnAbandon(state));
    }

    fn note(&self, said: Said) {
        self.said.borrow_mut().push(said);
    }
}
