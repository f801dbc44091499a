//! `list_projects`: organizations, teams, projects and DSNs, and what the token may do.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::shared::place::{self, Place};
use crate::{
    ctx::Ctx,
    error::Result,
    event::Source,
    mcp::{Call, Hints, Tool, Toolset},
    report::{Render, Text, count},
    sentry::{
        Organization,
        api::{Dsn, Project, Team},
    },
};

/// The tool.
pub struct ListProjects;

/// Projects of one page.
const PAGE: usize = 25;
/// Teams and organizations that are named.
const NAMED: usize = 20;
/// DSNs of one project that are shown.
const DSNS: usize = 2;
/// What fixloop needs a scope for; the first that the token has will do.
const NEEDS: &[(&[&str], &str)] = &[
    (&["event:read", "event:write", "event:admin"], "issues and events"),
    (&["org:read", "org:write", "org:admin"], "searches, traces, replays and statistics"),
    (&["project:read", "project:write", "project:admin"], "attachments, recordings and source maps"),
    (&["event:write", "event:admin"], "update_issue"),
    (&["project:releases", "project:write", "project:admin", "org:ci"], "create_release"),
];

/// Its arguments.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// Part of a name or slug
    #[serde(default)]
    query: String,
    /// `next` of the page before
    cursor: Option<String>,
    #[serde(default)]
    source: Source,
}

/// What there is.
#[derive(Debug, Default, Serialize, JsonSchema)]
pub struct Report {
    /// Where it was asked.
    asked: String,
    /// Organizations that the token may see; empty = not said.
    organizations: Vec<String>,
    /// What the token may do; empty = not said.
    scopes: Vec<String>,
    /// `checkout`, …
    teams: Vec<String>,
    projects: Vec<Row>,
    /// Cursor of the next page.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
    /// Where the token was found.
    #[serde(skip)]
    found: String,
    /// What could not be learned, and what to know.
    notes: Vec<String>,
}

/// One project.
#[derive(Debug, Serialize, JsonSchema)]
struct Row {
    slug: String,
    id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    platform: Option<String>,
    teams: Vec<String>,
    /// Public DSNs for SDKs
    dsn: Vec<String>,
    /// Whether it ever got an event, and what else it gets.
    #[serde(skip)]
    says: String,
}

impl Tool for ListProjects {
    type Input = Input;
    type Report = Report;
    const NAME: &'static str = "list_projects";
    const TITLE: &'static str = "List projects";
    const CONTRACT: &'static str = include_str!("../../tools/list_projects.md");
    const HINTS: Hints = Hints { read_only: true, destructive: false, idempotent: true, open_world: true };
    const TOOLSET: Toolset = Toolset::Sentry;

    async fn run(ctx: &Ctx, call: &Call, input: Input) -> Result<Report> {
        match place::place(ctx, call, &input.source).await? {
            Place::Local => local(ctx).await,
            Place::Sentry(organization) => remote(&organization, &input).await,
        }
    }
}

async fn local(ctx: &Ctx) -> Result<Report> {
    let sink = ctx.sink.status().await?;
    let mut report = Report { asked: Place::Local.said(), ..Report::default() };
    match &sink.dsn {
        Some(dsn) => report
            .notes
            .push(format!("Its DSN is {dsn}. The last part is the project: any number will do, and keeps apps apart.")),
        None => report.notes.push(sink.note.clone()),
    }
    for connection in ctx.sentry.connections() {
        report.notes.push(format!("Sentry on {} is connected too: source {}.", connection.host(), connection.name()));
    }
    for seen in ctx.sink.projects().await? {
        let dsn = sink.dsn.as_deref().and_then(|dsn| Some(format!("{}/{}", dsn.rsplit_once('/')?.0, seen.id)));
        let (issues, envelopes) = (count(seen.issues, "issue"), count(seen.envelopes, "envelope"));
        let says = format!("{issues}, {envelopes}, last {}", seen.last_seen);
        let id = Text::plain(&seen.id, 80);
        report.projects.push(Row {
            slug: id.clone(),
            id,
            platform: None,
            teams: Vec::new(),
            dsn: dsn.map(|dsn| Text::plain(&dsn, 200)).into_iter().collect(),
            says,
        });
    }
    Ok(report)
}

async fn remote(organization: &Organization, input: &Input) -> Result<Report> {
    let found = organization.projects(input.query.trim(), PAGE, input.cursor.as_deref());
    let (found, scopes, teams, organizations) =
        tokio::join!(found, organization.scopes(), organization.teams(), organization.others());
    let found = match found {
        Ok(found) => found,
        Err(failure) => return Err(organization.explained(failure, None).await.into()),
    };
    let mut report = Report { asked: organization.said(), next: found.next, ..Report::default() };
    report.found = Text::plain(organization.connection().found(), 200);
    let dsns = match found.projects.as_slice() {
        [] => Ok(Vec::new()),
        projects => organization.dsns(projects).await,
    };
    let mut failed = |what: &str, why: &str| report.notes.push(format!("{what} could not be listed: {why}"));
    let dsns = dsns.unwrap_or_else(|failure| {
        failed("DSNs", failure.what());
        Vec::new()
    });
    let teams = teams.unwrap_or_else(|failure| {
        failed("Teams", failure.what());
        Vec::new()
    });
    report.organizations = organizations.iter().map(|slug| Text::word(slug, 80)).collect();
    report.scopes = scopes.unwrap_or_default().iter().map(|scope| Text::plain(scope, 40)).collect();
    report.teams = teams.iter().map(said_team).collect();
    report.projects = found.projects.into_iter().map(|project| row(project, &dsns)).collect();
    if report.projects.is_empty() {
        let all = if input.query.trim().is_empty() {
            "The token may see no project there.".to_owned()
        } else {
            let near = organization.near_project(input.query.trim()).await;
            near.unwrap_or_else(|| "No project has that in its name.".to_owned())
        };
        report.notes.push(all);
    }
    Ok(report)
}

fn said_team(team: &Team) -> String {
    let slug = Text::word(&team.slug, 80);
    team.members.map_or(slug.clone(), |members| format!("{slug} ({})", count(members, "member")))
}

fn row(project: Project, dsns: &[Dsn]) -> Row {
    let own = dsns.iter().filter(|dsn| dsn.project == project.id && dsn.active != Some(false));
    let mut says = Vec::new();
    if project.first_event.is_none() {
        says.push("no event yet".to_owned());
    }
    if !project.receives.is_empty() {
        says.push(format!("gets {}", project.receives.join(", ")));
    }
    Row {
        slug: Text::plain(&project.slug, 100),
        id: Text::plain(&project.id, 40),
        platform: project.platform.map(|platform| Text::plain(&platform, 60)),
        teams: project.teams.iter().take(10).map(|team| Text::plain(team, 80)).collect(),
        dsn: own.take(DSNS).map(|dsn| Text::plain(&dsn.dsn, 200)).collect(),
        says: says.join("; "),
    }
}

impl Render for Report {
    fn render(&self, text: &mut Text) {
        text.line(format!("{} {}:", count(self.projects.len() as u64, "project"), self.asked));
        for project in &self.projects {
            let mut said = format!("- {}", Text::word(&project.slug, 100));
            if project.id != project.slug {
                said.push_str(&format!(" ({})", Text::word(&project.id, 40)));
            }
            said.extend(project.platform.iter().map(|platform| format!(" {}", Text::word(platform, 60))));
            if !project.teams.is_empty() {
                let teams: Vec<String> = project.teams.iter().map(|team| Text::word(team, 80)).collect();
                said.push_str(&format!(", teams {}", teams.join(", ")));
            }
            if !project.says.is_empty() {
                said.push_str(&format!("; {}", project.says));
            }
            said.extend(project.dsn.iter().map(|dsn| format!("; DSN {}", address(dsn))));
            text.line(said);
        }
        if let Some(next) = &self.next {
            text.line(format!("More: the same call with cursor {}.", Text::plain(&format!("{next:?}"), 200)));
        }
        named(text, "Teams", &self.teams);
        if self.organizations.len() > 1 {
            named(text, "Organizations of the token (source sentry/SLUG)", &self.organizations);
        }
        if !self.scopes.is_empty() {
            let scopes: Vec<String> = self.scopes.iter().map(|scope| scope_word(scope)).collect();
            text.line(format!("The token of {} may: {}.", self.found, scopes.join(", ")));
            let has = |scope: &&str| self.scopes.iter().any(|own| own == scope);
            for (scopes, what) in NEEDS.iter().filter(|(scopes, _)| !scopes.iter().any(&has)) {
                text.line(format!("It lacks {} for {what}.", scopes.first().unwrap_or(&"")));
            }
        }
        self.notes.iter().for_each(|note| text.line(note));
    }
}

fn named(text: &mut Text, what: &str, names: &[String]) {
    if names.is_empty() {
        return;
    }
    let more = if names.len() > NAMED { format!(", and {} more", names.len() - NAMED) } else { String::new() };
    let shown: Vec<&str> = names.iter().take(NAMED).map(String::as_str).collect();
    text.line(format!("{what}: {}{more}.", shown.join(", ")));
}

/// A DSN as it is to be copied; quoted where it holds what no DSN has.
fn address(dsn: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || ":/@.-_[]".contains(c);
    if dsn.chars().all(plain) { dsn.to_owned() } else { Text::quoted(dsn, 200) }
}

/// `event:read`.
fn scope_word(scope: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || ":_-".contains(c);
    if scope.chars().all(plain) { scope.to_owned() } else { Text::quoted(scope, 40) }
}
