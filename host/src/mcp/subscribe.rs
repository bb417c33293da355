//! Changes on their way to clients: to sessions of the older era, and to streams that clients of the stateless era keep
//! open for them. Bursts are told once.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use rmcp::ErrorData;
use rmcp::model::{ResourceUpdatedNotificationParam, SubscriptionFilter};
use rmcp::service::{Peer, RoleServer, SubscriptionContext};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::sleep;

use super::hub::Hub;
use super::session::{SUBSCRIPTIONS, Session};
use super::watch::Watching;
use crate::caller::Caller;
use crate::surface::{Change, Published, Surface};

/// How long changes are gathered before they are told: a plugin that comes up changes several lists at once.
const GATHER_TIME: Duration = Duration::from_millis(100);

/// What a caller sees, to tell it of nothing else.
pub(super) struct Eyes {
    published: Arc<Published>,
    caller: Arc<Caller>,
    /// What it was last told of. None: it sees everything.
    told: Option<Arc<Surface>>,
}

impl Eyes {
    /// From now on.
    pub(super) fn new(hub: &Hub, caller: &Arc<Caller>) -> Self {
        let told = caller.permissions.is_some().then(|| hub.current_for(caller));
        Self { published: Arc::clone(&hub.published), caller: Arc::clone(caller), told }
    }

    /// Whether there is such a resource.
    pub(super) fn see(&self, uri: &str) -> bool {
        self.told.is_none() || self.published.current().for_caller(&self.caller).target(uri).is_some()
    }

    /// What of a change is one for this caller.
    fn of(&mut self, change: Change) -> Change {
        let Some(told) = &mut self.told else { return change };
        let now = self.published.current().for_caller(&self.caller);
        let lists = Change::between(told, &now);
        let updated = change.updated.into_iter().filter(|uri| now.target(uri).is_some()).collect();
        *told = now;
        Change { updated, ..lists }
    }
}

/// Tells a session of the older era, until it ends.
pub(super) async fn tell_session(
    peer: Peer<RoleServer>,
    session: Arc<Session>,
    mut eyes: Eyes,
    mut changes: Receiver<Change>,
) {
    let ended = session.ended();
    let session = {
        let weak = Arc::downgrade(&session);
        drop(session);
        weak
    };
    loop {
        let change = tokio::select! {
            () = ended.cancelled() => return,
            change = gathered(&mut changes) => change,
        };
        let (Some(change), Some(session)) = (change, session.upgrade()) else { return };
        if tell(&peer, &session, eyes.of(change)).await.is_err() {
            return;
        }
    }
}

async fn tell(peer: &Peer<RoleServer>, session: &Session, change: Change) -> Result<(), rmcp::ServiceError> {
    if change.tools {
        peer.notify_tool_list_changed().await?;
    }
    if change.resources {
        peer.notify_resource_list_changed().await?;
    }
    if change.prompts {
        peer.notify_prompt_list_changed().await?;
    }
    for uri in change.updated {
        if session.is_subscribed(&uri) {
            peer.notify_resource_updated(ResourceUpdatedNotificationParam::new(uri)).await?;
        }
    }
    Ok(())
}

/// What of a wish can be granted: all of it, but for a bound on resources.
pub(super) fn accepted(wanted: &SubscriptionFilter) -> SubscriptionFilter {
    let mut accepted = wanted.clone();
    if let Some(uris) = &mut accepted.resource_subscriptions {
        uris.truncate(SUBSCRIPTIONS);
    }
    accepted
}

/// Tells a client that keeps a stream open, until it closes it or the server stops.
pub(super) async fn tell_stream(
    context: SubscriptionContext,
    hub: &Hub,
    mut eyes: Eyes,
    mut changes: Receiver<Change>,
) -> Result<(), ErrorData> {
    let wanted = context.accepted().resource_subscriptions.clone().unwrap_or_default();
    let _watching: BTreeMap<&String, Watching> =
        wanted.iter().filter(|uri| eyes.see(uri)).filter_map(|uri| Some((uri, hub.watches.watch(uri)?))).collect();
    let wanted: BTreeSet<&String> = wanted.iter().collect();
    loop {
        let change = tokio::select! {
            () = context.cancelled() => return Ok(()),
            () = hub.stop.cancelled() => return Ok(()),
            change = gathered(&mut changes) => change,
        };
        let Some(change) = change.map(|change| eyes.of(change)) else { return Ok(()) };
        let (sink, lists) = (context.sink(), context.accepted());
        let mut sent = Ok(());
        if change.tools && lists.tools_list_changed == Some(true) {
            sent = sent.and(sink.notify_tool_list_changed().await);
        }
        if change.resources && lists.resources_list_changed == Some(true) {
            sent = sent.and(sink.notify_resource_list_changed().await);
        }
        if change.prompts && lists.prompts_list_changed == Some(true) {
            sent = sent.and(sink.notify_prompt_list_changed().await);
        }
        for uri in change.updated.into_iter().filter(|uri| wanted.contains(uri)) {
            sent = sent.and(sink.notify_resource_updated(uri).await);
        }
        if let Err(error) = sent {
            tracing::debug!("a change was not delivered: {error}");
            return Ok(());
        }
    }
}

/// The next change, with what follows shortly after it. None when there will be none.
async fn gathered(changes: &mut Receiver<Change>) -> Option<Change> {
    let mut gathered = next(changes).await?;
    let mut over = std::pin::pin!(sleep(GATHER_TIME));
    loop {
        tokio::select! {
            () = &mut over => return Some(gathered),
            change = next(changes) => match change {
                Some(change) => gathered.merge(change),
                None => return Some(gathered),
            },
        }
    }
}

async fn next(changes: &mut Receiver<Change>) -> Option<Change> {
    match changes.recv().await {
        Ok(change) => Some(change),
        // Some were missed: what they were about is unknown, so everything may have changed.
        Err(RecvError::Lagged(_)) => Some(Change::of_lists()),
        Err(RecvError::Closed) => None,
    }
}
