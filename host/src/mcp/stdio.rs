//! MCP over standard input and output. Nothing but MCP is ever written to standard output.

use std::sync::Arc;

use rmcp::ServiceExt as _;
use rmcp::transport::io::stdio_pipes;
use tokio_util::sync::CancellationToken;

use super::handler::Gateway;
use crate::surface::Published;

/// Serves the one client at the other end, until it closes its end or `stop` is cancelled.
///
/// # Errors
/// When the client's first message makes no connection.
pub async fn serve(published: Arc<Published>, stop: CancellationToken) -> anyhow::Result<()> {
    let gateway = Gateway { published };
    let serving = tokio::select! {
        () = stop.cancelled() => return Ok(()),
        started = gateway.serve_with_ct(stdio_pipes(), stop.clone()) => match started {
            Ok(serving) => serving,
            // Nobody said anything: a client that went away at once is no error.
            Err(rmcp::service::ServerInitializeError::ConnectionClosed(_)) => return Ok(()),
            Err(error) => return Err(error.into()),
        },
    };
    serving.waiting().await?;
    Ok(())
}
