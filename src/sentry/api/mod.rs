//! What the API has, one file per resource: each function sends requests and gives plain data of `event/`.

mod admin;
mod attachment;
mod event;
mod explore;
mod feedback;
mod ingestion;
mod issue;
mod issues;
mod monitor;
mod payload;
mod profile;
mod projects;
mod release;
mod replay;
mod seer;
mod source_map;
mod trace;
mod update;

pub use attachment::StoredFile;
pub use event::{EventPlace, read_event};
pub use explore::Explore;
pub use feedback::FeedbackPage;
pub use ingestion::{LastError, Sessions};
pub use issue::{Suspects, read_issue};
pub use issues::{IssueSearch, IssuesFound};
pub use monitor::{CheckIn, Cron, CronEnvironment, Uptime};
pub use profile::{ProfilePlace, read_flamegraph, read_profile};
pub(super) use projects::near_organization;
pub use projects::{Dsn, Project, ProjectsFound, Team};
pub use release::{Commit, Deploy, NewRelease, Release};
pub use replay::Recording;
pub use seer::SeerRun;
pub use trace::{TraceMeta, read_trace};
pub use update::{Assignee, Changeable, Commented, IssueChange, Merged};
