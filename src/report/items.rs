//! An item of an envelope in one line: our words, and quoted what the app sent.

use super::{Text, count};
use crate::{event::items::Item, redact};

/// Entries of a container that are named.
const NAMED: usize = 3;

/// What an item says, for the middle of a line: `log error «no stock» trace 1234`; none where it says nothing.
pub fn item(item: &Item) -> Option<String> {
    let said = match item {
        Item::Spans(spans, all) => entries("span", *all, spans, |span| {
            let time = span.millis.map(|millis| format!("{millis:.0} ms")).unwrap_or_default();
            words(&[quoted(&span.name), word(&span.op), time, word(&span.status)])
        }),
        Item::Logs(logs, all) => entries("log", *all, logs, |log| {
            words(&[word(&log.level), quoted(&log.body), named("trace", &log.trace_id)])
        }),
        Item::Metrics(metrics, all) => entries("metric", *all, metrics, |metric| {
            words(&[word(&metric.kind), quoted(&metric.name), quoted(&metric.value)])
        }),
        Item::Session(session) if session.sessions != 1 => format!(
            "{}, {} with errors{}",
            count(session.sessions, "session"),
            session.errors,
            if session.release.is_empty() { String::new() } else { format!(", release {}", quoted(&session.release)) }
        ),
        Item::Session(session) => words(&[
            "session".to_owned(),
            word(&session.status),
            count(session.errors, "error"),
            named("release", &session.release),
        ]),
        Item::Replay(replay) => {
            let (urls, errors) = (count(replay.urls as u64, "url"), count(replay.errors as u64, "error id"));
            format!("replay{}, {urls}, {errors}", segment(replay.segment))
        }
        Item::Recording(recording) => {
            let events = recording.events.map(|events| format!(", {}", count(events as u64, "event")));
            let how = if recording.compressed { ", compressed" } else { "" };
            format!("recording{}{how}{}", segment(recording.segment), events.unwrap_or_default())
        }
        Item::Feedback(feedback) => words(&[
            "feedback".to_owned(),
            quoted(&feedback.message),
            named("at", &redact::url(&feedback.url)),
            named("event", &feedback.event_id),
        ]),
        Item::ClientReport(discards) => entries("discard", discards.len(), discards, |(quantity, category, reason)| {
            words(&[quantity.to_string(), word(category), word(reason)])
        }),
        Item::CheckIn(monitor, status, seconds) => {
            let time = seconds.map(|seconds| format!("{seconds} s")).unwrap_or_default();
            words(&["check-in".to_owned(), quoted(monitor), word(status), time])
        }
        Item::Attachment(name, ty) => words(&["attachment".to_owned(), quoted(name), word(ty)]),
        Item::Profile(profile) => {
            let samples = count(profile.samples as u64, "sample");
            words(&["profile".to_owned(), word(&profile.platform), samples, count(profile.frames as u64, "frame")])
        }
        Item::Other => return None,
    };
    Some(said)
}

fn entries<T>(noun: &str, all: usize, list: &[T], say: impl Fn(&T) -> String) -> String {
    let said: Vec<String> = list.iter().take(NAMED).map(say).collect();
    match (all, said.as_slice()) {
        (1, [one]) => format!("{noun} {one}"),
        (0, _) => format!("no {noun}s"),
        _ => {
            let more = all.saturating_sub(said.len());
            let more = if more > 0 { format!("; and {more} more") } else { String::new() };
            format!("{}: {}{more}", count(all as u64, noun), said.join("; "))
        }
    }
}

fn segment(number: Option<u64>) -> String {
    number.map(|number| format!(" segment {number}")).unwrap_or_default()
}

fn words(words: &[String]) -> String {
    words.iter().filter(|word| !word.is_empty()).map(String::as_str).collect::<Vec<_>>().join(" ")
}

fn quoted(text: &str) -> String {
    if text.is_empty() { String::new() } else { Text::quoted(&redact::text(text), 120) }
}

fn word(text: &str) -> String {
    if text.is_empty() { String::new() } else { Text::word(text, 40) }
}

fn named(name: &str, text: &str) -> String {
    if text.is_empty() { String::new() } else { format!("{name} {}", Text::word(text, 100)) }
}
