//! A trace: its spans, errors, occurrences and uptime checks, in the old and the new shape of the answer.

use serde_json::{Map, Value};

use crate::{
    event::{
        Period,
        trace::{Fault, Span, Trace},
    },
    sentry::{Failure, Organization, Read, Request},
};

const TRACE: &str = "/organizations/{organization_id_or_slug}/trace/{trace_id}/";
const META: &str = "/organizations/{organization_id_or_slug}/trace-meta/{trace_id}/";

/// Spans of one answer that are read.
const SPANS: usize = 20_000;

/// What Sentry counts in a trace.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TraceMeta {
    /// Spans.
    pub spans: Option<u64>,
    /// Errors.
    pub errors: Option<u64>,
    /// Issues that are no errors.
    pub performance_issues: Option<u64>,
    /// Lines of logs.
    pub logs: Option<u64>,
}

impl Organization {
    /// A trace, and what is counted in it; a part that failed is a note.
    pub async fn trace(&self, id: &str, period: &Period) -> Result<(Trace, TraceMeta, Vec<String>), Failure> {
        let ask = |endpoint| Request::get(endpoint, &[id]).period(Some(period));
        // A span's status is no field of the answer, only an attribute that has to be asked for.
        let spans = ask(TRACE).query("additional_attributes", "span.status");
        let (trace, meta) = futures_util::join!(self.optional(spans), self.value(ask(META)));
        let (mut read, cut) = trace?.map(|value| read_trace(&value)).unwrap_or_default();
        read.id = id.to_owned();
        let mut notes = Vec::new();
        if cut {
            notes.push(format!("Only the first {SPANS} spans of the answer were read."));
        }
        let meta = match meta {
            Ok(value) => TraceMeta {
                spans: value.count("spansCount").or_else(|| value.count("span_count")),
                errors: value.count("errorsCount").or_else(|| value.count("errors")),
                performance_issues: value.count("performanceIssuesCount").or_else(|| value.count("performance_issues")),
                logs: value.count("logsCount"),
            },
            Err(failure) => {
                // Without the trace itself there is nothing that its counts would say more of.
                if !read.spans.is_empty() {
                    notes.push(format!("Its counts are missing: {}", failure.what()));
                }
                TraceMeta::default()
            }
        };
        Ok((read, meta, notes))
    }
}

/// Reads an answer of the trace endpoint: a list of nodes, or transactions and orphan errors as older servers give them. Says
/// whether there were more spans than are read.
pub fn read_trace(value: &Value) -> (Trace, bool) {
    let lists = if value.is_array() { vec![value] } else { vec![value.at("transactions"), value.at("orphan_errors")] };
    let mut trace = Trace::default();
    let mut stack: Vec<(&Value, Option<String>)> =
        lists.into_iter().flat_map(Read::items).map(|node| (node, None)).collect();
    while let Some((node, above)) = stack.pop() {
        if trace.spans.len() >= SPANS {
            return (trace, true);
        }
        let kind = node.text("event_type").unwrap_or_default();
        let is_fault = match kind.as_str() {
            "error" | "occurrence" => true,
            "span" | "uptime_check" => false,
            // Older servers do not say what a node is.
            _ => node.get("issue_id").is_some() && node.get("children").is_none(),
        };
        if is_fault {
            trace.faults.push(fault(node, above.as_deref(), kind == "occurrence"));
            continue;
        }
        if !node.is_object() {
            continue;
        }
        let span = span(node, above, kind == "uptime_check");
        let id = Some(span.id.clone()).filter(|id| !id.is_empty());
        for (key, occurrence) in [("errors", false), ("occurrences", true), ("performance_issues", true)] {
            trace.faults.extend(node.at(key).items().map(|one| fault(one, id.as_deref(), occurrence)));
        }
        stack.extend(node.at("children").items().map(|child| (child, id.clone())));
        trace.spans.push(span);
    }
    (trace, false)
}

fn span(node: &Value, above: Option<String>, is_uptime: bool) -> Span {
    let said = |keys: &[&str]| keys.iter().find_map(|key| node.text(key)).unwrap_or_default();
    let extra = node.at("additional_attributes");
    let start = seconds(node, &["start_timestamp", "precise.start_ts"]);
    let millis = ["duration", "transaction.duration", "span.duration"].iter().find_map(|key| node.number(key));
    let end = seconds(node, &["end_timestamp", "timestamp", "precise.finish_ts"]);
    Span {
        id: said(&["span_id", "event_id", "id"]),
        parent: above.or_else(|| node.text("parent_span_id")),
        trace: said(&["trace_id", "trace"]),
        op: if is_uptime { "uptime".to_owned() } else { said(&["op", "transaction.op", "span.op"]) },
        name: said(&["description", "span.description", "transaction", "name"]),
        status: node
            .text("status")
            .or_else(|| node.text("transaction.status"))
            .or_else(|| extra.text("span.status"))
            .unwrap_or_default(),
        service: said(&["project_slug", "project", "project_id"]),
        transaction: said(&["transaction"]),
        start,
        end: end.or_else(|| Some(start? + millis? / 1_000.0)),
        is_transaction: node.truth("is_transaction").unwrap_or_else(|| node.get("transaction.op").is_some()),
        is_uptime,
        attributes: Map::new(),
    }
}

fn fault(node: &Value, above: Option<&str>, is_occurrence: bool) -> Fault {
    let said = |keys: &[&str]| keys.iter().find_map(|key| node.text(key));
    Fault {
        event_id: said(&["event_id", "id"]).unwrap_or_default(),
        issue: said(&["short_id", "issue_short_id", "issue", "issue_id"]),
        title: said(&["description", "title", "message", "culprit"]).unwrap_or_default(),
        level: said(&["level"]).unwrap_or_default(),
        service: said(&["project_slug", "project"]).unwrap_or_default(),
        at: seconds(node, &["start_timestamp", "timestamp", "start"]),
        span: above.map(str::to_owned).or_else(|| said(&["span", "span_id"])),
        is_occurrence,
    }
}

/// A moment as seconds since the epoch: a number, or RFC 3339.
fn seconds(node: &Value, keys: &[&str]) -> Option<f64> {
    keys.iter().find_map(|key| {
        node.number(key).or_else(|| {
            let stamp: jiff::Timestamp = node.text(key)?.parse().ok()?;
            Some(stamp.as_duration().as_secs_f64())
        })
    })
}
