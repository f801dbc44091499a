//! Explore: rows of errors, spans, logs, metrics and profiles, replays, events of an issue, and values over time.

mod fields;

use serde_json::Value;

use crate::{
    event::{
        Period,
        explore::{Aggregate, Dataset, Row, Series, Table},
        near,
    },
    sentry::{Failure, Kind, Organization, Page, Read, Request},
};

use fields::{attributes, builtin, dataset, usual};

const EVENTS: &str = "/organizations/{organization_id_or_slug}/events/";
const SERIES: &str = "/organizations/{organization_id_or_slug}/events-timeseries/";
const ATTRIBUTES: &str = "/organizations/{organization_id_or_slug}/trace-items/attributes/";
const TAGS: &str = "/organizations/{organization_id_or_slug}/tags/";
const REPLAYS: &str = "/organizations/{organization_id_or_slug}/replays/";
const ISSUE_EVENTS: &str = "/organizations/{organization_id_or_slug}/issues/{issue_id}/events/";

/// Names of fields that are read for an error.
const NAMES: usize = 1_000;
/// Groups with a series of their own.
const TOP: u64 = 5;

/// A question for rows.
#[derive(Debug, Clone, Default)]
pub struct Explore {
    /// What is searched.
    pub dataset: Dataset,
    /// Sentry's search syntax.
    pub query: String,
    /// Fields and aggregates; empty = the usual ones.
    pub fields: Vec<String>,
    /// One of the fields, with `-` before it for the largest first.
    pub sort: Option<String>,
    /// When.
    pub period: Option<Period>,
    /// Project slug.
    pub project: Option<String>,
    /// Environment.
    pub environment: Option<String>,
    /// Rows of a page.
    pub limit: usize,
    /// Cursor of the page before.
    pub cursor: Option<String>,
}

impl Explore {
    /// Aggregates that one call gets over time.
    pub const AXES: usize = 4;
}

impl Organization {
    /// A page of rows.
    pub async fn explore(&self, ask: &Explore) -> Result<Table, Failure> {
        if ask.dataset == Dataset::Replays {
            return self.replay_rows(ask).await;
        }
        let mut fields = ask.fields.clone();
        if fields.is_empty() {
            fields = usual(ask.dataset).iter().map(|field| (*field).to_owned()).collect();
        }
        let sort = ask.sort.clone().or_else(|| {
            let aggregate = fields.iter().find(|field| Aggregate::parse(field).is_some());
            let newest = fields.iter().find(|field| *field == "timestamp").filter(|_| aggregate.is_none());
            aggregate.or(newest).map(|field| format!("-{field}"))
        });
        // What is sorted by must be selected.
        if let Some(sorted) = sort.as_deref().map(|sort| sort.trim_start_matches('-'))
            && !fields.iter().any(|field| field == sorted)
        {
            fields.push(sorted.to_owned());
        }
        let request = scoped(Request::get(EVENTS, &[]), ask)
            .query("dataset", dataset(ask.dataset))
            .each("field", &fields)
            .query("query", &ask.query)
            .maybe("sort", sort)
            .query("per_page", ask.limit)
            .maybe("cursor", ask.cursor.as_ref());
        match self.page(request).await {
            Ok(page) => Ok(table(fields, page)),
            Err(failure) if failure.kind == Kind::Refused => Err(self.with_near_fields(ask, failure).await),
            Err(failure) => Err(failure),
        }
    }

    async fn replay_rows(&self, ask: &Explore) -> Result<Table, Failure> {
        let fields: Vec<String> = if ask.fields.is_empty() {
            usual(Dataset::Replays).iter().map(|field| (*field).to_owned()).collect()
        } else {
            ask.fields.clone()
        };
        let request = scoped(Request::get(REPLAYS, &[]), ask)
            .each("field", &fields)
            .maybe("query", Some(&ask.query).filter(|query| !query.is_empty()))
            .maybe("sort", ask.sort.as_ref())
            .query("per_page", ask.limit)
            .maybe("cursor", ask.cursor.as_ref());
        Ok(table(fields, self.page(request).await?))
    }

    /// A page of the events of an issue, the newest first. The server may give more than were asked for.
    pub async fn issue_rows(&self, issue: &str, ask: &Explore) -> Result<Table, Failure> {
        let request = Request::get(ISSUE_EVENTS, &[issue])
            .period(ask.period.as_ref())
            .maybe("query", Some(&ask.query).filter(|query| !query.is_empty()))
            .maybe("environment", ask.environment.as_ref())
            .query("per_page", ask.limit)
            .maybe("cursor", ask.cursor.as_ref());
        let page = self.page(request).await?;
        let fields: Vec<String> = if ask.fields.is_empty() {
            ["timestamp", "title", "environment", "release", "user", "id"].map(str::to_owned).to_vec()
        } else {
            ask.fields.clone()
        };
        let mut rows: Vec<Row> = page.value.items().map(|event| issue_row(event, &fields)).collect();
        let mut notes = Vec::new();
        if rows.len() > ask.limit {
            let more = rows.len() - ask.limit;
            notes.push(format!(
                "{more} more events of this page are not shown: the server gave {}; raise limit.",
                rows.len()
            ));
            rows.truncate(ask.limit);
        }
        Ok(Table { fields, rows, total: page.hits, next: page.next, notes })
    }

    /// Values over time: one series for each aggregate, and for each of the largest groups where plain fields are asked for.
    pub async fn over_time(&self, ask: &Explore, interval: u64) -> Result<Vec<Series>, Failure> {
        let (mut axes, groups): (Vec<String>, Vec<String>) =
            ask.fields.iter().cloned().partition(|field| Aggregate::parse(field).is_some());
        if axes.is_empty() {
            axes.push("count()".to_owned());
        }
        let requests = axes.iter().take(Explore::AXES).map(|axis| {
            let mut request = scoped(Request::get(SERIES, &[]), ask)
                .query("dataset", dataset(ask.dataset))
                .query("yAxis", axis)
                .query("query", &ask.query)
                .query("interval", interval);
            if !groups.is_empty() {
                // The largest groups of one axis cannot be chosen by another.
                let own = |sort: &&String| {
                    let by = sort.trim_start_matches('-');
                    by == axis || groups.iter().any(|group| group == by)
                };
                let sort = ask.sort.as_ref().filter(own).cloned().unwrap_or_else(|| format!("-{axis}"));
                request = request.each("groupBy", &groups).query("topEvents", TOP).query("sort", sort);
            }
            self.value(request)
        });
        let answers: Result<Vec<Value>, Failure> = futures_util::future::join_all(requests).await.into_iter().collect();
        match answers {
            Ok(answers) => Ok(answers.iter().flat_map(|answer| answer.at("timeSeries").items()).map(series).collect()),
            Err(failure) if failure.kind == Kind::Refused => Err(self.with_near_fields(ask, failure).await),
            Err(failure) => Err(failure),
        }
    }

    /// A refusal with what may be wrong: fields that the server does not list, and the listed ones near to them.
    async fn with_near_fields(&self, ask: &Explore, failure: Failure) -> Failure {
        let request = match attributes(ask.dataset) {
            Some(set) => Request::get(ATTRIBUTES, &[]).query("dataset", set),
            None => Request::get(TAGS, &[]).query("dataset", "events").maybe("project", ask.project.as_ref()),
        };
        let Ok(page) = self.all(request.period(ask.period.as_ref()), |all| all.len() >= NAMES).await else {
            return failure;
        };
        let mut known: Vec<String> = page
            .value
            .items()
            .filter_map(|one| {
                one.text("name").filter(|_| attributes(ask.dataset).is_some()).or_else(|| one.text("key"))
            })
            .collect();
        known.extend(builtin(ask.dataset).iter().map(|name| (*name).to_owned()));
        let names: Vec<&str> = known.iter().map(String::as_str).collect();
        let unknown: Vec<String> = asked(ask)
            .into_iter()
            .filter(|field| !names.contains(&field.as_str()))
            .take(5)
            .map(|field| {
                let near = near(&field, names.iter().copied(), 3);
                if near.is_empty() { format!("`{field}`") } else { format!("`{field}` (near: {})", near.join(", ")) }
            })
            .collect();
        if unknown.is_empty() {
            return failure;
        }
        let clean: String = unknown.join("; ").chars().filter(|c| !c.is_control()).take(600).collect();
        failure.hint(format!("Not among the known fields of {}: {clean}.", ask.dataset.word()))
    }
}

/// Project, environment and time.
fn scoped(request: Request, ask: &Explore) -> Request {
    request
        .period(ask.period.as_ref())
        .maybe("project", ask.project.as_ref())
        .maybe("environment", ask.environment.as_ref())
}

/// Plain fields, arguments of aggregates, and keys of the query.
fn asked(ask: &Explore) -> Vec<String> {
    let sort = ask.sort.iter().map(|sort| sort.trim_start_matches('-').to_owned());
    let mut out: Vec<String> = Vec::new();
    for field in ask.fields.iter().cloned().chain(sort) {
        match Aggregate::parse(&field) {
            Some(aggregate) => out.extend(aggregate.arguments.into_iter().take(1)),
            None => out.push(field),
        }
    }
    for word in ask.query.split_whitespace() {
        let key = word.trim_start_matches(['!', '(']).split_once(':').map(|(key, _)| key).unwrap_or_default();
        if !key.is_empty() && key.chars().all(|c| c.is_alphanumeric() || "._-".contains(c)) {
            out.push(key.to_owned());
        }
    }
    out.retain(|field| !field.starts_with("tag") && field != "has" && field != "is");
    out.dedup();
    out
}

fn table(fields: Vec<String>, page: Page) -> Table {
    let list = if page.value.is_array() { &page.value } else { page.value.at("data") };
    let rows: Vec<Row> = list
        .items()
        .filter_map(Value::as_object)
        .map(|row| {
            let value = |field: &String| row.get(field).filter(|value| !empty(value)).cloned();
            fields.iter().filter_map(|field| Some((field.clone(), value(field)?))).collect()
        })
        .collect();
    let units = page.value.at("meta").at("units");
    let said: Vec<String> =
        fields.iter().filter_map(|field| Some(format!("{field} in {}", units.text(field)?))).collect();
    let notes = if said.is_empty() { Vec::new() } else { vec![format!("Units: {}.", said.join(", "))] };
    Table { fields, rows, total: page.hits, next: page.next, notes }
}

fn empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(list) => list.is_empty(),
        _ => false,
    }
}

/// An event of the short form: its own fields under their search names, and its tags.
fn issue_row(event: &Value, fields: &[String]) -> Row {
    let tags = event.at("tags");
    let tag = |key: &str| tags.items().find(|tag| tag.text("key").as_deref() == Some(key))?.text("value");
    let user = event.at("user");
    let value = |field: &str| {
        Some(match field {
            "id" | "event_id" | "eventID" => event.text("eventID").or_else(|| event.text("id"))?,
            "timestamp" | "dateCreated" => event.text("dateCreated")?,
            "title" | "message" | "location" | "culprit" | "crashFile" => event.text(field)?,
            "platform" | "platform.name" => event.text("platform")?,
            "user" => ["id", "email", "username", "ip_address"].iter().find_map(|key| user.text(key))?,
            "user.id" | "user.email" | "user.username" => user.text(field.trim_start_matches("user."))?,
            "user.ip" => user.text("ip_address")?,
            other => tag(other)?,
        })
    };
    fields.iter().filter_map(|field| Some((field.clone(), Value::String(value(field)?)))).collect()
}

fn series(one: &Value) -> Series {
    let meta = one.at("meta");
    let values = one.at("values").items().filter_map(|value| {
        #[expect(clippy::cast_possible_truncation, reason = "a float cast saturates")]
        let at = value.number("timestamp")? as i64;
        Some((at, value.number("value")))
    });
    let group = one.at("groupBy").items().filter_map(|pair| {
        let value = pair.at("value");
        let said =
            pair.text("value").unwrap_or_else(|| if value.is_null() { String::new() } else { value.to_string() });
        Some((pair.text("key")?, said))
    });
    Series {
        name: one.text("yAxis").unwrap_or_default(),
        group: group.collect(),
        is_other: meta.truth("isOther").unwrap_or(false),
        unit: meta.text("valueUnit").filter(|unit| unit != "null"),
        interval: meta.count("interval").unwrap_or_default() / 1_000,
        open: one.at("values").items().next_back().and_then(|last| last.truth("incomplete")).unwrap_or(false),
        values: values.collect(),
    }
}
