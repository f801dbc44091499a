//! What the tools that show an event share: finding the one that is meant, in the sink or on a Sentry server.

use crate::{
    ctx::Ctx,
    error::{Result, ToolError},
    event::{Event, EventRef, Issue, Source, StoredEvent, Tracked, Which},
    mcp::Call,
    report::View,
    sentry::{Failure, Kind, Organization},
};

/// Events looked through for one that a cursor, or a release, means.
const LOOKED_AT: usize = 100;

/// Which event of an issue is meant: `latest`, `oldest`, `recommended`, or its id.
pub fn wanted(text: Option<&str>) -> Result<String> {
    match text.map(str::trim).unwrap_or("latest") {
        word @ ("latest" | "oldest" | "recommended") => Ok(word.to_owned()),
        id => match EventRef::parse(id) {
            Ok(EventRef(id, None)) => Ok(id),
            Ok(EventRef(id, Some(_))) => Err(ToolError::new(
                "`event` is the address of an event.",
                format!("Give the address as the issue itself, or the event's id {id} alone."),
            )),
            Err(why) => {
                Err(ToolError::new(format!("{why}."), "`event` is latest, oldest, recommended, or an event id."))
            }
        },
    }
}

/// An event of an issue of the sink, and which one it is.
pub async fn local(ctx: &Ctx, issue: &Issue, wanted: &str, view: &View) -> Result<(&'static str, StoredEvent)> {
    let gone = || {
        ToolError::new(
            format!("{} has no event any more: the sink keeps a bounded number of events.", issue.id),
            "Make it happen again, or look at its title and counts with search_issues.",
        )
    };
    match wanted {
        "latest" | "recommended" => {
            let page = ctx.sink.events(&issue.id, 1, None).await?;
            let latest = page.rows.into_iter().next().ok_or_else(gone)?;
            match view.event().filter(|begin| !latest.event.event_id.starts_with(*begin)) {
                Some(begin) => {
                    let page = ctx.sink.events(&issue.id, LOOKED_AT, None).await?;
                    let mut rows = page.rows.into_iter();
                    let meant = rows.find(|stored| stored.event.event_id.starts_with(begin));
                    Ok(("chosen", meant.ok_or_else(|| other_event(begin))?))
                }
                None => Ok(("latest", latest)),
            }
        }
        "oldest" => Ok(("oldest", ctx.sink.oldest_event(&issue.id).await?.ok_or_else(gone)?)),
        id => {
            let stored = ctx.sink.event(id).await?.ok_or_else(|| ToolError::no_event(id))?;
            match stored.issue.as_deref() {
                Some(own) if own == issue.id => Ok(("chosen", stored)),
                other => Err(ToolError::new(
                    format!("The event {id} belongs to {}, not to {}.", other.unwrap_or("no issue"), issue.id),
                    "Ask for that issue, or read the event alone with get_event.",
                )),
            }
        }
    }
}

/// An issue of a Sentry server, and one of its events.
pub struct Together {
    /// The issue.
    pub issue: (Issue, Tracked),
    /// The event.
    pub event: Result<Event, Failure>,
    /// What the server knows the issue by: the id that was given, or its number.
    pub id: String,
    /// The latest event stands for the recommended one, which the server does not have.
    pub latest: bool,
}

/// An issue by short id or number, and one of its events, at once. A 404 says little about what is there: not every server
/// takes a short id at each of these addresses, or knows a recommended event. So what is not found is asked for by the
/// issue's number, and as the latest event.
pub async fn together(organization: &Organization, id: &str, wanted: &str) -> Result<Together, Failure> {
    let not_found = |event: &Result<Event, Failure>| matches!(event, Err(failure) if failure.kind == Kind::NotFound);
    let mut id = id.to_owned();
    let (mut issue, mut event) = tokio::join!(organization.issue(&id), organization.issue_event(&id, wanted));
    let is_short = !id.bytes().all(|byte| byte.is_ascii_digit());
    if matches!(&issue, Err(failure) if failure.kind == Kind::NotFound)
        && is_short
        && let Ok(Some(number)) = organization.number_of(&id).await
    {
        id = number;
        (issue, event) = tokio::join!(organization.issue(&id), organization.issue_event(&id, wanted));
    }
    let issue = issue?;
    let number = issue.1.number.as_str();
    if not_found(&event) && !number.is_empty() && number != id {
        number.clone_into(&mut id);
        event = organization.issue_event(&id, wanted).await;
    }
    let mut latest = false;
    if wanted == "recommended" && not_found(&event) {
        event = organization.issue_event(&id, "latest").await;
        latest = event.is_ok();
    }
    Ok(Together { issue, event, id, latest })
}

/// The event that a cursor is of, where `event` is a newer one of the same issue.
pub async fn meant(organization: &Organization, issue: &str, event: Event, view: &View) -> Result<Event> {
    let Some(begin) = view.event().filter(|begin| !event.event_id.starts_with(*begin)) else { return Ok(event) };
    let id = organization.event_like(issue, begin).await?.ok_or_else(|| other_event(begin))?;
    Ok(organization.issue_event(issue, &id).await?)
}

fn other_event(begin: &str) -> ToolError {
    ToolError::new(
        format!("The cursor is of the event {begin}…, which is not among the newest of this issue any more."),
        "Give that event's whole id as `event` with the cursor, or begin again without a cursor.",
    )
}

/// A word on the optional parts that failed; the rest is shown all the same.
pub fn failed(parts: Vec<(&'static str, Failure)>) -> Vec<String> {
    let (none, other): (Vec<_>, Vec<_>) = parts.into_iter().partition(|(_, failure)| failure.kind == Kind::NotFound);
    let mut said = Vec::new();
    if !none.is_empty() {
        let names: Vec<&str> = none.iter().map(|(name, _)| *name).collect();
        said.push(format!("Not there (404): {}.", names.join(", ")));
    }
    said.extend(other.iter().map(|(name, failure)| format!("Without {name}: {}", failure.what())));
    said
}

/// An event that was found by its id.
pub enum Found {
    /// In the sink.
    Local(Box<StoredEvent>),
    /// On a Sentry server.
    Sentry {
        /// Where.
        organization: Organization,
        /// The event.
        event: Box<Event>,
        /// Short id of its issue, else its number.
        issue: Option<String>,
        /// Slug of its project.
        project: Option<String>,
        /// Optional parts that failed.
        failed: Vec<(&'static str, Failure)>,
    },
}

/// The event with this id: in the sink where it may be there, else on the Sentry server that `source` means.
/// An address is one of that host, and nowhere else.
pub async fn by_id(ctx: &Ctx, call: &Call, source: &Source, event: &EventRef) -> Result<Found> {
    let EventRef(id, address) = event;
    if let Some(address) = address {
        let connection = ctx.sentry.of_address(source, &address.host, address.organization.as_deref())?;
        let named = address.organization.as_deref().or(source.organization.as_deref());
        return on_sentry(connection.organization(named, call.cancel()).await?, id).await;
    }
    if matches!(source.which, Which::Auto | Which::Local) {
        if let Some(stored) = ctx.sink.event(id).await? {
            return Ok(Found::Local(Box::new(stored)));
        }
        if source.which == Which::Local || !ctx.sentry.is_connected() {
            return Err(ToolError::no_event(id));
        }
    }
    let organization = super::place::remote(ctx, call, source).await?;
    on_sentry(organization, id).await
}

/// The place of the event, then the event and its issue at once. A server without the look-up by id is asked for the event
/// of the project of the settings.
async fn on_sentry(organization: Organization, id: &str) -> Result<Found> {
    let set = organization.connection().project().map(str::to_owned);
    let Some(place) = organization.event_place(id).await? else {
        let project = set.ok_or_else(|| no_event(&organization, id))?;
        let event = match organization.project_event(&project, id).await {
            Ok(event) => event,
            Err(failure) if failure.kind == Kind::NotFound => return Err(no_event(&organization, id)),
            Err(failure) => return Err(failure.into()),
        };
        let issue = event.processed.issue.clone();
        return Ok(Found::Sentry {
            organization,
            event: Box::new(event),
            issue,
            project: Some(project),
            failed: Vec::new(),
        });
    };
    let mut failed = Vec::new();
    let whole = async {
        match (&place.issue, &place.project) {
            (Some(issue), _) => Some(organization.issue_event(issue, id).await),
            (None, Some(project)) => Some(organization.project_event(project, id).await),
            (None, None) => None,
        }
    };
    let issue = async { Some(organization.issue(place.issue.as_deref()?).await) };
    let (whole, issue) = tokio::join!(whole, issue);
    let event = match (whole, place.event) {
        (Some(Ok(event)), _) => event,
        (Some(Err(failure)), None) => return Err(failure.into()),
        (Some(Err(failure)), Some(event)) => {
            failed.push(("the event's neighbours and release", failure));
            event
        }
        (None, Some(event)) => event,
        (None, None) => return Err(no_event(&organization, id)),
    };
    let issue = match issue {
        Some(Ok((issue, _))) => Some(issue.id),
        Some(Err(failure)) => {
            failed.push(("the issue", failure));
            place.issue
        }
        None => None,
    };
    Ok(Found::Sentry { organization, event: Box::new(event), issue, project: place.project, failed })
}

fn no_event(organization: &Organization, id: &str) -> ToolError {
    ToolError::new(
        format!(
            "There is no event {id} {}: it is not there, is deleted, or the token may not see it.",
            organization.said()
        ),
        "get_issue shows the latest event of an issue; search_issues finds issues.",
    )
}
