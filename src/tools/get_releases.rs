//! `get_releases`: releases, and one of them with deploys, commits and health.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::shared::place::{self, Place};
use crate::{
    ctx::Ctx,
    error::{Result, ToolError},
    event::Source,
    mcp::{Call, Hints, Tool, Toolset},
    redact,
    report::{Render, Text, count},
    sentry::{
        Organization,
        api::{Commit, Deploy, Release},
    },
    sink::SeenRelease,
};

/// Commits, deploys and projects shown.
const SHOWN: usize = 10;

/// The tool.
pub struct GetReleases;

/// Its arguments.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// Version: that one in detail
    release: Option<String>,
    /// Part of a version
    query: Option<String>,
    /// Slug
    project: Option<String>,
    /// Default 10, at most 100
    limit: Option<u16>,
    /// `next` of the page before
    cursor: Option<String>,
    #[serde(default)]
    source: Source,
}

/// The releases.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Report {
    releases: Vec<Facts>,
    /// Cursor of the next page
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
    #[serde(skip)]
    place: String,
    #[serde(skip)]
    detail: Option<Box<Detail>>,
}

/// A release. Missing = not known.
#[derive(Debug, Default, Serialize, JsonSchema)]
struct Facts {
    version: String,
    /// RFC 3339
    #[serde(skip_serializing_if = "Option::is_none")]
    created: Option<String>,
    /// RFC 3339
    #[serde(skip_serializing_if = "Option::is_none")]
    released: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    first_event: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_event: Option<String>,
    /// Issues that began with it
    #[serde(skip_serializing_if = "Option::is_none")]
    new_issues: Option<u64>,
    /// Issues with events of it; the sink only
    #[serde(skip_serializing_if = "Option::is_none")]
    issues: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    commits: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    deploys: Option<u64>,
    /// Of the last deploy
    #[serde(skip_serializing_if = "Option::is_none")]
    environment: Option<String>,
    projects: Vec<String>,
}

/// One release in detail.
#[derive(Debug, Default)]
struct Detail {
    release: Release,
    deploys: Vec<Deploy>,
    commits: Vec<Commit>,
    sessions: Vec<(String, u64)>,
    url: Option<String>,
    notes: Vec<String>,
}

impl Tool for GetReleases {
    type Input = Input;
    type Report = Report;
    const NAME: &'static str = "get_releases";
    const TITLE: &'static str = "Get releases";
    const CONTRACT: &'static str = include_str!("../../tools/get_releases.md");
    const HINTS: Hints = Hints { read_only: true, destructive: false, idempotent: true, open_world: true };
    const TOOLSET: Toolset = Toolset::Sentry;

    async fn run(ctx: &Ctx, call: &Call, input: Input) -> Result<Report> {
        let limit = usize::from(input.limit.unwrap_or(10).clamp(1, 100));
        match place::place(ctx, call, &input.source).await? {
            Place::Local => local(ctx, &input, limit).await,
            Place::Sentry(organization) => match input.release.as_deref().map(str::trim).filter(|it| !it.is_empty()) {
                Some(version) => {
                    let mut report = one(&organization, version).await?;
                    if let (Some(project), Some(detail)) = (&input.project, &mut report.detail) {
                        let project = Text::quoted(project, 80);
                        detail.notes.push(format!(
                            "`project` {project} has no effect with `release`: all its projects are shown."
                        ));
                    }
                    Ok(report)
                }
                None => {
                    let project = input.project.as_deref().or(organization.connection().project());
                    let (releases, next) =
                        organization.releases(input.query.as_deref(), project, limit, input.cursor.as_deref()).await?;
                    let releases = releases.iter().map(facts).collect();
                    Ok(Report { releases, next, place: organization.said(), detail: None })
                }
            },
        }
    }
}

async fn one(organization: &Organization, version: &str) -> Result<Report> {
    let (release, deploys, commits, sessions) = tokio::join!(
        organization.release(version),
        organization.deploys(version),
        organization.commits(version),
        organization.release_sessions(version),
    );
    let release = release?;
    let mut notes = Vec::new();
    let mut optional = |what: &str, failure: &crate::sentry::Failure| {
        notes.push(format!("{what} could not be asked for: {}", failure.what()));
    };
    let deploys = deploys.unwrap_or_else(|failure| {
        optional("Its deploys", &failure);
        Vec::new()
    });
    let commits = commits.unwrap_or_else(|failure| {
        optional("Its commits", &failure);
        Vec::new()
    });
    let sessions = sessions.unwrap_or_else(|failure| {
        optional("Its sessions", &failure);
        Vec::new()
    });
    let url = page(&release.version).map(|page| organization.web_url(&page));
    let facts = facts(&release);
    let detail = Detail { release, deploys, commits, sessions, url, notes };
    Ok(Report { releases: vec![facts], next: None, place: organization.said(), detail: Some(Box::new(detail)) })
}

/// The path of a release's page; none where the version is not plain, since encoded it would get past what cleans texts.
fn page(version: &str) -> Option<String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-+@".contains(c);
    let fine = version.len() <= 200 && version.chars().all(plain) && redact::text(version) == version;
    let encoded: String = url::form_urlencoded::byte_serialize(version.as_bytes()).collect();
    fine.then(|| format!("releases/{encoded}/"))
}

async fn local(ctx: &Ctx, input: &Input, limit: usize) -> Result<Report> {
    let seen = ctx.sink.releases(1_000).await?;
    let wanted = input.release.as_deref().map(str::trim);
    let part = input.query.as_deref().unwrap_or_default().to_lowercase();
    let fits = |release: &&SeenRelease| match wanted {
        Some(wanted) => release.version == wanted,
        None => release.version.to_lowercase().contains(&part),
    };
    let found: Vec<&SeenRelease> = seen.iter().filter(fits).collect();
    if let Some(wanted) = wanted.filter(|_| found.is_empty()) {
        return Err(ToolError::new(
            format!("No event in the embedded sink names the release {}.", Text::quoted(wanted, 100)),
            "Without `release` the ones that were seen are listed.",
        ));
    }
    let skip: usize = match &input.cursor {
        Some(cursor) => cursor.parse().map_err(|_| {
            ToolError::new("The cursor is not of the sink's releases.", "Take `next` of the page before, or none.")
        })?,
        None => 0,
    };
    let time = |ms: i64| jiff::Timestamp::from_millisecond(ms).map(|at| at.to_string()).ok();
    let page = found.iter().skip(skip).take(limit).map(|release| Facts {
        version: Text::plain(&release.version, 200),
        first_event: time(release.first_ms),
        new_issues: Some(release.new_issues),
        issues: Some(release.issues),
        ..Facts::default()
    });
    let next = (found.len() > skip + limit).then(|| (skip + limit).to_string());
    let mut place = "in the embedded sink".to_owned();
    if input.project.is_some() {
        place.push_str(", of all projects (it keeps no release by project)");
    }
    Ok(Report { releases: page.collect(), next, place, detail: None })
}

fn facts(release: &Release) -> Facts {
    Facts {
        version: Text::plain(&release.version, 200),
        created: release.created.as_deref().map(|at| Text::plain(at, 40)),
        released: release.released.as_deref().map(|at| Text::plain(at, 40)),
        first_event: release.first_event.as_deref().map(|at| Text::plain(at, 40)),
        last_event: release.last_event.as_deref().map(|at| Text::plain(at, 40)),
        new_issues: release.new_issues,
        issues: None,
        commits: release.commits,
        deploys: release.deploys,
        environment: release.last_deploy.as_ref().map(|deploy| Text::plain(&deploy.environment, 60)),
        projects: release.projects.iter().take(SHOWN).map(|project| Text::plain(&project.slug, 100)).collect(),
    }
}

impl Render for Report {
    fn render(&self, text: &mut Text) {
        if let Some(detail) = &self.detail {
            return self.detail(text, detail);
        }
        text.line(format!("{} {}, newest first.", count(self.releases.len() as u64, "release"), self.place));
        for facts in &self.releases {
            text.line(format!("- {}: {}", Text::quoted(&facts.version, 200), facts.said()));
        }
        if self.place == "in the embedded sink" {
            text.line(
                "The sink knows what events name; deploys, commits and health are on a Sentry server (source sentry).",
            );
        }
        if let Some(next) = &self.next {
            text.line(format!("More: cursor {}", Text::plain(next, 100)));
        }
    }
}

impl Facts {
    fn said(&self) -> String {
        let mut said: Vec<String> = Vec::new();
        match (&self.released, &self.created) {
            (Some(at), _) => said.push(format!("released {}", time(at))),
            (None, Some(at)) => said.push(format!("not finalized, created {}", time(at))),
            (None, None) => {}
        }
        if let Some(environment) = &self.environment {
            said.push(format!("last deploy to {}", Text::word(environment, 60)));
        }
        for (number, noun) in
            [(self.new_issues, "new issue"), (self.issues, "issue"), (self.commits, "commit"), (self.deploys, "deploy")]
        {
            said.extend(number.map(|number| count(number, noun)));
        }
        said.extend(self.first_event.as_ref().map(|at| format!("first event {}", time(at))));
        said.extend(self.last_event.as_ref().map(|at| format!("last event {}", time(at))));
        if !self.projects.is_empty() {
            let all: Vec<String> = self.projects.iter().take(5).map(|slug| Text::word(slug, 100)).collect();
            said.push(format!("projects {}", all.join(" ")));
        }
        if said.is_empty() { "nothing more is known".to_owned() } else { said.join(", ") }
    }
}

impl Report {
    fn detail(&self, text: &mut Text, detail: &Detail) {
        let release = &detail.release;
        text.heading(format!("Release {} {}", Text::quoted(&release.version, 200), self.place));
        text.line(format!("{}.", self.releases.first().map(Facts::said).unwrap_or_default()));
        let status = release.status.as_deref().filter(|status| *status != "open");
        for (name, value) in [("Status", status), ("Ref", release.reference.as_deref())] {
            if let Some(value) = value {
                text.line(format!("{name}: {}", Text::quoted(value, 100)));
            }
        }
        if !release.authors.is_empty() {
            let all: Vec<String> = release.authors.iter().take(5).map(|name| Text::quoted(name, 60)).collect();
            text.line(format!("Authors: {}", all.join(" ")));
        }
        for project in release.projects.iter().take(SHOWN) {
            let percent = |name: &str, value: Option<f64>| value.map(|value| format!("{name} {value:.1} %"));
            let said: Vec<String> = [
                project.new_issues.map(|new| count(new, "new issue")),
                percent("crash-free sessions", project.crash_free_sessions),
                percent("crash-free users", project.crash_free_users),
                percent("adoption", project.adoption),
                project.sessions.map(|sessions| count(sessions, "session")),
                project.users.map(|users| count(users, "user")),
            ]
            .into_iter()
            .flatten()
            .collect();
            let health = project.crash_free_sessions.or(project.crash_free_users).is_some();
            let none = (!health).then(|| "no health data".to_owned());
            let said = said.into_iter().chain(none).collect::<Vec<_>>().join(", ");
            text.line(format!("- {}: {said}", Text::word(&project.slug, 100)));
        }
        if !detail.sessions.is_empty() {
            let all: Vec<String> =
                detail.sessions.iter().take(8).map(|(status, n)| format!("{n} {}", Text::word(status, 40))).collect();
            text.line(format!("Sessions of 14 days: {}.", all.join(", ")));
        }
        for deploy in detail.deploys.iter().take(SHOWN) {
            let at = deploy.finished.as_deref().map(|at| format!(" at {}", time(at))).unwrap_or_default();
            let name = deploy.name.as_deref().map(|name| format!(" {}", Text::quoted(name, 80))).unwrap_or_default();
            text.line(format!("- deploy to {}{at}{name}", Text::word(&deploy.environment, 60)));
        }
        for commit in detail.commits.iter().take(SHOWN) {
            let short: String = commit.id.chars().take(12).collect();
            let message = commit.message.as_deref().map(|it| format!(" {}", Text::quoted(&redact::text(it), 120)));
            let author = commit.author.as_deref().map(|name| format!(" by {}", Text::quoted(name, 60)));
            let repository = commit.repository.as_deref().map(|name| format!(" in {}", Text::quoted(name, 80)));
            let rest: String = [message, author, repository].into_iter().flatten().collect();
            text.line(format!("- commit {}{rest}", Text::word(&short, 12)));
        }
        // One page was read; the release itself says how many there are.
        let lists =
            [(detail.deploys.len(), release.deploys, "deploy"), (detail.commits.len(), release.commits, "commit")];
        for (read, all, noun) in lists.into_iter().filter(|(read, ..)| *read > 0) {
            let all = all.unwrap_or_default().max(read as u64);
            if let Some(left @ 1..) = all.checked_sub(read.min(SHOWN) as u64) {
                text.line(format!("({} left out.)", count(left, noun)));
            }
        }
        for note in &detail.notes {
            text.line(note);
        }
        if let Some(url) = &detail.url {
            text.line(url);
        }
    }
}

/// A time of the API in a line of ours: nothing but a time.
fn time(at: &str) -> String {
    let good = |c: char| c.is_ascii_digit() || "-:.TZ+".contains(c);
    if at.len() <= 40 && at.chars().all(good) { at.to_owned() } else { Text::quoted(at, 40) }
}
