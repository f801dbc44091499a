//! The stdio transport: rmcp's, made patient with what a client may send before it opens, and telling when stdin ends.

use rmcp::{
    RoleServer,
    model::{ClientRequest, GetMeta},
    service::{RxJsonRpcMessage, TxJsonRpcMessage},
    transport::Transport,
};
use tokio_util::sync::CancellationToken;

/// rmcp ends the process on a notification or response before the first request; this one skips them. `ended` is
/// cancelled when stdin ends.
pub(super) struct Patient<T> {
    inner: T,
    opened: bool,
    ended: CancellationToken,
}

impl<T> Patient<T> {
    pub(super) fn new(inner: T, ended: CancellationToken) -> Self {
        Self { inner, opened: false, ended }
    }
}

impl<T: Transport<RoleServer>> Transport<RoleServer> for Patient<T> {
    type Error = T::Error;

    fn send(
        &mut self,
        item: TxJsonRpcMessage<RoleServer>,
    ) -> impl Future<Output = Result<(), Self::Error>> + Send + 'static {
        self.inner.send(item)
    }

    async fn receive(&mut self) -> Option<RxJsonRpcMessage<RoleServer>> {
        loop {
            let Some(message) = self.inner.receive().await else {
                self.ended.cancel();
                return None;
            };
            if let RxJsonRpcMessage::<RoleServer>::Request(request) = &message {
                self.opened |= opens(&request.request);
                return Some(message);
            }
            if self.opened {
                return Some(message);
            }
            tracing::warn!("skipped a message that came before the first request");
        }
    }

    async fn close(&mut self) -> Result<(), Self::Error> {
        self.inner.close().await
    }
}

/// Whether rmcp leaves its opening phase at this request: `initialize`, or any other with its own metadata. `ping` and
/// `server/discover` are answered and leave it open.
fn opens(request: &ClientRequest) -> bool {
    match request {
        ClientRequest::InitializeRequest(_) => true,
        ClientRequest::PingRequest(_) | ClientRequest::DiscoverRequest(_) => false,
        other => other.get_meta().protocol_version().is_some(),
    }
}
