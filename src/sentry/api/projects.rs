//! Projects, their teams and DSNs, and what the token may do.

use serde_json::Value;

use crate::{
    event::near,
    sentry::{Failure, Kind, Organization, Read, Request},
};

const PROJECTS: &str = "/organizations/{organization_id_or_slug}/projects/";
const KEYS: &str = "/projects/{organization_id_or_slug}/{project_id_or_slug}/keys/";
/// Projects (or keys) that are looked at.
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

/// A page of projects.
#[derive(Debug, Clone, Default)]
pub struct ProjectsFound {
    /// The projects.
    pub projects: Vec<Project>,
    /// Cursor of the next page.
    pub next: Option<String>,
}

/// A team.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Team {
    /// Its number.
    pub id: String,
    /// Its slug.
    pub slug: String,
    /// Its name.
    pub name: String,
    /// Its members, where the server says.
    pub members: Option<u64>,
}

/// A client key: a DSN. Its secret half is never read.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Dsn {
    /// Id of the key.
    pub key: String,
    /// Its name.
    pub name: String,
    /// Number of its project.
    pub project: String,
    /// The public DSN.
    pub dsn: String,
    /// Whether events that use it are taken; none = the server does not say.
    pub active: Option<bool>,
}

impl Organization {
    /// A page of projects whose name or slug holds `query`.
    pub async fn projects(&self, query: &str, limit: usize, cursor: Option<&str>) -> Result<ProjectsFound, Failure> {
        let request = Request::get(PROJECTS, &[])
            .maybe("query", Some(query).filter(|query| !query.is_empty()))
            .query("per_page", limit)
            .maybe("cursor", cursor);
        let page = self.page(request).await?;
        let projects = page.value.items().map(read).filter(|project| !project.slug.is_empty()).collect();
        Ok(ProjectsFound { projects, next: page.next })
    }

    /// Teams, at most 100.
    pub async fn teams(&self) -> Result<Vec<Team>, Failure> {
        let request = Request::get("/organizations/{organization_id_or_slug}/teams/", &[])
            .query("detailed", 0)
            .query("per_page", 100);
        Ok(self.value(request).await?.items().map(read_team).filter(|team| !team.slug.is_empty()).collect())
    }

    /// The DSNs of these projects. A server too old to list them all is asked project by project.
    pub async fn dsns(&self, projects: &[Project]) -> Result<Vec<Dsn>, Failure> {
        let all = Request::get("/organizations/{organization_id_or_slug}/project-keys/", &[]).query("status", "active");
        let whole = |seen: &[Value]| {
            let has = |id: &str| seen.iter().any(|key| key.text("projectId").is_some_and(|found| found == id));
            seen.len() >= LOOKED_AT || projects.iter().all(|project| has(&project.id))
        };
        match self.all(all, whole).await {
            Ok(page) => {
                let mut found: Vec<Dsn> = page.value.items().filter_map(|key| read_key(key, None)).collect();
                // Of more keys than are looked at, those of a project may be among the rest.
                let more = projects
                    .iter()
                    .filter(|project| page.next.is_some() && !found.iter().any(|dsn| dsn.project == project.id));
                let more = futures_util::future::join_all(more.map(async |project| self.project_keys(project).await));
                let more = more.await;
                found.extend(more.into_iter().flatten().flatten());
                Ok(found)
            }
            Err(failure) if failure.kind == Kind::NotFound => {
                let asked = projects.iter().map(async |project| self.project_keys(project).await);
                let found = futures_util::future::join_all(asked).await;
                if !found.is_empty() && found.iter().all(Result::is_err) {
                    return Err(failure);
                }
                Ok(found.into_iter().flatten().flatten().collect())
            }
            Err(failure) => Err(failure),
        }
    }

    /// The DSNs of one project.
    pub async fn project_keys(&self, project: &Project) -> Result<Vec<Dsn>, Failure> {
        let answer = self.value(Request::get(KEYS, &[&project.slug])).await?;
        Ok(answer.items().filter_map(|key| read_key(key, Some(&project.id))).collect())
    }

    /// What the token may do, as scopes; none = the server does not say.
    pub async fn scopes(&self) -> Option<Vec<String>> {
        // Undocumented; the address of the API itself. Older servers say it of the organization only.
        let about = self.value(Request::get("/", &[])).await.unwrap_or_default();
        let mut scopes = about.at("auth").texts("scopes");
        if scopes.is_empty() {
            let request = Request::get("/organizations/{organization_id_or_slug}/", &[]);
            scopes = self.value(request).await.unwrap_or_default().texts("access");
        }
        scopes.sort();
        scopes.dedup();
        (!scopes.is_empty()).then_some(scopes)
    }

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

    /// Slugs of all organizations that the token may see; empty = that cannot be learned.
    pub async fn others(&self) -> Vec<String> {
        self.connection().organizations(self.cancel()).await.unwrap_or_default()
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
    // Names are the server's words: what is no slug has nothing to say here.
    let shown = |slug: &str| -> String {
        slug.chars().filter(|c| c.is_ascii_alphanumeric() || "-_.".contains(*c)).take(80).collect()
    };
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

pub(super) fn read_team(value: &Value) -> Team {
    Team {
        id: value.text("id").unwrap_or_default(),
        slug: value.text("slug").unwrap_or_default(),
        name: value.text("name").unwrap_or_default(),
        members: value.count("memberCount"),
    }
}

/// A key of the API; `project` where the answer does not name it. What follows the public half of the DSN's user is cut off:
/// old servers wrote the secret there.
pub(super) fn read_key(value: &Value, project: Option<&str>) -> Option<Dsn> {
    let mut dsn = url::Url::parse(&value.at("dsn").text("public")?).ok()?;
    dsn.set_password(None).ok()?;
    Some(Dsn {
        key: value.text("id").or_else(|| value.text("public")).unwrap_or_default(),
        name: value.text("name").or_else(|| value.text("label")).unwrap_or_default(),
        project: value.text("projectId").or_else(|| project.map(str::to_owned)).unwrap_or_default(),
        dsn: dsn.to_string(),
        active: value.truth("isActive"),
    })
}
