//! What a guest says while its call runs, passed on to the client that wants to hear it.

use std::pin::pin;
use std::time::Duration;

use rmcp::model::{
    LoggingLevel, LoggingMessageNotificationParam, ProgressNotificationParam, ProgressToken, ServerNotification,
};
use rmcp::service::{RequestContext, RoleServer};
use serde_json::Value;
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::session::Session;
use crate::plugin::types::Progress;
use crate::plugin::{Event, Level};

/// How long what a guest has said may take to reach a client that reads slowly, once the call is done.
const LAST_WORDS_TIME: Duration = Duration::from_secs(2);

/// What a client wants to hear.
struct Listener<'a> {
    context: &'a RequestContext<RoleServer>,
    progress: Option<ProgressToken>,
    /// The least important level.
    level: Option<LoggingLevel>,
    /// How far the call was when the client heard of it last: progress only grows.
    reached: f64,
}

/// Runs a call and passes on what the guest says meanwhile; nothing when the client cancels. Passing on is polled beside
/// the call, not within it: a client that doesn't read must not keep the call from ending.
pub(super) async fn pass_on<R>(
    calling: impl Future<Output = R>,
    mut events: mpsc::Receiver<Event>,
    context: &RequestContext<RoleServer>,
    session: &Session,
) -> Option<R> {
    let mut listener = Listener {
        context,
        progress: context.meta.get_progress_token(),
        level: session.level(context),
        reached: f64::NEG_INFINITY,
    };
    let mut calling = pin!(calling);
    let mut passing_on = pin!(async {
        while let Some(event) = events.recv().await {
            listener.hear(event).await;
        }
    });
    let mut all_is_said = false;
    let outcome = loop {
        tokio::select! {
            biased;
            () = context.ct.cancelled() => return None,
            outcome = &mut calling => break outcome,
            () = &mut passing_on, if !all_is_said => all_is_said = true,
        }
    };
    if !all_is_said && timeout(LAST_WORDS_TIME, passing_on).await.is_err() {
        tracing::debug!("the client reads too slowly for the last of what the guest has said");
    }
    Some(outcome)
}

impl Listener<'_> {
    async fn hear(&mut self, event: Event) {
        let notice = match event {
            Event::Progress(progress) => self.progress(progress),
            Event::Log { level, logger, data } => self.message(level, logger, &data),
        };
        let Some(notice) = notice else { return };
        if let Err(error) = self.context.peer.send_notification(notice).await {
            tracing::debug!("a notification was not delivered: {error}");
        }
    }

    fn progress(&mut self, progress: Progress) -> Option<ServerNotification> {
        let token = self.progress.clone().filter(|_| progress.done > self.reached)?;
        self.reached = progress.done;
        let mut notice = ProgressNotificationParam::new(token, progress.done);
        (notice.total, notice.message) = (progress.total, progress.message);
        Some(ServerNotification::ProgressNotification(rmcp::model::ProgressNotification::new(notice)))
    }

    fn message(&self, level: Level, logger: Option<String>, data: &str) -> Option<ServerNotification> {
        let level = logging_level(level);
        self.level.filter(|least| rank(level) >= rank(*least))?;
        // What isn't JSON is a text.
        let data = serde_json::from_str(data).unwrap_or_else(|_| Value::String(data.to_owned()));
        let mut notice = LoggingMessageNotificationParam::new(level, data);
        notice.logger = logger;
        Some(ServerNotification::LoggingMessageNotification(rmcp::model::LoggingMessageNotification::new(notice)))
    }
}

const fn logging_level(level: Level) -> LoggingLevel {
    match level {
        Level::Debug => LoggingLevel::Debug,
        Level::Info => LoggingLevel::Info,
        Level::Notice => LoggingLevel::Notice,
        Level::Warning => LoggingLevel::Warning,
        Level::Error => LoggingLevel::Error,
        Level::Critical => LoggingLevel::Critical,
        Level::Alert => LoggingLevel::Alert,
        Level::Emergency => LoggingLevel::Emergency,
    }
}

/// How important a level is.
pub(super) const fn rank(level: LoggingLevel) -> u8 {
    match level {
        LoggingLevel::Debug => 0,
        LoggingLevel::Info => 1,
        LoggingLevel::Notice => 2,
        LoggingLevel::Warning => 3,
        LoggingLevel::Error => 4,
        LoggingLevel::Critical => 5,
        LoggingLevel::Alert => 6,
        LoggingLevel::Emergency => 7,
    }
}
