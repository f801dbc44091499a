//! What `update_issue` says: before and after, and the way back.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::{
    report::{Render, Text},
    sentry::api::{Changeable, IssueChange},
};

/// Issues that a report of many lists.
pub(in crate::tools) const LISTED: usize = 10;
/// Where the embedded sink's issues are; a reply about them does not repeat it.
const LOCAL: &str = "in the embedded sink";

/// What changed.
#[derive(Debug, Default, Serialize, JsonSchema)]
pub struct Report {
    /// Where.
    pub(in crate::tools) asked: String,
    /// Nothing was changed: `dry_run`, `declined` by the user, `not done` by Sentry.
    pub(in crate::tools) unchanged: Option<&'static str>,
    /// The issues, before and after.
    pub(in crate::tools) issues: Vec<Change>,
    /// Issues that match the query; none = no query, or the server does not say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::tools) matching: Option<u64>,
    /// `added`, `already there`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::tools) comment: Option<&'static str>,
    /// The issue that stays after a merge.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::tools) merged_into: Option<String>,
    /// Calls of update_issue that take it back.
    pub(in crate::tools) undo: Vec<Value>,
    /// What did not work, and what to know.
    pub(in crate::tools) notes: Vec<String>,
}

/// An issue, before and after.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Change {
    pub(in crate::tools) id: String,
    /// Untrusted text
    pub(in crate::tools) title: String,
    pub(in crate::tools) before: String,
    pub(in crate::tools) after: String,
}

/// The call that takes a change back. A number alone does not say where the issue is, a short id does.
pub(in crate::tools) fn undo(before: &Changeable, change: &IssueChange, source: &str) -> Option<Value> {
    let mut call = Map::from_iter([("issue".to_owned(), json!(before.id))]);
    if change.state.is_some() {
        let now = jiff::Timestamp::now().as_millisecond();
        call.extend(before.state.arguments(now).into_iter().map(|(name, value)| (name.to_owned(), json!(value))));
    }
    if change.assign.is_some() {
        let who = before.assigned.as_ref().map_or("none", |who| who.actor.as_str());
        call.insert("assign".to_owned(), json!(who));
    }
    if let Some(priority) = before.priority.as_deref().filter(|_| change.priority.is_some()) {
        call.insert("priority".to_owned(), json!(priority));
    }
    if call.len() == 1 {
        return None;
    }
    if source != "sentry" || before.id.bytes().all(|byte| byte.is_ascii_digit()) {
        call.insert("source".to_owned(), json!(source));
    }
    Some(Value::Object(call))
}

/// The calls that take a change of several issues back: one for each way they were.
pub(in crate::tools) fn undo_many(before: &[Changeable], change: &IssueChange, source: &str) -> Vec<Value> {
    let mut ways: Vec<(Map<String, Value>, Vec<String>)> = Vec::new();
    for issue in before {
        let Some(Value::Object(mut call)) = undo(issue, &change.new_for(issue), source) else { continue };
        call.remove("issue");
        call.insert("source".to_owned(), json!(source));
        match ways.iter_mut().find(|(way, _)| *way == call) {
            Some((_, ids)) => ids.push(issue.id.clone()),
            None => ways.push((call, vec![issue.id.clone()])),
        }
    }
    let whole = |(call, ids): (Map<String, Value>, Vec<String>)| {
        let query = format!("issue:[{}]", ids.join(","));
        let mut whole = Map::from_iter([("query".to_owned(), json!(query)), ("limit".to_owned(), json!(ids.len()))]);
        whole.extend(call);
        Value::Object(whole)
    };
    ways.into_iter().map(whole).collect()
}

/// An issue before and after a change.
pub(in crate::tools) fn row(before: &Changeable, after: &Changeable) -> Change {
    Change {
        id: Text::plain(&before.id, 100),
        title: Text::plain(&before.title, 300),
        before: said(before, after),
        after: said(after, before),
    }
}

/// The status of an issue, and what else of it differs from `other`.
fn said(issue: &Changeable, other: &Changeable) -> String {
    let mut said = vec![Text::plain(&issue.state.to_string(), 400)];
    if issue.assigned != other.assigned {
        said.push(match &issue.assigned {
            Some(who) => format!("assigned to {}", Text::quoted(&who.name, 80)),
            None => "assigned to nobody".to_owned(),
        });
    }
    if issue.priority != other.priority {
        said.push(format!("{} priority", Text::word(issue.priority.as_deref().unwrap_or("no"), 20)));
    }
    said.join(", ")
}

impl Render for Report {
    fn render(&self, text: &mut Text) {
        let where_ = if self.asked == LOCAL { String::new() } else { format!(" {}", self.asked) };
        match self.unchanged {
            Some("not done") => text.line(format!("Nothing is known to be changed{where_}.")),
            Some("declined") => text.line(format!("The user declined; nothing was changed{where_}.")),
            Some(_) => text.line(format!("Dry run{where_}: nothing was changed. It would be:")),
            None if self.matching.is_some() => text.line(format!("Changed{where_}:")),
            None => {}
        }
        if let Some(matching) = self.matching {
            let left = matching.saturating_sub(self.issues.len() as u64);
            let rest = if left > 0 && !self.issues.is_empty() {
                format!(" {} of them:", self.issues.len())
            } else {
                String::new()
            };
            text.line(format!("{} the query.{rest}", matches(matching)));
        }
        for issue in self.issues.iter().take(LISTED) {
            let (id, title) = (Text::word(&issue.id, 100), Text::quoted(&issue.title, 160));
            let place = if self.matching.is_none() && self.unchanged.is_none() { where_.as_str() } else { "" };
            if issue.before == issue.after {
                text.line(format!("{id}{place} {title} was {} already; nothing changed.", issue.after));
            } else {
                text.line(format!("{id}{place} {title}: {} → {}.", issue.before, issue.after));
            }
        }
        if self.issues.len() > LISTED {
            text.line(format!("… and {} more.", self.issues.len() - LISTED));
        }
        match self.comment {
            Some("added") => text.line(format!("The comment was added{where_}.")),
            Some(_) => text.line(format!("The same comment was there already{where_}; it was not added again.")),
            None => {}
        }
        if let Some(parent) = &self.merged_into {
            text.line(format!("Sentry keeps {parent}."));
        }
        self.notes.iter().for_each(|note| text.line(note));
        for undo in self.undo.iter().filter(|_| self.unchanged.is_none()).take(LISTED) {
            text.line(format!("Undo: update_issue {}.", spaced(undo)));
        }
    }
}

fn matches(number: u64) -> String {
    if number == 1 { "1 issue matches".to_owned() } else { format!("{number} issues match") }
}

/// A call's arguments as one writes them.
pub(in crate::tools) fn spaced(arguments: &Value) -> String {
    let members = arguments.as_object().into_iter().flatten();
    let members: Vec<String> =
        members.map(|(name, value)| format!("\"{name}\": {}", Text::plain(&value.to_string(), 2_000))).collect();
    format!("{{{}}}", members.join(", "))
}
