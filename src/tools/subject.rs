//! What the tools share that take an event by its id, its address or its issue: which one is meant, and where it is.

use super::place::{self, IssuePlace};
use crate::{
    ctx::Ctx,
    error::{Result, ToolError},
    event::{Source, StoredEvent, Which, replay::Subject},
    mcp::Call,
    sentry::{Organization, api::LocatedEvent},
};

/// An event that was found.
#[derive(Debug)]
pub enum Found {
    /// In the embedded sink.
    Local(Box<StoredEvent>),
    /// On a Sentry server.
    Sentry(Organization, Box<LocatedEvent>),
}

/// The event that is meant; an issue means its latest one, unless its address names another.
pub async fn event_of(ctx: &Ctx, call: &Call, source: &Source, subject: &Subject) -> Result<Found> {
    let issue = match subject {
        Subject::Id(id) => {
            if !source.is_remote()
                && let Some(stored) = ctx.sink.event(id).await?
            {
                return Ok(Found::Local(Box::new(stored)));
            }
            if is_local(ctx, source) {
                return Err(ToolError::no_event(id));
            }
            let organization = place::remote(ctx, call, source).await?;
            let event = organization.event_by_id(id).await?;
            return Ok(Found::Sentry(organization, Box::new(event)));
        }
        Subject::Replay { .. } => {
            return Err(ToolError::new(
                "The address is that of a replay, and an event is needed.",
                "get_replay shows the replay; give the id of one of its errors here.",
            ));
        }
        Subject::Issue(issue) => issue,
    };
    match place::place_of_issue(ctx, call, source, issue).await? {
        IssuePlace::Local(id) => {
            if ctx.sink.issue(&id).await?.is_none() {
                return Err(ToolError::no_issue(&id));
            }
            let latest = ctx.sink.events(&id, 1, None).await?.rows.into_iter().next();
            let gone = || ToolError::new(format!("{id} has no event any more."), "Make it happen again.");
            latest.map(|stored| Found::Local(Box::new(stored))).ok_or_else(gone)
        }
        IssuePlace::Sentry { organization, issue, event } => {
            let found = organization.event_of_issue(&issue, event.as_deref().unwrap_or("latest")).await?;
            Ok(Found::Sentry(organization, Box::new(found)))
        }
    }
}

/// Whether an id can be in the embedded sink only.
pub fn is_local(ctx: &Ctx, source: &Source) -> bool {
    match source.which {
        Which::Local => true,
        Which::Auto => !ctx.sentry.is_connected(),
        Which::Sentry | Which::Named(_) => false,
    }
}
