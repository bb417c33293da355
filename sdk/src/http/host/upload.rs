//! The body of a request, on its way.

use std::fmt;
use std::io::{ErrorKind, Read};

use wasip2::http::types::{OutgoingBody, OutgoingRequest};
use wasip2::io::poll::Pollable;
use wasip2::io::streams::OutputStream;

use super::gone;
use crate::http::Error;

/// How much is read at once, and then sent.
const CHUNK: usize = 64 << 10;

/// What of a body isn't sent yet. Fields are dropped in this order, and the host wants children before parents.
pub(super) struct Upload {
    /// None: nothing more is sent.
    stream: Option<OutputStream>,
    body: Option<OutgoingBody>,
    source: Box<dyn Read>,
    chunk: Vec<u8>,
    sent: usize,
}

impl fmt::Debug for Upload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Upload").field("is_over", &self.stream.is_none()).finish_non_exhaustive()
    }
}

impl Upload {
    pub(super) fn new(request: &OutgoingRequest, source: Box<dyn Read>) -> Result<Self, Error> {
        let body = request.body().map_err(|()| gone())?;
        let stream = body.write().map_err(|()| gone())?;
        Ok(Self { stream: Some(stream), body: Some(body), source, chunk: Vec::new(), sent: 0 })
    }

    /// Is ready when more can be sent. None: there is nothing to send.
    pub(super) fn sendable(&self) -> Option<Pollable> {
        self.stream.as_ref().map(OutputStream::subscribe)
    }

    /// Sends as much as the host takes now. Once everything is sent there is nothing to do.
    pub(super) fn advance(&mut self) -> Result<(), Error> {
        while let Some(stream) = &self.stream {
            if self.sent >= self.chunk.len() && !fill(&mut self.chunk, &mut self.sent, self.source.as_mut())? {
                return self.finish();
            }
            let rest = self.chunk.get(self.sent..).unwrap_or_default();
            let written = stream.check_write().and_then(|room| {
                // Without room, the host takes not even an empty write.
                if room == 0 {
                    return Ok(0);
                }
                let now = rest.get(..usize::try_from(room).unwrap_or(usize::MAX)).unwrap_or(rest);
                stream.write(now).map(|()| now.len())
            });
            match written {
                Ok(0) => return Ok(()),
                Ok(written) => self.sent += written,
                // Nobody takes any more. Why not is what the answer says, or its error.
                Err(_) => self.stream = None,
            }
        }
        Ok(())
    }

    /// Says that this is all. What isn't finished counts as broken off.
    fn finish(&mut self) -> Result<(), Error> {
        self.stream = None;
        match self.body.take() {
            Some(body) => OutgoingBody::finish(body, None).map_err(Error::from),
            None => Ok(()),
        }
    }
}

/// Reads the next chunk. False: there is none.
fn fill(chunk: &mut Vec<u8>, sent: &mut usize, source: &mut dyn Read) -> Result<bool, Error> {
    *sent = 0;
    chunk.resize(CHUNK, 0);
    let read = loop {
        match source.read(chunk) {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            outcome => break outcome.map_err(Error::Reader)?,
        }
    };
    chunk.truncate(read);
    Ok(read > 0)
}
