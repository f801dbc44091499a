//! `update_issue`: status, assignee, priority, merge and comment of an issue, or of all that a query finds.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::{
    changed::{Change, LISTED, Report, row, undo, undo_many},
    place::{self, IssuePlace, Place},
};
use crate::{
    ctx::Ctx,
    error::{Result, ToolError},
    event::{IssueRef, IssueState, IssueStatus, ResolvedIn, Source, Until},
    mcp::{Call, Confirmation, Hints, Tool, Toolset},
    report::{Text, count},
    sentry::{
        Organization,
        api::{Changeable, Commented, IssueChange},
    },
    sink::IssueQuery,
};

/// The tool.
pub struct UpdateIssue;

/// Characters of a comment that Sentry takes.
const COMMENT: usize = 4_096;

/// Its arguments.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// `LOCAL-3`, number, short id or URL
    issue: Option<IssueRef>,
    /// Instead of `issue`: all that match
    query: Option<String>,
    /// Most issues a query may change; default 20, at most 100
    limit: Option<u16>,
    status: Option<Status>,
    /// Resolved in: next, latest, a release, commit:OWNER/REPO@SHA
    r#in: Option<String>,
    /// forever, escalating, 7d, 100 events/24h, 50 users/7d
    archive: Option<String>,
    /// Name, email, team:SLUG, or none
    assign: Option<String>,
    priority: Option<Priority>,
    /// Issues to merge with it
    #[serde(default)]
    merge: Vec<IssueRef>,
    /// Text to add
    comment: Option<String>,
    /// Say what would change
    #[serde(default)]
    dry_run: bool,
    #[serde(default)]
    source: Source,
}

/// New status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Status {
    Resolved,
    #[serde(alias = "archived")]
    Ignored,
    Unresolved,
}

/// New priority.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Priority {
    High,
    Medium,
    Low,
}

impl Tool for UpdateIssue {
    type Input = Input;
    type Report = Report;
    const NAME: &'static str = "update_issue";
    const TITLE: &'static str = "Update an issue";
    const CONTRACT: &'static str = include_str!("../../tools/update_issue.md");
    const HINTS: Hints = Hints { read_only: false, destructive: true, idempotent: true, open_world: true };
    const TOOLSET: Toolset = Toolset::Sentry;

    async fn run(ctx: &Ctx, call: &Call, input: Input) -> Result<Report> {
        let change = input.change()?;
        match (&input.issue, input.query.as_deref()) {
            (Some(issue), None) => match place::place_of_issue(ctx, call, &input.source, issue).await? {
                IssuePlace::Local(id) => {
                    input.only_status()?;
                    local(ctx, &[id], &change, input.dry_run).await
                }
                IssuePlace::Sentry { organization, issue, .. } => {
                    one(&Work { organization: &organization, input: &input, call }, change, &issue).await
                }
            },
            (None, Some(query)) if !query.trim().is_empty() => match place::place(ctx, call, &input.source).await? {
                Place::Local => {
                    input.only_status()?;
                    let query = IssueQuery { query: query.to_owned(), limit: input.limit(), ..IssueQuery::default() };
                    let page = ctx.sink.issues(query).await?;
                    let ids: Vec<String> = page.rows.into_iter().map(|issue| issue.id).collect();
                    let report = local(ctx, &ids, &change, input.dry_run).await?;
                    Ok(Report { matching: Some(page.total), ..report })
                }
                Place::Sentry(organization) => {
                    many(&Work { organization: &organization, input: &input, call }, change, query.trim()).await
                }
            },
            _ => Err(ToolError::new(
                "update_issue takes either `issue` or a `query` that is not empty.",
                "Give the issue's id, or a query such as is:unresolved release:1.2 with a limit.",
            )),
        }
    }
}

impl Input {
    fn limit(&self) -> usize {
        usize::from(self.limit.unwrap_or(20).clamp(1, 100))
    }

    /// What is asked for, checked as far as it can be without asking anyone.
    fn change(&self) -> Result<IssueChange> {
        let wrong = |what: String| ToolError::new(what, "Correct the arguments; nothing was changed.");
        let place = self.r#in.as_deref().map(ResolvedIn::parse).transpose().map_err(wrong)?;
        let until = self.archive.as_deref().map(Until::parse).transpose().map_err(wrong)?;
        let state = match (self.status, place, until) {
            (None, None, None) => None,
            (None | Some(Status::Resolved), place, None) => Some(IssueState::Resolved(place)),
            (None | Some(Status::Ignored), None, until) => Some(IssueState::Ignored(until)),
            (Some(Status::Unresolved), None, None) => Some(IssueState::Unresolved),
            _ => {
                return Err(wrong(
                    "`in` goes with status resolved and `archive` with status ignored, not with another.".to_owned(),
                ));
            }
        };
        let priority = self.priority.map(|priority| match priority {
            Priority::High => "high",
            Priority::Medium => "medium",
            Priority::Low => "low",
        });
        let comment = self.comment.as_deref().map(str::trim);
        if comment.is_some_and(|comment| comment.is_empty() || comment.chars().count() > COMMENT) {
            return Err(wrong(format!("`comment` must have 1 to {COMMENT} characters.")));
        }
        if self.query.is_some() && (comment.is_some() || !self.merge.is_empty()) {
            return Err(wrong("`comment` and `merge` go with `issue`, not with `query`.".to_owned()));
        }
        let assign = self.assign.as_deref().map(str::trim).map(|who| match who {
            "" | "none" => String::new(),
            who => who.to_owned(),
        });
        if state.is_none() && priority.is_none() && assign.is_none() && comment.is_none() && self.merge.is_empty() {
            return Err(ToolError::new(
                "Nothing is asked to change.",
                "Give status, in, archive, assign, priority, merge or comment.",
            ));
        }
        Ok(IssueChange { state, assign, priority })
    }

    /// The embedded sink has a status and nothing else.
    fn only_status(&self) -> Result<()> {
        let asked = [
            ("in", self.r#in.is_some()),
            ("archive", self.archive.is_some()),
            ("assign", self.assign.is_some()),
            ("priority", self.priority.is_some()),
            ("merge", !self.merge.is_empty()),
            ("comment", self.comment.is_some()),
        ];
        let asked: Vec<&str> = asked.into_iter().filter(|(_, asked)| *asked).map(|(name, _)| name).collect();
        if asked.is_empty() {
            return Ok(());
        }
        Err(ToolError::new(
            format!("The embedded sink keeps the status of an issue only, no {}.", asked.join(", ")),
            "Give status alone; nothing was changed.",
        ))
    }
}

/// Sets the status of issues of the embedded sink.
async fn local(ctx: &Ctx, ids: &[String], change: &IssueChange, dry_run: bool) -> Result<Report> {
    let status = match change.state {
        Some(IssueState::Resolved(_)) => IssueStatus::Resolved,
        Some(IssueState::Ignored(_)) => IssueStatus::Ignored,
        _ => IssueStatus::Unresolved,
    };
    let mut report = Report { asked: Place::Local.said(), ..Report::default() };
    report.unchanged = dry_run.then_some("dry_run");
    for id in ids {
        let Some(before) = ctx.sink.issue(id).await? else { return Err(ToolError::no_issue(id)) };
        if !dry_run && before.status != status {
            ctx.sink.update(id, status).await?;
        }
        if before.status != status {
            // Only recurrence makes an issue regressed; unresolved is what it is set back to.
            let back = if before.status == IssueStatus::Regressed { IssueStatus::Unresolved } else { before.status };
            report.undo.push(json!({"issue": before.id, "status": back.word()}));
        }
        let (before_word, after) = (before.status.word().to_owned(), status.word().to_owned());
        report.issues.push(Change {
            id: before.id,
            title: Text::plain(&before.title, 300),
            before: before_word,
            after,
        });
    }
    let changes = report.issues.iter().any(|issue| issue.before != issue.after);
    if status == IssueStatus::Resolved && !dry_run && changes {
        report.notes.push("If it happens again, it is marked regressed.".to_owned());
    }
    Ok(report)
}

/// What a change of Sentry needs at every step.
struct Work<'a> {
    organization: &'a Organization,
    input: &'a Input,
    call: &'a Call,
}

impl Work<'_> {
    fn report(&self) -> Report {
        Report {
            asked: self.organization.said(),
            unchanged: self.input.dry_run.then_some("dry_run"),
            ..Report::default()
        }
    }

    /// The connection and organization as the argument `source` names them.
    fn source(&self) -> String {
        place::source_of(self.organization)
    }

    /// Asks the user, unless it is a dry run; says what came of it in the report.
    async fn may(&self, question: &str, report: &mut Report) -> bool {
        if self.input.dry_run {
            return false;
        }
        match self.call.confirm(question).await {
            Confirmation::Confirmed => true,
            Confirmation::Declined => {
                report.unchanged = Some("declined");
                false
            }
            Confirmation::CannotAsk => {
                report.notes.push("Done without asking the user: this client cannot ask.".to_owned());
                true
            }
        }
    }
}

/// Changes one issue of Sentry.
async fn one(work: &Work<'_>, change: IssueChange, issue: &str) -> Result<Report> {
    let mut report = work.report();
    let before = match work.organization.changeable(issue).await {
        Ok(before) => before,
        Err(failure) => return Err(work.organization.explained(failure, None).await.into()),
    };
    let change = work.organization.completed(change).await?.new_for(&before);
    if !work.input.merge.is_empty() && !merge(work, &before, &mut report).await? && report.unchanged == Some("declined")
    {
        return Ok(report);
    }
    let something = change != IssueChange::default();
    let after = if something && !work.input.dry_run {
        work.organization.change_issue(&before, &change).await?
    } else {
        change.on(&before)
    };
    report.undo.extend(undo(&before, &change, Some(work.source()).filter(|source| source != "sentry").as_deref()));
    if something || work.input.merge.is_empty() && work.input.comment.is_none() {
        report.issues.push(row(&before, &after));
    }
    if let Some(words) = work.input.comment.as_deref() {
        comment(work, &before, words, &mut report).await?;
    }
    Ok(report)
}

async fn comment(work: &Work<'_>, issue: &Changeable, words: &str, report: &mut Report) -> Result<()> {
    let id = Text::word(&issue.id, 100);
    if work.input.dry_run {
        report.notes.push(format!("The comment would be added to {id}."));
        return Ok(());
    }
    match work.organization.comment(&issue.number, words.trim()).await {
        Ok(Commented::Added) => report.comment = Some("added"),
        Ok(Commented::Already) => report.comment = Some("already there"),
        Err(failure) if report.issues.is_empty() && report.merged_into.is_none() => {
            return Err(failure.hint("Call again: a comment that is there already is not added twice.").into());
        }
        Err(failure) => report.notes.push(format!("The comment on {id} failed: {} The rest is done.", failure.what())),
    }
    Ok(())
}

/// Merges issues with `first`; whether it was done.
async fn merge(work: &Work<'_>, first: &Changeable, report: &mut Report) -> Result<bool> {
    let mut all = vec![first.clone()];
    for other in &work.input.merge {
        let id = match other {
            IssueRef::Short(id) => id.clone(),
            IssueRef::Number(number) => number.to_string(),
            IssueRef::Remote(address) if work.organization.connection().owns(&address.host) => address.issue.clone(),
            other => {
                return Err(ToolError::new(
                    format!("{other} cannot be merged {}.", work.organization.said()),
                    "Give short ids or numbers of issues of the same organization; nothing was changed.",
                ));
            }
        };
        let issue = work.organization.changeable(&id).await?;
        if !all.iter().any(|known| known.number == issue.number) {
            all.push(issue);
        }
    }
    if all.len() < 2 {
        report.notes.push("There is nothing to merge: it is the same issue.".to_owned());
        return Ok(false);
    }
    let names: Vec<String> = all.iter().map(|issue| Text::word(&issue.id, 100)).collect();
    let names = names.join(", ");
    let titles: Vec<String> = all.iter().take(5).map(|issue| Text::quoted(&issue.title, 80)).collect();
    let question = format!("Merge {names} {} into one issue? {}", work.organization.said(), titles.join(", "));
    if !work.may(&question, report).await {
        if work.input.dry_run {
            report.notes.push(format!("{names} would be merged; Sentry keeps the one with the most events."));
        }
        return Ok(false);
    }
    let merged = work.organization.merge_issues(&all).await?;
    let parent = all.iter().find(|issue| merged.parent.as_ref() == Some(&issue.number));
    report.merged_into = Some(parent.map_or_else(|| "one of them".to_owned(), |parent| Text::word(&parent.id, 100)));
    report.notes.push(format!("Merged: {names}. To take it back, unmerge on the issue's page in Sentry."));
    Ok(true)
}

/// Changes all issues that a query finds, up to the limit.
async fn many(work: &Work<'_>, change: IssueChange, query: &str) -> Result<Report> {
    if let Some(mistake) = crate::event::search::mistake(query) {
        return Err(ToolError::new(mistake, "Correct the query; nothing was changed."));
    }
    let mut report = work.report();
    let project = work.organization.connection().project();
    let (found, total) = match work.organization.changeables(query, work.input.limit()).await {
        Ok(found) => found,
        Err(failure) => {
            return Err(work.organization.explained(failure, project).await.into());
        }
    };
    report.notes.extend(
        project.map(|project| format!("Only issues of the project {} of the settings.", Text::word(project, 80))),
    );
    report.matching = total.or((found.len() < work.input.limit()).then_some(found.len() as u64));
    let change = work.organization.completed(change).await?;
    let (new, same): (Vec<Changeable>, Vec<Changeable>) =
        found.into_iter().partition(|issue| change.new_for(issue) != IssueChange::default());
    if !same.is_empty() {
        report.notes.push(format!(
            "{} already so.",
            if same.len() == 1 { "1 is".to_owned() } else { format!("{} are", same.len()) }
        ));
    }
    if new.is_empty() {
        return Ok(report);
    }
    let ids: Vec<String> = new.iter().take(LISTED).map(|issue| Text::word(&issue.id, 100)).collect();
    let more = if new.len() > LISTED { format!(" and {} more", new.len() - LISTED) } else { String::new() };
    let question = format!(
        "Change {} {} ({}{more})? {}",
        count(new.len() as u64, "issue"),
        work.organization.said(),
        ids.join(", "),
        change.said()
    );
    if work.may(&question, &mut report).await {
        work.organization.change_issues(&new, &change).await?;
        report.undo = undo_many(&new, &change, &work.source());
    } else if report.unchanged == Some("declined") {
        report.notes.push(format!("Asked: {question}"));
        return Ok(report);
    }
    report.issues = new.iter().map(|issue| row(issue, &change.on(issue))).collect();
    Ok(report)
}
