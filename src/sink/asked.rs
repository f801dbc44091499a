//! What is asked of all kept items, whatever their type: rows, traces, profiles, traffic.

use std::collections::{BTreeMap, HashSet};

use serde_json::{Value, json};

use super::{
    Sink,
    explore::{self, Question},
    query,
    refused::Refused,
    store::items::{self, Scan, Seen},
};
use crate::{
    error::{Result, ToolError},
    event::{
        Event,
        explore::{Dataset, Row, Series, Table},
        items::{About, Item, rows, spans_of},
        profile::Profile,
        trace::{Fault, Trace},
    },
};

/// Rows that one search looks at.
const ROWS: usize = 200_000;
/// Profiles that are put together.
const PROFILES: usize = 200;
/// Other profiles that are named where the wanted one is not there.
const NAMED: usize = 20;

/// Where to look.
#[derive(Debug, Clone, Default)]
pub struct Scope {
    /// Received within these milliseconds since the epoch; none = whenever.
    pub bounds: Option<(i64, i64)>,
    /// `LOCAL-3`: events of this issue only.
    pub issue: Option<String>,
    /// Project id of the DSN path.
    pub project: Option<String>,
}

/// What a search found.
#[derive(Debug, Clone)]
pub enum Found {
    /// Rows.
    Table(Table),
    /// Values over time, and what must be said of them.
    Series(Vec<Series>, Vec<String>),
}

/// A trace as far as the sink has it.
#[derive(Debug, Clone, Default)]
pub struct KeptTrace {
    /// Spans and errors.
    pub trace: Trace,
    /// Lines of logs with this trace.
    pub logs: usize,
    /// What must be said of it.
    pub notes: Vec<String>,
}

/// Profiles as far as the sink has them.
#[derive(Debug, Clone, Default)]
pub struct KeptProfiles {
    /// Those that were wanted.
    pub profiles: Vec<Profile>,
    /// Where none was: id, profiler id and transaction of what there is, the newest first.
    pub others: Vec<Row>,
    /// What must be said of it.
    pub notes: Vec<String>,
}

/// What came in a stretch of time.
#[derive(Debug, Clone, Default)]
pub struct Traffic {
    /// Item type, how many, when the last one came (milliseconds since the epoch).
    pub items: Vec<(String, u64, i64)>,
    /// What SDKs say that they dropped: reason, category, quantity.
    pub discarded: Vec<(String, String, u64)>,
    /// Sessions by the last status that each was heard to have.
    pub sessions: BTreeMap<String, u64>,
    /// What was refused since this fixloop started.
    pub refused: Vec<Refused>,
    /// What must be said of it.
    pub notes: Vec<String>,
}

impl Sink {
    /// Searches rows. With `interval` (seconds), their values over time.
    pub async fn explore(
        &self,
        scope: &Scope,
        mut question: Question,
        cursor: Option<&str>,
        interval: Option<u64>,
    ) -> Result<Found> {
        let (newest, skip) = place_of(cursor)?;
        question.skip = skip;
        let dataset = question.dataset;
        let what = Scan { newest, ..scan_of(scope, dataset.items())? };
        let (mut rows, seen) = self
            .store
            .read(move |connection| {
                let mut all: Vec<Row> = Vec::new();
                let seen = items::scan(connection, &what, |about, payload| {
                    let payload: Value = serde_json::from_slice(payload).unwrap_or_default();
                    let mut rows = rows(dataset, about, &payload);
                    // Entries of a container are in the order of time; the newest come first here.
                    rows.reverse();
                    all.extend(rows);
                    all.len() < ROWS
                })?;
                Ok((all, seen))
            })
            .await?;
        if dataset == Dataset::Replays {
            rows = whole_replays(rows);
        }
        // Thousands of rows are sorted and grouped: not on the async threads.
        let bounds = scope.bounds;
        let work = tokio::task::spawn_blocking(move || answer(&question, &rows, seen, interval, bounds));
        work.await.map_err(|error| ToolError::bare("The search was broken off.").caused_by(error))?
    }

    /// All that was kept of a trace.
    pub async fn trace(&self, id: &str) -> Result<KeptTrace> {
        let id = id.to_ascii_lowercase();
        let what = Scan {
            types: ["transaction", "span", "event", "log", "otel_log"].map(str::to_owned).to_vec(),
            holding: Some(id.clone()),
            ..Scan::default()
        };
        self.store
            .read(move |connection| {
                let mut kept =
                    KeptTrace { trace: Trace { id: id.clone(), ..Trace::default() }, ..KeptTrace::default() };
                let seen = items::scan(connection, &what, |about, payload| {
                    let payload: Value = serde_json::from_slice(payload).unwrap_or_default();
                    add(&mut kept, &id, about, &payload);
                    true
                })?;
                kept.notes.extend(left_unread(seen));
                Ok(kept)
            })
            .await
    }

    /// Profiles with this id or profiler id, or of this transaction.
    pub async fn profiles(&self, scope: &Scope, wanted: &str) -> Result<KeptProfiles> {
        let what = scan_of(scope, Dataset::Profiles.items())?;
        let wanted = wanted.to_owned();
        self.store
            .read(move |connection| {
                let mut kept = KeptProfiles::default();
                let seen = items::scan(connection, &what, |about, payload| {
                    let payload: Value = serde_json::from_slice(payload).unwrap_or_default();
                    let Some(row) = rows(Dataset::Profiles, about, &payload).pop() else { return true };
                    let is =
                        |field: &str| row.get(field).and_then(Value::as_str).is_some_and(|held| same(held, &wanted));
                    if is("id") || is("profiler.id") || is("transaction") {
                        kept.profiles.push(Profile::read(&payload));
                    } else if kept.others.len() < NAMED {
                        kept.others.push(row);
                    }
                    kept.profiles.len() < PROFILES
                })?;
                kept.notes.extend(left_unread(seen));
                if kept.profiles.len() >= PROFILES {
                    kept.notes.push(format!("Only the newest {PROFILES} profiles were looked at."));
                }
                Ok(kept)
            })
            .await
    }

    /// What came in, what SDKs dropped, and what was refused.
    pub async fn traffic(&self, bounds: (i64, i64), project: Option<&str>) -> Result<Traffic> {
        let scope = Scope { bounds: Some(bounds), project: project.map(str::to_owned), issue: None };
        let what = scan_of(&scope, &["client_report", "session", "sessions"])?;
        let refused = self.store.refused();
        self.store
            .read(move |connection| {
                let items = items::received(connection, bounds.0, bounds.1, scope.project.as_deref())?;
                let mut traffic = Traffic { items, refused, ..Traffic::default() };
                let mut discarded: BTreeMap<(String, String), u64> = BTreeMap::new();
                let mut told: HashSet<String> = HashSet::new();
                let seen = items::scan(connection, &what, |about, payload| {
                    match Item::read(&about.ty, &Value::Null, payload) {
                        Item::ClientReport(lost) => {
                            for (quantity, category, reason) in lost {
                                let sum = discarded.entry((reason, category)).or_default();
                                *sum = sum.saturating_add(quantity);
                            }
                        }
                        // The newest come first: what an older update of a session says no longer holds.
                        Item::Session(session) if session.id.is_empty() || told.insert(session.id.clone()) => {
                            for (status, sessions) in session.by_status {
                                let sum = traffic.sessions.entry(status).or_default();
                                *sum = sum.saturating_add(sessions);
                            }
                        }
                        _ => {}
                    }
                    true
                })?;
                traffic.notes.extend(left_unread(seen).map(|said| format!("Of client reports and sessions: {said}")));
                traffic.discarded =
                    discarded.into_iter().map(|((reason, category), sum)| (reason, category, sum)).collect();
                traffic.discarded.sort_by_key(|(_, _, sum)| std::cmp::Reverse(*sum));
                Ok(traffic)
            })
            .await
    }
}

fn scan_of(scope: &Scope, types: &[&str]) -> Result<Scan> {
    let issue = match &scope.issue {
        Some(id) => Some(query::issue_number(id).ok_or_else(|| ToolError::no_issue(id))?),
        None => None,
    };
    Ok(Scan {
        types: types.iter().map(|ty| (*ty).to_owned()).collect(),
        since_ms: scope.bounds.map(|bounds| bounds.0),
        until_ms: scope.bounds.map(|bounds| bounds.1.saturating_add(1)),
        issue,
        project: scope.project.clone(),
        ..Scan::default()
    })
}

/// `rows:NEWEST:SKIP`: what came after the first page does not move the next ones.
fn place_of(cursor: Option<&str>) -> Result<(Option<i64>, usize)> {
    let Some(text) = cursor else { return Ok((None, 0)) };
    let read = || {
        let (newest, skip) = text.strip_prefix("rows:")?.split_once(':')?;
        Some((Some(newest.parse().ok()?), skip.parse().ok()?))
    };
    read().ok_or_else(|| {
        let said: String = text.chars().take(60).collect();
        ToolError::new(format!("`{said}` is no cursor of the sink's rows."), "Take `next` of the page before, or none.")
    })
}

fn answer(
    question: &Question,
    rows: &[Row],
    seen: Seen,
    interval: Option<u64>,
    bounds: Option<(i64, i64)>,
) -> Result<Found> {
    let many = (rows.len() >= ROWS).then(|| format!("Only the newest {} rows were looked at.", rows.len()));
    let notes: Vec<String> = left_unread(seen).into_iter().chain(many).collect();
    if let Some(interval) = interval {
        let times = rows.iter().filter_map(|row| row.get("timestamp")?.as_str()?.parse::<jiff::Timestamp>().ok());
        let times: Vec<i64> = times.map(jiff::Timestamp::as_millisecond).collect();
        let all = times.iter().min().zip(times.iter().max()).map(|(first, last)| (*first, *last));
        let Some(bounds) = bounds.or(all) else { return Ok(Found::Series(Vec::new(), notes)) };
        let now_ms = jiff::Timestamp::now().as_millisecond();
        let series = explore::series(question, rows, interval, bounds, now_ms)?;
        return Ok(Found::Series(series, notes));
    }
    let mut table = explore::table(question, rows)?;
    let shown = question.skip.saturating_add(table.rows.len());
    if !table.rows.is_empty() && table.total.is_some_and(|total| (shown as u64) < total) {
        table.next = Some(format!("rows:{}:{shown}", seen.newest));
    }
    table.notes.extend(notes);
    Ok(Found::Table(table))
}

fn left_unread(seen: Seen) -> Option<String> {
    let stopped = jiff::Timestamp::from_millisecond(seen.stopped_ms?).ok()?;
    Some(format!("Only the newest {} items were read; those received until {stopped:.0} were not.", seen.items))
}

fn same(held: &str, wanted: &str) -> bool {
    let plain = |text: &str| text.replace('-', "").to_ascii_lowercase();
    held == wanted || plain(held) == plain(wanted)
}

/// Segments of one replay as one row.
fn whole_replays(rows: Vec<Row>) -> Vec<Row> {
    let mut order: Vec<String> = Vec::new();
    let mut all: BTreeMap<String, Vec<Row>> = BTreeMap::new();
    for row in rows {
        let id = row.get("id").and_then(Value::as_str).unwrap_or_default().to_owned();
        if !all.contains_key(&id) {
            order.push(id.clone());
        }
        all.entry(id).or_default().push(row);
    }
    order.iter().filter_map(|id| all.remove(id)).map(whole_replay).collect()
}

fn whole_replay(segments: Vec<Row>) -> Row {
    let lists = ["urls", "error_ids", "trace_ids"];
    let mut whole = Row::new();
    for segment in &segments {
        for (key, value) in segment {
            let kept = whole.entry(key.clone()).or_insert_with(|| value.clone());
            match (key.as_str(), kept, value) {
                ("started_at", kept, value) if value.as_str() < kept.as_str() => *kept = value.clone(),
                ("duration", kept, value) if value.as_f64() > kept.as_f64() => *kept = value.clone(),
                (key, Value::Array(kept), Value::Array(more)) if lists.contains(&key) => {
                    let new: Vec<Value> = more.iter().filter(|one| !kept.contains(one)).cloned().collect();
                    kept.extend(new);
                }
                _ => {}
            }
        }
    }
    let length = |key: &str| whole.get(key).and_then(Value::as_array).map_or(0, Vec::len);
    let (errors, urls) = (length("error_ids"), length("urls"));
    whole.shift_remove("segment_id");
    whole.insert("count_segments".to_owned(), json!(segments.len()));
    whole.insert("count_errors".to_owned(), json!(errors));
    whole.insert("count_urls".to_owned(), json!(urls));
    whole
}

fn add(kept: &mut KeptTrace, id: &str, about: &About, payload: &Value) {
    match about.ty.as_str() {
        "transaction" | "span" => {
            let spans = spans_of(&about.ty, payload).into_iter().filter(|span| same(&span.trace, id));
            kept.trace.spans.extend(spans.map(|mut span| {
                if span.service.is_empty() {
                    span.service = format!("project {}", about.project);
                }
                span
            }));
        }
        "event" => {
            let event = Event::from_value(payload);
            let Some(trace) = event.trace.as_ref().filter(|trace| same(&trace.trace_id, id)) else { return };
            let service = event.sdk.as_ref().map(|sdk| sdk.name.trim_start_matches("sentry.").to_owned());
            kept.trace.faults.push(Fault {
                event_id: about.event_id.clone().unwrap_or_default(),
                issue: about.issue.clone(),
                title: about.title.clone(),
                level: event.level.clone(),
                service: service.unwrap_or_default(),
                at: Some(event.timestamp).filter(|at| *at > 0.0),
                span: trace.span_id.clone(),
                is_occurrence: false,
            });
        }
        _ => {
            let logs = rows(Dataset::Logs, about, payload);
            let of_this = |row: &&Row| row.get("trace").and_then(Value::as_str).is_some_and(|held| same(held, id));
            kept.logs += logs.iter().filter(of_this).count();
        }
    }
}
