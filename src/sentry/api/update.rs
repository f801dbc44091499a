//! Changes of issues: what they are like before and after, and the requests that change them.

use serde_json::{Map, Value, json};

use crate::{
    error::{Result, ToolError},
    event::{IssueState, ResolvedIn, Until},
    sentry::{Failure, Kind, Organization, Read, Request, failure::quoted},
};

const ISSUES: &str = "/organizations/{organization_id_or_slug}/issues/";
const ISSUE: &str = "/organizations/{organization_id_or_slug}/issues/{issue_id}/";
// Undocumented; Sentry's own pages and clients use it for comments.
const NOTES: &str = "/organizations/{organization_id_or_slug}/issues/{issue_id}/notes/";
const TEAMS: &str = "/organizations/{organization_id_or_slug}/teams/";
const REPOS: &str = "/organizations/{organization_id_or_slug}/repos/";

/// Repositories that an error names.
const REPOSITORIES: usize = 10;

/// An issue, as far as it can be changed.
#[derive(Debug, Clone, PartialEq)]
pub struct Changeable {
    /// Short id, else the number.
    pub id: String,
    /// The number.
    pub number: String,
    /// Its title; untrusted.
    pub title: String,
    /// Its status.
    pub state: IssueState,
    /// The person or team that it is assigned to.
    pub assigned: Option<Assignee>,
    /// `high`, `medium`, `low`.
    pub priority: Option<String>,
}

/// A person or team.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assignee {
    /// As the API names it: `user:11`, `team:31`.
    pub actor: String,
    /// Name; untrusted.
    pub name: String,
    /// Email, where it has one.
    pub email: Option<String>,
}

/// What to change; what is none stays.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct IssueChange {
    /// New status.
    pub state: Option<IssueState>,
    /// New assignee: `user:11`, `team:31`, name or email; empty = nobody.
    pub assign: Option<String>,
    /// New priority.
    pub priority: Option<&'static str>,
}

/// What a merge came to: the server chooses which issue stays.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Merged {
    /// Number of the issue that stays.
    pub parent: Option<String>,
    /// Numbers of those that went into it.
    pub children: Vec<String>,
}

/// What became of a comment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Commented {
    /// It is there now.
    Added,
    /// The same words were there already.
    Already,
}

impl Organization {
    /// An issue as it is now.
    pub async fn changeable(&self, issue: &str) -> Result<Changeable, Failure> {
        let request = Request::get(ISSUE, &[issue]).each("collapse", &["stats", "tags"]);
        Ok(changeable(&self.value(request).await?))
    }

    /// A page of issues as they are now, and how many there are in all.
    pub async fn changeables(&self, query: &str, limit: usize) -> Result<(Vec<Changeable>, Option<u64>), Failure> {
        let project = self.connection().project();
        let request = Request::get(ISSUES, &[])
            .query("query", query)
            .maybe("project", project)
            .query("limit", limit)
            .query("sort", "date")
            .query("groupStatsPeriod", "");
        let page = self.page(request).await?;
        Ok((page.value.items().map(changeable).collect(), page.hits))
    }

    /// Changes an issue, and says what it is like then: as asked, where the answer does not say.
    pub async fn change_issue(&self, before: &Changeable, change: &IssueChange) -> Result<Changeable, Failure> {
        let answer = self.value(Request::put(ISSUE, &[&before.number], change.body())).await?;
        let mut after = before.clone();
        if let Some(state) = &change.state {
            after.state = if answer.text("status").is_some() { state_of(&answer) } else { state.clone() };
        }
        if let Some(priority) = change.priority {
            after.priority = Some(answer.text("priority").unwrap_or_else(|| priority.to_owned()));
        }
        if let Some(actor) = &change.assign {
            let asked = || Assignee { actor: actor.clone(), name: actor.clone(), email: None };
            let given = answer.get("assignedTo").map(assignee);
            after.assigned = given.unwrap_or_else(|| (!actor.is_empty()).then(asked));
        }
        Ok(after)
    }

    /// Changes several issues at once; whether the server says that it changed anything (an answer without a body says that
    /// it found none of them). A success does not mean that all were changed: look with [`Self::changeables_of`].
    pub async fn change_issues(&self, issues: &[Changeable], change: &IssueChange) -> Result<bool, Failure> {
        let answer = self.value(Request::put(ISSUES, &[], change.body()).each("id", &numbers(issues))).await?;
        Ok(!answer.is_null())
    }

    /// These issues as they are now, in one request; those that the server does not show are left out.
    pub async fn changeables_of(&self, issues: &[Changeable]) -> Result<Vec<Changeable>, Failure> {
        let ids: Vec<&str> = issues.iter().map(|issue| issue.id.as_str()).collect();
        let (found, _) = self.changeables(&format!("issue:[{}]", ids.join(",")), issues.len().max(1)).await?;
        Ok(found)
    }

    /// Merges issues; the server chooses the one that stays (the one with the most events).
    pub async fn merge_issues(&self, issues: &[Changeable]) -> Result<Merged, Failure> {
        let request = Request::put(ISSUES, &[], json!({"merge": true})).each("id", &numbers(issues));
        let answer = self.value(request).await?;
        let merged = answer.at("merge");
        Ok(Merged { parent: merged.text("parent"), children: merged.texts("children") })
    }

    /// Comments on an issue, unless the same words are among its latest comments: a call that is made again after a lost
    /// answer must not say it twice.
    pub async fn comment(&self, issue: &str, words: &str) -> Result<Commented, Failure> {
        let said = |note: &Value| note.at("data").text("text").or_else(|| note.text("text"));
        let same = |notes: &Value| notes.items().filter_map(said).any(|said| said.trim() == words.trim());
        match self.value(Request::get(NOTES, &[issue])).await {
            Ok(notes) if same(&notes) => return Ok(Commented::Already),
            Ok(_) => {}
            // A server without the list may still take a comment.
            Err(failure) if failure.kind == Kind::NotFound => {}
            Err(failure) => return Err(failure),
        }
        self.value(Request::post(NOTES, &[issue], json!({"text": words}))).await.map(|_| Commented::Added)
    }

    /// A change with its names as the API takes them: a team by its id, a commit with its repository.
    pub async fn completed(&self, mut change: IssueChange) -> Result<IssueChange> {
        let team = change.assign.as_deref().and_then(|who| who.strip_prefix("team:").or(who.strip_prefix('#')));
        if let Some(slug) = team.filter(|slug| !slug.bytes().all(|byte| byte.is_ascii_digit())) {
            let Some(id) = self.team_id(slug).await? else {
                return Err(ToolError::new(
                    format!("There is no team {} {}.", quoted(slug), self.said()),
                    "list_projects shows the teams; nothing was changed.",
                ));
            };
            change.assign = Some(format!("team:{id}"));
        }
        if let Some(IssueState::Resolved(Some(ResolvedIn::Commit { repository, .. }))) = &mut change.state
            && repository.is_none()
        {
            let known = self.repositories().await?;
            let [only] = known.as_slice() else {
                let names: Vec<String> = known.iter().take(REPOSITORIES).map(|name| quoted(name)).collect();
                let known = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
                return Err(ToolError::new(
                    format!("Which repository the commit is of is not clear. Sentry knows {known}."),
                    "Say which, as commit:OWNER/REPO@SHA; a release needs none. Nothing was changed.",
                ));
            };
            *repository = Some(only.clone());
        }
        Ok(change)
    }

    /// The id of a team by its slug.
    async fn team_id(&self, slug: &str) -> Result<Option<String>, Failure> {
        let request = Request::get(TEAMS, &[]).query("query", slug).query("detailed", 0).query("per_page", 100);
        let teams = self.value(request).await?;
        let team = teams.items().find(|team| team.text("slug").is_some_and(|found| found == slug));
        Ok(team.and_then(|team| team.text("id")))
    }

    /// Names of the repositories that the organization knows, at most 100.
    async fn repositories(&self) -> Result<Vec<String>, Failure> {
        let answer = self.value(Request::get(REPOS, &[])).await?;
        Ok(answer.items().take(100).filter_map(|repository| repository.text("name")).collect())
    }
}

fn numbers(issues: &[Changeable]) -> Vec<String> {
    issues.iter().map(|issue| issue.number.clone()).collect()
}

impl IssueChange {
    /// What of it an issue is not yet.
    pub fn new_for(&self, issue: &Changeable) -> Self {
        let other = |who: &String| match &issue.assigned {
            Some(now) => now.actor != *who && now.name != *who && now.email.as_ref() != Some(who),
            None => !who.is_empty(),
        };
        Self {
            state: self.state.clone().filter(|state| !issue.state.meets(state)),
            assign: self.assign.clone().filter(other),
            priority: self.priority.filter(|priority| issue.priority.as_deref() != Some(*priority)),
        }
    }

    /// Whether an issue that was `before` and is `after` now has taken the change. The server may say the same in other
    /// words (a length as a moment, an email as a person), so kinds are compared.
    pub fn took(&self, before: &Changeable, after: &Changeable) -> bool {
        let kind = std::mem::discriminant::<IssueState>;
        let left = self.new_for(after);
        self.state.as_ref().is_none_or(|state| kind(state) == kind(&after.state))
            && left.priority.is_none()
            && (left.assign.is_none() || after.assigned != before.assigned)
    }

    /// An issue as it should be after the change.
    pub fn on(&self, issue: &Changeable) -> Changeable {
        let change = self.new_for(issue);
        let mut after = issue.clone();
        after.state = change.state.unwrap_or(after.state);
        if let Some(actor) = change.assign {
            let who = Assignee { name: actor.clone(), actor: actor.clone(), email: None };
            after.assigned = Some(who).filter(|_| !actor.is_empty());
        }
        after.priority = change.priority.map(str::to_owned).or(after.priority);
        after
    }

    /// For a question to the user: `resolved in release 1.2, high priority`.
    pub fn said(&self) -> String {
        let mut said: Vec<String> = self.state.iter().map(ToString::to_string).collect();
        said.extend(self.assign.as_ref().map(|who| match who.as_str() {
            "" => "assigned to nobody".to_owned(),
            who => format!("assigned to {}", quoted(who)),
        }));
        said.extend(self.priority.map(|priority| format!("{priority} priority")));
        said.join(", ")
    }

    fn body(&self) -> Value {
        let mut body = Map::new();
        if let Some(state) = &self.state {
            write_state(&mut body, state);
        }
        if let Some(actor) = &self.assign {
            body.insert("assignedTo".to_owned(), json!(actor));
        }
        if let Some(priority) = self.priority {
            body.insert("priority".to_owned(), json!(priority));
        }
        Value::Object(body)
    }
}

fn write_state(body: &mut Map<String, Value>, state: &IssueState) {
    let (status, substatus, details) = match state {
        IssueState::Unresolved | IssueState::Other(_) => ("unresolved", None, json!({})),
        IssueState::Resolved(place) => (
            "resolved",
            None,
            match place {
                None => json!({}),
                Some(ResolvedIn::Release(version)) => json!({"inRelease": version}),
                Some(ResolvedIn::Next) => json!({"inNextRelease": true}),
                Some(ResolvedIn::Commit { commit, repository }) => {
                    json!({"inCommit": {"commit": commit, "repository": repository}})
                }
            },
        ),
        IssueState::Ignored(until) => {
            let met = Some("archived_until_condition_met");
            match until {
                None | Some(Until::Escalating) => ("ignored", Some("archived_until_escalating"), json!({})),
                Some(Until::Forever) => ("ignored", Some("archived_forever"), json!({})),
                Some(Until::Minutes(minutes)) => ("ignored", met, json!({"ignoreDuration": minutes})),
                Some(Until::Moment(_)) => ("ignored", None, json!({})),
                Some(Until::More { users, count, window }) => {
                    let (many, within) =
                        if *users { ("ignoreUserCount", "ignoreUserWindow") } else { ("ignoreCount", "ignoreWindow") };
                    let mut details = Map::from_iter([(many.to_owned(), json!(count))]);
                    details.extend(window.map(|window| (within.to_owned(), json!(window))));
                    ("ignored", met, Value::Object(details))
                }
            }
        }
    };
    body.insert("status".to_owned(), json!(status));
    body.insert("statusDetails".to_owned(), details);
    body.extend(substatus.map(|substatus| ("substatus".to_owned(), json!(substatus))));
}

fn changeable(issue: &Value) -> Changeable {
    let number = issue.text("id").unwrap_or_default();
    Changeable {
        id: issue.text("shortId").unwrap_or_else(|| number.clone()),
        number,
        title: issue.text("title").unwrap_or_default(),
        state: state_of(issue),
        assigned: assignee(issue.at("assignedTo")),
        priority: issue.text("priority"),
    }
}

fn state_of(issue: &Value) -> IssueState {
    let details = issue.at("statusDetails");
    match issue.text("status").unwrap_or_default().as_str() {
        "unresolved" => IssueState::Unresolved,
        "resolved" | "resolvedInNextRelease" => IssueState::Resolved(resolved_in(details)),
        "ignored" | "muted" => IssueState::Ignored(until(&issue.text("substatus").unwrap_or_default(), details)),
        "" => IssueState::Other("status unknown".to_owned()),
        other => IssueState::Other(other.to_owned()),
    }
}

fn resolved_in(details: &Value) -> Option<ResolvedIn> {
    let commit = details.at("inCommit");
    let hash = commit.text("commit").or_else(|| commit.text("id")).or_else(|| details.text("inCommit"));
    if details.truth("inNextRelease") == Some(true) {
        Some(ResolvedIn::Next)
    } else if let Some(hash) = hash {
        let repository = commit.text("repository").or_else(|| commit.at("repository").text("name"));
        Some(ResolvedIn::Commit { commit: hash, repository })
    } else {
        details.text("inRelease").map(ResolvedIn::Release)
    }
}

fn until(substatus: &str, details: &Value) -> Option<Until> {
    let more = |users: bool, many: &str, within: &str| {
        Some(Until::More { users, count: details.count(many)?, window: details.count(within).filter(|&it| it > 0) })
    };
    match substatus {
        "archived_forever" => Some(Until::Forever),
        "archived_until_escalating" => Some(Until::Escalating),
        _ => (details.text("ignoreUntil").map(Until::Moment))
            .or_else(|| details.count("ignoreDuration").map(Until::Minutes))
            .or_else(|| more(false, "ignoreCount", "ignoreWindow"))
            .or_else(|| more(true, "ignoreUserCount", "ignoreUserWindow")),
    }
}

fn assignee(value: &Value) -> Option<Assignee> {
    let id = value.text("id")?;
    let kind = value.text("type").unwrap_or_else(|| "user".to_owned());
    let email = value.text("email");
    let name = value.text("name").or_else(|| email.clone()).unwrap_or_else(|| id.clone());
    Some(Assignee { actor: format!("{kind}:{id}"), name, email })
}
