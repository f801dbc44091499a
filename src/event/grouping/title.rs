//! Title and culprit of an event, for people.

use crate::event::{
    Event, Exception, Frame,
    in_app::mark,
    lenient::{cut, text_of},
};

/// Characters kept of a title's value.
const MAX_TITLE: usize = 256;

/// `type: first line of value` of the exception that names the issue, else the message, else what the report says.
pub(super) fn title(event: &Event, main: Option<&Exception>) -> String {
    match event.kind() {
        "csp" => return csp_title(event),
        "feedback" => return format!("User feedback: {}", first_line(&feedback_text(event).unwrap_or_default())),
        _ => {}
    }
    let value = main.and_then(|e| e.value.as_deref()).map(first_line).filter(|value| !value.is_empty());
    let ty = main.filter(|e| !e.is_synthetic()).and_then(|e| e.ty.as_deref());
    let message = event.formatted.as_deref().or(event.message.as_deref()).map(first_line);
    match (ty, value) {
        (Some(ty), Some(value)) => format!("{}: {value}", cut(ty, 128)),
        (Some(ty), None) => cut(ty, 128),
        (None, value) => message
            .filter(|message| !message.is_empty())
            .or(value)
            .or_else(|| event.transaction.as_deref().filter(|_| event.ty == "transaction").map(first_line))
            .or_else(|| crash_frame(event, main).and_then(|frame| frame.function.clone()))
            .unwrap_or_else(|| "<no message>".to_owned()),
    }
}

/// Where it happened: the in-app frame nearest to the crash as `function(file)`, else the transaction.
pub(super) fn culprit(event: &Event, main: Option<&Exception>) -> String {
    if event.kind() == "csp" {
        return cut(event.request.as_ref().and_then(|request| request.url.as_deref()).unwrap_or_default(), 200);
    }
    let frame = crash_frame(event, main);
    let place = frame.map(|frame| {
        let file = frame.filename.as_deref().or(frame.module.as_deref()).or(frame.abs_path.as_deref());
        at(frame, file.map(short))
    });
    let place = place.filter(|place| !place.is_empty()).or_else(|| event.transaction.clone());
    cut(&place.unwrap_or_default(), 200)
}

/// `function(file:line:column)`.
pub(super) fn place(frame: &Frame) -> Option<String> {
    let place = at(frame, frame.location().as_deref().map(short));
    (!place.is_empty()).then(|| cut(&place, 200))
}

fn at(frame: &Frame, file: Option<&str>) -> String {
    let function = frame.function.as_deref().filter(|function| !matches!(*function, "" | "?" | "<anonymous>"));
    match (function, file) {
        (Some(function), Some(file)) => format!("{function}({file})"),
        (Some(function), None) => function.to_owned(),
        (None, Some(file)) => format!("?({file})"),
        (None, None) => String::new(),
    }
}

/// A file's path without the origin and the query of its URL.
fn short(file: &str) -> &str {
    let path = match file.split_once("://") {
        Some((scheme, rest)) if scheme.starts_with("http") => rest.find('/').and_then(|slash| rest.get(slash..)),
        _ => None,
    };
    let path = path.unwrap_or(file);
    path.split(['?', '#']).next().filter(|path| !path.is_empty()).unwrap_or(path)
}

/// The in-app frame nearest to the crash: of `main`, else of the outermost exception that has one; else a crash frame.
pub(super) fn crash_frame<'a>(event: &'a Event, main: Option<&'a Exception>) -> Option<&'a Frame> {
    let stacks = || {
        let outer = main.into_iter().chain(event.exceptions.iter().rev()).map(|exception| exception.frames.as_slice());
        outer.chain(std::iter::once(event.frames.as_slice())).filter(|frames| !frames.is_empty())
    };
    stacks()
        .find_map(|frames| {
            let marks = mark(frames, &event.platform);
            frames.iter().zip(marks).rev().find(|(_, mark)| mark.in_app && mark.group).map(|(frame, _)| frame)
        })
        .or_else(|| stacks().find_map(<[Frame]>::last))
}

/// The words of a feedback.
pub(super) fn feedback_text(event: &Event) -> Option<String> {
    let feedback = event.contexts.get("feedback")?.as_object()?;
    text_of(feedback, "message").or_else(|| event.message.clone())
}

fn csp_title(event: &Event) -> String {
    let (directive, blocked) = (event.csp_directive(), event.csp_blocked());
    match blocked.as_str() {
        "inline" | "eval" | "wasm-eval" => format!("CSP {directive}: blocked {blocked} code"),
        _ => format!("CSP {directive}: blocked {}", cut(&blocked, MAX_TITLE)),
    }
}

fn first_line(text: &str) -> String {
    cut(text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default(), MAX_TITLE)
}
