//! Profiles: the flamegraph of a transaction, one profile, and the chunks of a continuous profiler.

use serde_json::Value;

use crate::{
    event::{
        Period,
        profile::{Profile, Stack, frame_of},
    },
    sentry::{Failure, Organization, Read, Request},
};

const FLAMEGRAPH: &str = "/organizations/{organization_id_or_slug}/profiling/flamegraph/";
const CHUNKS: &str = "/organizations/{organization_id_or_slug}/profiling/chunks/";
const PROFILE: &str = "/projects/{organization_id_or_slug}/{project_id_or_slug}/profiling/profiles/{profile_id}/";
const EVENTS: &str = "/organizations/{organization_id_or_slug}/events/";

/// Stacks of a flamegraph that are read.
const STACKS: usize = 200_000;

/// Where a profile is, by the spans that name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProfilePlace {
    /// Project slug.
    pub project: String,
    /// It is the id of a continuous profiler, and not of one profile.
    pub continuous: bool,
}

impl Organization {
    /// All profiles of a transaction, put together by the server; none = there is none.
    pub async fn flamegraph(
        &self,
        transaction: &str,
        project: Option<&str>,
        period: &Period,
    ) -> Result<Option<Profile>, Failure> {
        let name = transaction.replace('\\', "\\\\").replace('"', "\\\"").replace('*', "\\*");
        let request = Request::get(FLAMEGRAPH, &[])
            .period(Some(period))
            .maybe("project", project)
            .query("query", format!("transaction:\"{name}\""));
        let value = self.value(request).await?;
        let profile = read_flamegraph(&value, transaction);
        Ok(Some(profile).filter(|profile| !profile.stacks.is_empty()))
    }

    /// One profile of a project; none = it has none with this id.
    pub async fn profile(&self, project: &str, id: &str) -> Result<Option<Profile>, Failure> {
        let value = self.optional(Request::get(PROFILE, &[project, id])).await?;
        Ok(value.map(|value| read_profile(&value)).filter(|profile| !profile.stacks.is_empty()))
    }

    /// What a continuous profiler saw in a stretch of time; none = nothing.
    pub async fn profile_chunks(
        &self,
        project: &str,
        profiler: &str,
        period: &Period,
    ) -> Result<Option<Profile>, Failure> {
        let request = Request::get(CHUNKS, &[]).query("project", project).query("profiler_id", profiler);
        let value = self.optional(request.period(Some(period))).await?.unwrap_or_default();
        let chunks = value.at("chunks");
        let list: Vec<&Value> =
            if chunks.is_array() { chunks.items().collect() } else { vec![value.get("chunk").unwrap_or(&value)] };
        let profile = Profile::merge(list.into_iter().map(Profile::read));
        Ok(profile.filter(|profile| !profile.stacks.is_empty()))
    }

    /// The project of a profile id or profiler id, from the spans that name it.
    pub async fn profile_place(&self, id: &str, period: &Period) -> Result<Option<ProfilePlace>, Failure> {
        let request = Request::get(EVENTS, &[])
            .period(Some(period))
            .query("dataset", "spans")
            .each("field", &["project", "profile.id", "profiler.id"])
            .query("query", format!("profile.id:{id} OR profiler.id:{id}"))
            .query("per_page", 1);
        let value = self.value(request).await?;
        let place = value.at("data").items().next().and_then(|row| {
            let continuous = row.text("profiler.id").is_some_and(|held| held.replace('-', "").eq_ignore_ascii_case(id));
            Some(ProfilePlace { project: row.text("project")?, continuous })
        });
        Ok(place)
    }
}

/// Reads a profile in either format: samples, or a flamegraph.
pub fn read_profile(value: &Value) -> Profile {
    if value.at("shared").is_object() { read_flamegraph(value, "") } else { Profile::read(value) }
}

/// Reads a flamegraph: stacks begin with the outermost call in it.
pub fn read_flamegraph(value: &Value, transaction: &str) -> Profile {
    let mut profile = Profile {
        frames: value.at("shared").at("frames").items().map(frame_of).collect(),
        platform: value.text("platform").unwrap_or_default(),
        transaction: value.text("transactionName").unwrap_or_else(|| transaction.to_owned()),
        timed: true,
        ..Profile::default()
    };
    for one in value.at("profiles").items() {
        let thread = one.text("threadID").unwrap_or_default();
        if let Some(name) = one.text("name").filter(|name| *name != profile.transaction) {
            profile.threads.insert(thread.clone(), name);
        }
        let nanos: Vec<f64> = one.at("sample_durations_ns").items().filter_map(Value::as_f64).collect();
        let weights: Vec<f64> = one.at("weights").items().filter_map(Value::as_f64).collect();
        let counts: u64 = one.at("sample_counts").items().filter_map(Value::as_u64).fold(0, u64::saturating_add);
        let scale = match one.text("unit").as_deref() {
            Some("microseconds") => 1e3,
            Some("milliseconds") => 1e6,
            Some("seconds") => 1e9,
            _ => 1.0,
        };
        // Where only samples were counted, shares can be said and times cannot.
        profile.timed &= !nanos.is_empty() || one.text("unit").is_some_and(|unit| unit.ends_with("seconds"));
        let stacks = one.at("samples").items().take(STACKS).enumerate().map(|(place, sample)| {
            let weight = nanos.get(place).copied().or_else(|| Some(weights.get(place)? * scale)).unwrap_or(1.0);
            let frames = sample.items().filter_map(|frame| usize::try_from(frame.as_u64()?).ok());
            Stack { frames: frames.collect(), thread: thread.clone(), weight }
        });
        let before = profile.stacks.len();
        profile.stacks.extend(stacks);
        profile.samples += if counts > 0 { counts } else { (profile.stacks.len() - before) as u64 };
        profile.profiles += 1;
    }
    let used = value.at("shared").at("profiles").items().len();
    if used > 0 {
        profile.profiles = used as u64;
    }
    profile
}
