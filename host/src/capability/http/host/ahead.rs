//! Large bodies, read ahead of the guest on the threads that have their connections. A guest that reads much computes much,
//! and so goes on at low priority: if each part were only fetched once the guest asks for it, one of the two would always
//! wait for the other.

use std::mem;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt as _;
use tokio::runtime::Handle;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::task::AbortOnDropHandle;

/// Bytes after which a body counts as large. Smaller ones are most of all, and are spared the task.
const LARGE_BYTES: usize = 256 << 10;

/// Bytes that may wait for the guest: enough that neither side waits for the other's next turn, and little enough for as many
/// bodies as may be in progress. One part more, for which there is no room, may be at hand; a fast server's have some 400 KiB.
const AHEAD_BYTES: usize = 512 << 10;

/// A body that is read ahead once it turns out to be large.
pub(super) struct Ahead<B: Body> {
    from: From<B>,
    runtime: Handle,
}

enum From<B: Body> {
    /// As it comes, with the bytes after which it is large.
    Body(B, usize),
    /// By a task, which ends with this.
    Task { parts: UnboundedReceiver<Part<B>>, _reading: AbortOnDropHandle<()> },
    /// There is no more.
    Nothing,
}

/// What the task has read.
struct Part<B: Body> {
    read: Read<B>,
    is_last: bool,
    /// Given back when the guest takes the part.
    _room: OwnedSemaphorePermit,
}

type Read<B> = Result<Frame<Bytes>, <B as Body>::Error>;

impl<B> Ahead<B>
where
    B: Body<Data = Bytes, Error: Send> + Unpin + Send + 'static,
{
    /// Tasks run on this runtime: the one that has the connection.
    pub(super) const fn new(body: B, runtime: Handle) -> Self {
        Self { from: From::Body(body, LARGE_BYTES), runtime }
    }

    /// Leaves the rest of the body to a task.
    fn read_ahead(&mut self) {
        let From::Body(body, _) = mem::replace(&mut self.from, From::Nothing) else { return };
        let (sender, parts) = unbounded_channel();
        let reading = AbortOnDropHandle::new(self.runtime.spawn(read_into(sender, body)));
        self.from = From::Task { parts, _reading: reading };
    }
}

/// Reads a body to its end, as far ahead as there is room.
async fn read_into<B: Body<Data = Bytes> + Unpin>(parts: UnboundedSender<Part<B>>, mut body: B) {
    let room = Arc::new(Semaphore::new(AHEAD_BYTES));
    while let Some(read) = body.frame().await {
        let bytes = data_bytes(&read).min(AHEAD_BYTES);
        let wanted = u32::try_from(bytes).unwrap_or(u32::MAX);
        let Ok(room) = Arc::clone(&room).acquire_many_owned(wanted).await else { return };
        // So that the end is known together with the last byte, and not a while later.
        let is_last = body.is_end_stream();
        if parts.send(Part { read, is_last, _room: room }).is_err() || is_last {
            return;
        }
    }
}

fn data_bytes<E>(read: &Result<Frame<Bytes>, E>) -> usize {
    read.as_ref().ok().and_then(Frame::data_ref).map_or(0, Bytes::len)
}

impl<B> Body for Ahead<B>
where
    B: Body<Data = Bytes, Error: Send> + Unpin + Send + 'static,
{
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Read<B>>> {
        let this = self.get_mut();
        match &mut this.from {
            From::Body(body, left) => {
                let Some(read) = ready!(Pin::new(&mut *body).poll_frame(context)) else { return Poll::Ready(None) };
                *left = left.saturating_sub(data_bytes(&read));
                if *left == 0 && !body.is_end_stream() {
                    this.read_ahead();
                }
                Poll::Ready(Some(read))
            }
            From::Task { parts, .. } => {
                let part = ready!(parts.poll_recv(context));
                if part.as_ref().is_none_or(|part| part.is_last) {
                    this.from = From::Nothing;
                }
                Poll::Ready(part.map(|part| part.read))
            }
            From::Nothing => Poll::Ready(None),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.from {
            From::Body(body, _) => body.size_hint(),
            From::Task { .. } => SizeHint::default(),
            From::Nothing => SizeHint::with_exact(0),
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.from {
            From::Body(body, _) => body.is_end_stream(),
            From::Task { .. } => false,
            From::Nothing => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use http::HeaderMap;
    use http_body_util::Full;
    use tokio::sync::oneshot;

    use super::*;

    /// A body of these frames, which then ends, or never does. It knows its end, as one of a known length does.
    struct Given {
        frames: VecDeque<Result<Frame<Bytes>, &'static str>>,
        is_silent: bool,
        /// How many are left, told when it is dropped.
        dropped: Option<oneshot::Sender<usize>>,
    }

    impl Body for Given {
        type Data = Bytes;
        type Error = &'static str;

        fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Read<Self>>> {
            match self.frames.pop_front() {
                None if self.is_silent => Poll::Pending,
                frame => Poll::Ready(frame),
            }
        }

        fn is_end_stream(&self) -> bool {
            self.frames.is_empty() && !self.is_silent
        }
    }

    impl Drop for Given {
        fn drop(&mut self) {
            self.dropped.take().map(|dropped| dropped.send(self.frames.len()));
        }
    }

    fn given(frames: impl IntoIterator<Item = Result<Frame<Bytes>, &'static str>>) -> Given {
        Given { frames: frames.into_iter().collect(), is_silent: false, dropped: None }
    }

    /// Parts of this size.
    fn parts(size: usize, count: usize) -> Given {
        given((0..count).map(move |number| Ok(Frame::data(vec![u8::try_from(number % 251).unwrap(); size].into()))))
    }

    #[tokio::test]
    async fn every_byte_comes_in_its_order_and_the_end_with_the_last() {
        let cases =
            [(1, 10), (LARGE_BYTES, 1), (LARGE_BYTES, 2), (LARGE_BYTES / 2, 9), (1_000, 2_000), (3 * AHEAD_BYTES, 3)];
        for (size, count) in cases {
            let mut ahead = Ahead::new(parts(size, count), Handle::current());
            for number in 0..count {
                assert!(!ahead.is_end_stream(), "{number} of {count} of {size}");
                let part = ahead.frame().await.unwrap().unwrap().into_data().unwrap();
                assert!(part.len() == size && part.iter().all(|byte| usize::from(*byte) == number % 251));
            }
            assert!(ahead.is_end_stream() && ahead.frame().await.is_none(), "{count} of {size}");
        }
    }

    #[tokio::test]
    async fn a_small_body_is_left_as_it_is() {
        let mut ahead = Ahead::new(Full::new(Bytes::from_static(b"abc")), Handle::current());
        assert_eq!(ahead.size_hint().exact(), Some(3));
        assert_eq!(ahead.frame().await.unwrap().unwrap().into_data().unwrap(), "abc");
        assert!(ahead.is_end_stream() && matches!(ahead.from, From::Body(..)));
    }

    #[tokio::test]
    async fn what_ends_a_body_comes_through() {
        let large = || Ok(Frame::data(Bytes::from_static(&[0; LARGE_BYTES])));
        let trailers: HeaderMap = [(http::header::ETAG, "a".parse().unwrap())].into_iter().collect();
        let mut ahead = Ahead::new(given([large(), large(), Ok(Frame::trailers(trailers))]), Handle::current());
        ahead.frame().await.unwrap().unwrap();
        ahead.frame().await.unwrap().unwrap();
        assert_eq!(ahead.frame().await.unwrap().unwrap().into_trailers().unwrap()["etag"], "a");
        let mut ahead = Ahead::new(given([large(), large(), Err("broken")]), Handle::current());
        ahead.frame().await.unwrap().unwrap();
        ahead.frame().await.unwrap().unwrap();
        assert_eq!(ahead.frame().await.unwrap().unwrap_err(), "broken");
    }

    #[tokio::test]
    async fn no_more_is_read_than_there_is_room_for() {
        let (dropped, left) = oneshot::channel();
        let mut body = parts(LARGE_BYTES, 100);
        body.dropped = Some(dropped);
        let mut ahead = Ahead::new(body, Handle::current());
        ahead.frame().await.unwrap().unwrap();
        for _ in 0..1_000 {
            tokio::task::yield_now().await;
        }
        drop(ahead);
        // The one that was taken, those that wait, and the one for which there is no room.
        assert_eq!(left.await.unwrap(), 100 - 1 - AHEAD_BYTES / LARGE_BYTES - 1);
    }

    #[tokio::test]
    async fn a_body_that_says_nothing_is_let_go_with_its_reader() {
        let (dropped, left) = oneshot::channel();
        let mut silent = parts(LARGE_BYTES, 2);
        (silent.is_silent, silent.dropped) = (true, Some(dropped));
        let mut ahead = Ahead::new(silent, Handle::current());
        ahead.frame().await.unwrap().unwrap();
        ahead.frame().await.unwrap().unwrap();
        assert!(!ahead.is_end_stream());
        drop(ahead);
        assert_eq!(left.await.unwrap(), 0);
    }
}
