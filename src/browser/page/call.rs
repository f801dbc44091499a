//! Calls of the in-page operations: in one document, or in the one of tab and frames that has the target.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::problem::Problem;
use crate::{
    browser::{Target, bidi::Failure, observe::Load, tab::Page},
    error::{Result, ToolError},
};

/// The longest wait inside the page in one call: a command to the browser is itself bounded.
const SLICE: Duration = Duration::from_secs(8);
/// With frames around, the tab waits so long before the frames are asked again.
const SLICE_WITH_FRAMES: Duration = Duration::from_millis(300);
/// Frames that are searched or shown; a page of adverts has hundreds.
const MAX_FRAMES: usize = 20;

/// Why an operation gave no result.
#[derive(Debug)]
pub(super) enum Miss {
    /// The page is not as it was asked for.
    Problem(Box<Problem>),
    /// The browser did not answer.
    Failure(Failure),
}

impl Miss {
    /// The error for a call that did not wait.
    pub(super) fn error(self, target: &Target, waited: Duration) -> ToolError {
        match self {
            Self::Problem(problem) => problem.error(target, waited),
            Self::Failure(failure) => failure.into(),
        }
    }
}

/// Runs an operation in one document.
pub(super) async fn run(page: &Page, context: &str, operation: &str, mut input: Value) -> Result<Value, Miss> {
    let is_tab = is_tab(page, context);
    let value = input.get("value").and_then(Value::as_str).map(str::to_owned);
    let (prefix, base) = page.refs().enter(context, is_tab);
    if let Some(fields) = input.as_object_mut() {
        fields.insert("prefix".into(), prefix.into());
        fields.insert("base".into(), base.into());
    }
    let answer = page
        .call_in(context, "(operation, input) => fixloop.run(operation, input)", json!([operation, input]))
        .await
        .map_err(Miss::Failure)?;
    if let Some(next) = answer.get("next").and_then(Value::as_u64) {
        page.refs().leave(context, is_tab, next);
    }
    let problem = answer.get("problem");
    if problem.unwrap_or(&answer).get("secret").is_some_and(|secret| secret == true)
        && let Some(value) = &value
    {
        page.secrets().add(value);
    }
    match problem {
        Some(problem) => {
            let problem = serde_json::from_value(problem.clone()).unwrap_or_default();
            Err(Miss::Problem(Box::new(problem)))
        }
        None => Ok(answer),
    }
}

fn is_tab(page: &Page, context: &str) -> bool {
    page.contexts().iter().find(|frame| frame.id == context).is_none_or(|frame| frame.parent.is_none())
}

/// The frames of the tab in front, outermost first.
pub(super) fn frames(page: &Page) -> Vec<String> {
    let all = page.contexts();
    let mut found = vec![page.front()];
    let mut at = 0;
    while let Some(parent) = found.get(at).cloned() {
        at += 1;
        let children = all.iter().filter(|frame| frame.parent.as_deref() == Some(parent.as_str()));
        found.extend(children.map(|frame| frame.id.clone()));
        if found.len() > MAX_FRAMES {
            break;
        }
    }
    found.remove(0);
    found
}

/// Runs an operation where the target is: the document that its ref names, else the tab, else the first frame that has
/// it. Waits inside the page until `deadline`. `input.timeout` is written here.
pub(super) async fn somewhere(
    page: &Page,
    target: &Target,
    operation: &str,
    input: Value,
    deadline: Instant,
) -> Result<(String, Value)> {
    let begun = Instant::now();
    let (home, fixed) = match &target.reference {
        Some(reference) if reference.starts_with('f') => match page.refs().frame_of(reference) {
            Some(context) => (context, true),
            None => return Err(Problem::stale(reference).error(target, Duration::ZERO)),
        },
        Some(_) => (page.front(), true),
        None => (page.front(), false),
    };
    let mut first = true;
    loop {
        let frames = if fixed { Vec::new() } else { frames(page) };
        let left = deadline.saturating_duration_since(Instant::now());
        let slice = match (frames.is_empty(), first) {
            (true, _) => SLICE,
            (false, true) => Duration::ZERO,
            (false, false) => SLICE_WITH_FRAMES,
        };
        first = false;
        let miss = match run(page, &home, operation, timed(&input, left.min(slice))).await {
            Ok(answer) => return Ok((home, answer)),
            Err(miss) => miss,
        };
        let is_missing = matches!(&miss, Miss::Problem(problem) if problem.is_missing());
        if is_missing && let Some(frame) = frame_with(page, &frames, target).await {
            let left = deadline.saturating_duration_since(Instant::now());
            match run(page, &frame, operation, timed(&input, left.min(SLICE))).await {
                Ok(answer) => return Ok((frame, answer)),
                Err(miss) if over(&miss, deadline) => return Err(miss.error(target, begun.elapsed())),
                Err(_) => continue,
            }
        }
        if over(&miss, deadline) {
            return Err(miss.error(target, begun.elapsed()));
        }
        if matches!(miss, Miss::Failure(_)) {
            next_document(page, deadline).await;
        }
    }
}

fn timed(input: &Value, timeout: Duration) -> Value {
    let mut input = input.clone();
    if let Some(fields) = input.as_object_mut() {
        fields.insert("timeout".into(), u64::try_from(timeout.as_millis()).unwrap_or(u64::MAX).into());
    }
    input
}

/// Whether there is no use in trying again.
fn over(miss: &Miss, deadline: Instant) -> bool {
    let late = Instant::now() + Duration::from_millis(5) >= deadline;
    match miss {
        Miss::Problem(problem) => late || problem.is_final(),
        Miss::Failure(failure) => late || !failure.is_document_gone(),
    }
}

/// The document went away under a call: waits for the one that comes.
async fn next_document(page: &Page, deadline: Instant) {
    let there = page.watch().until(|state| {
        let frame = state.frames.get(state.frames.front());
        frame.is_none_or(|frame| frame.load >= Load::Interactive).then_some(())
    });
    let _ = tokio::time::timeout_at(deadline.into(), there).await;
    // A navigation that the browser has not told of yet: give its event a moment rather than spin.
    tokio::time::sleep(Duration::from_millis(20)).await;
}

async fn frame_with(page: &Page, frames: &[String], target: &Target) -> Option<String> {
    for frame in frames {
        let counted = run(page, frame, "count", json!({"target": target})).await;
        if counted.ok().and_then(|answer| answer.get("count")?.as_u64()).unwrap_or(0) > 0 {
            return Some(frame.clone());
        }
    }
    None
}
