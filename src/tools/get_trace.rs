//! `get_trace`: the tree of a trace that explains a fault.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::shared::place::{IssuePlace, place_of_issue, remote};
use crate::{
    ctx::Ctx,
    error::{Result, ToolError},
    event::{
        Period, Source, Which,
        trace::{Trace, Tree},
        trace_ref::TraceRef,
    },
    mcp::{Call, Hints, Tool, Toolset},
    report::{
        Render, Text, count,
        trace::{self, TraceFacts, View},
    },
    sentry::Organization,
};

/// How far back Sentry looks: first here, then as far as it keeps events.
const DAYS: [u64; 2] = [14, 90];

/// The tool.
pub struct GetTrace;

/// Its arguments.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// 32 hex, URL, or an issue or event whose trace it is
    trace: TraceRef,
    /// Only what is below this span id
    span: Option<String>,
    /// `0` lists all spans; then `next`
    cursor: Option<String>,
    #[serde(default)]
    source: Source,
}

/// The trace.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Report {
    #[serde(flatten)]
    facts: TraceFacts,
    /// Cursor of (more of) the list of spans.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
    notes: Vec<String>,
    #[serde(skip)]
    said: String,
    #[serde(skip)]
    tree: Tree,
    #[serde(skip)]
    view: View,
    #[serde(skip)]
    logs: u64,
}

/// What was found, before it is a tree.
#[derive(Default)]
struct Found {
    trace: Trace,
    said: String,
    logs: u64,
    notes: Vec<String>,
}

impl Tool for GetTrace {
    type Input = Input;
    type Report = Report;
    const NAME: &'static str = "get_trace";
    const TITLE: &'static str = "Get a trace";
    const CONTRACT: &'static str = include_str!("../../tools/get_trace.md");
    const HINTS: Hints = Hints { read_only: true, destructive: false, idempotent: true, open_world: true };
    const TOOLSET: Toolset = Toolset::Sentry;

    async fn run(ctx: &Ctx, call: &Call, input: Input) -> Result<Report> {
        let skip = match &input.cursor {
            Some(cursor) => Some(cursor.parse().map_err(|_| {
                let said: String = cursor.chars().take(60).collect();
                ToolError::new(format!("`{said}` is no cursor of a trace."), "Take `next` of the page before, or 0.")
            })?),
            None => None,
        };
        let (found, named) = find(ctx, call, &input).await?;
        let id = found.trace.id.clone();
        let tree = Tree::build(found.trace);
        let wanted = input.span.map(|span| span.trim().to_ascii_lowercase());
        let span = match (&wanted, &named) {
            (Some(wanted), _) => Some(tree.find(wanted).ok_or_else(|| no_span(wanted, &id))?),
            (None, Some(named)) => tree.find(named),
            (None, None) => None,
        };
        let view = View { span, skip };
        // Rendered once for nothing: the cursor is what the text ends with.
        let next = trace::tree(&mut Text::new(""), &tree, &view).map(|next| next.to_string());
        let facts = TraceFacts::of(&id, &tree);
        Ok(Report { facts, next, notes: found.notes, said: found.said, tree, view, logs: found.logs })
    }
}

fn no_span(span: &str, trace: &str) -> ToolError {
    let said: String = span.chars().filter(char::is_ascii_alphanumeric).take(40).collect();
    ToolError::new(
        format!("The trace {} has no span {said}.", Text::word(trace, 40)),
        "Leave span out for an overview, whose lines end with span ids.",
    )
}

/// The trace that is meant, and the span that its address named.
async fn find(ctx: &Ctx, call: &Call, input: &Input) -> Result<(Found, Option<String>)> {
    match &input.trace {
        TraceRef::Id { id, span } => Ok((by_id(ctx, call, &input.source, id).await?, span.clone())),
        TraceRef::Remote { host, organization, id, span } => {
            let connection = ctx.sentry.of_host(&input.source, host)?;
            let named = organization.as_deref().or(input.source.organization.as_deref());
            let organization = connection.organization(named, call.cancel()).await?;
            let found = of_sentry(&organization, id).await?.ok_or_else(|| nothing(id, &organization.said()))?;
            Ok((found, span.clone()))
        }
        TraceRef::Issue(issue) => match place_of_issue(ctx, call, &input.source, issue).await? {
            IssuePlace::Local(id) => {
                if ctx.sink.issue(&id).await?.is_none() {
                    return Err(ToolError::no_issue(&id));
                }
                let latest = ctx.sink.events(&id, 1, None).await?.rows.into_iter().next();
                let trace = latest.and_then(|stored| stored.event.trace).ok_or_else(|| no_trace(&id))?;
                let found = of_sink(ctx, &trace.trace_id).await?.ok_or_else(|| no_trace(&id))?;
                Ok((found, None))
            }
            IssuePlace::Sentry { organization, issue, event } => {
                let event = organization.issue_event(&issue, event.as_deref().unwrap_or("latest")).await?;
                let said = Text::word(&issue, 80);
                let id = event.trace.map(|trace| trace.trace_id).filter(|id| !id.is_empty());
                let id = id.ok_or_else(|| no_trace(&said))?;
                let found = of_sentry(&organization, &id).await?.ok_or_else(|| nothing(&id, &organization.said()))?;
                Ok((found, None))
            }
        },
    }
}

/// A trace by its id, or by that of one of its events: in the sink where it may be there, else on Sentry.
async fn by_id(ctx: &Ctx, call: &Call, source: &Source, id: &str) -> Result<Found> {
    if !source.is_remote() {
        let event = ctx.sink.event(id).await?;
        let trace = event.as_ref().and_then(|stored| stored.event.trace.as_ref()).map(|trace| trace.trace_id.clone());
        if let Some(found) = of_sink(ctx, trace.as_deref().unwrap_or(id)).await? {
            return Ok(found);
        }
        if event.is_some() {
            return Err(no_trace(&format!("event {id}")));
        }
        if source.which == Which::Local || !ctx.sentry.is_connected() {
            return Err(nothing(id, "in the embedded sink"));
        }
    }
    let organization = remote(ctx, call, source).await?;
    if let Some(found) = of_sentry(&organization, id).await? {
        return Ok(found);
    }
    let event = organization.event_place(id).await?.and_then(|place| place.event);
    let trace = event.and_then(|event| event.trace).map(|trace| trace.trace_id).filter(|trace| trace != id);
    let found = match trace {
        Some(trace) => of_sentry(&organization, &trace).await?,
        None => None,
    };
    found.ok_or_else(|| nothing(id, &organization.said()))
}

async fn of_sink(ctx: &Ctx, id: &str) -> Result<Option<Found>> {
    let kept = ctx.sink.trace(id).await?;
    if kept.trace.spans.is_empty() && kept.trace.faults.is_empty() && kept.logs == 0 {
        return Ok(None);
    }
    let mut notes = kept.notes;
    if kept.trace.spans.is_empty() {
        notes.push(
            "No span of it was sent: tracing is off in the SDK (tracesSampleRate), or it was not sampled.".to_owned(),
        );
    }
    let said = "in the embedded sink".to_owned();
    Ok(Some(Found { trace: kept.trace, said, logs: kept.logs as u64, notes }))
}

async fn of_sentry(organization: &Organization, id: &str) -> Result<Option<Found>> {
    for days in DAYS {
        let (trace, meta, mut notes) = organization.trace(id, &Period::days(days)).await?;
        if trace.spans.is_empty() && trace.faults.is_empty() {
            continue;
        }
        let have = trace.spans.iter().filter(|span| !span.is_uptime).count() as u64;
        if let Some(all) = meta.spans.filter(|all| *all > have) {
            notes.push(format!("Sentry counts {}, its answer has {have}.", count(all, "span")));
        }
        let faults = trace.faults.iter().filter(|fault| !fault.is_occurrence).count() as u64;
        if let Some(all) = meta.errors.filter(|all| *all > faults) {
            notes.push(format!("Sentry counts {}, its answer has {faults}.", count(all, "error")));
        }
        let (said, logs) = (organization.said(), meta.logs.unwrap_or_default());
        return Ok(Some(Found { trace, said, logs, notes }));
    }
    Ok(None)
}

fn nothing(id: &str, said: &str) -> ToolError {
    ToolError::new(
        format!("There is no trace {} {said}: it was never sent, not sampled, or has aged out.", Text::word(id, 40)),
        "search_events with dataset spans lists the spans there are; check_ingestion says what arrived.",
    )
}

fn no_trace(what: &str) -> ToolError {
    ToolError::new(
        format!("{what} has no trace that is kept."),
        "Tracing may be off in the SDK (tracesSampleRate), or the trace was not sampled.",
    )
}

impl Render for Report {
    fn render(&self, text: &mut Text) {
        let services = self.tree.services();
        text.heading(format!("Trace {} {}", Text::word(&self.facts.trace, 40), self.said));
        let named: Vec<String> =
            services.iter().take(8).map(|(service, spans)| format!("{} {spans}", Text::word(service, 60))).collect();
        let named = if named.is_empty() { String::new() } else { format!(" ({})", named.join(", ")) };
        let start = self.tree.bounds().map(|(start, _)| format!(" from {}", moment(start))).unwrap_or_default();
        let logs = if self.logs > 0 {
            format!(" {}: search_events dataset logs.", count(self.logs, "log"))
        } else {
            String::new()
        };
        let mut whole = format!(
            "{}{named}, {}, {}{start}.{logs}",
            count(self.facts.spans, "span"),
            trace::faults(self.tree.faults.iter()),
            trace::duration(self.facts.millis),
        );
        if self.tree.roots.len() > 1 {
            whole.push_str(&format!(" {} roots.", self.tree.roots.len()));
        }
        text.line(whole);
        for note in &self.notes {
            text.line(note);
        }
        if self.view.skip.is_none() {
            trace::head(text, &self.tree);
        }
        if self.tree.nodes.is_empty() {
            return;
        }
        trace::tree(text, &self.tree, &self.view);
        if let Some(next) = self.next.as_ref().filter(|_| self.view.skip.is_some()) {
            text.line(format!("More: the same call with cursor {next:?}."));
        }
    }
}

fn moment(seconds: f64) -> String {
    #[expect(clippy::cast_possible_truncation, reason = "a float cast saturates, and jiff checks the range")]
    let ms = (seconds * 1_000.0).round() as i64;
    jiff::Timestamp::from_millisecond(ms).map(|stamp| format!("{stamp:.3}")).unwrap_or_default()
}
