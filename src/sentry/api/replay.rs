//! Replays: what is known of one, its recording, the errors in it.

use serde_json::Value;

use crate::{
    event::replay::{Reader, Replay, ReplayError},
    sentry::{Failure, Kind, Organization, Read, Request},
};

const REPLAY: &str = "/organizations/{organization_id_or_slug}/replays/{replay_id}/";
const SEGMENTS: &str =
    "/projects/{organization_id_or_slug}/{project_id_or_slug}/replays/{replay_id}/recording-segments/";
const EVENTS: &str = "/organizations/{organization_id_or_slug}/events/";

/// Segments asked for at once; the second where a page of the first is larger than we read.
const PER_PAGE: [u32; 2] = [100, 10];
/// Segments that are read.
const SEGMENT_LIMIT: usize = 1_000;
/// rrweb events that are read.
const EVENT_LIMIT: usize = 400_000;
/// Errors of a replay that are looked up.
const ERRORS: u32 = 50;

/// What was read of a recording.
#[derive(Debug, Default)]
pub struct Recording {
    /// Its moments and more.
    pub reader: Reader,
    /// Segments read.
    pub segments: usize,
    /// Why not all were read.
    pub problem: Option<String>,
}

impl Organization {
    /// A replay by its id.
    pub async fn replay(&self, id: &str) -> Result<Replay, Failure> {
        let value = self.value(Request::get(REPLAY, &[id])).await?;
        let data = if value.at("data").is_object() { value.at("data") } else { &value };
        // Servers of some versions wrap a single one in a list.
        let data = data.as_array().and_then(|list| list.first()).unwrap_or(data);
        Ok(replay_of(data, id))
    }

    /// The whole recording of a replay, page by page, up to a bound that `problem` names. `progress` hears of each page.
    pub async fn recording(&self, project: &str, id: &str, progress: impl Fn(usize)) -> Recording {
        let mut recording = Recording::default();
        for per_page in PER_PAGE {
            recording = Recording::default();
            let outcome = self.pages(project, id, per_page, &mut recording, &progress).await;
            match outcome {
                Ok(()) => break,
                Err(failure) if failure.kind == Kind::Unreadable && recording.segments == 0 => {
                    recording.problem = Some(failure.what().to_owned());
                }
                Err(failure) => {
                    recording.problem = Some(failure.what().to_owned());
                    break;
                }
            }
        }
        recording
    }

    async fn pages(
        &self,
        project: &str,
        id: &str,
        per_page: u32,
        recording: &mut Recording,
        progress: &impl Fn(usize),
    ) -> Result<(), Failure> {
        let mut cursor: Option<String> = None;
        let mut download = false;
        loop {
            let request = Request::get(SEGMENTS, &[project, id])
                .query("per_page", per_page)
                .maybe("cursor", cursor.as_ref())
                // Older servers give the bodies only then; the official schema does not know the parameter.
                .maybe("download", download.then_some("true"));
            let page = self.page(request).await?;
            let bodies = page.value.items().any(Value::is_array);
            if !download && !bodies && page.value.items().any(Value::is_object) {
                download = true;
                continue;
            }
            for segment in page.value.items() {
                recording.segments += 1;
                recording.reader.segment(segment.as_array().map(Vec::as_slice).unwrap_or_default());
            }
            progress(recording.segments);
            let same = page.next == cursor;
            cursor = page.next.filter(|_| !same);
            if cursor.is_none() {
                return Ok(());
            }
            if recording.segments >= SEGMENT_LIMIT || recording.reader.events >= EVENT_LIMIT {
                recording.problem = Some("the recording is longer than fixloop reads".to_owned());
                return Ok(());
            }
        }
    }

    /// The errors that Sentry found in a replay, with issue and time.
    pub async fn replay_errors(&self, replay: &Replay) -> Result<Vec<ReplayError>, Failure> {
        let request = Request::get(EVENTS, &[])
            .query("dataset", "errors")
            .each("field", &["id", "issue", "title", "timestamp"])
            .query("query", format!("replayId:{}", replay.id))
            .query("sort", "timestamp")
            .query("per_page", ERRORS);
        // Some errors are sent after the replay has ended.
        let request = match replay.started.zip(replay.finished) {
            Some((start, end)) => request.maybe("start", stamp(start - 3_600.0)).maybe("end", stamp(end + 3_600.0)),
            None => request.query("statsPeriod", "90d"),
        };
        let value = self.value(request).await?;
        let error = |row: &Value| {
            Some(ReplayError {
                event: row.text("id")?.replace('-', ""),
                issue: row.text("issue").filter(|issue| issue != "unknown"),
                title: row.text("title"),
                at: time(row, "timestamp"),
            })
        };
        Ok(value.at("data").items().filter_map(error).collect())
    }
}

/// RFC 3339, to the second, as Sentry takes it.
fn stamp(seconds: f64) -> Option<String> {
    #[expect(clippy::cast_possible_truncation, reason = "a float cast saturates, and jiff checks the range")]
    let stamp = jiff::Timestamp::from_second(seconds.round() as i64).ok()?;
    Some(format!("{stamp:.0}").trim_end_matches('Z').to_owned())
}

/// Seconds since the epoch, from a number, or a date with or without its zone (UTC then).
pub(super) fn time(value: &Value, key: &str) -> Option<f64> {
    if let Value::Number(number) = value.at(key) {
        return number.as_f64();
    }
    let text = value.text(key)?;
    let stamp = text.parse::<jiff::Timestamp>().ok().or_else(|| format!("{text}Z").parse().ok())?;
    Some(stamp.as_duration().as_secs_f64())
}

fn replay_of(data: &Value, id: &str) -> Replay {
    let ids = |key: &str| data.texts(key).iter().map(|id| id.replace('-', "").to_ascii_lowercase()).collect();
    let user = data.at("user");
    let named = |key: &str| {
        let of = data.at(key);
        let version = of.text("version").map(|version| format!(" {version}")).unwrap_or_default();
        of.text("name").map(|name| name + &version)
    };
    Replay {
        id: data.text("id").map_or_else(|| id.to_owned(), |id| id.replace('-', "").to_ascii_lowercase()),
        project: data.text("project_id"),
        kind: data.text("replay_type"),
        started: time(data, "started_at"),
        finished: time(data, "finished_at"),
        urls: data.texts("urls"),
        error_ids: ids("error_ids"),
        trace_ids: ids("trace_ids"),
        releases: data.texts("releases"),
        environment: data.text("environment"),
        user: ["display_name", "username", "email", "id"].iter().find_map(|key| user.text(key)),
        with: ["browser", "os", "device", "sdk"].iter().filter_map(|key| named(key)).collect(),
        dead_clicks: data.count("count_dead_clicks"),
        rage_clicks: data.count("count_rage_clicks"),
        errors: data.count("count_errors"),
        segments: data.count("count_segments"),
        archived: data.truth("is_archived").unwrap_or(false),
    }
}
