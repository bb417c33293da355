//! Generated lines on standard input. Whatever they are: what comes back is messages, and plain requests are answered.

use std::cell::RefCell;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};
use wharf_tests::{Era, Part, StdioHost, TestHost, find, message, result};

use super::check;
use super::edit::{Sent, edited};
use super::message::{check_message, seeds};

/// After so many cases a new host is started: each case looks at everything that the host has written.
const CASES_A_HOST: u64 = 100;

/// Ids that no generated message has.
const FIRST_ID: u64 = 1 << 40;

/// One client over standard input and output.
struct Client {
    host: StdioHost,
    cases: u64,
}

impl Client {
    fn connect(era: Era) -> Option<Self> {
        let echo = find(Part::Guest("echo"))?;
        let mut host = TestHost::new().plugin("echo", echo).stdio();
        let first = match era {
            Era::Modern => message(era, 0, "tools/list", json!({})),
            Era::Legacy => {
                let client = json!({ "name": "fuzz", "version": "0" });
                let params = json!({ "protocolVersion": era.version(), "capabilities": {}, "clientInfo": client });
                message(era, 0, "initialize", params)
            }
        };
        host.write(&first.to_string());
        result(host.answer(0)).unwrap();
        if era == Era::Legacy {
            host.write(&json!({ "jsonrpc": "2.0", "method": "notifications/initialized" }).to_string());
        }
        Some(Self { host, cases: 0 })
    }

    fn check(&mut self, era: Era, lines: &[Sent]) -> Result<(), TestCaseError> {
        let before = self.host.written().len();
        lines.iter().for_each(|line| self.host.write_bytes(&line.0));
        self.cases += 1;
        let id = FIRST_ID + self.cases;
        let call = json!({ "name": "echo__echo", "arguments": { "text": "there" } });
        self.host.write(&message(era, id, "tools/call", call).to_string());
        let answer = result(self.host.answer(id)).map_err(|error| TestCaseError::fail(error.to_string()))?;
        prop_assert_eq!(&answer["content"][0]["text"], "there");
        for line in self.host.written().iter().skip(before) {
            let message: Value = serde_json::from_str(line).unwrap();
            check_message(&message, None)?;
        }
        prop_assert!(!self.host.log().contains("panicked"));
        Ok(())
    }
}

fn check_era(era: Era) {
    let client = RefCell::new(None);
    if find(Part::Guest("echo")).is_none() {
        return;
    }
    check(400, &vec(edited(select(seeds(era))), 1..4), |lines| {
        // A host that failed isn't used again.
        let running = client.take().filter(|client: &Client| client.cases < CASES_A_HOST);
        let mut current = running.or_else(|| Client::connect(era)).expect("the guest is there");
        current.check(era, &lines)?;
        client.replace(Some(current));
        Ok(())
    });
    if let Some(client) = client.take() {
        assert_eq!(client.host.close().code, Some(0));
    }
}

#[test]
fn edited_lines_of_the_stateless_era_break_nothing() {
    check_era(Era::Modern);
}

#[test]
fn edited_lines_of_the_older_era_break_nothing() {
    check_era(Era::Legacy);
}
