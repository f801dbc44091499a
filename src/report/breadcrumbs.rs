//! Breadcrumbs for a model: newest first, since those are nearest to the fault; equal neighbours folded.

use std::collections::HashMap;

use serde_json::Value;

use super::{
    lines::one_line,
    section::{Block, Row, Section, fit},
};
use crate::{
    event::{Breadcrumb, Event},
    redact,
};

/// Characters shown of one breadcrumb.
pub(super) const LINE: usize = 200;

/// Characters of a beginning that is not written again.
const COMMON: usize = 18;

/// Writes the breadcrumbs in at most `budget` characters; `None` = there are none. Untrusted.
pub fn breadcrumbs(event: &Event, budget: usize) -> Option<String> {
    let rows = rows(event, LINE);
    (!rows.is_empty()).then(|| fit(&Block::lines(Section::Breadcrumbs, "", rows), budget))
}

/// The breadcrumbs, newest first, each in at most `line` characters; in more than usual, only what is quite the same is folded.
pub(super) fn rows(event: &Event, line: usize) -> Vec<Row> {
    let mut folded: Vec<Folded> = Vec::new();
    for crumb in event.breadcrumbs.iter().rev() {
        let text = say(crumb, line);
        match folded.last_mut() {
            Some(last) if last.text == text || (line == LINE && alike(&last.text, &text)) => {
                last.times += 1;
                last.differ |= last.text != text;
            }
            _ => folded.push(Folded { text, time: crumb.timestamp, times: 1, differ: false }),
        }
    }
    let row = |Folded { text, time, times, differ }: Folded| {
        let before = time.filter(|_| event.timestamp > 0.0).map(|time| ago(event.timestamp - time)).unwrap_or_default();
        let times_said = match (times, differ) {
            (1, _) => String::new(),
            (times, false) => format!(" ×{times}"),
            (times, true) => format!(" ×{times} alike"),
        };
        Row { text: format!("  {before} {text}{times_said}"), stands_for: times, must: false }
    };
    shortened(folded).into_iter().map(row).collect()
}

/// Long beginnings that an earlier line of the same category has too are written `…`: queries, selectors and addresses come
/// again and again.
fn shortened(folded: Vec<Folded>) -> Vec<Folded> {
    let mut earlier: HashMap<String, String> = HashMap::new();
    let shorten = |mut one: Folded| {
        // What makes a secret one may stand in the beginning that is left out.
        one.text = redact::text(&one.text);
        let Some((category, rest)) = one.text.split_once(' ').map(|(a, b)| (a.to_owned(), b.to_owned())) else {
            return one;
        };
        if let Some(before) = earlier.get(&category) {
            let common = rest.char_indices().zip(before.chars()).take_while(|((_, a), b)| a == b).last();
            let end = common.map_or(0, |((at, c), _)| at + c.len_utf8());
            // From the begin of the word in which they differ.
            let head = rest.get(..end).unwrap_or_default();
            let boundary =
                |text: &str| text.rfind(|c: char| c.is_whitespace() || "/>".contains(c)).map_or(0, |at| at + 1);
            let last = boundary(head);
            // The word before it says what the value is of: `LIMIT 77`.
            let cut = boundary(head.get(..last.saturating_sub(1)).unwrap_or_default());
            if let Some(tail) = rest.get(cut..).filter(|_| cut >= COMMON) {
                one.text = format!("{category} …{tail}");
            }
        }
        earlier.insert(category, rest);
        one
    };
    folded.into_iter().map(shorten).collect()
}

/// A breadcrumb, and how many before it say the same.
struct Folded {
    text: String,
    time: Option<f64>,
    times: usize,
    /// They say the same but for numbers.
    differ: bool,
}

/// Whether two lines are the same but for their digits.
fn alike(a: &str, b: &str) -> bool {
    let words = |text: &str| -> Vec<u8> { text.bytes().filter(|byte| !byte.is_ascii_digit()).collect() };
    a == b || words(a) == words(b)
}

/// `-1.2s`: how long before the event.
fn ago(seconds: f64) -> String {
    match seconds {
        s if s.abs() < 0.05 => "0s".to_owned(),
        s if s < 0.0 => format!("+{:.1}s", -s),
        s if s < 10.0 => format!("-{s:.1}s"),
        s if s < 100.0 => format!("-{s:.0}s"),
        s if s < 6_000.0 => format!("-{:.0}m", s / 60.0),
        s => format!("-{:.0}h", s / 3_600.0),
    }
}

fn say(crumb: &Breadcrumb, line: usize) -> String {
    let category = crumb.category.as_deref().or(crumb.ty.as_deref()).unwrap_or("breadcrumb");
    let level = match crumb.level.as_deref() {
        Some(level @ ("warning" | "error" | "fatal")) => format!(" [{level}]"),
        _ => String::new(),
    };
    let message = crumb.message.as_deref().map(|message| one_line(&redact::text(&one_line(message, 2 * line)), line));
    let data = data_of(crumb, category, message.is_some());
    let words: Vec<String> = message.into_iter().chain(data).collect();
    one_line(&format!("{}{level} {}", one_line(category, 40), words.join(" ")), line + 60)
}

/// What the data of a breadcrumb says: method, address and status of a request, from and to of a navigation, else JSON.
fn data_of(crumb: &Breadcrumb, category: &str, has_message: bool) -> Option<String> {
    let text = |key: &str| crumb.data.get(key).and_then(|value| value.as_str().map(str::to_owned).or(number(value)));
    if let (Some(from), Some(to)) = (text("from"), text("to")) {
        return Some(format!("{} → {}", redact::url(&from), redact::url(&to)));
    }
    if let Some(url) = text("url") {
        let method = text("method").or_else(|| text("http.method")).unwrap_or_default();
        let status = text("status_code").or_else(|| text("http.response.status_code"));
        let failed = || if category == "fetch" || category == "xhr" { "(no response)" } else { "" }.to_owned();
        let said = format!("{method} {} {}", redact::url(&url), status.unwrap_or_else(failed));
        return Some(said.trim().to_owned());
    }
    // The console's arguments repeat its message.
    if crumb.data.is_empty() || (category == "console" && has_message) || category.starts_with("sentry.") {
        return None;
    }
    let data = Value::Object(crumb.data.clone());
    Some(one_line(&redact::json(&data).to_string(), 120))
}

fn number(value: &Value) -> Option<String> {
    value.as_i64().map(|number| number.to_string())
}
