//! `get_monitors`: cron monitors with their last check-ins, and uptime monitors.

mod render;

use std::collections::HashMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::shared::{
    paging::Begin,
    place::{self, Place},
};
use crate::{
    ctx::Ctx,
    error::{Result, ToolError},
    event::Source,
    mcp::{Call, Hints, Tool, Toolset},
    redact,
    report::{Render, Text, count},
    sentry::{
        Organization,
        api::{CheckIn, Cron, CronEnvironment, Uptime},
    },
};

/// Monitors and check-ins shown.
const SHOWN: usize = 20;
/// Check-ins of the sink that are looked through.
const LOOKED: usize = 1_000;

/// The tool.
pub struct GetMonitors;

/// Its arguments.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// Slug or id: that cron with its check-ins
    monitor: Option<String>,
    /// Slug
    project: Option<String>,
    /// `next` of the page before
    cursor: Option<String>,
    #[serde(default)]
    source: Source,
}

/// The monitors.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Report {
    crons: Vec<CronFacts>,
    uptime: Vec<UptimeFacts>,
    /// Of the one asked for, newest first
    #[serde(skip_serializing_if = "Vec::is_empty")]
    check_ins: Vec<CheckInFacts>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
    #[serde(skip)]
    place: String,
    #[serde(skip)]
    shown: Vec<Cron>,
    #[serde(skip)]
    shown_uptime: Vec<Uptime>,
    #[serde(skip)]
    detail: bool,
    #[serde(skip)]
    notes: Vec<String>,
}

/// A cron monitor.
#[derive(Debug, Serialize, JsonSchema)]
struct CronFacts {
    slug: String,
    /// `environment: status`
    states: Vec<String>,
    /// An incident is open somewhere
    broken: bool,
}

/// An uptime monitor.
#[derive(Debug, Serialize, JsonSchema)]
struct UptimeFacts {
    id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
    /// None = not known
    #[serde(skip_serializing_if = "Option::is_none")]
    up: Option<bool>,
}

/// A check-in.
#[derive(Debug, Serialize, JsonSchema)]
struct CheckInFacts {
    status: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    environment: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<String>,
    /// Milliseconds
    #[serde(skip_serializing_if = "Option::is_none")]
    duration_ms: Option<u64>,
}

/// What was read, wherever it was.
#[derive(Default)]
struct Read {
    place: String,
    crons: Vec<Cron>,
    uptimes: Vec<Uptime>,
    check_ins: Vec<CheckIn>,
    next: Option<String>,
    detail: bool,
    notes: Vec<String>,
}

impl Tool for GetMonitors {
    type Input = Input;
    type Report = Report;
    const NAME: &'static str = "get_monitors";
    const TITLE: &'static str = "Get monitors";
    const CONTRACT: &'static str = include_str!("../../tools/get_monitors.md");
    const HINTS: Hints = Hints { read_only: true, destructive: false, idempotent: true, open_world: true };
    const TOOLSET: Toolset = Toolset::Sentry;

    async fn run(ctx: &Ctx, call: &Call, input: Input) -> Result<Report> {
        let monitor = input.monitor.as_deref().map(str::trim).filter(|monitor| !monitor.is_empty());
        let read = match (place::place(ctx, call, &input.source).await?, monitor) {
            (Place::Local, monitor) => local(ctx, monitor, &input).await?,
            (Place::Sentry(organization), Some(monitor)) => {
                one(&organization, monitor, input.cursor.as_deref()).await?
            }
            (Place::Sentry(organization), None) => all(&organization, &input).await?,
        };
        Ok(report(read))
    }
}

async fn all(organization: &Organization, input: &Input) -> Result<Read> {
    let project = input.project.as_deref().or(organization.connection().project());
    let from = Begin::read(input.cursor.as_deref())?;
    let uptimes = async {
        // Uptime monitors are not paged.
        if from.is_later() { Ok(Vec::new()) } else { organization.uptimes(project).await }
    };
    let (crons, uptimes) = tokio::join!(organization.crons(project, from.page()), uptimes);
    let mut read = Read { place: organization.said(), ..Read::default() };
    match (crons, uptimes) {
        (Err(failure), Err(_)) => return Err(failure.into()),
        (crons, uptimes) => {
            match crons {
                Ok((crons, next)) => (read.crons, read.next) = from.cut(SHOWN, crons, next),
                Err(failure) => read.notes.push(format!("Crons could not be asked for: {}", failure.what())),
            }
            match uptimes {
                Ok(uptimes) => read.uptimes = uptimes,
                Err(failure) => read.notes.push(format!("Uptime monitors could not be asked for: {}", failure.what())),
            }
        }
    }
    Ok(read)
}

async fn one(organization: &Organization, monitor: &str, cursor: Option<&str>) -> Result<Read> {
    let mut read = Read { place: organization.said(), detail: true, ..Read::default() };
    let from = Begin::read(cursor)?;
    let (cron, check_ins) = tokio::join!(organization.cron(monitor), organization.check_ins(monitor, from.page()));
    if let Some(cron) = cron? {
        read.crons.push(cron);
        match check_ins {
            Ok((check_ins, next)) => (read.check_ins, read.next) = from.cut(SHOWN, check_ins, next),
            Err(failure) => read.notes.push(format!("Its check-ins could not be asked for: {}", failure.what())),
        }
        return Ok(read);
    }
    let uptimes = organization.uptimes(None).await?;
    read.uptimes = uptimes.into_iter().filter(|uptime| uptime.id == monitor).collect();
    if read.uptimes.is_empty() {
        return Err(ToolError::new(
            format!("There is no monitor {} {}.", Text::quoted(monitor, 80), organization.said()),
            "Without `monitor` all are listed, with slugs and ids.",
        ));
    }
    Ok(read)
}

/// The check-ins that came to the sink: it has no schedule of its own, so nothing can be missed there.
async fn local(ctx: &Ctx, monitor: Option<&str>, input: &Input) -> Result<Read> {
    let from = Begin::read(input.cursor.as_deref())?;
    let items = ctx.sink.newest_items(&["check_in"], LOOKED, None).await?;
    let mut read = Read { place: "in the embedded sink".to_owned(), detail: monitor.is_some(), ..Read::default() };
    let looked = items.len();
    let mut by_slug: HashMap<String, usize> = HashMap::new();
    for seen in items {
        let Ok(value) = serde_json::from_slice::<Value>(&seen.payload) else { continue };
        let text =
            |key: &str| value.get(key).and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned);
        let slug = text("monitor_slug").unwrap_or_else(|| "(no slug)".to_owned());
        if monitor.is_some_and(|monitor| monitor != slug) {
            continue;
        }
        let status = text("status").unwrap_or_else(|| "unknown".to_owned());
        let at = jiff::Timestamp::from_millisecond(seen.item.received_ms).map(|at| format!("{at:.0}")).ok();
        let environment = text("environment");
        let index = *by_slug.entry(slug.clone()).or_insert_with(|| {
            read.crons.push(cron(&value, slug));
            read.crons.len() - 1
        });
        if let Some(cron) = read.crons.get_mut(index) {
            let name = environment.clone().unwrap_or_else(|| "production".to_owned());
            // The newest comes first.
            if cron.environments.iter().all(|known| known.name != name) {
                let state = CronEnvironment {
                    name,
                    status: Some(status.clone()),
                    last: at.clone(),
                    ..CronEnvironment::default()
                };
                cron.environments.push(state);
            }
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a float cast saturates")]
        let millis = value.get("duration").and_then(Value::as_f64).map(|seconds| (seconds * 1000.0) as u64);
        if monitor.is_some() {
            read.check_ins.push(CheckIn { status, environment, at, millis });
        }
    }
    if let Some(monitor) = monitor.filter(|_| read.crons.is_empty()) {
        return Err(ToolError::new(
            format!("The embedded sink has no check-in of the monitor {}.", Text::quoted(monitor, 80)),
            "Without `monitor` those are listed that checked in; source sentry asks a Sentry server.",
        ));
    }
    if monitor.is_some() {
        (read.check_ins, read.next) = from.cut(SHOWN, std::mem::take(&mut read.check_ins), None);
    } else {
        (read.crons, read.next) = from.cut(SHOWN, std::mem::take(&mut read.crons), None);
    }
    if let Some(project) = &input.project {
        read.notes.push(format!(
            "The sink does not tell projects apart here: {} was not looked at.",
            Text::quoted(project, 80)
        ));
    }
    if looked == LOOKED {
        read.notes.push(format!("Only the newest {LOOKED} check-ins were looked at."));
    }
    read.notes.push(
        "The sink takes check-ins and watches no clock: what was missed, and uptime, only a Sentry server knows."
            .to_owned(),
    );
    Ok(read)
}

/// What a check-in says of its monitor.
fn cron(value: &Value, slug: String) -> Cron {
    let config = value.get("monitor_config").cloned().unwrap_or_default();
    let schedule = config.get("schedule").map(|schedule| {
        let said = |key: &str| match schedule.get(key) {
            Some(Value::String(text)) => text.clone(),
            Some(Value::Number(number)) => number.to_string(),
            _ => String::new(),
        };
        match schedule.get("type").and_then(Value::as_str) {
            Some("interval") => format!("every {} {}", said("value"), said("unit")),
            _ => said("value"),
        }
    });
    Cron {
        slug,
        schedule: schedule.filter(|schedule| !schedule.is_empty()),
        timezone: config.get("timezone").and_then(Value::as_str).map(str::to_owned),
        margin: config.get("checkin_margin").and_then(Value::as_u64),
        max_runtime: config.get("max_runtime").and_then(Value::as_u64),
        ..Cron::default()
    }
}

fn report(read: Read) -> Report {
    let Read { place, crons, uptimes, check_ins, next, detail, notes } = read;
    let state = |environment: &CronEnvironment| {
        let status = environment.status.as_deref().unwrap_or("unknown");
        format!("{}: {}", Text::plain(&environment.name, 60), Text::plain(status, 40))
    };
    Report {
        crons: crons
            .iter()
            .take(SHOWN)
            .map(|cron| CronFacts {
                slug: Text::plain(&cron.slug, 100),
                states: cron.environments.iter().take(10).map(state).collect(),
                broken: cron.environments.iter().any(|environment| environment.broken_since.is_some()),
            })
            .collect(),
        uptime: uptimes
            .iter()
            .take(SHOWN)
            .map(|uptime| UptimeFacts {
                id: Text::plain(&uptime.id, 60),
                url: uptime.url.as_deref().map(|url| Text::plain(&redact::url(url), 200)),
                up: uptime.up,
            })
            .collect(),
        check_ins: check_ins
            .iter()
            .take(SHOWN)
            .map(|check_in| CheckInFacts {
                status: Text::plain(&check_in.status, 40),
                environment: check_in.environment.as_deref().map(|name| Text::plain(name, 60)),
                at: check_in.at.as_deref().map(|at| Text::plain(at, 40)),
                duration_ms: check_in.millis,
            })
            .collect(),
        next,
        place,
        shown: crons,
        shown_uptime: uptimes,
        detail,
        notes,
    }
}
