//! One client, connected in one of the ways that clients choose.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use crate::{Era, HttpHost, StdioHost, message, result, rpc};

/// How often a request is made again with answers before that is no end: no fixture asks more often.
const ROUNDS: usize = 8;

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

    /// The protocol that is spoken.
    #[must_use]
    pub const fn era(self) -> Era {
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
    capabilities: Value,
    last_id: u64,
}

/// A request, and everything that was said until it had a result.
#[derive(Debug)]
pub struct Exchange {
    /// The result, or the error.
    pub result: Result<Value, Value>,
    /// What the server asked meanwhile: each an object with `method` and `params`.
    pub asked: Vec<Value>,
    /// What it told.
    pub told: Vec<Value>,
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
        Self::http_as(host, era, json!({}))
    }

    pub(crate) fn http_as(host: Arc<HttpHost>, era: Era, capabilities: Value) -> Self {
        Self::open(Transport::Http { host, session: None }, era, capabilities)
    }

    pub(crate) fn stdio_as(host: StdioHost, era: Era, capabilities: Value) -> Self {
        Self::open(Transport::Stdio(host), era, capabilities)
    }

    /// Sends a request and waits for what it brings.
    ///
    /// # Errors
    /// The JSON-RPC error.
    ///
    /// # Panics
    /// When there is no answer within the bound.
    pub fn request(&mut self, method: &str, params: Value) -> Result<Value, Value> {
        self.exchange(method, params, &mut Vec::new()).result
    }

    /// Sends a request, and answers what the server asks meanwhile: in the older era with requests of its own, which come
    /// over standard output only here; in the other with results that say what they still require. Each answer is for a
    /// method, and serves once.
    ///
    /// # Panics
    /// When there is no result within the bound, or a question without an answer.
    pub fn converse(&mut self, method: &str, params: &Value, answers: &[(&str, Value)]) -> Exchange {
        let mut answers = answers.to_vec();
        let mut exchange = self.exchange(method, params.clone(), &mut answers);
        for _ in 0..ROUNDS {
            let Some(asking) = exchange.result.as_ref().ok().filter(|it| it["resultType"] == "input_required") else {
                return exchange;
            };
            let next = again(params, asking, &mut answers, &mut exchange.asked);
            let then = self.exchange(method, next, &mut answers);
            exchange.result = then.result;
            exchange.told.extend(then.told);
        }
        panic!("it asks on and on: {exchange:?}")
    }

    fn exchange(&mut self, method: &str, mut params: Value, answers: &mut Vec<(&str, Value)>) -> Exchange {
        self.last_id += 1;
        let id = self.last_id;
        if self.era == Era::Modern && self.capabilities != json!({}) {
            let meta = params.as_object_mut().unwrap().entry("_meta").or_insert_with(|| json!({}));
            let meta = meta.as_object_mut().unwrap();
            meta.entry("io.modelcontextprotocol/clientCapabilities").or_insert(self.capabilities.clone());
        }
        let message = message(self.era, id, method, params);
        let mut exchange = Exchange { result: Err(Value::Null), asked: Vec::new(), told: Vec::new() };
        let answer = match &mut self.transport {
            Transport::Http { host, session } => {
                let session = session.as_deref().map(|session| ("mcp-session-id", session));
                let mut messages = host.post_message(self.era, &message, session.as_slice()).messages();
                let answer = messages.pop().unwrap();
                exchange.told = messages;
                answer
            }
            Transport::Stdio(host) => stdio_exchange(host, &message, answers, &mut exchange),
        };
        assert_eq!(answer["id"], id, "the answer is for this request");
        Exchange { result: result(answer), ..exchange }
    }

    /// Calls a tool.
    ///
    /// # Errors
    /// The JSON-RPC error. A tool that failed is a result.
    ///
    /// # Panics
    /// When there is no answer within the bound.
    pub fn call(&mut self, tool: &str, arguments: Value) -> Result<Value, Value> {
        self.request("tools/call", json!({ "name": tool, "arguments": arguments }))
    }

    fn open(transport: Transport, era: Era, capabilities: Value) -> Self {
        let mut connection = Self { transport, era, capabilities, last_id: 0 };
        if era == Era::Legacy {
            connection.shake_hands();
        }
        connection
    }

    fn shake_hands(&mut self) {
        let message = message(Era::Legacy, 0, "initialize", rpc::handshake(&self.capabilities));
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

/// Reads until the answer comes, which it returns.
fn stdio_exchange(
    host: &mut StdioHost,
    message: &Value,
    answers: &mut Vec<(&str, Value)>,
    exchange: &mut Exchange,
) -> Value {
    let mut next = host.written().len();
    host.write(&message.to_string());
    loop {
        let heard = host.message(next);
        next += 1;
        match (heard.get("method"), heard.get("id")) {
            (Some(_), Some(id)) => {
                let answer = json!({ "jsonrpc": "2.0", "id": id, "result": take(&heard, answers) });
                host.write(&answer.to_string());
                exchange.asked.push(heard);
            }
            (Some(_), None) => exchange.told.push(heard),
            // That of an earlier request, which didn't wait for it.
            (None, id) if id != message.get("id") => (),
            (None, _) => return heard,
        }
    }
}

/// The parameters of the same request with answers.
fn again(params: &Value, asking: &Value, answers: &mut Vec<(&str, Value)>, asked: &mut Vec<Value>) -> Value {
    let mut params = params.clone();
    let requests = asking["inputRequests"].as_object().into_iter().flatten();
    let responses: Map<String, Value> = requests
        .map(|(key, request)| {
            asked.push(request.clone());
            (key.clone(), take(request, answers))
        })
        .collect();
    params["inputResponses"] = Value::Object(responses);
    if let Some(state) = asking.get("requestState") {
        params["requestState"] = state.clone();
    }
    params
}

fn take(request: &Value, answers: &mut Vec<(&str, Value)>) -> Value {
    let place = answers.iter().position(|(method, _)| request["method"] == *method);
    let place = place.unwrap_or_else(|| panic!("nobody has an answer to {request}"));
    answers.remove(place).1
}
