//! Releases: the list, one with deploys, commits and health, and making one.

use serde_json::{Map, Value, json};

use crate::sentry::{Failure, Organization, Read, Request};

const LIST: &str = "/organizations/{organization_id_or_slug}/releases/";
const ONE: &str = "/organizations/{organization_id_or_slug}/releases/{version}/";
const DEPLOYS: &str = "/organizations/{organization_id_or_slug}/releases/{version}/deploys/";
const COMMITS: &str = "/organizations/{organization_id_or_slug}/releases/{version}/commits/";
const SESSIONS: &str = "/organizations/{organization_id_or_slug}/sessions/";

/// Bytes of an answer about a release.
const ANSWER: usize = 4 * 1024 * 1024;

/// A release. Missing = not said.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Release {
    /// Its whole name.
    pub version: String,
    /// `open`, `archived`.
    pub status: Option<String>,
    /// Commit or tag.
    pub reference: Option<String>,
    /// RFC 3339.
    pub created: Option<String>,
    /// RFC 3339; none = it is not finalized, or that was not said.
    pub released: Option<String>,
    /// RFC 3339, of the first event.
    pub first_event: Option<String>,
    /// RFC 3339, of the last event.
    pub last_event: Option<String>,
    /// Issues that began with it.
    pub new_issues: Option<u64>,
    /// Commits.
    pub commits: Option<u64>,
    /// Deploys.
    pub deploys: Option<u64>,
    /// The last deploy.
    pub last_deploy: Option<Deploy>,
    /// Names of its authors.
    pub authors: Vec<String>,
    /// Its projects.
    pub projects: Vec<ReleaseProject>,
}

/// A project of a release, with its health.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ReleaseProject {
    /// Slug.
    pub slug: String,
    /// Issues that began with it there.
    pub new_issues: Option<u64>,
    /// Percent.
    pub crash_free_sessions: Option<f64>,
    /// Percent.
    pub crash_free_users: Option<f64>,
    /// Percent of the sessions of the last day.
    pub adoption: Option<f64>,
    /// Sessions, users.
    pub sessions: Option<u64>,
    /// Users.
    pub users: Option<u64>,
}

/// A deploy.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Deploy {
    /// Environment.
    pub environment: String,
    /// RFC 3339.
    pub finished: Option<String>,
    /// Name.
    pub name: Option<String>,
}

/// A commit.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Commit {
    /// Hash.
    pub id: String,
    /// First line.
    pub message: Option<String>,
    /// Who.
    pub author: Option<String>,
    /// Repository.
    pub repository: Option<String>,
}

/// What a new release is made of.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct NewRelease {
    /// Its name.
    pub version: String,
    /// Slugs.
    pub projects: Vec<String>,
    /// Repository, commit, and the commit before.
    pub refs: Vec<(String, String, Option<String>)>,
    /// Commits of no repository that Sentry knows.
    pub commits: Vec<String>,
    /// RFC 3339.
    pub released: Option<String>,
}

impl NewRelease {
    /// The body of the request that makes it.
    pub fn body(&self) -> Value {
        let mut body = Map::new();
        body.insert("version".to_owned(), json!(self.version));
        body.insert("projects".to_owned(), json!(self.projects));
        if !self.refs.is_empty() {
            let one = |(repository, commit, before): &(String, String, Option<String>)| {
                let mut one = json!({ "repository": repository, "commit": commit });
                if let (Some(before), Some(map)) = (before, one.as_object_mut()) {
                    map.insert("previousCommit".to_owned(), json!(before));
                }
                one
            };
            body.insert("refs".to_owned(), self.refs.iter().map(one).collect());
        }
        if !self.commits.is_empty() {
            body.insert("commits".to_owned(), self.commits.iter().map(|id| json!({ "id": id })).collect());
        }
        if let Some(released) = &self.released {
            body.insert("dateReleased".to_owned(), json!(released));
        }
        Value::Object(body)
    }
}

impl Organization {
    /// A page of releases, newest first, and the cursor of the next.
    pub async fn releases(
        &self,
        query: Option<&str>,
        project: Option<&str>,
        limit: usize,
        cursor: Option<&str>,
    ) -> Result<(Vec<Release>, Option<String>), Failure> {
        let request = Request::get(LIST, &[])
            .maybe("query", query)
            .maybe("project", project)
            .query("per_page", limit)
            .maybe("cursor", cursor);
        let page = self.page(request).await?;
        Ok((page.value.items().map(release_of).collect(), page.next))
    }

    /// A release with the health of its projects.
    pub async fn release(&self, version: &str) -> Result<Release, Failure> {
        let request = Request::get(ONE, &[version]).query("health", 1).query("adoptionStages", 1);
        Ok(release_of(&self.value(request).await?))
    }

    /// Deploys of a release, newest first; the first page.
    pub async fn deploys(&self, version: &str) -> Result<Vec<Deploy>, Failure> {
        let value = self.value(Request::get(DEPLOYS, &[version])).await?;
        Ok(value.items().map(deploy_of).collect())
    }

    /// Commits of a release; the first page.
    pub async fn commits(&self, version: &str) -> Result<Vec<Commit>, Failure> {
        let value = self.value(Request::get(COMMITS, &[version])).await?;
        let commit = |value: &Value| Commit {
            id: value.text("id").unwrap_or_default(),
            message: value.text("message").and_then(|message| message.lines().next().map(str::to_owned)),
            author: value.at("author").text("name").or_else(|| value.at("author").text("email")),
            repository: value.at("repository").text("name"),
        };
        Ok(value.items().map(commit).collect())
    }

    /// Sessions of a release by status in the last 14 days.
    pub async fn release_sessions(&self, version: &str) -> Result<Vec<(String, u64)>, Failure> {
        let request = Request::get(SESSIONS, &[])
            .query("field", "sum(session)")
            .query("groupBy", "session.status")
            .query("query", format!("release:\"{}\"", version.replace(['"', '\\'], "")))
            .query("statsPeriod", "14d")
            .query("interval", "1d");
        let value = self.value(request).await?;
        let groups = value.at("groups").items();
        let one =
            |group: &Value| Some((group.at("by").text("session.status")?, group.at("totals").count("sum(session)")?));
        Ok(groups.filter_map(one).collect())
    }

    /// Makes a release; false = there was one of this name already.
    pub async fn create_release(&self, new: &NewRelease) -> Result<(Release, bool), Failure> {
        let body = self.file(Request::post(LIST, &[], new.body()), ANSWER).await?;
        Ok((release_of(&body.json()?), body.status != 208))
    }

    /// Says that a release is out.
    pub async fn finalize_release(&self, version: &str, released: &str) -> Result<Release, Failure> {
        let request = Request::put(ONE, &[version], json!({ "dateReleased": released }));
        Ok(release_of(&self.value(request).await?))
    }

    /// Notes a deploy of a release.
    pub async fn create_deploy(
        &self,
        version: &str,
        environment: &str,
        projects: &[String],
    ) -> Result<Deploy, Failure> {
        let body = json!({ "environment": environment, "projects": projects });
        Ok(deploy_of(&self.value(Request::post(DEPLOYS, &[version], body)).await?))
    }
}

fn release_of(value: &Value) -> Release {
    let project = |value: &Value| {
        let health = value.at("healthData");
        ReleaseProject {
            slug: value.text("slug").unwrap_or_default(),
            new_issues: value.count("newGroups"),
            crash_free_sessions: health.number("crashFreeSessions"),
            crash_free_users: health.number("crashFreeUsers"),
            adoption: health.number("sessionsAdoption").or_else(|| health.number("adoption")),
            sessions: health.count("totalSessions"),
            users: health.count("totalUsers"),
        }
    };
    let author = |value: &Value| value.text("name").or_else(|| value.text("email"));
    Release {
        version: value.text("version").unwrap_or_default(),
        status: value.text("status"),
        reference: value.text("ref"),
        created: value.text("dateCreated"),
        released: value.text("dateReleased"),
        first_event: value.text("firstEvent"),
        last_event: value.text("lastEvent"),
        new_issues: value.count("newGroups"),
        commits: value.count("commitCount"),
        deploys: value.count("deployCount"),
        last_deploy: Some(value.at("lastDeploy")).filter(|deploy| deploy.is_object()).map(deploy_of),
        authors: value.at("authors").items().filter_map(author).collect(),
        projects: value.at("projects").items().map(project).collect(),
    }
}

fn deploy_of(value: &Value) -> Deploy {
    Deploy {
        environment: value.text("environment").unwrap_or_default(),
        finished: value.text("dateFinished"),
        name: value.text("name"),
    }
}
