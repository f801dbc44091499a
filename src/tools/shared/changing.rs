//! The steps of `update_issue` on a Sentry server: one issue, a merge, a comment, many issues.

use super::changed::{LISTED, Report, row, undo, undo_many};
use crate::{
    error::{Result, ToolError},
    event::IssueRef,
    mcp::{Call, Confirmation},
    report::{Text, count},
    sentry::{
        Organization,
        api::{Changeable, Commented, IssueChange},
    },
};

/// What a change of Sentry needs at every step.
pub(in crate::tools) struct Work<'a> {
    pub(in crate::tools) organization: &'a Organization,
    pub(in crate::tools) call: &'a Call,
    /// Issues to merge with it.
    pub(in crate::tools) merge: &'a [IssueRef],
    pub(in crate::tools) comment: Option<&'a str>,
    /// Most issues that a query may change.
    pub(in crate::tools) limit: usize,
    pub(in crate::tools) dry_run: bool,
}

impl Work<'_> {
    fn report(&self) -> Report {
        Report { asked: self.organization.said(), unchanged: self.dry_run.then_some("dry_run"), ..Report::default() }
    }

    /// The connection and organization as the argument `source` names them.
    fn source(&self) -> String {
        super::place::source_of(self.organization)
    }

    /// Asks the user, unless it is a dry run; says what came of it in the report.
    async fn may(&self, question: &str, report: &mut Report) -> bool {
        if self.dry_run {
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

/// Changes one issue of Sentry. After a merge, the issue that stays is the one that is changed.
pub(in crate::tools) async fn one(work: &Work<'_>, change: IssueChange, issue: &str) -> Result<Report> {
    let mut report = work.report();
    let mut before = match work.organization.changeable(issue).await {
        Ok(before) => before,
        Err(failure) => return Err(work.organization.explained(failure, None).await.into()),
    };
    let change = work.organization.completed(change).await?;
    if !work.merge.is_empty() {
        match merge(work, &before, &mut report).await? {
            Some(stays) => before = stays,
            None if report.unchanged == Some("declined") => return Ok(report),
            None => {}
        }
    }
    let change = change.new_for(&before);
    let something = change != IssueChange::default();
    if something && !work.dry_run {
        match work.organization.change_issue(&before, &change).await {
            Ok(after) => {
                report.undo.extend(undo(&before, &change, &work.source()));
                report.issues.push(row(&before, &after));
            }
            // The merge is done, and must be told.
            Err(failure) if report.merged_into.is_some() => report.notes.push(format!(
                "The change of {} failed: {} It was not changed otherwise.",
                Text::word(&before.id, 100),
                failure.what()
            )),
            Err(failure) => return Err(failure.into()),
        }
    } else if something || work.merge.is_empty() && work.comment.is_none() {
        report.issues.push(row(&before, &change.on(&before)));
    }
    if let Some(words) = work.comment {
        comment(work, &before, words, &mut report).await?;
    }
    Ok(report)
}

async fn comment(work: &Work<'_>, issue: &Changeable, words: &str, report: &mut Report) -> Result<()> {
    let id = Text::word(&issue.id, 100);
    if work.dry_run {
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

/// The issue and those to merge with it, each once.
async fn to_merge(work: &Work<'_>, first: &Changeable) -> Result<Vec<Changeable>> {
    let mut all = vec![first.clone()];
    for other in work.merge {
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
    Ok(all)
}

/// Merges issues with `first`; the issue that stays, where it was done.
async fn merge(work: &Work<'_>, first: &Changeable, report: &mut Report) -> Result<Option<Changeable>> {
    let all = to_merge(work, first).await?;
    if all.len() < 2 {
        report.notes.push("There is nothing to merge: it is the same issue.".to_owned());
        return Ok(None);
    }
    let names = named(&all);
    let titles: Vec<String> = all.iter().take(5).map(|issue| Text::quoted(&issue.title, 80)).collect();
    let question = format!("Merge {names} {} into one issue? {}", work.organization.said(), titles.join(", "));
    if !work.may(&question, report).await {
        if work.dry_run {
            report.notes.push(format!("{names} would be merged; Sentry keeps the one with the most events."));
        }
        return Ok(None);
    }
    let merged = work.organization.merge_issues(&all).await?;
    // The server answers with success also where it merged nothing.
    let Some(parent) = merged.parent.filter(|_| !merged.children.is_empty()) else {
        return Err(ToolError::new(
            format!("Sentry merged nothing of {names} {}: its answer names no merged issue.", work.organization.said()),
            "They may be of different projects or kinds, or be merged already: look with get_issue. Nothing was changed.",
        ));
    };
    let stays = match all.iter().find(|issue| issue.number == parent) {
        Some(stays) => stays.clone(),
        None => Changeable { id: parent.clone(), number: parent.clone(), ..first.clone() },
    };
    report.merged_into = Some(Text::word(&stays.id, 100));
    let (gone, left): (Vec<&Changeable>, Vec<&Changeable>) =
        all.iter().filter(|issue| issue.number != parent).partition(|issue| merged.children.contains(&issue.number));
    report.notes.push(format!("Merged: {}. To take it back, unmerge on the issue's page in Sentry.", named(gone)));
    if !left.is_empty() {
        report.notes.push(format!("Sentry did not merge {}.", named(left)));
    }
    Ok(Some(stays))
}

/// Ids for a line.
fn named<'a>(issues: impl IntoIterator<Item = &'a Changeable>) -> String {
    let mut ids: Vec<String> = issues.into_iter().map(|issue| Text::word(&issue.id, 100)).collect();
    let left = ids.len().saturating_sub(LISTED);
    ids.truncate(LISTED);
    let more = if left > 0 { format!(" and {left} more") } else { String::new() };
    format!("{}{more}", ids.join(", "))
}

/// Changes all issues that a query finds, up to the limit.
pub(in crate::tools) async fn many(work: &Work<'_>, change: IssueChange, query: &str) -> Result<Report> {
    if let Some(mistake) = crate::event::search::mistake(query) {
        return Err(ToolError::new(mistake, "Correct the query; nothing was changed."));
    }
    let mut report = work.report();
    let project = work.organization.connection().project();
    let (found, total) = match work.organization.changeables(query, work.limit).await {
        Ok(found) => found,
        Err(failure) => {
            return Err(work.organization.explained(failure, project).await.into());
        }
    };
    report.notes.extend(
        project.map(|project| format!("Only issues of the project {} of the settings.", Text::word(project, 80))),
    );
    report.matching = total.or((found.len() < work.limit).then_some(found.len() as u64));
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
    let question = format!(
        "Change {} {} ({})? {}",
        count(new.len() as u64, "issue"),
        work.organization.said(),
        named(&new),
        change.said()
    );
    if work.may(&question, &mut report).await {
        return made(work, new, &change, report).await;
    }
    if report.unchanged == Some("declined") {
        report.notes.push(format!("Asked: {question}"));
        return Ok(report);
    }
    report.issues = new.iter().map(|issue| row(issue, &change.on(issue))).collect();
    Ok(report)
}

/// Changes the issues at once, and looks what became of them: the server calls it a success also where it left some of
/// them, or all, as they were.
async fn made(work: &Work<'_>, new: Vec<Changeable>, change: &IssueChange, mut report: Report) -> Result<Report> {
    let answered = work.organization.change_issues(&new, change).await?;
    let now = match work.organization.changeables_of(&new).await {
        Ok(now) => now,
        Err(failure) => {
            report.notes.push(format!("What became of them could not be read: {}", failure.what()));
            Vec::new()
        }
    };
    let (mut done, mut same, mut unseen) = (Vec::new(), Vec::new(), Vec::new());
    for before in new {
        match now.iter().find(|after| after.number == before.number) {
            Some(after) if change.took(&before, after) => {
                report.issues.push(row(&before, after));
                done.push(before);
            }
            Some(_) => same.push(before),
            None => unseen.push(before),
        }
    }
    if !same.is_empty() {
        report.notes.push(format!("Sentry did not change {}.", named(&same)));
    }
    if !unseen.is_empty() {
        let why =
            if answered { "Sentry answered with success" } else { "Sentry answered that it found nothing to change" };
        report.notes.push(format!("Not known to be changed: {}. {why}, and does not show them now.", named(&unseen)));
    }
    if done.is_empty() {
        report.unchanged = Some("not done");
    }
    report.undo = undo_many(&done, change, &work.source());
    Ok(report)
}
