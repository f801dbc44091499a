//! Issue searches as SQL.

use rusqlite::{Connection, Row, params_from_iter, types::Value};

use super::now_ms;
use crate::{
    error::{Result, ToolError},
    event::{Issue, IssueStatus},
    sink::{
        Page, SeenProject,
        query::{Column, Order, Pattern, Term, Test},
    },
};

/// Columns of [`issue_of`].
pub const ISSUE: &str =
    "id, project, kind, title, culprit, level, platform, status, count, users, first_ms, last_ms, why";

/// The order of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sort {
    column: &'static str,
    name: &'static str,
}

/// Reads `date`, `new`, `freq` or `user`.
pub fn sort(name: Option<&str>) -> Result<Sort> {
    Ok(match name.unwrap_or("date") {
        "date" => Sort { column: "last_ms", name: "date" },
        "new" => Sort { column: "first_ms", name: "new" },
        "freq" => Sort { column: "count", name: "freq" },
        "user" => Sort { column: "users", name: "user" },
        other => {
            return Err(ToolError::new(
                format!("The sort order `{other}` is not known."),
                "It is one of date (last seen), new (first seen), freq (events), user (users).",
            ));
        }
    })
}

/// A place in an ordered list: the sort value and the id of the last row before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    value: i64,
    id: i64,
}

/// Reads a cursor of the same sort order.
pub fn cursor(text: Option<&str>, sort: Sort) -> Result<Option<Cursor>> {
    let Some(text) = text else { return Ok(None) };
    let read = || {
        let (name, place) = text.split_once(':')?;
        let (value, id) = place.split_once(':')?;
        (name == sort.name).then_some(Cursor { value: value.parse().ok()?, id: id.parse().ok()? })
    };
    read().map(Some).ok_or_else(|| {
        ToolError::new(
            format!("The cursor `{}` is not of this search.", text.chars().take(60).collect::<String>()),
            "Take the cursor of the page before, with the same query and sort order; or leave it out to begin.",
        )
    })
}

/// Finds a page of issues.
pub fn issues(
    connection: &Connection,
    terms: &[Term],
    sort: Sort,
    after: Option<Cursor>,
    limit: usize,
) -> rusqlite::Result<Page<Issue>> {
    let mut values = Vec::new();
    let mut filter = String::from("1");
    for term in terms {
        filter.push_str(if term.negated { " AND NOT " } else { " AND " });
        filter.push_str(&condition(&term.test, &mut values));
    }
    let total = connection.query_row(
        &format!("SELECT COUNT(*) FROM issues WHERE {filter}"),
        params_from_iter(&values),
        |row| row.get(0),
    )?;
    let Sort { column, name } = sort;
    if let Some(Cursor { value, id }) = after {
        filter.push_str(&format!(" AND ({column}, id) < (?, ?)"));
        values.extend([Value::Integer(value), Value::Integer(id)]);
    }
    let sql = format!("SELECT {ISSUE}, {column} FROM issues WHERE {filter} ORDER BY {column} DESC, id DESC LIMIT ?");
    values.push(Value::Integer(i64::try_from(limit.saturating_add(1)).unwrap_or(i64::MAX)));
    let mut rows = connection
        .prepare(&sql)?
        .query_map(params_from_iter(&values), |row| {
            Ok((Cursor { value: row.get(13)?, id: row.get(0)? }, issue_of(row)?))
        })?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    let more = rows.len() > limit;
    rows.truncate(limit);
    let next = rows.last().filter(|_| more).map(|(cursor, _)| format!("{name}:{}:{}", cursor.value, cursor.id));
    let mut rows: Vec<Issue> = rows.into_iter().map(|(_, issue)| issue).collect();
    for issue in &mut rows {
        add_tags(connection, issue)?;
    }
    Ok(Page { rows, total, next })
}

fn condition(test: &Test, values: &mut Vec<Value>) -> String {
    match test {
        Test::Status(statuses) => {
            values.extend(statuses.iter().map(|status| Value::Text(status_text(*status).into())));
            format!("status IN ({})", vec!["?"; statuses.len()].join(","))
        }
        Test::Column(column, patterns) => {
            let name = match column {
                Column::Project => "project",
                Column::Kind => "kind",
                Column::Title => "title",
                Column::Culprit => "culprit",
                Column::Message => "message",
            };
            like(name, patterns, values)
        }
        Test::Tag(key, patterns) => {
            values.push(Value::Text(key.clone()));
            let like = like("value", patterns, values);
            format!("EXISTS (SELECT 1 FROM issue_tags WHERE issue_id = issues.id AND key = ? AND {like})")
        }
        Test::Has(key) => {
            values.push(Value::Text(key.clone()));
            "EXISTS (SELECT 1 FROM issue_tags WHERE issue_id = issues.id AND key = ?)".into()
        }
        Test::Issue(id) => {
            values.push(Value::Integer(*id));
            "id = ?".into()
        }
        Test::Event(event_id) => {
            values.push(Value::Text(event_id.clone()));
            "id IN (SELECT issue_id FROM events WHERE event_id = ? AND issue_id IS NOT NULL)".into()
        }
        Test::Seen { last, within, ago } => {
            let ago = i64::try_from(ago.as_millis()).unwrap_or(i64::MAX);
            values.push(Value::Integer(now_ms().saturating_sub(ago)));
            format!("{} {} ?", if *last { "last_ms" } else { "first_ms" }, if *within { ">=" } else { "<" })
        }
        Test::Between { from_ms, to_ms } => {
            values.extend([Value::Integer(*from_ms), Value::Integer(*to_ms)]);
            "(last_ms >= ? AND first_ms <= ?)".into()
        }
        Test::Times(order, number) => {
            values.push(Value::Integer(i64::try_from(*number).unwrap_or(i64::MAX)));
            let sign = match order {
                Order::Equal => "=",
                Order::More => ">",
                Order::AtLeast => ">=",
                Order::Less => "<",
                Order::AtMost => "<=",
            };
            format!("count {sign} ?")
        }
        Test::Text(text) => {
            let pattern = Value::Text(Pattern::within(text).0);
            values.extend([pattern.clone(), pattern.clone(), pattern]);
            r"(title LIKE ? ESCAPE '\' OR culprit LIKE ? ESCAPE '\' OR message LIKE ? ESCAPE '\')".into()
        }
    }
}

fn like(column: &str, patterns: &[Pattern], values: &mut Vec<Value>) -> String {
    values.extend(patterns.iter().map(|pattern| Value::Text(pattern.0.clone())));
    let any: Vec<_> = patterns.iter().map(|_| format!(r"{column} LIKE ? ESCAPE '\'")).collect();
    format!("({})", any.join(" OR "))
}

/// Keys of the tags that issues have.
pub fn tag_keys(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    let mut query = connection.prepare_cached("SELECT DISTINCT key FROM issue_tags ORDER BY key LIMIT 1000")?;
    query.query_map([], |row| row.get(0))?.collect()
}

/// The projects that have sent something, the latest first.
pub fn projects(connection: &Connection) -> rusqlite::Result<Vec<SeenProject>> {
    let mut query = connection.prepare_cached(
        "SELECT project, COUNT(*), MAX(received_ms), (SELECT COUNT(*) FROM issues WHERE issues.project = envelopes.project)
         FROM envelopes GROUP BY project ORDER BY MAX(received_ms) DESC, project LIMIT 100",
    )?;
    let read = |row: &Row<'_>| {
        Ok(SeenProject {
            id: row.get(0)?,
            envelopes: row.get(1)?,
            last_seen: rfc3339(row.get(2)?),
            issues: row.get(3)?,
        })
    };
    query.query_map([], read)?.collect()
}

/// One issue by number, with its releases and environments.
pub fn issue(connection: &Connection, id: i64) -> rusqlite::Result<Option<Issue>> {
    let sql = format!("SELECT {ISSUE} FROM issues WHERE id = ?1");
    let mut issue = match connection.prepare_cached(&sql)?.query_row([id], issue_of) {
        Ok(issue) => issue,
        Err(rusqlite::Error::QueryReturnedNoRows) => return Ok(None),
        Err(error) => return Err(error),
    };
    add_tags(connection, &mut issue)?;
    Ok(Some(issue))
}

fn issue_of(row: &Row<'_>) -> rusqlite::Result<Issue> {
    let why: String = row.get(12)?;
    Ok(Issue {
        id: format!("LOCAL-{}", row.get::<_, i64>(0)?),
        project: row.get(1)?,
        kind: row.get(2)?,
        title: row.get(3)?,
        culprit: row.get(4)?,
        level: row.get(5)?,
        platform: row.get(6)?,
        status: status_of(&row.get::<_, String>(7)?),
        count: row.get(8)?,
        users: row.get(9)?,
        first_seen: rfc3339(row.get(10)?),
        last_seen: rfc3339(row.get(11)?),
        releases: Vec::new(),
        environments: Vec::new(),
        why_grouped: why.lines().map(str::to_owned).collect(),
    })
}

fn add_tags(connection: &Connection, issue: &mut Issue) -> rusqlite::Result<()> {
    let Some(id) = crate::sink::query::issue_number(&issue.id) else { return Ok(()) };
    let mut query = connection.prepare_cached(
        "SELECT value FROM issue_tags WHERE issue_id = ?1 AND key = ?2 ORDER BY first_ms DESC, value LIMIT 10",
    )?;
    let mut read = |key: &str| query.query_map((id, key), |row| row.get(0))?.collect::<rusqlite::Result<Vec<String>>>();
    issue.releases = read("release")?;
    issue.environments = read("environment")?;
    Ok(())
}

/// A status as the database has it.
pub fn status_text(status: IssueStatus) -> &'static str {
    match status {
        IssueStatus::Unresolved => "unresolved",
        IssueStatus::Resolved => "resolved",
        IssueStatus::Ignored => "ignored",
        IssueStatus::Regressed => "regressed",
    }
}

fn status_of(text: &str) -> IssueStatus {
    match text {
        "resolved" => IssueStatus::Resolved,
        "ignored" => IssueStatus::Ignored,
        "regressed" => IssueStatus::Regressed,
        _ => IssueStatus::Unresolved,
    }
}

fn rfc3339(ms: i64) -> String {
    jiff::Timestamp::from_millisecond(ms).unwrap_or(jiff::Timestamp::UNIX_EPOCH).to_string()
}
