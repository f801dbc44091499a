//! Projects, teams and keys, made and changed.

use serde_json::Value;

use super::projects::{Dsn, Project, Team, read, read_key, read_team};
use crate::sentry::{Failure, Organization, Request};

impl Organization {
    /// Makes a project of a team; none = Sentry makes a team for the caller.
    pub async fn create_project(&self, team: Option<&str>, body: Value) -> Result<Project, Failure> {
        let request = match team {
            Some(team) => Request::post("/teams/{organization_id_or_slug}/{team_id_or_slug}/projects/", &[team], body),
            None => Request::post("/organizations/{organization_id_or_slug}/projects/", &[], body),
        };
        Ok(read(&self.value(request).await?))
    }

    /// Changes a project.
    pub async fn update_project(&self, project: &str, body: Value) -> Result<Project, Failure> {
        let path = "/projects/{organization_id_or_slug}/{project_id_or_slug}/";
        Ok(read(&self.value(Request::put(path, &[project], body)).await?))
    }

    /// One team.
    pub async fn team(&self, team: &str) -> Result<Team, Failure> {
        let request = Request::get("/teams/{organization_id_or_slug}/{team_id_or_slug}/", &[team]);
        Ok(read_team(&self.value(request).await?))
    }

    /// Makes a team.
    pub async fn create_team(&self, body: Value) -> Result<Team, Failure> {
        let request = Request::post("/organizations/{organization_id_or_slug}/teams/", &[], body);
        Ok(read_team(&self.value(request).await?))
    }

    /// Changes a team.
    pub async fn update_team(&self, team: &str, body: Value) -> Result<Team, Failure> {
        let request = Request::put("/teams/{organization_id_or_slug}/{team_id_or_slug}/", &[team], body);
        Ok(read_team(&self.value(request).await?))
    }

    /// Makes a key of a project; none = the answer has no DSN.
    pub async fn create_key(&self, project: &Project, body: Value) -> Result<Option<Dsn>, Failure> {
        let path = "/projects/{organization_id_or_slug}/{project_id_or_slug}/keys/";
        let answer = self.value(Request::post(path, &[&project.slug], body)).await?;
        Ok(read_key(&answer, Some(&project.id)))
    }

    /// Changes a key of a project.
    pub async fn update_key(&self, project: &Project, key: &str, body: Value) -> Result<Option<Dsn>, Failure> {
        let path = "/projects/{organization_id_or_slug}/{project_id_or_slug}/keys/{key_id}/";
        let answer = self.value(Request::put(path, &[&project.slug, key], body)).await?;
        Ok(read_key(&answer, Some(&project.id)))
    }
}
