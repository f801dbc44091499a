//! The handles that a tool may reach, and how they are put together and taken down. No other behaviour.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use crate::{
    artifacts::Artifacts,
    browser::Browsers,
    config::{self, Config},
    error::{Result, ToolError},
    observe::Observer,
    scenario::{Recordings, Rooms},
    sentry::Sentry,
    sink::{IssueQuery, Sink},
    sourcemap::Resolver,
};

/// The handles that a tool may reach; built once, when the workspace is known.
#[derive(Debug)]
pub struct Ctx {
    /// Settings.
    pub config: Arc<Config>,
    /// The user's project folder.
    pub workspace: PathBuf,
    /// The writer of files under `.fixloop/`.
    pub artifacts: Artifacts,
    /// The embedded sink.
    pub sink: Sink,
    /// The Sentry servers that can be asked.
    pub sentry: Sentry,
    /// Source maps.
    pub sourcemap: Resolver,
    /// Browser sessions.
    pub browsers: Browsers,
    /// Joins what the browser saw with source maps and the sink.
    pub observer: Observer,
    /// What each session did, for saving it as a scenario.
    pub recordings: Recordings,
    /// What is otherwise than usual and worth saying in `status`: a read-only workspace, a bad prompt file, ….
    pub notes: Vec<String>,
}

impl Ctx {
    /// Opens the state folder, starts the sink, and makes the rest; no browser is started. A workspace that cannot be
    /// written gets a temporary state folder and a note.
    pub async fn open(config: Arc<Config>, workspace: &Path) -> Result<Self> {
        let workspace = workspace.canonicalize().map(plain).map_err(|error| {
            ToolError::new(
                format!("The workspace {} cannot be used: {error}", workspace.display()),
                "Give a folder that exists with --workspace DIR or FIXLOOP_WORKSPACE.",
            )
        })?;
        let mut notes = Vec::new();
        let artifacts = match Artifacts::open(workspace.join(".fixloop")) {
            Ok(artifacts) => artifacts,
            Err(error) => {
                let artifacts = Artifacts::temporary()?;
                notes.push(format!(
                    "The workspace cannot be written ({}); events are kept in memory and files in {} until fixloop ends.",
                    error.what(),
                    artifacts.root().display()
                ));
                artifacts
            }
        };
        let state = (!artifacts.is_temporary()).then(|| artifacts.root().to_path_buf());
        let sink = Sink::start(&config.sink, state).await?;
        let sentry = Sentry::new(&config.sentry);
        notes.extend(config.sentry.problems.iter().cloned());
        let sourcemap = Resolver::new(workspace.clone());
        let browsers = Browsers::new(config.browser.clone());
        let recordings = Recordings::default();
        let observer = Observer::new(sink.clone(), sourcemap.clone());
        Ok(Self { config, workspace, artifacts, sink, sentry, sourcemap, browsers, observer, recordings, notes })
    }

    /// What a run of a scenario needs.
    pub fn rooms(&self) -> Rooms<'_> {
        Rooms {
            workspace: &self.workspace,
            artifacts: &self.artifacts,
            browsers: &self.browsers,
            observer: &self.observer,
            sink: &self.sink,
            environment: &config::variable,
        }
    }

    /// Closes the browsers and the sink, and removes what was temporary. The caller bounds it.
    pub async fn close(&self) {
        self.browsers.shutdown().await;
        self.sink.stop().await;
        self.artifacts.close();
    }

    /// Ids of issues that begin with `prefix`, last seen first; for completion of prompt arguments.
    pub async fn issue_ids(&self, prefix: &str, limit: usize) -> Vec<String> {
        let query = IssueQuery { limit: limit.max(100), ..IssueQuery::default() };
        let Ok(page) = self.sink.issues(query).await else { return Vec::new() };
        let prefix = prefix.to_ascii_lowercase();
        let ids = page.rows.into_iter().map(|issue| issue.id);
        ids.filter(|id| id.to_ascii_lowercase().starts_with(&prefix)).take(limit).collect()
    }
}

/// Without the `\\?\` that Windows puts before canonical paths, which many programs cannot read.
fn plain(path: PathBuf) -> PathBuf {
    match path.to_str().and_then(|text| text.strip_prefix(r"\\?\")).filter(|rest| rest.get(1..2) == Some(":")) {
        Some(rest) => PathBuf::from(rest),
        None => path,
    }
}
