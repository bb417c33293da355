//! Bodies on their way out and in: streamed, counted, and held to their bounds.

use std::pin::Pin;
use std::sync::{Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt as _;
use tokio::runtime::Handle;
use tokio::time::{Instant, Sleep, sleep_until, timeout};

use super::access::{Admitted, Bounds};
use super::error::Fault;
use super::exchange::{Seen, check_headers};

/// How long a guest may take to end a body after its last byte, until it hears that nobody listens any more.
const END_TIME: Duration = Duration::from_secs(10);

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
pub(super) struct Sent<B: Outbound> {
    body: Mutex<Option<B>>,
    size: SizeHint,
    allowance: Allowance,
    /// What is still to come, where the request says its length.
    awaited: Option<u64>,
}

/// The body of a guest's request, as Wasmtime has it.
pub(super) trait Outbound:
    Body<Data = Bytes, Error = wasmtime_wasi_http::Error> + Unpin + Send + 'static
{
}

impl<B: Body<Data = Bytes, Error = wasmtime_wasi_http::Error> + Unpin + Send + 'static> Outbound for B {}

impl<B: Outbound> Sent<B> {
    pub(super) fn new(body: B, bound: u64, length: Option<u64>) -> Self {
        let size = body.size_hint();
        Self { size, body: Mutex::new(Some(body)), allowance: Allowance::new(bound), awaited: length }
    }
}

impl<B: Outbound> Body for Sent<B> {
    type Data = Bytes;
    type Error = Box<dyn std::error::Error + Send + Sync>;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let this = self.get_mut();
        let body = this.body.get_mut().unwrap_or_else(PoisonError::into_inner);
        let Some(body) = body else { return Poll::Ready(None) };
        let Some(frame) = ready!(Pin::new(body).poll_frame(context)) else { return Poll::Ready(None) };
        let frame = frame.map_err(|error| error.to_string())?;
        let before = this.allowance.left;
        this.allowance.take(&frame)?;
        this.awaited = this.awaited.map(|awaited| awaited.saturating_sub(before.saturating_sub(this.allowance.left)));
        Poll::Ready(Some(Ok(frame)))
    }

    fn size_hint(&self) -> SizeHint {
        self.size
    }
}

/// A client drops a body as soon as it has as much as the request says, which may be nothing, and the guest may not have ended
/// it by then: its last, empty write would fail, and the request with it.
impl<B: Outbound> Drop for Sent<B> {
    fn drop(&mut self) {
        let body = self.body.get_mut().unwrap_or_else(PoisonError::into_inner).take();
        let Some(mut body) = body.filter(|_| self.awaited == Some(0)) else { return };
        let Ok(runtime) = Handle::try_current() else { return };
        let until_its_end = async move { while let Some(Ok(_)) = body.frame().await {} };
        runtime.spawn(timeout(END_TIME, until_its_end));
    }
}

/// What comes back. It counts as a request in progress until it has ended or is dropped, whichever is first: a guest may keep
/// what it has read.
pub(super) struct Received<B> {
    body: B,
    bounds: Bounds,
    allowance: Allowance,
    deadline: Pin<Box<Sleep>>,
    between: Option<Between>,
    seen: Seen,
    admitted: Option<Admitted>,
}

/// How long the guest wants to wait for the next part.
struct Between {
    most: Duration,
    over: Pin<Box<Sleep>>,
}

impl<B: Body> Received<B> {
    pub(super) fn new(body: B, bounds: Bounds, deadline: Instant, admitted: Admitted, seen: Seen) -> Self {
        let deadline = Box::pin(sleep_until(deadline));
        let admitted = (!body.is_end_stream()).then_some(admitted);
        let allowance = Allowance::new(bounds.response_bytes);
        Self { body, bounds, allowance, deadline, between: None, seen, admitted }
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
        let has_ended = matches!(polled, Poll::Ready(None | Some(Err(_)))) || this.body.is_end_stream();
        if has_ended {
            this.admitted = None;
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
            return if is_over { Poll::Ready(Some(Err(Fault::OwnTime))) } else { Poll::Pending };
        };
        let Some(frame) = frame else { return Poll::Ready(None) };
        let frame = frame.map_err(|error| Fault::of_body(&error))?;
        if let Some(Between { most, over }) = &mut self.between {
            over.as_mut().reset(Instant::now() + *most);
        }
        self.allowance.take(&frame).map_err(|TooLarge(bound)| Fault::ResponseSize(bound))?;
        if let Some(trailers) = frame.trailers_ref() {
            check_headers(&self.bounds, trailers).map_err(|_| Fault::ResponseHeaders)?;
        }
        Poll::Ready(Some(Ok(frame)))
    }
}
