//! Projects: their names, for finding what was meant.

use serde_json::Value;

use crate::{
    event::near,
    sentry::{Failure, Kind, Organization, Read, Request},
};

const PROJECTS: &str = "/organizations/{organization_id_or_slug}/projects/";
/// Projects that are looked at for near names.
const LOOKED_AT: usize = 1_000;
/// Near names that are said.
const NEAR: usize = 3;

/// A project.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Project {
    /// Its number.
    pub id: String,
    /// Its slug.
    pub slug: String,
    /// Its name.
    pub name: String,
    /// `javascript-react`.
    pub platform: Option<String>,
    /// Slugs of its teams.
    pub teams: Vec<String>,
    /// When its first event came; none = it never got one, or the server does not say.
    pub first_event: Option<String>,
    /// What else it has received: `replays`, `sessions`, ….
    pub receives: Vec<&'static str>,
}

impl Organization {
    /// One project, by slug or id.
    pub async fn project(&self, project: &str) -> Result<Project, Failure> {
        let request = Request::get("/projects/{organization_id_or_slug}/{project_id_or_slug}/", &[project]);
        Ok(read(&self.value(request).await?))
    }

    /// A sentence that names the projects near to a slug that is not there; none = it is there, or that cannot be learned.
    pub async fn near_project(&self, slug: &str) -> Option<String> {
        let request = Request::get(PROJECTS, &[]).query("per_page", 100);
        let page = self.all(request, |seen| seen.len() >= LOOKED_AT).await.ok()?;
        let projects: Vec<Project> = page.value.items().map(read).collect();
        if projects.iter().any(|project| project.slug == slug || project.id == slug) {
            return None;
        }
        let names = projects.iter().map(|project| project.slug.as_str());
        Some(sentence("project", slug, &near(slug, names, NEAR), projects.len()))
    }

    /// A failure with a better hint, where it may come from a wrong name: the project of the request, else the
    /// organization. Asks the server once more.
    pub async fn explained(&self, failure: Failure, project: Option<&str>) -> Failure {
        if !matches!(failure.kind, Kind::Refused | Kind::Forbidden | Kind::NotFound) {
            return failure;
        }
        if let Some(project) = project
            && let Some(hint) = self.near_project(project).await
        {
            return failure.hint(hint);
        }
        if failure.kind != Kind::NotFound {
            return failure;
        }
        match self.near_organization().await {
            Some(hint) => failure.hint(hint),
            None => failure,
        }
    }

    /// A sentence that names the organizations near to this slug; none = it is there, or that cannot be learned.
    async fn near_organization(&self) -> Option<String> {
        let known = self.connection().organizations(self.cancel()).await.ok()?;
        near_organization(self.slug(), &known)
    }
}

/// See [`Organization::explained`]; for where there is no organization yet.
pub(in crate::sentry) fn near_organization(slug: &str, known: &[String]) -> Option<String> {
    if known.iter().any(|known| known == slug) || slug.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let names = known.iter().map(String::as_str);
    Some(sentence("organization", slug, &near(slug, names, NEAR), known.len()))
}

fn sentence(what: &str, slug: &str, near: &[&str], all: usize) -> String {
    let shown = |slug: &str| -> String { slug.chars().filter(|c| !c.is_control()).take(80).collect() };
    let near: Vec<String> = near.iter().map(|slug| shown(slug)).collect();
    let rest = match near.as_slice() {
        [] => format!("list_projects shows the {all} that the token may see."),
        near => format!("Near: {}.", near.join(", ")),
    };
    format!("There is no {what} `{}` that the token may see. {rest}", shown(slug))
}

pub(super) fn read(value: &Value) -> Project {
    let has = [
        ("hasReplays", "replays"),
        ("hasSessions", "sessions"),
        ("hasProfiles", "profiles"),
        ("hasLogs", "logs"),
        ("hasMonitors", "crons"),
    ];
    let receives = has.into_iter().filter(|(key, _)| value.truth(key) == Some(true)).map(|(_, word)| word).collect();
    Project {
        id: value.text("id").unwrap_or_default(),
        slug: value.text("slug").unwrap_or_default(),
        name: value.text("name").unwrap_or_default(),
        platform: value.text("platform"),
        teams: value.at("teams").items().filter_map(|team| team.text("slug")).collect(),
        first_event: value.text("firstEvent"),
        receives,
    }
}
