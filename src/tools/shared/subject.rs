//! What the tools share that take an event by its id, its address or its issue: which one is meant, and where it is.

use super::place::{self, IssuePlace};
use crate::{
    ctx::Ctx,
    error::{Result, ToolError},
    event::{Event, Source, StoredEvent, Which, replay::Subject},
    mcp::Call,
    report::Text,
    sentry::Organization,
};

/// An event that was found.
#[derive(Debug)]
pub enum Found {
    /// In the embedded sink.
    Local(Box<StoredEvent>),
    /// On a Sentry server.
    Sentry(Organization, Box<Event>),
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
            let event = remote_event(&organization, id).await?;
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
            let found = organization.issue_event(&issue, event.as_deref().unwrap_or("latest")).await?;
            Ok(Found::Sentry(organization, Box::new(found)))
        }
    }
}

/// An event of a Sentry server by its id alone, with its project.
pub async fn remote_event(organization: &Organization, id: &str) -> Result<Event> {
    let missing = || {
        ToolError::new(
            format!("There is no event {} {}.", Text::word(id, 40), organization.said()),
            "It may have aged out, been sampled away, or be of another organization: source sentry/ORG asks there.",
        )
    };
    let place = organization.event_place(id).await?.ok_or_else(missing)?;
    let project = place.project.clone();
    let mut event = match (place.event, &project) {
        (Some(event), _) => event,
        (None, Some(project)) => organization.project_event(project, id).await?,
        (None, None) => return Err(missing()),
    };
    event.processed.project = project.or(event.processed.project);
    event.processed.issue = place.issue.or(event.processed.issue);
    Ok(event)
}

/// The project of an event of a Sentry server, for what is asked by project.
pub fn project_of(organization: &Organization, event: &Event) -> Result<String> {
    let project = event.processed.project.clone().or_else(|| organization.connection().project().map(str::to_owned));
    project.ok_or_else(|| {
        ToolError::new("The server does not say the event's project.", "Set SENTRY_PROJECT to its slug and ask again.")
    })
}

/// Whether an id can be in the embedded sink only.
pub fn is_local(ctx: &Ctx, source: &Source) -> bool {
    match source.which {
        Which::Local => true,
        Which::Auto => !ctx.sentry.is_connected(),
        Which::Sentry | Which::Named(_) => false,
    }
}
