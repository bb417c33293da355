//! What a client says before it has begun. rmcp ends a connection that begins with anything but a request, and answers
//! a ping in the manner of the older era, whatever the ping says of itself.

use rmcp::ErrorData;
use rmcp::model::{
    ClientJsonRpcMessage, ClientRequest, ErrorCode, GetMeta as _, ProtocolVersion, RequestMetaObject,
    ServerJsonRpcMessage,
};
use rmcp::service::RoleServer;
use rmcp::transport::{IntoTransport, Transport};

use crate::mcp::client::is_stateless_revision;

/// A transport that keeps to itself what must not end a connection which hasn't begun.
pub(super) struct Opening<T> {
    transport: T,
    has_begun: bool,
}

impl Opening<()> {
    pub(super) fn of<T, E, A>(transport: T) -> Opening<impl Transport<RoleServer, Error = E>>
    where
        T: IntoTransport<RoleServer, E, A>,
        E: std::error::Error + Send + Sync + 'static,
    {
        Opening { transport: transport.into_transport(), has_begun: false }
    }
}

impl<T: Transport<RoleServer>> Transport<RoleServer> for Opening<T> {
    type Error = T::Error;

    fn send(&mut self, item: ServerJsonRpcMessage) -> impl Future<Output = Result<(), T::Error>> + Send + 'static {
        self.transport.send(item)
    }

    async fn receive(&mut self) -> Option<ClientJsonRpcMessage> {
        loop {
            let message = self.transport.receive().await?;
            let ClientJsonRpcMessage::Request(request) = &message else {
                if self.has_begun {
                    return Some(message);
                }
                tracing::debug!("the client said something before it has begun, to which there is no answer");
                continue;
            };
            if !self.has_begun && is_modern_ping(&request.request) {
                let error = ErrorData::new(ErrorCode::METHOD_NOT_FOUND, "ping", None);
                let refusal = ServerJsonRpcMessage::error(error, Some(request.id.clone()));
                self.transport.send(refusal).await.ok()?;
                continue;
            }
            self.has_begun |= begins(&request.request);
            return Some(message);
        }
    }

    async fn close(&mut self) -> Result<(), T::Error> {
        self.transport.close().await
    }
}

/// Whether the ping is one of the stateless era, which has none.
fn is_modern_ping(request: &ClientRequest) -> bool {
    let is_ping = matches!(request, ClientRequest::PingRequest(_));
    is_ping && request.get_meta().protocol_version().is_some_and(|version| is_stateless_revision(&version))
}

/// Whether rmcp takes the request for the beginning: a handshake, or one that says all of itself.
fn begins(request: &ClientRequest) -> bool {
    match request {
        ClientRequest::InitializeRequest(_) => true,
        ClientRequest::PingRequest(_) | ClientRequest::DiscoverRequest(_) => false,
        request => says_all(request.get_meta()),
    }
}

fn says_all(meta: &RequestMetaObject) -> bool {
    meta.missing_required_keys(&ProtocolVersion::V_2026_07_28).is_empty()
        && meta.protocol_version().is_some_and(|version| ProtocolVersion::KNOWN_VERSIONS.contains(&version))
}
