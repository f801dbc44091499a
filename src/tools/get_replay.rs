//! `get_replay`: what a user did and saw around the errors of a session replay.

mod render;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::shared::{
    place,
    recorded::{self, Recorded},
    subject::{self, Found},
};
use crate::{
    ctx::Ctx,
    error::{Result, ToolError},
    event::{
        Source, plain_line,
        replay::{Kind, Moment, Replay, ReplayError, Subject, folded, window},
    },
    mcp::{Call, Hints, Tool, Toolset},
    redact,
    report::{Attachment, Render, Text, count, timeline},
    sentry::Organization,
};

/// Seconds shown before and after an error.
const WINDOW: (f64, f64) = (60.0, 10.0);
/// Errors that get a window of their own.
const WINDOWS: usize = 4;
/// Characters of all windows.
const BUDGET: usize = 5_600;
/// Errors listed.
const LISTED: usize = 20;
/// Timelines kept.
const KEEP: usize = 50;

/// The tool.
pub struct GetReplay;

/// Its arguments.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// Replay id or URL, or an event or issue that has one
    replay: Subject,
    /// Seconds from its start: show that moment instead
    at: Option<f64>,
    #[serde(default)]
    source: Source,
}

/// The replay.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Report {
    /// 32 hex
    id: String,
    /// RFC 3339
    #[serde(skip_serializing_if = "Option::is_none")]
    started: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    duration_s: Option<f64>,
    errors: Vec<ErrorFacts>,
    /// Errors in all; none = not known
    #[serde(skip_serializing_if = "Option::is_none")]
    error_count: Option<u64>,
    /// None = not known
    #[serde(skip_serializing_if = "Option::is_none")]
    dead_clicks: Option<u64>,
    /// None = not known
    #[serde(skip_serializing_if = "Option::is_none")]
    rage_clicks: Option<u64>,
    /// Segments of the recording that were read
    segments_read: usize,
    /// Of how many; none = not said
    #[serde(skip_serializing_if = "Option::is_none")]
    segments: Option<u64>,
    /// The whole timeline, a file
    #[serde(skip_serializing_if = "Option::is_none")]
    timeline: Option<String>,
    #[serde(skip)]
    shown: Box<Shown>,
}

/// An error in it.
#[derive(Debug, Serialize, JsonSchema)]
struct ErrorFacts {
    event: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    issue: Option<String>,
    /// Seconds from the start
    #[serde(skip_serializing_if = "Option::is_none")]
    at_s: Option<f64>,
}

/// What only the text needs.
#[derive(Debug, Default)]
struct Shown {
    place: String,
    url: Option<String>,
    replay: Replay,
    errors: Vec<ReplayError>,
    moments: Vec<Moment>,
    start: f64,
    at: Option<f64>,
    notes: Vec<String>,
}

/// What was read, wherever it was.
struct Loaded {
    place: String,
    url: Option<String>,
    recorded: Recorded,
    notes: Vec<String>,
    /// Whether somebody who would know was asked for errors.
    errors_asked: bool,
}

impl Tool for GetReplay {
    type Input = Input;
    type Report = Report;
    const NAME: &'static str = "get_replay";
    const TITLE: &'static str = "Get a session replay";
    const CONTRACT: &'static str = include_str!("../../tools/get_replay.md");
    const HINTS: Hints = Hints { read_only: true, destructive: false, idempotent: true, open_world: true };
    const TOOLSET: Toolset = Toolset::Sentry;

    async fn run(ctx: &Ctx, call: &Call, input: Input) -> Result<Report> {
        let loaded = load(ctx, call, &input).await?;
        Ok(report(ctx, loaded, input.at.filter(|at| at.is_finite() && *at >= 0.0)))
    }
}

async fn load(ctx: &Ctx, call: &Call, input: &Input) -> Result<Loaded> {
    let organization = match &input.replay {
        Subject::Replay { host, organization, id } => {
            let connection = ctx.sentry.of_host(&input.source, host)?;
            let named = organization.as_deref().or(input.source.organization.as_deref());
            let organization = connection.organization(named, call.cancel()).await?;
            return remote(call, &organization, id).await;
        }
        Subject::Id(id) => {
            if !input.source.is_remote()
                && let Some(recorded) = recorded::recorded(ctx, id).await?
            {
                return Ok(local(recorded));
            }
            if subject::is_local(ctx, &input.source)
                || (!input.source.is_remote() && ctx.sink.event(id).await?.is_some())
            {
                None
            } else {
                Some(place::remote(ctx, call, &input.source).await?)
            }
        }
        Subject::Issue(_) => None,
    };
    // A bare id may be the replay's or an event's.
    if let (Some(organization), Subject::Id(id)) = (organization, &input.replay) {
        return match remote(call, &organization, id).await {
            Ok(loaded) => Ok(loaded),
            Err(no_replay) => match subject::remote_event(&organization, id).await {
                Ok(event) => match event.replay_id {
                    Some(replay) => remote(call, &organization, &replay).await,
                    None => Err(none_of(&format!("The event {id}"))),
                },
                Err(_) => Err(no_replay),
            },
        };
    }
    match subject::event_of(ctx, call, &input.source, &input.replay).await? {
        Found::Local(stored) => {
            let id = stored
                .event
                .replay_id
                .clone()
                .ok_or_else(|| none_of(&format!("The event {}", stored.event.event_id)))?;
            let id = id.replace('-', "").to_ascii_lowercase();
            let missing = || {
                ToolError::new(
                    format!(
                        "The event {} names the replay {}, and the sink has no segment of it.",
                        stored.event.event_id,
                        Text::word(&id, 40)
                    ),
                    "It may still be on its way (segments come every 5 s), may have aged out, or a wrong tunnel lost it.",
                )
            };
            recorded::recorded(ctx, &id).await?.map(local).ok_or_else(missing)
        }
        Found::Sentry(organization, event) => match &event.replay_id {
            Some(replay) => remote(call, &organization, replay).await,
            None => Err(none_of(&format!("The event {}", Text::word(&event.event_id, 40)))),
        },
    }
}

fn none_of(what: &str) -> ToolError {
    ToolError::new(
        format!("{what} has no replay."),
        "Replays need replayIntegration and a sample rate over 0 in the app. get_issue shows its breadcrumbs instead.",
    )
}

fn local(recorded: Recorded) -> Loaded {
    Loaded { place: "in the embedded sink".to_owned(), url: None, recorded, notes: Vec::new(), errors_asked: true }
}

async fn remote(call: &Call, organization: &Organization, id: &str) -> Result<Loaded> {
    call.progress("reading what is known of the replay");
    let replay = organization.replay(id).await?;
    let mut notes = Vec::new();
    let recording = async {
        match &replay.project {
            Some(project) if !replay.archived => {
                let progress = |segments: usize| call.progress(format!("read {segments} segments of the recording"));
                Some(organization.recording(project, id, progress).await)
            }
            _ => None,
        }
    };
    let (recording, errors) = tokio::join!(recording, organization.replay_errors(&replay));
    if recording.is_none() {
        let why = if replay.archived { "it has been deleted" } else { "the server does not say its project" };
        notes.push(format!("Its recording cannot be read: {why}."));
    }
    let recording = recording.unwrap_or_default();
    let errors_asked = errors.is_ok();
    let mut errors = errors.unwrap_or_else(|failure| {
        notes.push(format!("Its errors could not be asked for: {}", failure.what()));
        Vec::new()
    });
    // What the search does not know (yet, or any more) is still an error of the replay.
    let unknown: Vec<&String> =
        replay.error_ids.iter().filter(|id| errors.iter().all(|error| error.event != **id)).take(5).collect();
    let looked_up = futures_util::future::join_all(unknown.iter().map(|id| organization.event_place(id))).await;
    for (id, found) in unknown.into_iter().zip(looked_up) {
        let place = found.ok().flatten();
        let event = place.as_ref().and_then(|place| place.event.as_ref());
        errors.push(ReplayError {
            event: id.clone(),
            title: event.map(crate::event::Event::title),
            at: event.map(|event| event.timestamp).filter(|at| *at > 0.0),
            issue: place.as_ref().and_then(|place| place.issue.clone()),
        });
    }
    let url = organization.web_url(&format!("explore/replays/{id}/"));
    let recorded =
        Recorded { replay, reader: recording.reader, segments: recording.segments, problem: recording.problem, errors };
    Ok(Loaded { place: organization.said(), url: Some(url), recorded, notes, errors_asked })
}

fn report(ctx: &Ctx, loaded: Loaded, at: Option<f64>) -> Report {
    let Loaded { place, url, recorded, mut notes, errors_asked } = loaded;
    let Recorded { replay, reader, segments, problem, mut errors } = recorded;
    for title in errors.iter_mut().filter_map(|error| error.title.as_mut()) {
        *title = redact::text(title);
    }
    errors.sort_by(|a, b| a.at.unwrap_or(f64::MAX).total_cmp(&b.at.unwrap_or(f64::MAX)));
    let unread = replay.segments.map_or(0, |all| all.saturating_sub(segments as u64));
    if let Some(problem) = problem {
        notes.push(format!("The recording was not read whole: {}.", problem.trim_end_matches('.')));
    }
    if unread > 0 {
        notes.push(format!("{} of the recording not read, or not there.", count(unread, "segment")));
    }
    if reader.left_out > 0 {
        notes.push(format!("{} at its end left out.", count(reader.left_out as u64, "moment")));
    }
    let mut moments = folded(reader.moments());
    moments.extend(errors.iter().filter_map(ReplayError::moment));
    moments.sort_by(|a, b| a.at.total_cmp(&b.at));
    let start = replay.started.or_else(|| moments.first().map(|moment| moment.at)).unwrap_or_default();
    let counted = |kind: Kind| {
        let found = moments.iter().filter(|moment| moment.kind == kind).map(|moment| moment.times as u64);
        (segments > 0).then(|| found.sum())
    };
    // The list is bounded, and the search may know fewer (or more) than the replay itself counts.
    let listed = Some(errors.len() as u64).filter(|listed| errors_asked || *listed > 0);
    let known = listed.max(replay.errors);
    if let Some(more @ 1..) = known.map(|all| all.saturating_sub(errors.len() as u64)) {
        notes.push(format!(
            "{} of {} listed: {more} could not be found.",
            errors.len(),
            count(errors.len() as u64 + more, "error")
        ));
    }
    let mut file = json!({ "replay": redacted(&replay), "errors": errors, "timeline": moments.iter().map(|moment| json!({
        "at_s": round(moment.at - start), "until_s": round(moment.until - start), "kind": moment.kind, "bad": moment.bad,
        "times": moment.times, "says": moment.says,
    })).collect::<Vec<_>>() });
    clean(&mut file);
    let id: String = replay.id.chars().filter(char::is_ascii_alphanumeric).take(40).collect();
    let bytes = serde_json::to_string_pretty(&file).unwrap_or_default();
    let kept = ctx.artifacts.write("replays", &format!("{id}.json"), bytes.as_bytes());
    ctx.artifacts.prune("replays", KEEP);
    if let Err(error) = &kept {
        notes.push(error.what().to_owned());
    }
    Report {
        started: Some(start).filter(|start| *start > 0.0).map(stamp),
        duration_s: replay.finished.map(|end| round(end - start)),
        errors: errors
            .iter()
            .take(LISTED)
            .map(|error| ErrorFacts {
                event: Text::plain(&error.event, 40),
                issue: error.issue.as_deref().map(|issue| Text::plain(issue, 60)),
                at_s: error.at.map(|at| round(at - start)),
            })
            .collect(),
        error_count: known,
        dead_clicks: replay.dead_clicks.or_else(|| counted(Kind::DeadClick)),
        rage_clicks: replay.rage_clicks.or_else(|| counted(Kind::RageClick)),
        segments_read: segments,
        segments: replay.segments,
        timeline: kept.ok().map(|artifact| artifact.uri),
        id,
        shown: Box::new(Shown { place, url, replay, errors, moments, start, at, notes }),
    }
}

/// Addresses without their secrets, which only a reader of addresses finds.
fn redacted(replay: &Replay) -> Replay {
    Replay { urls: replay.urls.iter().map(|url| redact::url(url)).collect(), ..replay.clone() }
}

/// No text of a file holds a secret, whatever field it is.
fn clean(value: &mut Value) {
    match value {
        Value::String(said) => *said = redact::text(said),
        Value::Array(items) => items.iter_mut().for_each(clean),
        Value::Object(fields) => fields.values_mut().for_each(clean),
        _ => {}
    }
}

fn round(seconds: f64) -> f64 {
    (seconds * 100.0).round() / 100.0
}

/// RFC 3339, to the second.
fn stamp(seconds: f64) -> String {
    #[expect(clippy::cast_possible_truncation, reason = "a float cast saturates, and jiff checks the range")]
    let stamp = jiff::Timestamp::from_second(seconds as i64);
    stamp.map(|stamp| stamp.to_string()).unwrap_or_default()
}
