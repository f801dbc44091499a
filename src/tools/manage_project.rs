//! `manage_project`: projects, teams and DSNs of Sentry, made and changed.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::place;
use crate::{
    ctx::Ctx,
    error::{Result, ToolError},
    event::Source,
    mcp::{Call, Hints, Tool, Toolset},
    report::{Render, Text},
    sentry::{
        Organization,
        api::{Dsn, Project, Team},
    },
};

/// The tool.
pub struct ManageProject;

/// Its arguments.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    action: Action,
    /// Slug or id
    project: Option<String>,
    /// Slug
    team: Option<String>,
    /// Key id of a DSN, its public part
    key: Option<String>,
    /// New name
    name: Option<String>,
    /// New slug
    slug: Option<String>,
    /// javascript-react, python-django, …
    platform: Option<String>,
    /// Whether the DSN takes events
    active: Option<bool>,
    /// Say what would change
    #[serde(default)]
    dry_run: bool,
    #[serde(default)]
    source: Source,
}

/// What is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Action {
    CreateProject,
    UpdateProject,
    CreateTeam,
    UpdateTeam,
    CreateDsn,
    UpdateDsn,
}

/// What was done.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Report {
    /// Where.
    asked: String,
    dry_run: bool,
    /// None = it is new.
    before: Option<String>,
    after: String,
    /// The public DSN.
    #[serde(skip_serializing_if = "Option::is_none")]
    dsn: Option<String>,
}

impl Tool for ManageProject {
    type Input = Input;
    type Report = Report;
    const NAME: &'static str = "manage_project";
    const TITLE: &'static str = "Manage projects";
    const CONTRACT: &'static str = include_str!("../../tools/manage_project.md");
    const HINTS: Hints = Hints { read_only: false, destructive: true, idempotent: false, open_world: true };
    const TOOLSET: Toolset = Toolset::Admin;

    async fn run(ctx: &Ctx, call: &Call, input: Input) -> Result<Report> {
        let organization = place::remote(ctx, call, &input.source).await?;
        let work = Work { organization: &organization, input: &input };
        let (before, after, dsn) = match input.action {
            Action::CreateProject => work.create_project().await?,
            Action::UpdateProject => work.update_project().await?,
            Action::CreateTeam => work.create_team().await?,
            Action::UpdateTeam => work.update_team().await?,
            Action::CreateDsn => work.create_dsn().await?,
            Action::UpdateDsn => work.update_dsn().await?,
        };
        Ok(Report { asked: organization.said(), dry_run: input.dry_run, before, after, dsn })
    }
}

struct Work<'a> {
    organization: &'a Organization,
    input: &'a Input,
}

/// Before, after, DSN.
type Done = (Option<String>, String, Option<String>);

impl Work<'_> {
    /// The fields of the request that are given; none is an error.
    fn body(&self, names: &[&str]) -> Result<Value> {
        let input = self.input;
        let all = [("name", &input.name), ("slug", &input.slug), ("platform", &input.platform)];
        let mut body = Map::new();
        for (name, value) in all {
            let Some(value) = value.as_deref().map(str::trim).filter(|value| !value.is_empty()) else { continue };
            if !names.contains(&name) {
                return Err(wrong(format!("`{name}` does not go with this action.")));
            }
            body.insert(name.to_owned(), json!(value));
        }
        if let Some(active) = input.active {
            if !names.contains(&"active") {
                return Err(wrong("`active` does not go with this action.".to_owned()));
            }
            body.insert("isActive".to_owned(), json!(active));
        }
        if body.is_empty() {
            return Err(wrong(format!("Nothing is given: this action takes {}.", names.join(", "))));
        }
        Ok(Value::Object(body))
    }

    async fn project(&self) -> Result<Project> {
        let slug = self.input.project.as_deref().or(self.organization.connection().project());
        let slug = slug.ok_or_else(|| wrong("`project` is missing.".to_owned()))?;
        match self.organization.project(slug).await {
            Ok(project) => Ok(project),
            Err(failure) => Err(self.organization.explained(failure, Some(slug)).await.into()),
        }
    }

    async fn create_project(&self) -> Result<Done> {
        let body = self.body(&["name", "slug", "platform"])?;
        if body.get("name").is_none() {
            return Err(wrong("A project needs a `name`.".to_owned()));
        }
        if self.input.dry_run {
            return Ok((None, format!("project {}", fields(&body)), None));
        }
        let project = self.organization.create_project(self.input.team.as_deref(), body).await?;
        let keys = self.organization.project_keys(&project).await.unwrap_or_default();
        Ok((None, said_project(&project), keys.first().map(|key| Text::plain(&key.dsn, 300))))
    }

    async fn update_project(&self) -> Result<Done> {
        let (body, before) = (self.body(&["name", "slug", "platform"])?, self.project().await?);
        let was = said_project(&before);
        if self.input.dry_run {
            return Ok((Some(was), format!("the same with {}", fields(&body)), None));
        }
        let after = self.organization.update_project(&before.slug, body).await?;
        Ok((Some(was), said_project(&after), None))
    }

    async fn create_team(&self) -> Result<Done> {
        let body = self.body(&["name", "slug"])?;
        if self.input.dry_run {
            return Ok((None, format!("team {}", fields(&body)), None));
        }
        Ok((None, said_team(&self.organization.create_team(body).await?), None))
    }

    async fn update_team(&self) -> Result<Done> {
        let team = self.input.team.as_deref().ok_or_else(|| wrong("`team` is missing.".to_owned()))?;
        let body = self.body(&["name", "slug"])?;
        let before = said_team(&self.organization.team(team).await?);
        if self.input.dry_run {
            return Ok((Some(before), format!("the same with {}", fields(&body)), None));
        }
        Ok((Some(before), said_team(&self.organization.update_team(team, body).await?), None))
    }

    async fn create_dsn(&self) -> Result<Done> {
        let (body, project) = (self.body(&["name"])?, self.project().await?);
        if self.input.dry_run {
            return Ok((None, format!("DSN of {} {}", Text::word(&project.slug, 100), fields(&body)), None));
        }
        let made = self.organization.create_key(&project, body).await?;
        Ok((None, said_key(made.as_ref()), made.map(|key| Text::plain(&key.dsn, 300))))
    }

    async fn update_dsn(&self) -> Result<Done> {
        let key = self.input.key.as_deref().ok_or_else(|| wrong("`key` is missing.".to_owned()))?;
        let (body, project) = (self.body(&["name", "active"])?, self.project().await?);
        let keys = self.organization.project_keys(&project).await?;
        let before = keys.iter().find(|known| known.key == key);
        let Some(before) = before else {
            let known: Vec<String> = keys.iter().take(5).map(|key| Text::word(&key.key, 60)).collect();
            let hint = format!("Keys of the project: {}.", known.join(", "));
            return Err(ToolError::new(format!("The project has no key {}.", Text::word(key, 60)), hint));
        };
        let was = said_key(Some(before));
        if self.input.dry_run {
            return Ok((Some(was), format!("the same with {}", fields(&body)), None));
        }
        let after = self.organization.update_key(&project, key, body).await?;
        Ok((Some(was), said_key(after.as_ref()), after.map(|key| Text::plain(&key.dsn, 300))))
    }
}

fn wrong(what: String) -> ToolError {
    ToolError::new(what, "Correct the arguments; nothing was changed.")
}

fn fields(body: &Value) -> String {
    let members = body.as_object().into_iter().flatten();
    let members: Vec<String> = members
        .map(|(name, value)| format!("{name} {}", Text::quoted(value.as_str().unwrap_or(&value.to_string()), 100)))
        .collect();
    members.join(", ")
}

fn said_project(project: &Project) -> String {
    let platform = project.platform.as_deref().map(|platform| format!(" ({})", Text::word(platform, 60)));
    format!(
        "project {} {}{}",
        Text::word(&project.slug, 100),
        Text::quoted(&project.name, 100),
        platform.unwrap_or_default()
    )
}

fn said_team(team: &Team) -> String {
    format!("team {} {}", Text::word(&team.slug, 100), Text::quoted(&team.name, 100))
}

fn said_key(key: Option<&Dsn>) -> String {
    let Some(key) = key else { return "a DSN that the answer does not show".to_owned() };
    let off = if key.active == Some(false) { ", switched off" } else { "" };
    format!("DSN {} (key {}{off})", Text::quoted(&key.name, 100), Text::word(&key.key, 60))
}

impl Render for Report {
    fn render(&self, text: &mut Text) {
        let mode = if self.dry_run { "Dry run, nothing was changed: " } else { "" };
        match &self.before {
            Some(before) => text.line(format!("{mode}{}: {before} → {}.", self.asked, self.after)),
            None => text.line(format!("{mode}{}: new {}.", self.asked, self.after)),
        }
        if let Some(dsn) = &self.dsn {
            text.line(format!("DSN: {dsn}"));
        }
    }
}
