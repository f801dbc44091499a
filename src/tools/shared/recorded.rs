//! A replay of the embedded sink: its segments are `replay_event` and `replay_recording` items under the replay's id.

use std::collections::HashSet;

use serde_json::Value;

use crate::{
    ctx::Ctx,
    error::Result,
    event::{
        StoredEvent,
        replay::{self, Reader, Replay, ReplayError},
    },
    sink::IssueQuery,
};

/// Bytes of items that are read of one replay.
const BYTES: u64 = 64 * 1024 * 1024;
/// Items that are read of one replay: two a segment.
const ITEMS: usize = 1_000;
/// Errors that are shown of one replay.
const ERRORS: usize = 50;

/// A replay of the sink.
#[derive(Debug, Default)]
pub struct Recorded {
    /// What is known of it.
    pub replay: Replay,
    /// Its recording.
    pub reader: Reader,
    /// Segments read.
    pub segments: usize,
    /// Why not all were read.
    pub problem: Option<String>,
    /// The errors in it.
    pub errors: Vec<ReplayError>,
}

/// Reads a replay; none = the sink has none with this id.
pub async fn recorded(ctx: &Ctx, id: &str) -> Result<Option<Recorded>> {
    let items = ctx.sink.items(id).await?;
    let is_replay = |ty: &str| matches!(ty, "replay_event" | "replay_recording" | "replay_video");
    if !items.iter().any(|item| is_replay(&item.ty)) {
        return Ok(None);
    }
    let mut bytes = 0;
    let fits = items.iter().take(ITEMS).take_while(|item| {
        bytes += item.bytes;
        bytes <= BYTES
    });
    let most = fits.count().max(1);
    let mut recorded = Recorded::default();
    recorded.replay.id = id.to_owned();
    if most < items.len() {
        recorded.problem = Some(format!("{} of its items are more than fixloop reads", items.len() - most));
    }
    let payloads = ctx.sink.payloads(id, most).await?;
    let recorded = tokio::task::spawn_blocking(move || read(recorded, &payloads)).await.unwrap_or_default();
    with_errors(ctx, recorded).await.map(Some)
}

fn read(mut recorded: Recorded, payloads: &[(crate::sink::Item, Vec<u8>)]) -> Recorded {
    let mut bodies = Vec::new();
    let mut seen = HashSet::new();
    for (item, payload) in payloads {
        match item.ty.as_str() {
            "replay_event" => match serde_json::from_slice::<Value>(payload) {
                Ok(value) => learn(&mut recorded.replay, &value),
                Err(_) => recorded.problem = Some("a replay_event is no JSON".to_owned()),
            },
            "replay_recording" => match replay::body(payload) {
                // An SDK that retries sends a segment twice.
                Ok(body) => {
                    if body.segment.is_none_or(|segment| seen.insert(segment)) {
                        bodies.push(body);
                    }
                }
                Err(why) => recorded.problem = Some(format!("a segment cannot be read: {why}")),
            },
            "replay_video" => recorded.problem = Some("it is a video of a mobile app, which is not read".to_owned()),
            _ => {}
        }
    }
    bodies.sort_by_key(|body| body.segment);
    recorded.segments = bodies.len();
    let last = bodies.iter().filter_map(|body| body.segment).max();
    let expected = last.map_or(0, |last| last.saturating_add(1));
    recorded.replay.segments = Some(expected.max(bodies.len() as u64));
    for body in &bodies {
        recorded.reader.segment(&body.events);
    }
    recorded
}

/// Takes in what one segment says of the whole.
fn learn(replay: &mut Replay, value: &Value) {
    let text = |key: &str| value.get(key).and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned);
    let time = |key: &str| value.get(key).and_then(Value::as_f64);
    let add = |list: &mut Vec<String>, found: Vec<String>| {
        for one in found {
            if !list.contains(&one) && list.len() < 100 {
                list.push(one);
            }
        }
    };
    let texts = |key: &str| -> Vec<String> {
        let list = value.get(key).and_then(Value::as_array);
        list.into_iter().flatten().filter_map(|one| one.as_str().map(str::to_owned)).collect()
    };
    let ids =
        |key: &str| -> Vec<String> { texts(key).iter().map(|id| id.replace('-', "").to_ascii_lowercase()).collect() };
    let earlier = |old: Option<f64>, new: Option<f64>| old.map_or(new, |old| Some(new.map_or(old, |new| old.min(new))));
    replay.kind = replay.kind.take().or_else(|| text("replay_type"));
    replay.started = earlier(replay.started, time("replay_start_timestamp"));
    let end = time("timestamp");
    replay.finished = replay.finished.map_or(end, |old| Some(end.map_or(old, |new| old.max(new))));
    replay.environment = replay.environment.take().or_else(|| text("environment"));
    add(&mut replay.urls, texts("urls"));
    add(&mut replay.error_ids, ids("error_ids"));
    add(&mut replay.trace_ids, ids("trace_ids"));
    add(&mut replay.releases, text("release").into_iter().collect());
    let user = value.get("user");
    let named = ["username", "email", "id"].iter().find_map(|key| user?.get(*key)?.as_str().map(str::to_owned));
    replay.user = replay.user.take().or(named);
    let sdk = value.get("sdk").and_then(|sdk| {
        Some(format!(
            "{} {}",
            sdk.get("name")?.as_str()?,
            sdk.get("version").and_then(Value::as_str).unwrap_or_default()
        ))
    });
    add(&mut replay.with, sdk.into_iter().collect());
}

/// The errors that the replay names, and those that name the replay.
async fn with_errors(ctx: &Ctx, mut recorded: Recorded) -> Result<Recorded> {
    let mut found: Vec<StoredEvent> = Vec::new();
    for id in recorded.replay.error_ids.iter().take(ERRORS) {
        found.extend(ctx.sink.event(id).await?);
    }
    let query = IssueQuery { query: format!("replay:{}", recorded.replay.id), limit: 20, ..IssueQuery::default() };
    for issue in ctx.sink.issues(query).await?.rows {
        let events = ctx.sink.events(&issue.id, 20, None).await?.rows;
        let own = events.into_iter().filter(|stored| stored.event.replay_id.as_deref() == Some(&recorded.replay.id));
        found.extend(own.filter(|stored| stored.event.ty != "feedback"));
    }
    let mut seen = HashSet::new();
    found.retain(|stored| seen.insert(stored.event.event_id.clone()));
    recorded.errors = found
        .into_iter()
        .take(ERRORS)
        .map(|stored| ReplayError {
            title: Some(stored.event.title()),
            at: Some(stored.event.timestamp).filter(|at| *at > 0.0),
            event: stored.event.event_id,
            issue: stored.issue,
        })
        .collect();
    Ok(recorded)
}
