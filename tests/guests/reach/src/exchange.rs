//! What came of requests.

use std::io::{self, Read};
use std::thread::sleep;
use std::time::Duration;

use sha2::{Digest as _, Sha256};
use wharf_sdk::http::Error;
use wharf_sdk::prelude::*;

use crate::{Fault, Tally};

/// What of a body is given back as text.
const SHOWN: usize = 64 << 10;

/// What came back. Of several requests, this is the first one, and `tally` tells of all.
#[derive(Serialize, JsonSchema, Default)]
pub(crate) struct Exchange {
    /// None: no answer began.
    pub(crate) status: Option<u16>,
    /// All headers of the answer, in the order in which they came.
    pub(crate) headers: Vec<(String, String)>,
    /// The beginning of the body, at most 64 KiB. What isn't UTF-8 became U+FFFD.
    pub(crate) body: String,
    /// How many bytes of the body were read.
    pub(crate) body_bytes: u64,
    /// Of what was read, in hexadecimal digits. None: it wasn't computed.
    pub(crate) body_sha256: Option<String>,
    /// Why there is no answer, or only a part of one.
    pub(crate) error: Option<Fault>,
    /// The error is a refusal of the policy.
    pub(crate) denied: bool,
    /// What the host didn't take when the request was put together, as `header x-a: invalid-syntax`.
    pub(crate) refused: Vec<String>,
    /// From when the first request was started until the last one was over.
    pub(crate) milliseconds: u64,
    /// How often each status, or each code of an error, came.
    pub(crate) tally: Tally,
    /// How many requests were open at once.
    pub(crate) most_open: u32,
}

impl Exchange {
    pub(crate) fn fail(&mut self, error: &Error) {
        let code = error.code().map_or_else(|| kind(error), Into::into);
        self.denied = error.is_denied();
        self.error = Some(Fault::new(code, error));
    }

    /// As it shows in the tally.
    pub(crate) fn outcome(&self) -> String {
        match (&self.error, self.status) {
            (Some(fault), _) => fault.code.clone(),
            (None, Some(status)) => status.to_string(),
            (None, None) => "nothing".into(),
        }
    }
}

/// What the SDK itself found.
fn kind(error: &Error) -> String {
    let debug = format!("{error:?}");
    debug.split(['(', ' ']).next().unwrap_or_default().to_owned()
}

/// How to read a body.
#[derive(Clone, Copy)]
pub(crate) struct Reading {
    /// None: all of it.
    pub(crate) most: Option<u64>,
    /// At once.
    pub(crate) chunk: usize,
    /// Between two chunks.
    pub(crate) pause: Duration,
    pub(crate) digest: bool,
}

impl Reading {
    /// Reads, in constant memory.
    pub(crate) fn read(self, reader: impl Read, exchange: &mut Exchange) {
        let mut hash = self.digest.then(Sha256::new);
        let mut shown = Vec::new();
        if let Err(error) = self.copy(reader, exchange, &mut hash, &mut shown) {
            match error.get_ref().and_then(|inner| inner.downcast_ref::<Error>()) {
                Some(inner) => exchange.fail(inner),
                None => exchange.error = Some(Fault::new("io", error)),
            }
        }
        exchange.body = String::from_utf8_lossy(&shown).into_owned();
        exchange.body_sha256 = hash.map(|hash| hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect());
    }

    fn copy(
        self,
        reader: impl Read,
        exchange: &mut Exchange,
        hash: &mut Option<Sha256>,
        shown: &mut Vec<u8>,
    ) -> io::Result<()> {
        let mut reader = reader.take(self.most.unwrap_or(u64::MAX));
        let mut chunk = vec![0; self.chunk.max(1)];
        loop {
            let read = reader.read(&mut chunk)?;
            let part = chunk.get(..read).unwrap_or_default();
            if part.is_empty() {
                return Ok(());
            }
            exchange.body_bytes += read as u64;
            if let Some(hash) = hash {
                hash.update(part);
            }
            let room = SHOWN.saturating_sub(shown.len()).min(read);
            shown.extend(part.iter().take(room));
            sleep(self.pause);
        }
    }
}

/// Bytes that are made while they are read: the remainders of their places by 251.
pub(crate) struct Generated {
    pub(crate) at: u64,
    pub(crate) end: u64,
}

impl Read for Generated {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.end - self.at).unwrap_or(usize::MAX);
        let read = left.min(buffer.len());
        for (place, byte) in (self.at..).zip(buffer.iter_mut().take(read)) {
            *byte = u8::try_from(place % 251).unwrap_or_default();
        }
        self.at += read as u64;
        Ok(read)
    }
}
