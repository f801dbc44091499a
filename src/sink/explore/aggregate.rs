//! Aggregates of rows: counts, sums, averages and percentiles.

use std::collections::HashSet;

use serde_json::{Value, json};

use super::value_of;
use crate::{
    error::{Result, ToolError},
    event::explore::{Aggregate, Dataset, Row},
};

/// Values that one percentile is made of; more are not kept.
const VALUES: usize = 200_000;

/// One aggregate, and what it has seen.
#[derive(Debug, Clone)]
pub(super) struct Gather {
    dataset: Dataset,
    what: What,
    field: String,
    count: u64,
    values: Vec<f64>,
    distinct: HashSet<String>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum What {
    Count,
    Unique,
    Sum,
    Average,
    /// From 0 (the smallest) to 1 (the largest).
    Percentile(f64),
}

impl Gather {
    /// An aggregate that has seen nothing.
    pub(super) fn new(dataset: Dataset, aggregate: &Aggregate) -> Result<Self> {
        let what = match aggregate.function.as_str() {
            "count" => What::Count,
            "count_unique" => What::Unique,
            "sum" => What::Sum,
            "avg" => What::Average,
            "min" => What::Percentile(0.0),
            "max" | "p100" => What::Percentile(1.0),
            function => match function.strip_prefix('p').and_then(|digits| digits.parse::<u8>().ok()) {
                Some(percent @ 1..=99) => What::Percentile(f64::from(percent) / 100.0),
                _ => return Err(unknown(function)),
            },
        };
        let field = match (aggregate.arguments.as_slice(), dataset.measure()) {
            ([field, ..], _) => field.clone(),
            ([], _) if what == What::Count => String::new(),
            ([], Some(measure)) if what != What::Unique => measure.to_owned(),
            _ => {
                return Err(ToolError::new(
                    format!("{}() does not say of which field.", aggregate.function),
                    "Name one: count_unique(user.id), p95(span.duration).",
                ));
            }
        };
        Ok(Self { dataset, what, field, count: 0, values: Vec::new(), distinct: HashSet::new() })
    }

    /// Takes a row.
    pub(super) fn add(&mut self, row: &Row) {
        if self.field.is_empty() {
            self.count += 1;
            return;
        }
        let Some(value) = value_of(self.dataset, row, &self.field).filter(|value| !value.is_null()) else { return };
        self.count += 1;
        match self.what {
            What::Count => {}
            What::Unique => {
                self.distinct.insert(value.to_string());
            }
            _ => {
                let number = value.as_f64().or_else(|| value.as_str()?.parse().ok());
                self.values.extend(number.filter(|number| number.is_finite() && self.values.len() < VALUES));
            }
        }
    }

    /// What it comes to; null where nothing was there to measure.
    pub(super) fn value(&self) -> Value {
        let sum = || self.values.iter().sum::<f64>();
        match self.what {
            What::Count => json!(self.count),
            What::Unique => json!(self.distinct.len()),
            _ if self.values.is_empty() => Value::Null,
            What::Sum => rounded(sum()),
            #[expect(clippy::cast_precision_loss, reason = "no list is that long")]
            What::Average => rounded(sum() / self.values.len() as f64),
            What::Percentile(share) => {
                let mut sorted = self.values.clone();
                sorted.sort_by(f64::total_cmp);
                #[expect(
                    clippy::cast_precision_loss,
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    reason = "a share of a length is a place in it"
                )]
                let place = (share * sorted.len() as f64).ceil() as usize;
                sorted.get(place.saturating_sub(1)).map_or(Value::Null, |value| rounded(*value))
            }
        }
    }
}

fn rounded(value: f64) -> Value {
    json!((value * 1_000.0).round() / 1_000.0)
}

fn unknown(function: &str) -> ToolError {
    let said: String = function.chars().take(40).collect();
    ToolError::new(
        format!("The sink has no aggregate `{said}()`."),
        "It has count, count_unique, sum, avg, min, max and p50, p75, p90, p95, p99.",
    )
}
