//! `manage_project`: projects, teams and DSNs of Sentry, made and changed.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::shared::{changed::spaced, place};
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
    /// null = it is new.
    before: Option<String>,
    after: String,
    /// The public DSN.
    #[serde(skip_serializing_if = "Option::is_none")]
    dsn: Option<String>,
    /// The call of manage_project that takes it back.
    #[serde(skip_serializing_if = "Option::is_none")]
    undo: Option<Value>,
    /// What to know.
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<&'static str>,
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
        work.goes_together()?;
        let done = match input.action {
            Action::CreateProject => work.create_project().await?,
            Action::UpdateProject => work.update_project().await?,
            Action::CreateTeam => work.create_team().await?,
            Action::UpdateTeam => work.update_team().await?,
            Action::CreateDsn => work.create_dsn().await?,
            Action::UpdateDsn => work.update_dsn().await?,
        };
        let Done { before, after, dsn, undo, note } = done;
        let undo = undo.filter(|_| !input.dry_run).map(|undo| work.with_source(undo));
        Ok(Report { asked: organization.said(), dry_run: input.dry_run, before, after, dsn, undo, note })
    }
}

struct Work<'a> {
    organization: &'a Organization,
    input: &'a Input,
}

/// What was done, or would be.
#[derive(Default)]
struct Done {
    before: Option<String>,
    after: String,
    dsn: Option<String>,
    undo: Option<Map<String, Value>>,
    note: Option<&'static str>,
}

/// What a new project or team has instead of a way back.
const STAYS: &str = "It can be deleted on Sentry's own pages only.";

impl Work<'_> {
    /// An argument that the action would leave out of account is an error.
    fn goes_together(&self) -> Result<()> {
        use Action::{CreateDsn, CreateProject, UpdateDsn, UpdateProject, UpdateTeam};
        let input = self.input;
        for (name, given, with) in [
            ("project", input.project.is_some(), &[UpdateProject, CreateDsn, UpdateDsn][..]),
            ("team", input.team.is_some(), &[CreateProject, UpdateTeam]),
            ("key", input.key.is_some(), &[UpdateDsn]),
        ] {
            if given && !with.contains(&input.action) {
                return Err(wrong(format!("`{name}` does not go with this action.")));
            }
        }
        Ok(())
    }

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

    /// The call back names the connection where it is not the usual one.
    fn with_source(&self, mut undo: Map<String, Value>) -> Value {
        let source = place::source_of(self.organization);
        if source != "sentry" {
            undo.insert("source".to_owned(), json!(source));
        }
        Value::Object(undo)
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
        let team = self.input.team.as_deref();
        if self.input.dry_run {
            let team = team.map(|team| format!(", team {}", Text::word(team, 100))).unwrap_or_default();
            return Ok(Done::new(format!("project with {}{team}", fields(&body))));
        }
        let project = self.organization.create_project(team, body).await?;
        let keys = self.organization.project_keys(&project).await.unwrap_or_default();
        let dsn = keys.first().map(|key| Text::plain(&key.dsn, 300));
        let unknown =
            "Its DSN could not be read: list_projects shows it. It can be deleted on Sentry's own pages only.";
        let note = Some(if dsn.is_some() { STAYS } else { unknown });
        Ok(Done { dsn, note, ..Done::new(said_project(&project)) })
    }

    async fn update_project(&self) -> Result<Done> {
        let (body, before) = (self.body(&["name", "slug", "platform"])?, self.project().await?);
        let was = Some(said_project(&before));
        if self.input.dry_run {
            return Ok(Done { before: was, ..Done::new(same_with(&body)) });
        }
        let platform = before.platform.clone().unwrap_or_default();
        let old = [("name", &before.name), ("slug", &before.slug), ("platform", &platform)];
        let mut undo = way_back(&body, &old);
        let after = self.organization.update_project(&before.slug, body).await?;
        name_it(&mut undo, "update_project", &[("project", &after.slug)]);
        Ok(Done { before: was, undo, ..Done::new(said_project(&after)) })
    }

    async fn create_team(&self) -> Result<Done> {
        let body = self.body(&["name", "slug"])?;
        if self.input.dry_run {
            return Ok(Done::new(format!("team with {}", fields(&body))));
        }
        let team = said_team(&self.organization.create_team(body).await?);
        Ok(Done { note: Some(STAYS), ..Done::new(team) })
    }

    async fn update_team(&self) -> Result<Done> {
        let team = self.input.team.as_deref().ok_or_else(|| wrong("`team` is missing.".to_owned()))?;
        let mut body = self.body(&["name", "slug"])?;
        let before = self.organization.team(team).await?;
        let was = Some(said_team(&before));
        if self.input.dry_run {
            return Ok(Done { before: was, ..Done::new(same_with(&body)) });
        }
        let mut undo = way_back(&body, &[("name", &before.name), ("slug", &before.slug)]);
        // Sentry demands a slug with each change of a team.
        if let Some(body) = body.as_object_mut() {
            body.entry("slug").or_insert_with(|| json!(before.slug));
        }
        let after = self.organization.update_team(team, body).await?;
        name_it(&mut undo, "update_team", &[("team", &after.slug)]);
        Ok(Done { before: was, undo, ..Done::new(said_team(&after)) })
    }

    async fn create_dsn(&self) -> Result<Done> {
        let (body, project) = (self.body(&["name"])?, self.project().await?);
        if self.input.dry_run {
            let slug = Text::word(&project.slug, 100);
            return Ok(Done::new(format!("DSN of project {slug} with {}", fields(&body))));
        }
        let made = self.organization.create_key(&project, body).await?;
        // It stays, but it can be switched off.
        let mut undo = made.as_ref().map(|_| Map::from_iter([("active".to_owned(), json!(false))]));
        let key = made.as_ref().map(|made| made.key.clone()).unwrap_or_default();
        name_it(&mut undo, "update_dsn", &[("project", &project.slug), ("key", &key)]);
        let after = said_key(made.as_ref());
        Ok(Done { dsn: made.map(|key| Text::plain(&key.dsn, 300)), undo, ..Done::new(after) })
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
        let was = Some(said_key(Some(before)));
        if self.input.dry_run {
            return Ok(Done { before: was, ..Done::new(same_with(&body)) });
        }
        let mut undo = way_back(&body, &[("name", &before.name)]);
        if let Some(active) = before.active.filter(|_| body.get("isActive").is_some()) {
            undo.get_or_insert_default().insert("active".to_owned(), json!(active));
        }
        name_it(&mut undo, "update_dsn", &[("project", &project.slug), ("key", key)]);
        let after = self.organization.update_key(&project, key, body).await?;
        let said = said_key(after.as_ref());
        Ok(Done { before: was, dsn: after.map(|key| Text::plain(&key.dsn, 300)), undo, ..Done::new(said) })
    }
}

impl Done {
    fn new(after: String) -> Self {
        Self { after, ..Self::default() }
    }
}

/// The fields of a change with what they were; none = nothing can be put back.
fn way_back(body: &Value, old: &[(&str, &String)]) -> Option<Map<String, Value>> {
    // A name that holds a secret or hidden characters cannot be shown, so it cannot be given back either.
    let shown = |value: &str| crate::redact::text(value) == value && Text::plain(value, 200) == value;
    let changed = old.iter().filter(|(name, value)| body.get(*name).is_some() && !value.is_empty() && shown(value));
    let back: Map<String, Value> = changed.map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
    (!back.is_empty()).then_some(back)
}

/// Says in a way back which action it is, and of what.
fn name_it(undo: &mut Option<Map<String, Value>>, action: &str, what: &[(&str, &str)]) {
    let Some(undo) = undo else { return };
    undo.insert("action".to_owned(), json!(action));
    undo.extend(what.iter().map(|(name, value)| ((*name).to_owned(), json!(value))));
}

fn wrong(what: String) -> ToolError {
    ToolError::new(what, "Correct the arguments; nothing was changed.")
}

fn same_with(body: &Value) -> String {
    format!("the same with {}", fields(body))
}

fn fields(body: &Value) -> String {
    let members = body.as_object().into_iter().flatten();
    let said = |(name, value): (&String, &Value)| match value.as_str() {
        Some(value) => format!("{name} {}", Text::quoted(value, 100)),
        None => format!("active {value}"),
    };
    members.map(said).collect::<Vec<_>>().join(", ")
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
        let (asked, after) = (&self.asked, &self.after);
        match (&self.before, self.dry_run) {
            (Some(before), false) => text.line(format!("Changed {asked}: {before} → {after}.")),
            (Some(before), true) => text.line(format!("Would change {asked}: {before} → {after}.")),
            (None, false) => text.line(format!("Made {asked}: {after}.")),
            (None, true) => text.line(format!("Would make {asked}: {after}.")),
        }
        if self.dry_run {
            text.line("Dry run: nothing was changed.");
        }
        if let Some(dsn) = &self.dsn {
            text.line(format!("DSN: {dsn}"));
        }
        if let Some(note) = self.note {
            text.line(note);
        }
        if let Some(undo) = &self.undo {
            text.line(format!("Undo: manage_project {}.", spaced(undo)));
        }
    }
}
