//! Runs as they are kept: `.fixloop/runs/<id>/`, the newest [`MAX_RUNS`].

use std::time::{SystemTime, UNIX_EPOCH};

use super::{report, run::Run};
use crate::{
    artifacts::{Artifact, Artifacts},
    error::{Result, ToolError},
    report::Text,
};

/// Kind of the artifacts of runs.
pub const KIND: &str = "runs";
/// Runs that are kept.
pub const MAX_RUNS: usize = 200;
/// Larger files are no runs of ours.
const MAX_BYTES: u64 = 16 * 1024 * 1024;
/// Digits of the time in an id: enough until the year 2115.
const DIGITS: usize = 8;
/// 2025-01-01, in milliseconds since the epoch: ids are shorter when they count from here.
const SINCE_MS: u128 = 1_735_689_600_000;

/// The runs of a workspace.
#[derive(Debug, Clone, Copy)]
pub struct Runs<'a> {
    artifacts: &'a Artifacts,
}

/// A page of runs.
#[derive(Debug, Clone, PartialEq)]
pub struct RunPage {
    /// Newest first.
    pub rows: Vec<Run>,
    /// Id to go on from; none = that was all.
    pub next: Option<String>,
}

impl<'a> Runs<'a> {
    /// The runs that `artifacts` keeps.
    pub fn new(artifacts: &'a Artifacts) -> Self {
        Self { artifacts }
    }

    /// An id for a run that begins now; ids sort by time.
    pub(super) fn new_id(&self) -> String {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
        let first = now.saturating_sub(SINCE_MS);
        // Another fixloop of this workspace may begin a run in the same millisecond.
        let free = (first..).map(id_of).find(|id| !self.artifacts.root().join(KIND).join(id).exists());
        free.unwrap_or_else(|| id_of(first))
    }

    /// Writes a file of a run.
    pub(super) fn write(&self, id: &str, name: &str, bytes: &[u8]) -> Result<Artifact> {
        self.artifacts.write(KIND, &format!("{id}/{name}"), bytes)
    }

    /// Keeps a run with its report.
    pub(super) fn keep(&self, run: &Run) -> Result<()> {
        let json = serde_json::to_vec_pretty(run)
            .map_err(|error| ToolError::bare("Cannot write the run down.").caused_by(error))?;
        self.write(&run.id, "run.json", &json)?;
        self.write(&run.id, "report.md", report::run(run).as_bytes())?;
        self.artifacts.prune(KIND, MAX_RUNS);
        Ok(())
    }

    /// A run by its id.
    pub fn get(&self, id: &str) -> Result<Run> {
        self.read(id).ok_or_else(|| {
            ToolError::new(
                format!("There is no run {}.", Text::quoted(id, 40)),
                "list_runs shows the ids of runs; the newest 200 are kept.",
            )
        })
    }

    /// Runs, newest first: those of `scenario` (name or file) where it is given, at most `limit`, after the id `cursor`.
    pub fn list(&self, scenario: Option<&str>, limit: usize, cursor: Option<&str>) -> RunPage {
        let mut runs = self.newest_first().filter(|id| cursor.is_none_or(|cursor| id.as_str() < cursor));
        let mut rows = Vec::new();
        let mut matching = runs.by_ref().filter_map(|id| self.read(&id)).filter(|run| is_of(run, scenario));
        rows.extend(matching.by_ref().take(limit));
        let more = matching.next().is_some();
        let next = more.then(|| rows.last().map(|run| run.id.clone())).flatten();
        RunPage { rows, next }
    }

    /// The newest red run of the scenario in `file` that `fits`.
    pub(super) fn newest_red(&self, file: &str, fits: impl Fn(&Run) -> bool) -> Option<Run> {
        self.newest_first().filter_map(|id| self.read(&id)).find(|run| run.file == file && run.is_red() && fits(run))
    }

    fn newest_first(&self) -> impl Iterator<Item = String> {
        let mut ids: Vec<String> =
            self.artifacts.list(KIND).into_iter().map(|listed| listed.name).filter(|id| is_id(id)).collect();
        ids.sort_by(|a, b| b.cmp(a));
        ids.into_iter()
    }

    fn read(&self, id: &str) -> Option<Run> {
        let path = is_id(id).then(|| self.artifacts.find(KIND, &format!("{id}/run.json")))??;
        let size = std::fs::metadata(&path).ok()?.len();
        let bytes = (size <= MAX_BYTES).then(|| std::fs::read(&path).ok())??;
        serde_json::from_slice(&bytes).ok()
    }
}

fn is_of(run: &Run, scenario: Option<&str>) -> bool {
    let stem = |file: &str| {
        let name = file.rsplit('/').next().unwrap_or(file);
        name.split_once('.').map_or(name, |(stem, _)| stem).to_owned()
    };
    scenario.is_none_or(|wanted| run.scenario == wanted || run.file == wanted || stem(&run.file) == wanted)
}

fn is_id(id: &str) -> bool {
    id.len() == DIGITS + 1 && id.starts_with('r') && id.chars().all(|c| c.is_ascii_digit() || c.is_ascii_lowercase())
}

/// `r` and the time in base 36.
fn id_of(mut time: u128) -> String {
    let mut digits = Vec::with_capacity(DIGITS);
    for _ in 0..DIGITS {
        digits.push(u32::try_from(time % 36).ok().and_then(|digit| char::from_digit(digit, 36)).unwrap_or('0'));
        time /= 36;
    }
    digits.push('r');
    digits.iter().rev().collect()
}
