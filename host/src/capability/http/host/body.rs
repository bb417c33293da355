//! Bodies on their way out and in: streamed, counted, and held to their bounds.

use std::pin::Pin;
use std::sync::{Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use tokio::time::{Instant, Sleep, sleep_until};

use super::access::Admitted;
use super::error::Fault;
use super::exchange::Seen;

/// More than a body may have.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("a body may have {0} bytes")]
pub(super) struct TooLarge(pub(super) u64);

/// Counts down what a body may still have.
#[derive(Debug, Clone, Copy)]
struct Allowance {
    bound: u64,
    left: u64,
}

impl Allowance {
    const fn new(bound: u64) -> Self {
        Self { bound, left: bound }
    }

    /// Takes what a frame has of it.
    fn take(&mut self, frame: &Frame<Bytes>) -> Result<(), TooLarge> {
        let bytes = frame.data_ref().map_or(0, |data| u64::try_from(data.len()).unwrap_or(u64::MAX));
        self.left = self.left.checked_sub(bytes).ok_or(TooLarge(self.bound))?;
        Ok(())
    }
}

/// What a guest sends. The lock is never waited for: it stands in for a promise that the type inside doesn't make.
pub(super) struct Sent<B> {
    body: Mutex<B>,
    size: SizeHint,
    allowance: Allowance,
}

impl<B: Body<Data = Bytes>> Sent<B> {
    pub(super) fn new(body: B, bound: u64) -> Self {
        Self { size: body.size_hint(), body: Mutex::new(body), allowance: Allowance::new(bound) }
    }
}

impl<B> Body for Sent<B>
where
    B: Body<Data = Bytes, Error = wasmtime_wasi_http::Error> + Unpin,
{
    type Data = Bytes;
    type Error = Box<dyn std::error::Error + Send + Sync>;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let this = self.get_mut();
        let body = this.body.get_mut().unwrap_or_else(PoisonError::into_inner);
        let Some(frame) = ready!(Pin::new(body).poll_frame(context)) else { return Poll::Ready(None) };
        let frame = frame.map_err(|error| error.to_string())?;
        this.allowance.take(&frame)?;
        Poll::Ready(Some(Ok(frame)))
    }

    fn size_hint(&self) -> SizeHint {
        self.size
    }
}

/// What comes back. It counts as a request in progress until it ends or is dropped.
pub(super) struct Received<B> {
    body: B,
    allowance: Allowance,
    deadline: Pin<Box<Sleep>>,
    between: Option<Between>,
    seen: Seen,
    _admitted: Admitted,
}

/// How long the guest wants to wait for the next part.
struct Between {
    most: Duration,
    over: Pin<Box<Sleep>>,
}

impl<B> Received<B> {
    pub(super) fn new(body: B, bound: u64, deadline: Instant, admitted: Admitted, seen: Seen) -> Self {
        let deadline = Box::pin(sleep_until(deadline));
        Self { body, allowance: Allowance::new(bound), deadline, between: None, seen, _admitted: admitted }
    }

    /// Gives up when the next part takes longer than this.
    pub(super) fn patient_for(mut self, most: Option<Duration>) -> Self {
        self.between = most.map(|most| Between { most, over: Box::pin(tokio::time::sleep(most)) });
        self
    }
}

impl<B> Body for Received<B>
where
    B: Body<Data = Bytes, Error = reqwest::Error> + Unpin,
{
    type Data = Bytes;
    type Error = Fault;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Fault>>> {
        let this = self.get_mut();
        let polled = this.poll(context);
        if let Poll::Ready(Some(Err(fault))) = &polled {
            this.seen.fault(fault);
        }
        polled
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }
}

impl<B: Body<Data = Bytes, Error = reqwest::Error> + Unpin> Received<B> {
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Fault>>> {
        // Time first: a body that drips must not put it off.
        if self.deadline.as_mut().poll(context).is_ready() {
            return Poll::Ready(Some(Err(Fault::TotalTime)));
        }
        let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(context) else {
            let is_over = self.between.as_mut().is_some_and(|between| between.over.as_mut().poll(context).is_ready());
            return if is_over { Poll::Ready(Some(Err(Fault::BetweenBytesTime))) } else { Poll::Pending };
        };
        let Some(frame) = frame else { return Poll::Ready(None) };
        let frame = frame.map_err(|error| Fault::of(&error))?;
        if let Some(Between { most, over }) = &mut self.between {
            over.as_mut().reset(Instant::now() + *most);
        }
        self.allowance.take(&frame).map_err(|TooLarge(bound)| Fault::ResponseSize(bound))?;
        Poll::Ready(Some(Ok(frame)))
    }
}
