//! Title and culprit of an event, for people.

use crate::event::{Event, Exception, Frame, lenient::cut};

/// Characters kept of a title's value.
const MAX_TITLE: usize = 256;

/// `type: first line of value` of the last exception, else the message, else what the report says.
pub(super) fn title(event: &Event) -> String {
    match event.kind() {
        "csp" => return csp_title(event),
        "feedback" => return format!("User feedback: {}", first_line(&feedback_text(event).unwrap_or_default())),
        _ => {}
    }
    let last = event.exceptions.last();
    let value = last.and_then(|e| e.value.as_deref()).map(first_line).filter(|value| !value.is_empty());
    let ty = last.filter(|e| !e.is_synthetic()).and_then(|e| e.ty.as_deref());
    let message = event.formatted.as_deref().or(event.message.as_deref()).map(first_line);
    match (ty, value) {
        (Some(ty), Some(value)) => format!("{}: {value}", cut(ty, 128)),
        (Some(ty), None) => cut(ty, 128),
        (None, value) => message
            .filter(|message| !message.is_empty())
            .or(value)
            .or_else(|| event.transaction.as_deref().filter(|_| event.ty == "transaction").map(first_line))
            .or_else(|| crash_frame(event).and_then(|frame| frame.function.clone()))
            .unwrap_or_else(|| "<no message>".to_owned()),
    }
}

/// Where it happened: the in-app frame nearest to the crash as `function(file)`, else the transaction.
pub(super) fn culprit(event: &Event) -> String {
    if event.kind() == "csp" {
        return csp_text(event, &["effective-directive", "violated-directive", "effectiveDirective"]);
    }
    let frame = crash_frame(event);
    let place = frame.map(|frame| {
        let file = frame.filename.as_deref().or(frame.module.as_deref()).or(frame.abs_path.as_deref());
        let function = frame.function.as_deref().filter(|function| !matches!(*function, "?" | "<anonymous>"));
        match (function, file) {
            (Some(function), Some(file)) => format!("{function}({file})"),
            (Some(function), None) => function.to_owned(),
            (None, Some(file)) => format!("?({file})"),
            (None, None) => String::new(),
        }
    });
    let place = place.filter(|place| !place.is_empty()).or_else(|| event.transaction.clone());
    cut(&place.unwrap_or_default(), 200)
}

/// The in-app frame nearest to the crash, of the outermost exception that has frames; else its crash frame.
fn crash_frame(event: &Event) -> Option<&Frame> {
    let stacks = || {
        let outer = event.exceptions.iter().rev().map(|exception: &Exception| exception.frames.as_slice());
        outer.chain(std::iter::once(event.frames.as_slice())).filter(|frames| !frames.is_empty())
    };
    stacks()
        .find_map(|frames| frames.iter().rev().find(|frame| frame.in_app == Some(true)))
        .or_else(|| stacks().find_map(<[Frame]>::last))
}

/// The words of a feedback.
pub(super) fn feedback_text(event: &Event) -> Option<String> {
    let feedback = event.contexts.get("feedback")?.as_object()?;
    super::super::lenient::text_of(feedback, "message").or_else(|| event.message.clone())
}

fn csp_title(event: &Event) -> String {
    let directive = csp_text(event, &["effective-directive", "effectiveDirective", "violated-directive"]);
    let blocked = csp_text(event, &["blocked-uri", "blockedURL", "blocked-url"]);
    format!("Blocked {:?} from {:?}", directive.split(' ').next().unwrap_or_default(), cut(&blocked, MAX_TITLE))
}

fn csp_text(event: &Event, keys: &[&str]) -> String {
    let Some(csp) = &event.csp else { return String::new() };
    keys.iter().find_map(|key| super::super::lenient::text_of(csp, key)).unwrap_or_default()
}

fn first_line(text: &str) -> String {
    cut(text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default(), MAX_TITLE)
}
