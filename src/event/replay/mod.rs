//! A session replay as plain data: what is known of it, and the moments of its recording (pure).
//!
//! The same reader serves the recording segments of Sentry's API and the `replay_recording` items of the sink: both are
//! lists of rrweb events, with what Sentry's SDK adds as custom events.

mod custom;
mod fold;
mod locate;
mod nodes;
mod read;
mod recording;

use serde::Serialize;

pub use fold::{folded, window};
pub use locate::Subject;
pub use read::Reader;
pub use recording::{Body, body};

/// What is known of a replay besides its recording. Missing = not said.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Replay {
    /// 32 lower-case hex characters.
    pub id: String,
    /// Project: id or slug, as the source names it.
    pub project: Option<String>,
    /// `session` or `buffer` (kept only because of an error).
    pub kind: Option<String>,
    /// Seconds since the epoch.
    pub started: Option<f64>,
    /// Seconds since the epoch.
    pub finished: Option<f64>,
    /// Pages, in order.
    pub urls: Vec<String>,
    /// Event ids of the errors in it.
    pub error_ids: Vec<String>,
    /// Traces in it.
    pub trace_ids: Vec<String>,
    /// Releases.
    pub releases: Vec<String>,
    /// Environment.
    pub environment: Option<String>,
    /// Who: name, e-mail address or id.
    pub user: Option<String>,
    /// Browser, system, device, SDK; each as name and version.
    pub with: Vec<String>,
    /// Clicks that nothing answered, as Sentry counts them.
    pub dead_clicks: Option<u64>,
    /// Clicks again and again, as Sentry counts them.
    pub rage_clicks: Option<u64>,
    /// Errors, as Sentry counts them.
    pub errors: Option<u64>,
    /// Segments of its recording.
    pub segments: Option<u64>,
    /// The recording has been deleted.
    pub archived: bool,
}

/// An error that happened in a replay.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct ReplayError {
    /// 32 lower-case hex characters.
    pub event: String,
    /// Short id, `LOCAL-3`, or number of its issue.
    pub issue: Option<String>,
    /// Title.
    pub title: Option<String>,
    /// Seconds since the epoch.
    pub at: Option<f64>,
}

/// What a moment is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A page was opened, or the address changed.
    Page,
    /// A click.
    Click,
    /// A click that nothing answered.
    DeadClick,
    /// Several clicks in a row that nothing answered.
    RageClick,
    /// A click that was answered late.
    SlowClick,
    /// A value was entered; or a key pressed.
    Input,
    /// A line of the console.
    Console,
    /// A network request.
    Request,
    /// A performance measure.
    Measure,
    /// Anything else that the SDK or the app noted.
    Note,
    /// An error that Sentry has an event of.
    Error,
}

impl Kind {
    /// As it is written in a timeline.
    pub fn word(self) -> &'static str {
        match self {
            Self::Page => "page",
            Self::Click => "click",
            Self::DeadClick => "DEAD CLICK",
            Self::RageClick => "RAGE CLICK",
            Self::SlowClick => "slow click",
            Self::Input => "input",
            Self::Console => "console",
            Self::Request => "request",
            Self::Measure => "measure",
            Self::Note => "note",
            Self::Error => "ERROR",
        }
    }
}

/// A moment of a recording; equal neighbours are one.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Moment {
    /// Seconds since the epoch.
    pub at: f64,
    /// What it is.
    pub kind: Kind,
    /// What happened; untrusted, without secrets.
    pub says: String,
    /// It tells of a fault: a failed request, an error in the console, a dead click.
    pub bad: bool,
    /// How often in a row.
    pub times: usize,
    /// When the last of them was; seconds since the epoch.
    pub until: f64,
    /// rrweb's id of the element, for joining what two observers saw of one act.
    #[serde(skip)]
    node: Option<i64>,
    /// Who saw it.
    #[serde(skip)]
    sight: Sight,
}

/// Who saw a click: rrweb sees every one, the SDK names the element better.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Sight {
    #[default]
    Rrweb,
    Sdk,
    Both,
}

impl Moment {
    /// A moment that happened once.
    pub fn new(at: f64, kind: Kind, says: impl Into<String>) -> Self {
        let bad = matches!(kind, Kind::DeadClick | Kind::RageClick | Kind::Error);
        Self { at, kind, says: says.into(), bad, times: 1, until: at, node: None, sight: Sight::Rrweb }
    }

    /// The same, told to be of a fault or not.
    #[must_use]
    pub fn bad(mut self, bad: bool) -> Self {
        self.bad = bad;
        self
    }

    /// Of the SDK's breadcrumbs.
    fn by_sdk(mut self) -> Self {
        self.sight = Sight::Sdk;
        self
    }

    fn on(mut self, node: Option<i64>) -> Self {
        self.node = node;
        self
    }
}

impl ReplayError {
    /// The moment of the error, where its time is known.
    pub fn moment(&self) -> Option<Moment> {
        let issue = self.issue.as_deref().map(|issue| format!("{issue} ")).unwrap_or_default();
        let title = self.title.as_deref().unwrap_or("(no title)");
        Some(Moment::new(self.at?, Kind::Error, read::line(&format!("{issue}{title}"), 200)))
    }
}

/// Seconds since the epoch of a time in seconds or milliseconds: SDKs send both, in one recording.
pub(super) fn seconds(time: f64) -> f64 {
    if time.abs() < 1e11 { time } else { time / 1000.0 }
}
