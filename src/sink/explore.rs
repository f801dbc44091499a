//! Searches of rows: which rows match, groups and aggregates of them, their order, a page, values over time. Pure; the store
//! gives the rows.

mod aggregate;
mod filter;

use std::{cmp::Ordering, collections::BTreeMap};

use serde_json::{Value, json};

use self::aggregate::Gather;
pub use self::filter::{Filter, value_of};
use crate::{
    error::{Result, ToolError},
    event::{
        explore::{Aggregate, Dataset, Row, Series, Table},
        near,
    },
};

/// Groups that get a series of their own; the rest is one.
const TOP: usize = 5;
/// Stretches of one series.
const STRETCHES: u64 = 500;
/// Names in an error.
const NAMED: usize = 20;

/// A question for rows.
#[derive(Debug, Clone, Default)]
pub struct Question {
    /// What is searched.
    pub dataset: Dataset,
    /// Words and `key:value` terms.
    pub query: String,
    /// Fields and aggregates; empty = the usual ones.
    pub fields: Vec<String>,
    /// A field, with `-` before it for the largest first.
    pub sort: Option<String>,
    /// Rows of a page.
    pub limit: usize,
    /// Rows before the page.
    pub skip: usize,
}

impl Question {
    /// Fields, the usual ones where none was asked for.
    fn shown(&self) -> Vec<String> {
        if self.fields.is_empty() {
            return self.dataset.fields().iter().map(|field| (*field).to_owned()).collect();
        }
        self.fields.clone()
    }
}

/// A page of the rows that match.
pub fn table(question: &Question, rows: &[Row]) -> Result<Table> {
    let filter = Filter::parse(question.dataset, &question.query)?;
    check(question, &filter, rows)?;
    let fields = question.shown();
    let (aggregates, plain) = split(&fields);
    let matching: Vec<&Row> = rows.iter().filter(|row| filter.takes(row)).collect();
    let mut found: Vec<Row> = if aggregates.is_empty() {
        matching.into_iter().cloned().collect()
    } else {
        groups(question.dataset, &matching, &plain, &aggregates)?
    };
    let sort = question.sort.clone().or_else(|| aggregates.first().map(|(name, _)| format!("-{name}")));
    if let Some(sort) = sort {
        order(question.dataset, &mut found, &sort);
    }
    let total = found.len();
    let page = found.into_iter().skip(question.skip).take(question.limit);
    let rows = page.map(|row| pick(question.dataset, &row, &fields)).collect();
    Ok(Table { fields, rows, total: Some(total as u64), ..Table::default() })
}

/// Values over time: one series for each aggregate and group. `bounds` and `now_ms` in milliseconds since the epoch.
pub fn series(
    question: &Question,
    rows: &[Row],
    interval: u64,
    bounds: (i64, i64),
    now_ms: i64,
) -> Result<Vec<Series>> {
    let filter = Filter::parse(question.dataset, &question.query)?;
    check(question, &filter, rows)?;
    let step = i64::try_from(interval.max(1).saturating_mul(1_000)).unwrap_or(i64::MAX);
    let first = bounds.0.div_euclid(step) * step;
    let count = u64::try_from((bounds.1 - first).max(0) / step + 1).unwrap_or(u64::MAX);
    if count > STRETCHES {
        return Err(ToolError::new(
            format!("An interval of {interval} s makes {count} values, at most {STRETCHES} are given."),
            "Give a longer interval or a shorter period.",
        ));
    }
    let end = first.saturating_add(step.saturating_mul(i64::try_from(count).unwrap_or(i64::MAX)));
    let (mut aggregates, plain) = split(&question.fields);
    if aggregates.is_empty() {
        aggregates.push(("count()".to_owned(), Aggregate { function: "count".to_owned(), arguments: Vec::new() }));
    }
    let mut groups: BTreeMap<Vec<String>, Vec<(i64, &Row)>> = BTreeMap::new();
    for row in rows.iter().filter(|row| filter.takes(row)) {
        let at = row.get("timestamp").and_then(Value::as_str).and_then(|text| text.parse::<jiff::Timestamp>().ok());
        let Some(at) = at.map(jiff::Timestamp::as_millisecond).filter(|at| (first..=bounds.1).contains(at)) else {
            continue;
        };
        let key = plain.iter().map(|field| shown(question.dataset, row, field)).collect();
        groups.entry(key).or_default().push(((at - first) / step, row));
    }
    let mut groups: Vec<_> = groups.into_iter().collect();
    groups.sort_by_key(|(_, rows)| std::cmp::Reverse(rows.len()));
    let rest: Vec<(i64, &Row)> =
        groups.split_off(groups.len().min(TOP)).into_iter().flat_map(|(_, rows)| rows).collect();
    let other = (!rest.is_empty()).then(|| (Vec::new(), rest));
    let mut out = Vec::new();
    for (name, aggregate) in &aggregates {
        for (key, rows) in groups.iter().chain(&other) {
            let mut gathers = vec![Gather::new(question.dataset, aggregate)?; usize::try_from(count).unwrap_or(0)];
            for (place, row) in rows {
                if let Some(gather) = usize::try_from(*place).ok().and_then(|place| gathers.get_mut(place)) {
                    gather.add(row);
                }
            }
            let values = gathers.iter().enumerate().map(|(place, gather)| {
                let place = i64::try_from(place).unwrap_or(i64::MAX);
                (first.saturating_add(place.saturating_mul(step)), gather.value().as_f64())
            });
            out.push(Series {
                name: name.clone(),
                group: plain.iter().cloned().zip(key.iter().cloned()).collect(),
                is_other: key.is_empty() && !plain.is_empty(),
                unit: None,
                values: values.collect(),
                interval,
                open: end > now_ms,
            });
        }
    }
    Ok(out)
}

fn split(fields: &[String]) -> (Vec<(String, Aggregate)>, Vec<String>) {
    let aggregates = fields.iter().filter_map(|field| Some((field.clone(), Aggregate::parse(field)?))).collect();
    (aggregates, fields.iter().filter(|field| Aggregate::parse(field).is_none()).cloned().collect())
}

fn groups(dataset: Dataset, rows: &[&Row], plain: &[String], aggregates: &[(String, Aggregate)]) -> Result<Vec<Row>> {
    let fresh = || -> Result<Vec<Gather>> { aggregates.iter().map(|(_, one)| Gather::new(dataset, one)).collect() };
    let mut groups: BTreeMap<String, (Vec<Value>, Vec<Gather>)> = BTreeMap::new();
    for row in rows {
        let values: Vec<Value> =
            plain.iter().map(|field| value_of(dataset, row, field).cloned().unwrap_or_default()).collect();
        let key = json!(values).to_string();
        if !groups.contains_key(&key) {
            groups.insert(key.clone(), (values, fresh()?));
        }
        if let Some((_, gathers)) = groups.get_mut(&key) {
            gathers.iter_mut().for_each(|gather| gather.add(row));
        }
    }
    if groups.is_empty() && plain.is_empty() {
        groups.insert(String::new(), (Vec::new(), fresh()?));
    }
    let rows = groups.into_values().map(|(values, gathers)| {
        let plain = plain.iter().cloned().zip(values);
        let aggregates = aggregates.iter().zip(gathers).map(|((name, _), gather)| (name.clone(), gather.value()));
        plain.chain(aggregates).collect()
    });
    Ok(rows.collect())
}

fn order(dataset: Dataset, rows: &mut [Row], sort: &str) {
    let (field, down) = sort.strip_prefix('-').map_or((sort, false), |field| (field, true));
    rows.sort_by(|a, b| {
        let (a, b) = (value_of(dataset, a, field), value_of(dataset, b, field));
        let order = match (a.filter(|a| !a.is_null()), b.filter(|b| !b.is_null())) {
            // What has no value comes last, whichever way it is sorted.
            (None, None) => return Ordering::Equal,
            (None, Some(_)) => return Ordering::Greater,
            (Some(_), None) => return Ordering::Less,
            // Numbers before texts: an order that holds for any three of them.
            (Some(a), Some(b)) => match (a.as_f64(), b.as_f64()) {
                (Some(a), Some(b)) => a.total_cmp(&b),
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (None, None) => said(a).cmp(&said(b)),
            },
        };
        if down { order.reverse() } else { order }
    });
}

fn pick(dataset: Dataset, row: &Row, fields: &[String]) -> Row {
    let value = |field: &String| value_of(dataset, row, field).filter(|value| !value.is_null()).cloned();
    fields.iter().filter_map(|field| Some((field.clone(), value(field)?))).collect()
}

fn shown(dataset: Dataset, row: &Row, field: &str) -> String {
    value_of(dataset, row, field).map(said).unwrap_or_default()
}

fn said(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// A field that no row has is a slip, and not an empty result: the error names those that are near.
fn check(question: &Question, filter: &Filter, rows: &[Row]) -> Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    let (aggregates, plain) = split(&question.fields);
    for (_, aggregate) in &aggregates {
        Gather::new(question.dataset, aggregate)?;
    }
    let mut known: BTreeMap<&str, usize> = BTreeMap::new();
    for key in rows.iter().flat_map(Row::keys) {
        *known.entry(key).or_default() += 1;
    }
    let dataset = question.dataset;
    let is_known = |field: &str| {
        dataset.fields().contains(&field) || rows.iter().any(|row| value_of(dataset, row, field).is_some())
    };
    let sort = question.sort.as_deref().map(|sort| sort.trim_start_matches('-').to_owned());
    let arguments = aggregates.iter().flat_map(|(_, one)| one.arguments.first().cloned());
    let sort = sort.filter(|sort| Aggregate::parse(sort).is_none());
    let asked = plain.into_iter().chain(arguments).chain(sort).chain(filter.keys());
    for field in asked {
        if !is_known(&field) {
            let said: String = field.chars().take(80).collect();
            let meant = near(&field, known.keys().copied(), 3);
            let mut most: Vec<(&str, usize)> = known.iter().map(|(key, count)| (*key, *count)).collect();
            most.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
            let names: Vec<&str> = most.into_iter().map(|(key, _)| key).take(NAMED).collect();
            let meant = if meant.is_empty() { String::new() } else { format!(" Near: {}.", meant.join(", ")) };
            return Err(ToolError::new(
                format!("None of the {} {} rows in the sink has a field `{said}`.{meant}", rows.len(), dataset.word()),
                format!("Fields: {}.", names.join(", ")),
            ));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Question, order, series};
    use crate::event::explore::{Dataset, Row};

    fn rows(values: &[Value]) -> Vec<Row> {
        values.iter().map(|value| Row::from_iter([("x".to_owned(), value.clone())])).collect()
    }

    #[test]
    fn numbers_and_texts_have_one_order() {
        let all = [json!(3), json!(10), json!("10"), json!("2"), json!(null)];
        for start in 0..all.len() {
            let mut turned = all.to_vec();
            turned.rotate_left(start);
            let mut found = rows(&turned);
            order(Dataset::Errors, &mut found, "x");
            assert_eq!(found, rows(&all), "{turned:?}");
        }
    }

    #[test]
    fn only_a_stretch_with_now_in_it_is_open() {
        let row = Row::from_iter([("timestamp".to_owned(), json!("1970-01-01T00:00:30Z"))]);
        for (now_ms, expected) in [(90_000, true), (119_999, true), (120_000, false), (9_000_000, false)] {
            let found = series(&Question::default(), std::slice::from_ref(&row), 60, (0, 90_000), now_ms);
            let open: Vec<bool> = found.unwrap_or_default().iter().map(|series| series.open).collect();
            assert_eq!(open, [expected], "{now_ms}");
        }
    }
}
