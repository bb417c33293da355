//! One connection: HTTP/1.1, request after request, until either side ends it. Plain requests are read and answered here;
//! hyper serves what isn't plain, and then the connection comes back.

use std::convert::Infallible;
use std::future::poll_fn;
use std::io;
use std::mem;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;

use hyper::body::Buf;
use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::content::{Answer, Sent};
use super::front::Front;
use super::plain::{self, PLAIN_BYTES, Seen};
use super::socket::Socket;
use super::watch::{Place, Watch};

/// Largest head of a request, in bytes. A token may have some thousand, and so may a line of cookies. How many headers
/// there are is bounded by hyper, at 100.
const HEAD_BYTES: usize = 32 << 10;

/// Largest piece in which a request or an answer is kept on the way, in bytes.
const BUFFER_BYTES: usize = 64 << 10;

/// Room for a request to begin with, in bytes: most fit.
const ROOM: usize = 4 << 10;

/// Serves a client that has connected.
pub(super) async fn serve(stream: TcpStream, place: Place, front: Arc<Front>) {
    // Without this, Nagle's algorithm holds small answers back for 40 ms.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!("TCP_NODELAY was refused: {error}");
    }
    let watch = &place.watch;
    let socket = Socket::new(stream, Arc::clone(watch));
    let client = Client { socket, watch, front: &front, received: Vec::new(), next: Vec::new(), out: Vec::new() };
    let mut serving = pin!(client.serve());
    let mut is_first = true;
    let served = poll_fn(|cx| {
        if mem::take(&mut is_first) {
            // Once is enough: it is the same task every time.
            watch.is_driven_by(cx.waker());
        }
        if watch.is_cut() { Poll::Ready(Ok(())) } else { serving.as_mut().poll(cx) }
    });
    if let Err(error) = served.await {
        tracing::debug!("a connection ended early: {error}");
    }
}

/// A client, and what came of it.
struct Client<'a> {
    socket: Socket,
    watch: &'a Arc<Watch>,
    front: &'a Arc<Front>,
    /// What was received and isn't answered.
    received: Vec<u8>,
    /// What is received while a request is being answered. Kept, as the others are, for its memory.
    next: Vec<u8>,
    out: Vec<u8>,
}

/// What is to be done next.
enum Step {
    Read,
    /// This many bytes of what was received are answered.
    GoOn(usize),
    /// It isn't plain.
    HandOn,
    /// The client went away.
    End,
}

impl Client<'_> {
    async fn serve(mut self) -> io::Result<()> {
        loop {
            if !self.received.is_empty() {
                self.watch.heard();
            }
            match self.step().await? {
                Step::Read if self.read().await? => continue,
                Step::GoOn(length) => self.go_on(length),
                Step::HandOn => match Box::pin(self.hand_on()).await? {
                    Some(client) => self = client,
                    None => return Ok(()),
                },
                Step::Read | Step::End => break,
            }
            if self.watch.is_stopping() {
                break;
            }
        }
        self.socket.shutdown().await
    }

    /// Answers what was received, if it is a plain request.
    async fn step(&mut self) -> io::Result<Step> {
        let plain = match plain::see(&self.received, self.front) {
            Seen::Plain(plain) => plain,
            Seen::Unfinished => return Ok(Step::Read),
            Seen::Other => return Ok(Step::HandOn),
        };
        let _serving = self.watch.serve();
        let answering = self.front.answer_plain(&plain);
        let Some(answer) = until_gone(answering, &mut self.socket, &mut self.next).await? else {
            return Ok(Step::End);
        };
        let Some(answer) = answer else { return Ok(Step::HandOn) };
        send(&mut self.socket, &mut self.out, answer, self.watch).await?;
        Ok(Step::GoOn(plain.bytes))
    }

    /// Reads more of a request; false when there is no more.
    async fn read(&mut self) -> io::Result<bool> {
        let is_between = self.received.is_empty();
        self.received.reserve(ROOM);
        let (socket, received, watch) = (&mut self.socket, &mut self.received, self.watch);
        let mut reading = pin!(socket.read_buf(received));
        let read = poll_fn(|cx| match reading.as_mut().poll(cx) {
            Poll::Pending if is_between && watch.is_stopping() => Poll::Ready(Ok(0)),
            polled => polled,
        });
        Ok(read.await? > 0)
    }

    /// What came behind a request that is answered is next.
    fn go_on(&mut self, length: usize) {
        self.received.drain(..length.min(self.received.len()));
        self.received.append(&mut self.next);
        self.received.shrink_to(4 * ROOM);
    }

    /// Lets hyper serve what isn't plain, until nothing is going on; none when the connection has ended meanwhile.
    async fn hand_on(mut self) -> io::Result<Option<Self>> {
        let (watch, front) = (self.watch, self.front);
        let received = [mem::take(&mut self.received), mem::take(&mut self.next)].concat();
        self.socket.unread(received.into());
        let requests = hyper::service::service_fn(|request| {
            let (front, serving) = (Arc::clone(front), watch.serve());
            async move { Ok::<_, Infallible>(Sent::of(front.answer(request, serving.watch()).await, serving)) }
        });
        // No timer: the watch has the times.
        let mut http = http1::Builder::new()
            .header_read_timeout(None)
            .max_header_size(HEAD_BYTES)
            .max_buf_size(BUFFER_BYTES)
            .serve_connection(TokioIo::new(self.socket), requests);
        let mut is_last = false;
        let is_over = poll_fn(|cx| {
            if !is_last && watch.is_stopping() {
                is_last = true;
                Pin::new(&mut http).graceful_shutdown();
            }
            match Pin::new(&mut http).poll(cx) {
                Poll::Pending if watch.is_at_rest() => Poll::Ready(Ok(false)),
                polled => polled.map_ok(|()| true),
            }
        });
        if is_over.await.map_err(io::Error::other)? {
            return Ok(None);
        }
        let parts = http.into_parts();
        Ok(Some(Self {
            socket: parts.io.into_inner(),
            watch,
            front,
            received: parts.read_buf.into(),
            next: self.next,
            out: self.out,
        }))
    }
}

/// Waits for an answer, and for the client's end: one who goes away, for whom there is none, wants no answer any more.
/// What comes meanwhile is kept.
async fn until_gone<T>(
    answering: impl Future<Output = T>,
    socket: &mut Socket,
    next: &mut Vec<u8>,
) -> io::Result<Option<T>> {
    let mut answering = pin!(answering);
    poll_fn(|cx| {
        if let Poll::Ready(answer) = answering.as_mut().poll(cx) {
            return Poll::Ready(Ok(Some(answer)));
        }
        while next.len() < PLAIN_BYTES {
            next.reserve(ROOM);
            match pin!(socket.read_buf(next)).poll(cx) {
                Poll::Ready(Ok(0)) => return Poll::Ready(Ok(None)),
                Poll::Ready(Ok(_)) => {}
                Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                Poll::Pending => break,
            }
        }
        Poll::Pending
    })
    .await
}

/// Sends an answer.
async fn send(socket: &mut Socket, out: &mut Vec<u8>, answer: Answer, watch: &Watch) -> io::Result<()> {
    let rest = plain::write(out, answer, &watch.date(), watch.is_stopping());
    let rest = rest.ok_or_else(|| io::Error::other("an answer to a plain request has no length"))?;
    if rest.is_empty() {
        socket.write_all(out).await?;
    } else {
        socket.write_all_buf(&mut Buf::chain(out.as_slice(), rest)).await?;
    }
    out.shrink_to(4 * ROOM);
    Ok(())
}
