//! `create_release`: makes a release, finalizes it, notes a deploy.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::shared::place;
use crate::{
    ctx::Ctx,
    error::{Result, ToolError},
    event::{Source, Which},
    mcp::{Call, Hints, Tool, Toolset},
    report::{Render, Text, count},
    sentry::api::NewRelease,
};

/// Characters that Sentry takes in a version.
const VERSION: usize = 200;
/// Projects and commits of one call.
const MOST: usize = 100;

/// The tool.
pub struct CreateRelease;

/// Its arguments.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// shop@1.4.2
    version: String,
    /// Slugs; default that of the settings
    #[serde(default)]
    projects: Vec<String>,
    /// OWNER/REPO@SHA, OWNER/REPO@FROM..SHA, or a bare SHA
    #[serde(default)]
    commits: Vec<String>,
    /// Mark as released now
    #[serde(default)]
    finalize: bool,
    /// Environment to note a deploy to
    deploy: Option<String>,
    /// Only say what would be done
    #[serde(default)]
    dry_run: bool,
    #[serde(default)]
    source: Source,
}

/// What was done.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Report {
    version: String,
    /// None = dry run; false = it existed already
    created: Option<bool>,
    finalized: bool,
    /// Environment of the deploy that was noted
    #[serde(skip_serializing_if = "Option::is_none")]
    deployed: Option<String>,
    /// What did not work
    #[serde(skip_serializing_if = "Vec::is_empty")]
    failed: Vec<String>,
    #[serde(skip)]
    place: String,
    #[serde(skip)]
    new: NewRelease,
    #[serde(skip)]
    deploy: Option<String>,
}

impl Tool for CreateRelease {
    type Input = Input;
    type Report = Report;
    const NAME: &'static str = "create_release";
    const TITLE: &'static str = "Create a release";
    const CONTRACT: &'static str = include_str!("../../tools/create_release.md");
    const HINTS: Hints = Hints { read_only: false, destructive: false, idempotent: false, open_world: true };
    const TOOLSET: Toolset = Toolset::Sentry;

    async fn run(ctx: &Ctx, call: &Call, input: Input) -> Result<Report> {
        if input.source.which == Which::Local {
            return Err(ToolError::new(
                "Releases are made on a Sentry server; the embedded sink knows those that events name.",
                "Leave source out, or name a connection.",
            ));
        }
        let mut new = checked(&input)?;
        let organization = place::remote(ctx, call, &input.source).await?;
        if new.projects.is_empty() {
            new.projects.extend(organization.connection().project().map(str::to_owned));
        }
        if new.projects.is_empty() {
            return Err(ToolError::new(
                "A release needs at least one project.",
                "Give `projects` (slugs; list_projects lists them), or set SENTRY_PROJECT.",
            ));
        }
        if input.finalize {
            new.released = Some(format!("{:.0}", jiff::Timestamp::now()));
        }
        let deploy = input.deploy.as_deref().map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned);
        let mut report = Report {
            version: Text::plain(&new.version, VERSION),
            created: None,
            finalized: false,
            deployed: None,
            failed: Vec::new(),
            place: organization.said(),
            new,
            deploy,
        };
        if input.dry_run {
            return Ok(report);
        }
        let (release, created) = organization.create_release(&report.new).await?;
        report.created = Some(created);
        report.finalized = release.released.is_some();
        // One that existed keeps its date unless it is told so.
        if let Some(at) = report.new.released.clone().filter(|_| !created && !report.finalized) {
            match organization.finalize_release(&report.new.version, &at).await {
                Ok(_) => report.finalized = true,
                Err(failure) => report.failed.push(format!("It was not finalized: {}", failure.what())),
            }
        }
        if let Some(environment) = report.deploy.clone() {
            match organization.create_deploy(&report.new.version, &environment, &report.new.projects).await {
                Ok(_) => report.deployed = Some(Text::plain(&environment, 64)),
                Err(failure) => report.failed.push(format!("The deploy was not noted: {}", failure.what())),
            }
        }
        Ok(report)
    }
}

/// What Sentry would refuse is refused here, with the reason.
fn checked(input: &Input) -> Result<NewRelease> {
    let wrong = |what: String, hint: &str| ToolError::new(what, hint.to_owned());
    let version = input.version.trim();
    let bad = version.chars().any(|c| c.is_control() || matches!(c, '/' | '\\'));
    if version.is_empty() || version.chars().count() > VERSION || bad || matches!(version, "." | ".." | "latest") {
        return Err(wrong(
            format!("{} is no version that Sentry takes.", Text::quoted(&input.version, 80)),
            "It has at most 200 characters, no slash, backslash or line end, and is not latest: shop@1.4.2.",
        ));
    }
    if input.projects.len() > MOST || input.commits.len() > MOST {
        return Err(wrong(format!("At most {MOST} projects and {MOST} commits are taken."), "Give fewer."));
    }
    let mut new = NewRelease { version: version.to_owned(), projects: input.projects.clone(), ..NewRelease::default() };
    for commit in &input.commits {
        let commit = commit.trim();
        let hash = |text: &str| (7..=64).contains(&text.len()) && text.chars().all(|c| c.is_ascii_hexdigit());
        let parts = match commit.split_once('@') {
            Some((repository, range)) if !repository.is_empty() => Some((repository, range)),
            _ => None,
        };
        match parts {
            Some((repository, range)) => {
                let (before, last) = match range.split_once("..") {
                    Some((before, last)) => (Some(before.trim_end_matches('.')), last.trim_start_matches('.')),
                    None => (None, range),
                };
                if !hash(last) || before.is_some_and(|before| !hash(before)) {
                    return Err(no_commit(commit));
                }
                new.refs.push((repository.to_owned(), last.to_owned(), before.map(str::to_owned)));
            }
            None if hash(commit) => new.commits.push(commit.to_owned()),
            None => return Err(no_commit(commit)),
        }
    }
    Ok(new)
}

fn no_commit(commit: &str) -> ToolError {
    ToolError::new(
        format!("{} is no commit.", Text::quoted(commit, 120)),
        "Give OWNER/REPO@SHA, OWNER/REPO@FROM..SHA (a repository that Sentry is connected to), or a bare SHA.",
    )
}

impl Render for Report {
    fn render(&self, text: &mut Text) {
        let version = Text::quoted(&self.version, VERSION);
        let place = &self.place;
        text.line(match self.created {
            None => format!("Dry run: the release {version} would be made {place}; nothing was sent."),
            Some(true) => format!("The release {version} was made {place}."),
            Some(false) => {
                format!("The release {version} existed already {place}; what was given has been added to it.")
            }
        });
        let projects: Vec<String> = self.new.projects.iter().take(10).map(|slug| Text::word(slug, 100)).collect();
        let commits = self.new.refs.len() + self.new.commits.len();
        text.line(format!("Projects {}; {} given.", projects.join(" "), count(commits as u64, "commit")));
        if self.created.is_none() {
            if self.new.released.is_some() {
                text.line("It would be finalized: marked as released now.");
            }
            if let Some(environment) = &self.deploy {
                text.line(format!("A deploy to {} would be noted.", Text::quoted(environment, 64)));
            }
            return;
        }
        text.line(if self.finalized {
            "It is finalized."
        } else {
            "It is not finalized yet: call again with finalize."
        });
        if let Some(environment) = &self.deployed {
            text.line(format!("A deploy to {} was noted.", Text::quoted(environment, 64)));
        }
        for failed in &self.failed {
            text.line(failed);
        }
    }
}
