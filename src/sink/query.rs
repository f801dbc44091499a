//! The language of issue searches: `is:unresolved level:error !release:1.* user.email:"a b" words`. Pure.

use std::time::Duration;

use super::{IssueQuery, parcel::parse_event_id};
use crate::{
    error::{Result, ToolError},
    event::{IssueStatus, near, search},
};

/// The keys that are not tags.
const KEYS: &str = "is, has, level, release, environment, platform, project, kind, issue, id, title, culprit, message, user.id, \
                    user.email, user.username, user.ip, transaction, url, trace, replay, firstSeen, lastSeen, timesSeen, or any tag";

/// Values of `is:` that the sink can answer.
const SINK_IS: &[&str] = &["unresolved", "resolved", "ignored", "regressed"];

/// One term; all terms of a query must hold.
#[derive(Debug, Clone, PartialEq)]
pub struct Term {
    /// `!key:value`.
    pub negated: bool,
    /// What must hold.
    pub test: Test,
}

/// What a term asks.
#[derive(Debug, Clone, PartialEq)]
pub enum Test {
    /// `is:…`; unresolved includes regressed.
    Status(Vec<IssueStatus>),
    /// A column of the issue.
    Column(Column, Vec<Pattern>),
    /// A tag, or a field that is searched like one.
    Tag(String, Vec<Pattern>),
    /// `has:key`.
    Has(String),
    /// `issue:LOCAL-3`.
    Issue(i64),
    /// An event id: the issue that holds it.
    Event(String),
    /// `firstSeen:` (true: `lastSeen:`) `-24h`: within; `+24h`: longer ago.
    Seen {
        /// `lastSeen`, not `firstSeen`.
        last: bool,
        /// Within this time, not longer ago.
        within: bool,
        /// How long.
        ago: Duration,
    },
    /// Seen at least once, or perhaps, in this time (milliseconds since the epoch).
    Between {
        /// First millisecond.
        from_ms: i64,
        /// Last millisecond.
        to_ms: i64,
    },
    /// `timesSeen:>10`.
    Times(Order, u64),
    /// Free text in title, culprit or message.
    Text(String),
}

/// A column of issues.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Column {
    /// Project id.
    Project,
    /// `error`, `message`, `csp`, `feedback`.
    Kind,
    /// Title.
    Title,
    /// Culprit.
    Culprit,
    /// Message.
    Message,
}

/// How a number is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// `=`
    Equal,
    /// `>`
    More,
    /// `>=`
    AtLeast,
    /// `<`
    Less,
    /// `<=`
    AtMost,
}

/// A value with `*` as wildcard, kept as an SQL `LIKE` pattern with `\` as escape character.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern(pub String);

impl Pattern {
    fn of(value: &str) -> Self {
        let mut like = String::with_capacity(value.len());
        for c in value.chars() {
            match c {
                '*' => like.push('%'),
                '%' | '_' | '\\' => like.extend(['\\', c]),
                c => like.push(c),
            }
        }
        Self(like)
    }

    /// `value` anywhere.
    pub fn within(value: &str) -> Self {
        Self(format!("%{}%", Self::of(value).0))
    }
}

/// Reads a query.
pub fn parse(query: &str) -> Result<Vec<Term>> {
    words(query)?.into_iter().map(|word| term(&word)).collect()
}

/// All that a search asks: the terms of its query, and its project, environment and time.
pub fn terms_of(query: &IssueQuery) -> Result<Vec<Term>> {
    let mut terms = parse(&query.query)?;
    let mut must = |test| terms.push(Term { negated: false, test });
    if let Some(project) = &query.project {
        must(Test::Column(Column::Project, vec![Pattern::of(project)]));
    }
    if let Some(environment) = &query.environment {
        must(Test::Tag("environment".to_owned(), vec![Pattern::of(environment)]));
    }
    if let Some((from_ms, to_ms)) = query.between_ms {
        must(Test::Between { from_ms, to_ms });
    }
    Ok(terms)
}

fn bad(what: String) -> ToolError {
    ToolError::new(
        what,
        format!("Terms are key:value, !key:value, key:\"two words\", key:[a,b], with * as wildcard. Keys: {KEYS}."),
    )
}

/// A word of the query: the text before an unquoted `:`, and the rest.
pub(super) struct Word {
    pub(super) key: Option<String>,
    pub(super) value: String,
    pub(super) quoted: bool,
}

pub(super) fn words(query: &str) -> Result<Vec<Word>> {
    let mut words = Vec::new();
    let mut chars = query.chars().peekable();
    while let Some(first) = chars.peek().copied() {
        if first.is_whitespace() {
            chars.next();
            continue;
        }
        let mut word = Word { key: None, value: String::new(), quoted: false };
        let mut in_list = false;
        while let Some(c) = chars.next_if(|c| in_list || !c.is_whitespace()) {
            match c {
                '"' => {
                    word.quoted = true;
                    quoted(&mut chars, &mut word.value)
                        .ok_or_else(|| bad(format!("A quote is not closed in the query {query:?}.")))?;
                }
                ':' if word.key.is_none() && !word.quoted && is_key(&word.value) => {
                    word.key = Some(std::mem::take(&mut word.value));
                    in_list = chars.peek() == Some(&'[');
                }
                c => {
                    word.value.push(c);
                    if in_list && c == ']' {
                        break;
                    }
                }
            }
        }
        words.push(word);
    }
    Ok(words)
}

fn quoted(chars: &mut impl Iterator<Item = char>, into: &mut String) -> Option<()> {
    loop {
        match chars.next()? {
            '"' => return Some(()),
            '\\' => into.push(chars.next()?),
            c => into.push(c),
        }
    }
}

/// `http://…` is text, not a tag called `http`; nor is `TypeError: x`, since its `:` ends the word.
fn is_key(text: &str) -> bool {
    let name = text.strip_prefix('!').unwrap_or(text);
    !name.is_empty()
        && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '[' | ']'))
        && !matches!(name, "http" | "https" | "file" | "ws" | "wss")
}

fn term(word: &Word) -> Result<Term> {
    let Some(key) = &word.key else { return text(word) };
    let (negated, key) = match key.strip_prefix('!') {
        Some(key) => (true, key),
        None => (false, key.as_str()),
    };
    let value = word.value.as_str();
    if value.is_empty() && !word.quoted {
        // `TypeError: x` pasted as it is: the class name is text.
        return if key.chars().next().is_some_and(char::is_uppercase) {
            Ok(Term { negated, test: Test::Text(key.to_owned()) })
        } else {
            Err(bad(format!("The term `{key}:` has no value.")))
        };
    }
    let patterns = || values(word).iter().map(|value| Pattern::of(value)).collect::<Vec<_>>();
    let test = match key {
        "is" => Test::Status(status(value)?),
        "has" => Test::Has(tag_name(value).to_owned()),
        "project" => Test::Column(Column::Project, patterns()),
        "kind" | "type" | "issue.type" => Test::Column(Column::Kind, patterns()),
        "title" => Test::Column(Column::Title, patterns()),
        "culprit" | "location" => Test::Column(Column::Culprit, patterns()),
        "message" => Test::Column(Column::Message, values(word).iter().map(|value| Pattern::within(value)).collect()),
        "issue" => Test::Issue(
            issue_number(value).ok_or_else(|| bad(format!("`{value}` is no issue; it looks like LOCAL-3.")))?,
        ),
        "id" | "event" | "event_id" => Test::Event(
            parse_event_id(value).ok_or_else(|| bad(format!("`{value}` is no event id (32 hex characters).")))?,
        ),
        "firstSeen" | "first_seen" | "age" => seen(false, value)?,
        "lastSeen" | "last_seen" => seen(true, value)?,
        "timesSeen" | "times_seen" => times(value)?,
        key if search::is_trackers(key) => {
            return Err(bad(format!("The embedded sink cannot answer `{key}:`; only a Sentry server knows that.")));
        }
        key => Test::Tag(tag_name(key).to_owned(), patterns()),
    };
    Ok(Term { negated, test })
}

fn text(word: &Word) -> Result<Term> {
    let value = word.value.as_str();
    if !word.quoted {
        if matches!(value, "OR" | "AND")
            || value.starts_with('(') && value.ends_with(')') && value.len() > 2 && value.contains(':')
        {
            return Err(bad(format!(
                "`{value}` is not understood: all terms of a query must hold, and there are no groups."
            )));
        }
        if let Some(id) = parse_event_id(value) {
            return Ok(Term { negated: false, test: Test::Event(id) });
        }
        if let Some(text) = value.strip_prefix('!').filter(|text| !text.is_empty()) {
            return Ok(Term { negated: true, test: Test::Text(text.to_owned()) });
        }
    }
    Ok(Term { negated: false, test: Test::Text(value.to_owned()) })
}

/// `[a,b]` as its members, anything else as itself.
pub(super) fn values(word: &Word) -> Vec<String> {
    match word
        .value
        .strip_prefix('[')
        .and_then(|list| list.strip_suffix(']'))
        .filter(|_| !word.quoted || word.value.contains(','))
    {
        Some(list) => list.split(',').map(|value| value.trim().to_owned()).collect(),
        None => vec![word.value.clone()],
    }
}

/// `tags[key]` is `key`.
fn tag_name(key: &str) -> &str {
    match key.strip_prefix("tags[").and_then(|key| key.strip_suffix(']')).unwrap_or(key) {
        "trace_id" => "trace",
        "replay_id" | "replayId" => "replay",
        "error.handled" => "handled",
        key => key,
    }
}

fn status(value: &str) -> Result<Vec<IssueStatus>> {
    Ok(match value {
        "unresolved" | "open" => vec![IssueStatus::Unresolved, IssueStatus::Regressed],
        "resolved" => vec![IssueStatus::Resolved],
        "ignored" | "archived" => vec![IssueStatus::Ignored],
        "regressed" => vec![IssueStatus::Regressed],
        _ if search::is_status(value) => {
            return Err(bad(format!(
                "The embedded sink cannot answer `is:{value}`: its issues are unresolved, resolved, ignored or regressed."
            )));
        }
        _ => {
            let near = search::did_you_mean(&near(value, SINK_IS.iter().copied(), 2));
            let what = format!("`is:{value}` is not known; it is one of {}. {near}", SINK_IS.join(", "));
            return Err(bad(what.trim_end().to_owned()));
        }
    })
}

/// The number of `LOCAL-3`, `local-3` or `3`.
pub fn issue_number(text: &str) -> Option<i64> {
    let text = text.trim();
    let number = match text.split_once('-') {
        Some((prefix, number)) if prefix.eq_ignore_ascii_case("LOCAL") => number,
        Some(_) => return None,
        None => text,
    };
    number.bytes().all(|byte| byte.is_ascii_digit()).then(|| number.parse().ok())?
}

fn seen(last: bool, value: &str) -> Result<Test> {
    let wrong = || bad(format!("`{value}` is no age; it looks like -24h (within a day) or +7d (longer ago)."));
    let (within, rest) = match (value.strip_prefix('-'), value.strip_prefix('+')) {
        (Some(rest), _) => (true, rest),
        (_, Some(rest)) => (false, rest),
        _ => return Err(wrong()),
    };
    let digits = rest.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = match rest.strip_prefix(digits) {
        Some("s") => 1,
        Some("m") => 60,
        Some("h") => 3_600,
        Some("d") => 86_400,
        Some("w") => 604_800,
        _ => return Err(wrong()),
    };
    let amount: u64 = digits.parse().map_err(|_| wrong())?;
    Ok(Test::Seen { last, within, ago: Duration::from_secs(amount.saturating_mul(unit)) })
}

fn times(value: &str) -> Result<Test> {
    let orders =
        [(">=", Order::AtLeast), ("<=", Order::AtMost), (">", Order::More), ("<", Order::Less), ("", Order::Equal)];
    let (order, number) = orders
        .into_iter()
        .find_map(|(sign, order)| Some((order, value.strip_prefix(sign)?)))
        .unwrap_or((Order::Equal, value));
    let number = number.parse().map_err(|_| bad(format!("`{value}` is no count; it looks like >10.")))?;
    Ok(Test::Times(order, number))
}
