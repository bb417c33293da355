//! A client that hears what it is told as it comes, on each wire: it answers questions in the middle of a request, and is
//! told of changes that it didn't just cause.

mod stream;

use std::sync::Arc;

use serde_json::{Map, Value, json};
use wharf_tests::{Era, HttpHost, StdioHost, TestHost, Wire, message, result};

use self::stream::Streams;

/// How often a request is made again with answers before that is no end.
const ROUNDS: usize = 8;

/// A connected client.
pub(crate) struct Live {
    way: Way,
    era: Era,
    capabilities: Value,
    last_id: u64,
}

enum Way {
    Http(Streams),
    Stdio(StdioHost),
}

/// A request, and what was asked until it had a result.
#[derive(Debug)]
pub(crate) struct Told {
    pub(crate) result: Result<Value, Value>,
    /// Each an object with `method` and `params`.
    pub(crate) asked: Vec<Value>,
}

impl Live {
    /// The one client of a host that is started for it.
    pub(crate) fn connect(host: TestHost, wire: Wire, capabilities: Value) -> Self {
        match wire {
            Wire::HttpModern | Wire::HttpLegacy => Self::http(&Arc::new(host.http()), wire.era(), capabilities),
            Wire::StdioModern | Wire::StdioLegacy => Self::open(Way::Stdio(host.stdio()), wire.era(), capabilities),
        }
    }

    /// A client of a host that runs already.
    pub(crate) fn http(host: &Arc<HttpHost>, era: Era, capabilities: Value) -> Self {
        Self::http_at(host, "/mcp", None, era, capabilities)
    }

    /// As [`Self::http`], at this path and with this bearer token.
    pub(crate) fn http_at(
        host: &Arc<HttpHost>,
        path: &str,
        token: Option<&str>,
        era: Era,
        capabilities: Value,
    ) -> Self {
        Self::open(Way::Http(Streams::new(Arc::clone(host), path, token)), era, capabilities)
    }

    fn open(way: Way, era: Era, capabilities: Value) -> Self {
        let mut client = Self { way, era, capabilities, last_id: 0 };
        if era == Era::Legacy {
            client.shake_hands();
        }
        client
    }

    fn shake_hands(&mut self) {
        let who = json!({ "name": "wharf-tests", "version": "0" });
        let params = json!({
            "protocolVersion": Era::Legacy.version(), "capabilities": self.capabilities, "clientInfo": who,
        });
        let hello = message(Era::Legacy, 0, "initialize", params);
        match &mut self.way {
            Way::Http(streams) => streams.begin_session(&hello),
            Way::Stdio(host) => host.write(&hello.to_string()),
        }
        self.answer(0).unwrap();
        self.send(&json!({ "jsonrpc": "2.0", "method": "notifications/initialized" }));
        if let Way::Http(streams) = &mut self.way {
            streams.listen();
        }
    }

    /// Sends a request, and doesn't wait for its answer. Its id.
    pub(crate) fn begin(&mut self, method: &str, mut params: Value) -> u64 {
        self.last_id += 1;
        if self.era == Era::Modern {
            let meta = params.as_object_mut().unwrap().entry("_meta").or_insert_with(|| json!({}));
            let meta = meta.as_object_mut().unwrap();
            meta.entry("io.modelcontextprotocol/clientCapabilities").or_insert_with(|| self.capabilities.clone());
        }
        let request = message(self.era, self.last_id, method, params);
        self.send(&request);
        self.last_id
    }

    /// Waits for the answer to a request.
    pub(crate) fn answer(&self, id: u64) -> Result<Value, Value> {
        let (_, answer) = self.until(0, |heard| heard["id"] == id && heard.get("method").is_none());
        result(answer)
    }

    /// Sends a request, and waits for its answer.
    pub(crate) fn request(&mut self, method: &str, params: Value) -> Result<Value, Value> {
        let id = self.begin(method, params);
        self.answer(id)
    }

    /// Calls a tool.
    pub(crate) fn call(&mut self, tool: &str, arguments: Value) -> Result<Value, Value> {
        self.request("tools/call", json!({ "name": tool, "arguments": arguments }))
    }

    /// Makes a request, and answers each question with the first answer that is left for its method; one that is an
    /// object with `$error` is an error. In the stateless era the client comes back with the answers.
    pub(crate) fn converse(&mut self, method: &str, params: &Value, answers: &[(&str, Value)]) -> Told {
        let mut answers = answers.to_vec();
        let mut asked = Vec::new();
        let mut next = params.clone();
        for _ in 0..ROUNDS {
            let result = self.exchange(method, next, &mut answers, &mut asked);
            match result {
                Ok(asks) if asks["resultType"] == "input_required" => {
                    next = again(params, &asks, |request| take(request, &mut answers), &mut asked);
                }
                result => return Told { result, asked },
            }
        }
        panic!("it asks on and on: {asked:?}")
    }

    fn exchange(
        &mut self,
        method: &str,
        params: Value,
        answers: &mut Vec<(&str, Value)>,
        asked: &mut Vec<Value>,
    ) -> Result<Value, Value> {
        let mut from = self.heard().len();
        let id = self.begin(method, params);
        loop {
            let (place, heard) = self.until(from, |heard| heard.get("id").is_some());
            from = place + 1;
            if heard.get("method").is_some() {
                self.reply(&heard, take(&heard, answers));
                asked.push(heard);
            } else if heard["id"] == id {
                return result(heard);
            }
        }
    }

    /// Answers a question that was asked with a request.
    pub(crate) fn reply(&mut self, request: &Value, reply: Value) {
        let (key, reply) = match reply.get("$error") {
            Some(error) => ("error", error.clone()),
            None => ("result", reply),
        };
        self.send(&json!({ "jsonrpc": "2.0", "id": request["id"], key: reply }));
    }

    /// Tells the server something.
    pub(crate) fn notify(&mut self, method: &str, params: &Value) {
        self.send(&json!({ "jsonrpc": "2.0", "method": method, "params": params }));
    }

    /// Takes a request back, as clients of the stateless era do on this wire.
    pub(crate) fn take_back(&mut self, id: u64) {
        match &mut self.way {
            Way::Http(streams) => streams.close(id),
            Way::Stdio(_) => self.notify("notifications/cancelled", &json!({ "requestId": id })),
        }
    }

    /// Everything that was heard up to now.
    pub(crate) fn heard(&self) -> Vec<Value> {
        match &self.way {
            Way::Http(streams) => streams.heard(),
            Way::Stdio(host) => host.written().iter().map(|line| serde_json::from_str(line).unwrap()).collect(),
        }
    }

    /// Waits for the first message, from this place on, that is wanted; and its place.
    pub(crate) fn until(&self, from: usize, is_wanted: impl Fn(&Value) -> bool) -> (usize, Value) {
        let mut place = from;
        loop {
            let heard = match &self.way {
                Way::Http(streams) => streams.message(place),
                Way::Stdio(host) => host.message(place),
            };
            if is_wanted(&heard) {
                return (place, heard);
            }
            place += 1;
        }
    }

    /// Waits for a notification, from this place on; and its place.
    pub(crate) fn until_told(&self, from: usize, method: &str) -> (usize, Value) {
        self.until(from, |heard| heard["method"] == method)
    }

    /// Waits until the host logs a line with this text.
    pub(crate) fn wait_for_log(&self, text: &str) {
        match &self.way {
            Way::Http(streams) => streams.host().wait_for_log(text),
            Way::Stdio(host) => host.wait_for_log(text),
        }
    }

    /// Ends the host as an operator does, and waits for its end. It must be this client's own.
    pub(crate) fn stop(self) {
        let finished = match self.way {
            Way::Http(streams) => streams.into_host().stop(),
            Way::Stdio(host) => host.close(),
        };
        assert_eq!(finished.code, Some(0), "{finished:?}");
    }

    fn send(&mut self, message: &Value) {
        match &mut self.way {
            Way::Http(streams) => streams.send(self.era, message),
            Way::Stdio(host) => host.write(&message.to_string()),
        }
    }
}

/// The parameters of the same request, with answers to what a result asks.
pub(crate) fn again(
    params: &Value,
    asks: &Value,
    mut answer: impl FnMut(&Value) -> Value,
    asked: &mut Vec<Value>,
) -> Value {
    let mut params = params.clone();
    let requests = asks["inputRequests"].as_object().into_iter().flatten();
    let responses: Map<String, Value> = requests.clone().map(|(key, request)| (key.clone(), answer(request))).collect();
    asked.extend(requests.map(|(_, request)| request.clone()));
    params["inputResponses"] = Value::Object(responses);
    params["requestState"] = asks["requestState"].clone();
    params
}

fn take(request: &Value, answers: &mut Vec<(&str, Value)>) -> Value {
    let place = answers.iter().position(|(method, _)| request["method"] == *method);
    let place = place.unwrap_or_else(|| panic!("nobody has an answer to {request}"));
    answers.remove(place).1
}
