//! What only a tracker knows of an issue, and what a server says of an event, as rows. Everything is untrusted.

use super::{
    Text,
    lines::{count, one_line, time},
    section::{Block, Row, Section},
    stack::frame_rows,
};
use crate::{
    event::{Activity, Commit, Event, Issue, Thread, Tracked},
    redact,
};

/// What the tool asked for beside the issue and the event.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Beside {
    /// Commits that may have brought the fault.
    pub commits: Vec<Commit>,
    /// Sentry suspects them; else they are those of the release.
    pub suspected: bool,
}

/// The release of the event, its commits, and those of the issue.
pub(super) fn release(event: &Event, beside: &Beside, wide: bool) -> Block {
    let mut rows = Vec::new();
    if let Some(release) = &event.processed.release {
        let day = |text: &String| text.chars().take(16).collect::<String>();
        let mut said = vec![one_line(&release.version, 100)];
        said.extend(release.created.as_ref().map(|at| format!("created {}", day(at))));
        said.extend(release.released.as_ref().map(|at| format!("released {}", day(at))));
        said.extend(release.commits.map(|commits| format!("commits {commits}")));
        said.extend(
            release.last_deploy.as_ref().map(|(name, at)| format!("deployed to {} {}", one_line(name, 40), day(at))),
        );
        rows.push(Row::one(format!("  {}", said.join(", "))));
        if let Some((id, message)) = release.last_commit.as_ref().filter(|_| beside.commits.is_empty()) {
            rows.push(Row::one(format!("  last commit {} {}", short(id), one_line(message, 160))));
        }
    }
    let what = if beside.suspected { "suspect commit" } else { "commit" };
    for commit in &beside.commits {
        let by = commit.by.as_deref().map(|by| format!(" by {}", one_line(by, 60))).unwrap_or_default();
        let at =
            commit.at.as_deref().map(|at| format!(" {}", at.chars().take(10).collect::<String>())).unwrap_or_default();
        let message = redact::text(&one_line(&commit.message, if wide { 500 } else { 140 }));
        rows.push(Row::one(format!("  {what} {}{by}{at}: {message}", short(&commit.id))));
    }
    Block::lines(Section::Release, "Release", rows)
}

/// What was done with the issue, newest first, and what users wrote.
pub(super) fn activity(event: &Event, tracked: &Tracked, wide: bool) -> Block {
    let mut rows = Vec::new();
    if let Some(report) = &event.processed.report {
        let by = report.by.as_deref().unwrap_or("a user");
        rows.push(Row::one(format!("  {} wrote: {}", one_line(by, 80), long(&report.comments, wide))));
    }
    rows.extend(tracked.activity.iter().map(|entry| Row::one(format!("  {}", done(entry, wide)))));
    Block::lines(Section::Activity, "Activity, newest first", rows)
}

/// `2026-11-20 10:00 Robin Vale: note «…»`.
fn done(entry: &Activity, wide: bool) -> String {
    let at: String = entry.at.chars().take(16).map(|c| if c == 'T' { ' ' } else { c }).collect();
    let by = entry.by.as_deref().map(|by| format!(" {}", one_line(by, 60))).unwrap_or_default();
    let says = entry.says.as_deref().map(|says| format!(": {}", long(says, wide))).unwrap_or_default();
    format!("{at}{by} {}{says}", one_line(&entry.kind, 40))
}

/// What went wrong when the event was processed, what was taken out of it, and what the SDK should be changed to.
pub(super) fn problems(event: &Event, wide: bool) -> Block {
    let processed = &event.processed;
    let errors = processed.errors.iter().map(|error| {
        let message = error.message.as_deref().map(|it| format!(": {}", one_line(it, 200))).unwrap_or_default();
        let about = error.about.as_deref().map(|it| format!(" ({})", long(&redact::url(it), wide))).unwrap_or_default();
        Row::one(format!("  {}{message}{about}", one_line(&error.kind, 60)))
    });
    let mut rows: Vec<Row> = errors.collect();
    if !processed.scrubbed.is_empty() {
        let all = processed.scrubbed.join(", ");
        rows.push(Row::one(format!(
            "  cut or taken out by the server: {}",
            one_line(&all, if wide { 2_000 } else { 200 })
        )));
    }
    rows.extend(processed.notices.iter().map(|notice| Row::one(format!("  SDK: {}", one_line(notice, 160)))));
    Block::lines(Section::Problems, "Problems of processing", rows)
}

/// Threads: the one of the stack by name, the others with their nearest frames.
pub(super) fn threads(event: &Event, wide: bool) -> Block {
    let mut rows = Vec::new();
    for thread in &event.threads {
        rows.push(Row::one(format!("  {}", named(thread))));
        let frames = frame_rows(event, &thread.frames);
        let most = if wide { 60 } else { 2 };
        let more: usize = frames.iter().skip(most).map(|row| row.stands_for).sum();
        rows.extend(frames.into_iter().take(most).map(|row| Row { text: format!("  {}", row.text), ..Row::default() }));
        if more > 0 {
            rows.push(Row { text: format!("      … {more} frames"), ..Row::default() });
        }
    }
    Block::lines(Section::Threads, "Threads", rows)
}

fn named(thread: &Thread) -> String {
    let mut said = vec![
        thread
            .name
            .as_deref()
            .or(thread.id.as_deref())
            .map_or_else(|| "(no name)".to_owned(), |name| one_line(name, 80)),
    ];
    said.extend(thread.state.as_deref().map(|state| one_line(state, 30)));
    said.extend(thread.crashed.then(|| "crashed".to_owned()));
    said.extend((thread.current && !thread.crashed).then(|| "current".to_owned()));
    said.extend(
        thread
            .frames
            .is_empty()
            .then(|| if thread.crashed || thread.current { "the stack above" } else { "no frames" }.to_owned()),
    );
    said.join(", ")
}

/// What a found issue (not a thrown one) rests on.
pub(super) fn evidence(event: &Event) -> Vec<Row> {
    let evidence = event.processed.evidence.iter();
    evidence
        .map(|(name, value)| Row::one(format!("  {}: {}", one_line(name, 60), one_line(&redact::text(value), 300))))
        .collect()
}

/// When the server got the event, where that was much later than it happened.
pub(super) fn received(event: &Event) -> Option<String> {
    let late = event.processed.received.filter(|at| at - event.timestamp > 60.0)?;
    Some(format!("received {}", time(late, false)))
}

fn long(text: &str, wide: bool) -> String {
    redact::text(&one_line(text, if wide { 2_000 } else { 200 }))
}

fn short(id: &str) -> String {
    id.chars().filter(char::is_ascii_alphanumeric).take(12).collect()
}

/// Writes what a tracker knows of an issue: our words, quoted values.
pub fn head(text: &mut Text, issue: &Issue, tracked: &Tracked) {
    let mut said: Vec<String> = Vec::new();
    let mut add = |name: &str, value: Option<&String>| {
        said.extend(value.filter(|value| !value.is_empty()).map(|value| format!("{name} {}", Text::word(value, 100))));
    };
    add("project", tracked.project.as_ref());
    add("platform", Some(&issue.platform));
    add("priority", tracked.priority.as_ref());
    add("assigned to", tracked.assigned.as_ref());
    let other = |word: &&String| word.as_str() != issue.status.word();
    add("substatus", tracked.substatus.as_ref().filter(other));
    add("type", tracked.issue_type.as_ref().filter(|kind| Some(*kind) != tracked.category.as_ref()));
    add("first release", tracked.first_release.as_ref());
    add("last release", tracked.last_release.as_ref().filter(|last| Some(*last) != tracked.first_release.as_ref()));
    said.extend(tracked.status_details.iter().map(|detail| Text::quoted(detail, 120)));
    said.extend(tracked.comments.filter(|comments| *comments > 0).map(|comments| count(comments, "comment")));
    said.extend(tracked.user_reports.filter(|it| *it > 0).map(|reports| count(reports, "user report")));
    if !tracked.seen_by.is_empty() {
        let names: Vec<String> = tracked.seen_by.iter().take(5).map(|name| Text::quoted(name, 60)).collect();
        said.push(format!("seen by {}", names.join(" ")));
    }
    if !said.is_empty() {
        text.line(said.join(", ") + ".");
    }
    if !tracked.tickets.is_empty() {
        let ticket = |(name, url): &(String, String)| {
            let name = Text::quoted(name, 120);
            if url.is_empty() { name } else { format!("{name} {}", Text::quoted(&redact::url(url), 200)) }
        };
        let all: Vec<String> = tracked.tickets.iter().take(5).map(ticket).collect();
        let more = tracked.tickets.len().saturating_sub(5);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        text.line(format!("Tickets: {}{more}.", all.join(", ")));
    }
}
