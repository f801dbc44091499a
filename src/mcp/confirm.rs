//! Asks the user to confirm an act that cannot be undone, where the client can ask (MCP elicitation).

use std::time::Duration;

use rmcp::{
    Peer, RoleServer,
    model::{ElicitRequestParams, ElicitationAction, ElicitationSchema, ErrorCode, ProtocolVersion},
    service::ElicitationMode,
};
use tokio_util::sync::CancellationToken;

use crate::redact;

/// A user who takes longer has not confirmed.
const PATIENCE: Duration = Duration::from_secs(120);
/// Characters of a question.
const LENGTH: usize = 1_500;

/// What the user said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Confirmation {
    /// Go on.
    Confirmed,
    /// Do not; or no answer in time, or none that can be understood.
    Declined,
    /// The client cannot ask its user: it has no elicitation, or a protocol that forbids requests of servers (2026-07-28).
    CannotAsk,
}

/// The way to the client's user.
#[derive(Debug, Clone)]
pub(super) struct Asker {
    peer: Peer<RoleServer>,
    version: Option<ProtocolVersion>,
}

impl Asker {
    /// `version`: the protocol of the call that asks.
    pub(super) fn new(peer: Peer<RoleServer>, version: Option<ProtocolVersion>) -> Self {
        Self { peer, version }
    }

    fn can_ask(&self) -> bool {
        let version = self.version.as_ref().map(ProtocolVersion::as_str);
        let old_enough = version.is_none_or(|version| version < ProtocolVersion::V_2026_07_28.as_str());
        old_enough && self.peer.supported_elicitation_modes().contains(&ElicitationMode::Form)
    }

    /// Asks, and waits for the answer at most [`PATIENCE`], or until the call is cancelled.
    pub(super) async fn ask(&self, message: &str, cancel: &CancellationToken) -> Confirmation {
        if !self.can_ask() {
            return Confirmation::CannotAsk;
        }
        let question = ElicitRequestParams::FormElicitationParams {
            meta: None,
            message: redact::text(message).chars().take(LENGTH).collect(),
            // Nothing to fill in: to accept the form is to confirm.
            requested_schema: ElicitationSchema::new(std::collections::BTreeMap::new()),
        };
        let answer = tokio::select! {
            answer = self.peer.create_elicitation_with_timeout(question, Some(PATIENCE)) => answer,
            () = cancel.cancelled() => return Confirmation::Declined,
        };
        match answer {
            Ok(answer) if answer.action == ElicitationAction::Accept => Confirmation::Confirmed,
            Ok(_) => Confirmation::Declined,
            // It says that it can ask and does not know the request: nobody was asked.
            Err(rmcp::ServiceError::McpError(error)) if error.code == ErrorCode::METHOD_NOT_FOUND => {
                Confirmation::CannotAsk
            }
            // Whatever else goes wrong may have happened after the question was shown.
            Err(error) => {
                tracing::warn!(%error, "no answer from the client's user");
                Confirmation::Declined
            }
        }
    }
}
