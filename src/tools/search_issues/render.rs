//! Issues as text.

use super::{IssueRow, Render, Report, Text, count};

impl Render for Report {
    fn render(&self, text: &mut Text) {
        let what = if self.what.is_empty() { String::new() } else { format!(" {}", self.what) };
        if self.issues.is_empty() {
            return text.line(format!("0 issues {}{what}. {}", self.asked, self.none));
        }
        let many = match self.total {
            Some(total) => format!("{} of {}", self.issues.len(), count(total, "issue")),
            None => count(self.issues.len() as u64, "issue"),
        };
        let shared = Shared::of(&self.issues);
        text.line(format!("{many} {}{what}{}:", self.asked, shared.said()));
        self.issues.iter().for_each(|issue| text.line(line(issue, &shared)));
        if let Some(address) = &self.address {
            text.line(format!("Address of one: {address}"));
        }
        if let Some(next) = &self.next {
            text.line(format!("More: the same call with cursor {}.", Text::plain(&format!("{next:?}"), 200)));
        }
    }
}

/// What all issues of a page have in common, said once.
#[derive(Debug, Default)]
struct Shared(Vec<String>);

impl Shared {
    /// Of fewer than three issues nothing is worth saying once.
    fn of(issues: &[IssueRow]) -> Self {
        let Some((first, rest)) = issues.split_first().filter(|(_, rest)| rest.len() > 1) else {
            return Self::default();
        };
        let all = traits(first).into_iter().filter(|word| rest.iter().all(|issue| traits(issue).contains(word)));
        Self(all.collect())
    }

    fn said(&self) -> String {
        if self.0.is_empty() { String::new() } else { format!(", all {}", self.0.join(", ")) }
    }
}

/// What an issue is, in words that many issues share.
fn traits(issue: &IssueRow) -> Vec<String> {
    let status = match &issue.substatus {
        Some(substatus) if substatus != "ongoing" => {
            format!("{}/{}", Text::word(&issue.status, 40), Text::word(substatus, 40))
        }
        _ => Text::word(&issue.status, 40),
    };
    let level = (!issue.level.is_empty()).then(|| Text::word(&issue.level, 40));
    let priority = issue.priority.as_deref().map(|priority| format!("{} priority", Text::word(priority, 20)));
    let unhandled = (issue.unhandled == Some(true)).then(|| "unhandled".to_owned());
    [Some(status), level, priority, unhandled].into_iter().flatten().collect()
}

/// An issue on one line.
fn line(issue: &IssueRow, shared: &Shared) -> String {
    let culprit =
        if issue.culprit.is_empty() { String::new() } else { format!(" at {}", Text::quoted(&issue.culprit, 100)) };
    let mut facts: Vec<String> = traits(issue).into_iter().filter(|word| !shared.0.contains(word)).collect();
    facts.push(issue.count.map_or_else(|| "count unknown".to_owned(), |count| format!("{count}×")));
    facts.extend(issue.users.filter(|users| *users > 0).map(|users| count(users, "user")));
    facts.extend(issue.first_seen.as_deref().map(|time| format!("first {}", day(time))));
    facts.extend(issue.last_seen.as_deref().map(|time| format!("last {}", minute(time))));
    facts.extend(issue.assigned.as_deref().map(|who| format!("assigned to {}", Text::quoted(who, 80))));
    let title = Text::quoted(&issue.title, 160);
    format!("- {} {title}{culprit} ({})", Text::word(&issue.id, 120), facts.join(", "))
}

/// The day of a time; the structured content has it whole.
fn day(time: &str) -> String {
    match time.parse::<jiff::Timestamp>() {
        Ok(stamp) => stamp.strftime("%Y-%m-%d").to_string(),
        Err(_) => Text::word(time, 40),
    }
}

/// A time to the minute: `2026-11-20T09:15Z`.
fn minute(time: &str) -> String {
    match time.parse::<jiff::Timestamp>() {
        Ok(stamp) => stamp.strftime("%Y-%m-%dT%H:%MZ").to_string(),
        Err(_) => Text::word(time, 40),
    }
}
