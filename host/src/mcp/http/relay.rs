//! What a request of a session is answered, event after event. One connection may read it, or several one after the
//! other: where one breaks, or is closed on purpose because the request takes long, the next goes on behind the last
//! event that the client has seen. rmcp resumes its streams too, but not one whose answer came while nobody read it.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use futures::Stream;
use rmcp::model::ServerJsonRpcMessage;
use rmcp::transport::streamable_http_server::session::ServerSseMessage;
use tokio::runtime::Handle;
use tokio::time::Sleep;
use tokio_util::task::AbortOnDropHandle;

/// After how long a client is to come back whose stream was closed or has broken.
pub(super) const RETRY: Duration = Duration::from_secs(1);

/// How long an answer is kept that its client hasn't read to its end, or may have lost, and with it its memory.
const KEPT_TIME: Duration = Duration::from_secs(60);

/// Events of one request that are kept. Beyond it the oldest notification is left out: what counts is the newest, and
/// the answer.
const KEPT_EVENTS: usize = 256;

/// How the ids of these events begin, so that they are told apart from rmcp's own.
const MARK: char = 'r';

type Source = Pin<Box<dyn Stream<Item = ServerSseMessage> + Send>>;

/// The answer to one request, whoever reads it.
pub(super) struct Relay {
    /// Within its session.
    number: u64,
    /// The time for which one connection reads it; none where the request isn't one that takes long.
    turn_time: Option<Duration>,
    state: Mutex<State>,
}

struct State {
    /// Where events come from, as long as there may be more.
    source: Option<Source>,
    kept: VecDeque<(u64, ServerSseMessage)>,
    /// How many events there were.
    events: u64,
    /// Who reads: each reader has a number, and the newest one counts.
    turn: u64,
    is_read: bool,
    /// Takes events while nobody reads: rmcp's session stands still as long as one isn't taken.
    drain: Option<AbortOnDropHandle<()>>,
    ended: Option<Instant>,
}

impl Relay {
    pub(super) fn new(
        number: u64,
        turn_time: Option<Duration>,
        source: impl Stream<Item = ServerSseMessage> + Send + 'static,
    ) -> Arc<Self> {
        let state = State {
            source: Some(Box::pin(source)),
            kept: VecDeque::new(),
            events: 0,
            turn: 0,
            is_read: false,
            drain: None,
            ended: None,
        };
        Arc::new(Self { number, turn_time, state: Mutex::new(state) })
    }

    /// Reads on behind this event; whoever read before is at its end.
    pub(super) fn read(self: &Arc<Self>, seen: u64) -> Reader {
        let mut state = self.lock();
        state.turn += 1;
        (state.is_read, state.drain) = (true, None);
        let seen = seen.min(state.events);
        let until = self.turn_time.map(|time| Box::pin(tokio::time::sleep(time)));
        Reader { relay: Arc::clone(self), turn: state.turn, seen, until, is_over: false }
    }

    /// Whether nobody reads it.
    pub(super) fn is_detached(&self) -> bool {
        !self.lock().is_read
    }

    /// Whether there may be further events.
    pub(super) fn is_open(&self) -> bool {
        self.lock().source.is_some()
    }

    /// Whether there is nothing in it that a client could come back for.
    pub(super) fn is_done(&self) -> bool {
        let state = self.lock();
        let is_old = state.ended.is_some_and(|ended| ended.elapsed() > KEPT_TIME);
        !state.is_read && state.source.is_none() && (is_old || state.kept.is_empty())
    }

    /// Lets go of what it has.
    pub(super) fn forget(&self) {
        let mut state = self.lock();
        (state.source, state.drain) = (None, None);
        state.kept.clear();
    }

    pub(super) const fn number(&self) -> u64 {
        self.number
    }

    fn event_id(&self, event: u64) -> String {
        format!("{MARK}{}.{event}", self.number)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes an event from the source; whether there was one.
    fn pull(&self, state: &mut State, cx: &mut Context<'_>) -> Poll<bool> {
        let Some(source) = &mut state.source else { return Poll::Ready(false) };
        match ready!(source.as_mut().poll_next(cx)) {
            Some(mut event) => {
                state.events += 1;
                event.event_id = Some(self.event_id(state.events));
                state.keep(event);
                Poll::Ready(true)
            }
            None => {
                (state.source, state.ended) = (None, Some(Instant::now()));
                Poll::Ready(false)
            }
        }
    }

    /// Takes events until there are no more.
    async fn drain(self: Arc<Self>) {
        std::future::poll_fn(|cx| {
            let mut state = self.lock();
            while ready!(self.pull(&mut state, cx)) {}
            Poll::Ready(())
        })
        .await;
    }

    /// Its reader has gone.
    fn leave(self: &Arc<Self>, turn: u64) {
        let mut state = self.lock();
        if state.turn != turn {
            return;
        }
        state.is_read = false;
        // Without a runtime the process is ending.
        if state.source.is_some()
            && let Ok(runtime) = Handle::try_current()
        {
            state.drain = Some(AbortOnDropHandle::new(runtime.spawn(Arc::clone(self).drain())));
        }
    }
}

impl State {
    fn keep(&mut self, event: ServerSseMessage) {
        if self.kept.len() >= KEPT_EVENTS {
            let oldest = self.kept.iter().position(|(_, event)| is_notification(event)).unwrap_or_default();
            self.kept.remove(oldest);
        }
        self.kept.push_back((self.events, event));
    }

    fn after(&self, seen: u64) -> Option<&(u64, ServerSseMessage)> {
        let place = self.kept.partition_point(|(event, _)| *event <= seen);
        self.kept.get(place)
    }
}

fn is_notification(event: &ServerSseMessage) -> bool {
    event.message.as_deref().is_none_or(|message| matches!(message, ServerJsonRpcMessage::Notification(_)))
}

/// The number of a request, and of its last event that a client has seen; none for an id of rmcp's.
pub(super) fn read_event_id(id: &str) -> Option<(u64, u64)> {
    let (relay, event) = id.strip_prefix(MARK)?.split_once('.')?;
    Some((relay.parse().ok()?, event.parse().ok()?))
}

/// One connection's part of an answer.
pub(super) struct Reader {
    relay: Arc<Relay>,
    turn: u64,
    /// The last event that was handed out.
    seen: u64,
    until: Option<Pin<Box<Sleep>>>,
    is_over: bool,
}

impl Stream for Reader {
    type Item = ServerSseMessage;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<ServerSseMessage>> {
        let relay = Arc::clone(&self.relay);
        let mut state = relay.lock();
        if self.is_over || state.turn != self.turn {
            return Poll::Ready(None);
        }
        loop {
            if let Some((number, event)) = state.after(self.seen) {
                self.seen = *number;
                return Poll::Ready(Some(event.clone()));
            }
            match relay.pull(&mut state, cx) {
                Poll::Ready(true) => {}
                Poll::Ready(false) => {
                    // Who waits for what takes long, comes and goes: what was sent may not have arrived.
                    if relay.turn_time.is_none() {
                        state.kept.clear();
                    }
                    return Poll::Ready(None);
                }
                Poll::Pending => break,
            }
        }
        let Some(until) = &mut self.until else { return Poll::Pending };
        ready!(until.as_mut().poll(cx));
        self.is_over = true;
        Poll::Ready(Some(ServerSseMessage::priming(relay.event_id(self.seen), RETRY)))
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        self.relay.leave(self.turn);
    }
}

#[cfg(test)]
mod tests {
    use futures::StreamExt as _;
    use rmcp::model::{NumberOrString, ServerResult};
    use tokio::sync::mpsc;

    use super::*;

    const TURN: Duration = Duration::from_millis(20);

    fn progress(done: u32) -> ServerSseMessage {
        let text = format!(
            r#"{{"jsonrpc":"2.0","method":"notifications/progress","params":{{"progressToken":1,"progress":{done}}}}}"#
        );
        ServerSseMessage::from_message(serde_json::from_str(&text).unwrap())
    }

    fn answer() -> ServerSseMessage {
        ServerSseMessage::from_message(ServerJsonRpcMessage::response(
            ServerResult::empty(()),
            NumberOrString::Number(1),
        ))
    }

    fn relay(turn_time: Option<Duration>) -> (mpsc::Sender<ServerSseMessage>, Arc<Relay>) {
        let (sender, receiver) = mpsc::channel(2);
        let events = futures::stream::unfold(receiver, async |mut receiver: mpsc::Receiver<_>| {
            Some((receiver.recv().await?, receiver))
        });
        (sender, Relay::new(7, turn_time, events))
    }

    async fn ids(reader: Reader) -> Vec<String> {
        reader.map(|event| event.event_id.unwrap_or_default()).collect().await
    }

    #[tokio::test]
    async fn each_event_is_read_once_by_one_connection_after_the_other() {
        let (sender, relay) = relay(Some(TURN));
        sender.send(progress(1)).await.unwrap();
        let mut first = relay.read(0);
        assert_eq!(first.next().await.unwrap().event_id.as_deref(), Some("r7.1"));
        let closing = first.next().await.unwrap();
        assert_eq!((closing.event_id.as_deref(), closing.retry), (Some("r7.1"), Some(RETRY)));
        assert!(first.next().await.is_none());
        drop(first);
        // More than the channel has room for, while nobody reads.
        for done in 2..10 {
            sender.send(progress(done)).await.unwrap();
        }
        sender.send(answer()).await.unwrap();
        drop(sender);
        while relay.is_open() {
            tokio::task::yield_now().await;
        }
        assert!(!relay.is_done());
        let expected: Vec<String> = (2..=10).map(|event| format!("r7.{event}")).collect();
        assert_eq!(ids(relay.read(1)).await, expected);
        // What was sent may not have arrived.
        assert_eq!(ids(relay.read(9)).await, ["r7.10"]);
        relay.lock().ended = Instant::now().checked_sub(2 * KEPT_TIME);
        assert!(relay.is_done());
    }

    #[tokio::test]
    async fn a_newer_reader_takes_over() {
        let (sender, relay) = relay(None);
        let mut first = relay.read(0);
        let second = relay.read(0);
        assert!(first.next().await.is_none());
        drop(first);
        assert!(!relay.is_detached());
        sender.send(answer()).await.unwrap();
        drop(sender);
        assert_eq!(ids(second).await, ["r7.1"]);
        assert!(relay.is_done(), "a short answer that was read to its end is gone");
    }

    #[tokio::test]
    async fn the_answer_is_kept_when_there_is_too_much_to_keep() {
        let (sender, relay) = relay(None);
        drop(relay.read(0));
        for done in 0..400 {
            sender.send(progress(done)).await.unwrap();
        }
        sender.send(answer()).await.unwrap();
        drop(sender);
        while relay.is_open() {
            tokio::task::yield_now().await;
        }
        let read = ids(relay.read(0)).await;
        assert_eq!((read.len(), read.last().map(String::as_str)), (KEPT_EVENTS, Some("r7.401")));
    }

    #[test]
    fn ids_of_events_are_told_apart() {
        let cases = [("r7.12", Some((7, 12))), ("0", None), ("3/7", None), ("r7", None), ("r-1.2", None), ("", None)];
        for (id, expected) in cases {
            assert_eq!(read_event_id(id), expected, "{id}");
        }
    }
}
