//! rrweb events, and what Sentry's SDK adds to them, as moments.
//!
//! Shapes: rrweb's `packages/types`, and what @sentry/browser 10 and 11 record. Their times are milliseconds, but those of
//! performance spans are seconds; events of a segment are not in order.

use serde_json::Value;

use super::{Kind, Moment, custom, nodes::Nodes, seconds};
use crate::{event::plain_line, redact};

/// Moments that are kept of one recording.
const MOMENTS: usize = 20_000;

/// Reads a recording, segment by segment.
#[derive(Debug, Default)]
pub struct Reader {
    pub(super) nodes: Nodes,
    moments: Vec<Moment>,
    /// Events read.
    pub events: usize,
    /// Moments that were one too many.
    pub left_out: usize,
    /// Text of the page is masked, as far as the SDK says.
    pub masks_text: Option<bool>,
}

impl Reader {
    /// Reads the events of a segment.
    pub fn segment(&mut self, events: &[Value]) {
        for event in events {
            self.events += 1;
            self.event(event);
        }
    }

    /// The moments in the order in which they happened.
    pub fn moments(self) -> Vec<Moment> {
        let mut moments = self.moments;
        moments.sort_by(|a, b| a.at.total_cmp(&b.at));
        moments
    }

    pub(super) fn push(&mut self, moment: Moment) {
        if self.moments.len() < MOMENTS {
            self.moments.push(moment);
        } else {
            self.left_out += 1;
        }
    }

    fn event(&mut self, event: &Value) {
        let Some(at) = event.get("timestamp").and_then(Value::as_f64).map(seconds) else { return };
        let Some(data) = event.get("data") else { return };
        match event.get("type").and_then(Value::as_u64) {
            Some(2) => self.nodes.learn(data.get("node").unwrap_or(&Value::Null)),
            Some(3) => self.incremental(at, data),
            Some(4) => {
                if let Some(address) = data.get("href").and_then(Value::as_str) {
                    self.push(Moment::new(at, Kind::Page, url(address)));
                }
            }
            Some(5) => custom::read(self, at, data),
            _ => {}
        }
    }

    fn incremental(&mut self, at: f64, data: &Value) {
        let number = |key: &str| data.get(key).and_then(Value::as_u64);
        let node = data.get("id").and_then(Value::as_i64);
        match number("source") {
            Some(0) => {
                let adds = data.get("adds").and_then(Value::as_array);
                for add in adds.into_iter().flatten() {
                    self.nodes.learn(add.get("node").unwrap_or(&Value::Null));
                }
            }
            Some(2) => {
                let what = match number("type") {
                    Some(2) => "",
                    Some(3) => "(right button) ",
                    Some(4) => "(double) ",
                    _ => return,
                };
                let target = node.and_then(|id| self.nodes.name(id)).unwrap_or("(unknown element)");
                let moment = Moment::new(at, Kind::Click, format!("{what}{target}")).on(node);
                self.push(moment);
            }
            Some(5) => {
                let Some(id) = node else { return };
                let target = self.nodes.name(id).unwrap_or("(unknown element)");
                let says = format!("{target}: {}", self.entered(id, data));
                self.push(Moment::new(at, Kind::Input, says).on(node));
            }
            _ => {}
        }
    }

    /// What was entered, never more than the SDK left of it.
    fn entered(&self, node: i64, data: &Value) -> String {
        let text = data.get("text").and_then(Value::as_str).unwrap_or_default();
        let is_box = self.nodes.name(node).is_some_and(|name| name.contains("checkbox") || name.contains("radio"));
        match data.get("isChecked").and_then(Value::as_bool) {
            Some(checked) if is_box => return (if checked { "checked" } else { "unchecked" }).to_owned(),
            _ => {}
        }
        let length = text.chars().count();
        let masked = text.chars().all(|c| c == '*');
        match length {
            0 => "emptied".to_owned(),
            1 => "1 character".to_owned(),
            _ if masked || self.nodes.is_secret(node) => format!("{length} characters, masked"),
            _ => format!("\"{}\"", line(text, 60)),
        }
    }
}

/// One line without secrets, at most `max` characters of it.
pub(super) fn line(text: &str, max: usize) -> String {
    // Cut before redacting: SDKs send kilobytes.
    let head: String = text.chars().take(max * 4).collect();
    let clean = redact::text(&plain_line(&head));
    let clean = clean.split_whitespace().collect::<Vec<_>>().join(" ");
    match clean.char_indices().nth(max) {
        Some((end, _)) => clean.get(..end).unwrap_or_default().to_owned() + "…",
        None => clean,
    }
}

/// An address without secrets.
pub(super) fn url(address: &str) -> String {
    let head: String = address.chars().take(600).collect();
    line(&redact::url(&head), 200)
}
