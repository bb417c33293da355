//! One client, connected in one of the ways that clients choose.

use std::sync::Arc;

use serde_json::Value;

use crate::{Era, HttpHost, StdioHost, message, result, rpc};

/// Transport and era.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wire {
    /// HTTP, each request for itself.
    HttpModern,
    /// HTTP, with a handshake and a session.
    HttpLegacy,
    /// Standard input and output, each request for itself.
    StdioModern,
    /// Standard input and output, with a handshake.
    StdioLegacy,
}

impl Wire {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::HttpModern, Self::HttpLegacy, Self::StdioModern, Self::StdioLegacy];

    pub(crate) const fn era(self) -> Era {
        match self {
            Self::HttpModern | Self::StdioModern => Era::Modern,
            Self::HttpLegacy | Self::StdioLegacy => Era::Legacy,
        }
    }

    pub(crate) const fn is_http(self) -> bool {
        matches!(self, Self::HttpModern | Self::HttpLegacy)
    }
}

/// A connected client.
pub struct Connection {
    transport: Transport,
    era: Era,
    last_id: u64,
}

enum Transport {
    Http { host: Arc<HttpHost>, session: Option<String> },
    Stdio(StdioHost),
}

impl Connection {
    /// To a host that runs already.
    ///
    /// # Panics
    /// When the handshake fails.
    #[must_use]
    pub fn http(host: Arc<HttpHost>, era: Era) -> Self {
        Self::open(Transport::Http { host, session: None }, era)
    }

    pub(crate) fn stdio(host: StdioHost, era: Era) -> Self {
        Self::open(Transport::Stdio(host), era)
    }

    /// Sends a request and waits for what it brings.
    ///
    /// # Errors
    /// The JSON-RPC error.
    ///
    /// # Panics
    /// When there is no answer within the bound.
    pub fn request(&mut self, method: &str, params: Value) -> Result<Value, Value> {
        self.last_id += 1;
        let id = self.last_id;
        let message = message(self.era, id, method, params);
        let answer = match &mut self.transport {
            Transport::Http { host, session } => {
                let session = session.as_deref().map(|session| ("mcp-session-id", session));
                host.post_message(self.era, &message, session.as_slice()).message()
            }
            Transport::Stdio(host) => {
                host.write(&message.to_string());
                host.answer(id)
            }
        };
        assert_eq!(answer["id"], id, "the answer is for this request");
        result(answer)
    }

    /// Calls a tool.
    ///
    /// # Errors
    /// The JSON-RPC error. A tool that failed is a result.
    ///
    /// # Panics
    /// When there is no answer within the bound.
    pub fn call(&mut self, tool: &str, arguments: Value) -> Result<Value, Value> {
        self.request("tools/call", serde_json::json!({ "name": tool, "arguments": arguments }))
    }

    fn open(transport: Transport, era: Era) -> Self {
        let mut connection = Self { transport, era, last_id: 0 };
        if era == Era::Legacy {
            connection.shake_hands();
        }
        connection
    }

    fn shake_hands(&mut self) {
        let message = message(Era::Legacy, 0, "initialize", rpc::handshake());
        match &mut self.transport {
            Transport::Http { host, session } => {
                let answer = host.post_message(Era::Legacy, &message, &[]);
                result(answer.message()).unwrap();
                let id = answer.header("mcp-session-id").to_owned();
                let accepted = host.post_message(Era::Legacy, &rpc::initialized(), &[("mcp-session-id", &id)]);
                assert_eq!(accepted.status, 202, "{accepted:?}");
                *session = Some(id);
            }
            Transport::Stdio(host) => {
                host.write(&message.to_string());
                result(host.answer(0)).unwrap();
                host.write(&rpc::initialized().to_string());
            }
        }
    }
}
