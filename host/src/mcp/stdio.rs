//! MCP over standard input and output. Nothing but MCP is ever written to standard output.

mod opening;

use std::sync::Arc;

use rmcp::ServiceExt as _;
use rmcp::service::ServerInitializeError;
use rmcp::transport::io::stdio_pipes;
use tokio_util::sync::CancellationToken;

use self::opening::Opening;
use super::handler::Gateway;
use super::hub::{Hub, sealer_or_random, tasks_or_memory};
use crate::seal::{SealError, Sealer};
use crate::surface::Endpoint;
use crate::task::{OpenError, Tasks};

/// Why a client over standard input and output isn't served.
#[derive(Debug, thiserror::Error)]
pub enum StdioError {
    /// Its first message was no beginning.
    #[error("the client did not begin as the protocol says: {0}")]
    Beginning(#[from] Box<ServerInitializeError>),
    /// There are no random bytes to make a key of.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// There is nowhere to keep tasks.
    #[error(transparent)]
    Tasks(#[from] OpenError),
    /// The host failed.
    #[error("serving ended early: {0}")]
    Serving(#[from] tokio::task::JoinError),
}

/// Serves the one client at the other end, until it closes its end or `stop` is cancelled.
///
/// # Errors
/// When the client's first message makes no connection, or the host fails while it serves.
pub async fn serve(
    endpoint: &Endpoint,
    page_items: usize,
    sealer: Option<Arc<Sealer>>,
    tasks: Option<Tasks>,
    stop: CancellationToken,
) -> Result<(), StdioError> {
    let (sealer, tasks) = (sealer_or_random(sealer)?, tasks_or_memory(tasks)?);
    let hub = Hub::new(endpoint, page_items, sealer, tasks, stop.clone());
    let gateway = Gateway::new(&hub, Arc::default());
    let serving = tokio::select! {
        () = stop.cancelled() => return Ok(()),
        started = gateway.serve_with_ct(Opening::of(stdio_pipes()), stop.clone()) => match started {
            Ok(serving) => serving,
            // Nobody said anything: a client that went away at once is no error.
            Err(ServerInitializeError::ConnectionClosed(_)) => return Ok(()),
            Err(error) => return Err(Box::new(error).into()),
        },
    };
    serving.waiting().await?;
    Ok(())
}
