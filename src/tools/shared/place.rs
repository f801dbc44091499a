//! What the tools that ask Sentry share: where a call goes, the embedded sink or a Sentry server.

use crate::{
    ctx::Ctx,
    error::{Result, ToolError},
    event::{IssueRef, Source, Which},
    mcp::Call,
    sentry::Organization,
};

/// Where a call goes.
#[derive(Debug)]
pub enum Place {
    /// The embedded sink.
    Local,
    /// An organization of a Sentry server.
    Sentry(Organization),
}

impl Place {
    /// For the first line of a reply.
    pub fn said(&self) -> String {
        match self {
            Self::Local => "in the embedded sink".to_owned(),
            Self::Sentry(organization) => organization.said(),
        }
    }
}

/// Where an issue is, and its id there.
#[derive(Debug)]
pub enum IssuePlace {
    /// `LOCAL-3` of the embedded sink.
    Local(String),
    /// An issue of a Sentry server: its organization, number or short id, and the event that an address named.
    Sentry {
        /// The organization.
        organization: Organization,
        /// Number or short id, as the API takes it.
        issue: String,
        /// Event id, `latest`, `oldest` or `recommended`, where an address named one.
        event: Option<String>,
    },
}

/// Where a search goes: as `source` says; `auto` is the embedded sink where it has any event or nothing else is connected,
/// else Sentry.
pub async fn place(ctx: &Ctx, call: &Call, source: &Source) -> Result<Place> {
    let local = match source.which {
        Which::Local => true,
        Which::Auto => !ctx.sentry.is_connected() || ctx.sink.status().await.is_ok_and(|sink| sink.events > 0),
        Which::Sentry | Which::Named(_) => false,
    };
    if local { Ok(Place::Local) } else { remote(ctx, call, source).await.map(Place::Sentry) }
}

/// Before a change: refuses `auto` where what is meant depends on what the embedded sink holds at the moment, a query
/// (`issue` is none) or a bare number. A change must not land in production because the sink was cleared.
pub fn clear_where(ctx: &Ctx, source: &Source, issue: Option<&IssueRef>) -> Result<()> {
    let what = match issue {
        None => "A query".to_owned(),
        Some(IssueRef::Number(number)) => format!("The number {number}"),
        Some(_) => return Ok(()),
    };
    if source.which != Which::Auto || !ctx.sentry.is_connected() {
        return Ok(());
    }
    let names: Vec<&str> = ctx.sentry.connections().iter().map(|connection| connection.name()).collect();
    Err(ToolError::new(
        format!("{what} does not say where to change: in the embedded sink or in Sentry. Nothing was changed."),
        format!("Give source: local or {}.", names.join(", ")),
    ))
}

/// The organization of a Sentry server that `source` means.
pub async fn remote(ctx: &Ctx, call: &Call, source: &Source) -> Result<Organization> {
    let connection = ctx.sentry.connection(source)?;
    connection.organization(source.organization.as_deref(), call.cancel()).await
}

/// Where an issue is: `LOCAL-n` in the sink, a short id or address in Sentry, a number where it is found first.
pub async fn place_of_issue(ctx: &Ctx, call: &Call, source: &Source, issue: &IssueRef) -> Result<IssuePlace> {
    if !ctx.sentry.is_connected()
        && source.which != Which::Local
        && matches!(issue, IssueRef::Short(_) | IssueRef::Remote(_))
        && let Err(missing) = ctx.sentry.connection(source)
    {
        let hint = missing.hint().unwrap_or_default().to_owned();
        return Err(ToolError::new(format!("{issue} is no issue of the embedded sink. {}", missing.what()), hint));
    }
    match issue {
        IssueRef::Local(_) if source.is_remote() => Err(ToolError::new(
            format!("{issue} is an issue of the embedded sink, and source asks Sentry."),
            "Leave source out.",
        )),
        IssueRef::Local(number) => Ok(IssuePlace::Local(format!("LOCAL-{number}"))),
        IssueRef::Short(_) | IssueRef::Remote(_) if source.which == Which::Local => Err(ToolError::new(
            format!("{issue} is not in the embedded sink: its issues are called LOCAL-1, LOCAL-2, …."),
            "Leave source out to ask Sentry, or list the sink's issues with search_issues.",
        )),
        IssueRef::Number(number) => {
            let id = format!("LOCAL-{number}");
            let local = match source.which {
                Which::Local => true,
                Which::Auto => !ctx.sentry.is_connected() || ctx.sink.issue(&id).await?.is_some(),
                Which::Sentry | Which::Named(_) => false,
            };
            if local {
                return Ok(IssuePlace::Local(id));
            }
            let organization = remote(ctx, call, source).await?;
            Ok(IssuePlace::Sentry { organization, issue: number.to_string(), event: None })
        }
        IssueRef::Short(id) => {
            let organization = remote(ctx, call, source).await?;
            Ok(IssuePlace::Sentry { organization, issue: id.clone(), event: None })
        }
        IssueRef::Event(id) => {
            let local = if input_may_be_local(source) { ctx.sink.event(id).await? } else { None };
            if let Some(issue) = local.and_then(|stored| stored.issue) {
                return Ok(IssuePlace::Local(issue));
            }
            if source.which == Which::Local || (!ctx.sentry.is_connected() && !source.is_remote()) {
                return Err(ToolError::no_event(id));
            }
            let organization = remote(ctx, call, source).await?;
            let place = organization.event_place(id).await?.and_then(|place| place.issue);
            let issue = place.ok_or_else(|| {
                ToolError::new(
                    format!("There is no event {id} with an issue {}.", organization.said()),
                    "search_issues finds issues.",
                )
            })?;
            Ok(IssuePlace::Sentry { organization, issue, event: Some(id.clone()) })
        }
        IssueRef::Remote(address) => {
            let connection = ctx.sentry.of_address(source, &address.host, address.organization.as_deref())?;
            let named = address.organization.as_deref().or(source.organization.as_deref());
            let organization = connection.organization(named, call.cancel()).await?;
            Ok(IssuePlace::Sentry { organization, issue: address.issue.clone(), event: address.event.clone() })
        }
    }
}

/// Whether the embedded sink may be meant.
fn input_may_be_local(source: &Source) -> bool {
    matches!(source.which, Which::Auto | Which::Local)
}

/// The embedded sink's id of an issue, for what only the sink can do; the error says that.
pub fn local_issue(issue: &IssueRef, what: &str) -> Result<String> {
    issue.local().ok_or_else(|| {
        ToolError::new(
            format!("{issue} is not in the embedded sink, and {what} works there only."),
            "Its issues are called LOCAL-1, LOCAL-2, …: search_issues with source local lists them.",
        )
    })
}

/// The `source` that leads to this organization again.
pub(in crate::tools) fn source_of(organization: &Organization) -> String {
    let connection = organization.connection();
    let name = connection.name();
    let own = connection.set_organization() == Some(organization.slug());
    if own { name.to_owned() } else { format!("{name}/{}", organization.slug()) }
}
