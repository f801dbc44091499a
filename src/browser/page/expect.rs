//! `expect` and `wait_for`: waits until what the step names is so, and says what was there instead when it is not.

use std::time::{Duration, Instant};

use serde::Deserialize;
use serde_json::json;

use super::{Acted, call};
use crate::{
    browser::{Step, Target, tab::Page, words::quoted},
    error::{Result, ToolError},
};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Seen {
    durable: Option<Target>,
    secret: bool,
}

/// Waits until all that the step names is so, or until `deadline`.
pub(super) async fn expect(page: &Page, step: &Step, deadline: Instant) -> Result<Acted> {
    let target = step.target();
    if target.is_empty() && step.url.is_none() && step.request.is_none() {
        return Err(ToolError::new(
            format!("The {} step says nothing that could be so or not.", step.action.word()),
            "Give a target (role and name, text, …), url or request; with a target, value or gone as well.",
        ));
    }
    let mut seen = Seen::default();
    let told = |error: ToolError| told(page, step, &error);
    if let Some(url) = &step.url {
        let input = json!({"url": url});
        call::somewhere(page, &Target::default(), "expectation", input, deadline).await.map_err(told)?;
    }
    if !target.is_empty() {
        seen = on_target(page, step, &target, deadline).await.map_err(told)?;
    }
    if let Some(request) = &step.request {
        super::request::expect(page, request, deadline).await.map_err(told)?;
    }
    let summary = format!("saw that {}", claim(page, step));
    Ok(Acted { summary, durable: seen.durable, secret: seen.secret, settles: false })
}

async fn on_target(page: &Page, step: &Step, target: &Target, deadline: Instant) -> Result<Seen> {
    let input = json!({"target": target, "value": step.value, "gone": step.gone});
    if step.gone && target.reference.is_none() {
        gone(page, target, deadline).await?;
        return Ok(Seen::default());
    }
    let (_, answer) = call::somewhere(page, target, "expectation", input, deadline).await?;
    Ok(serde_json::from_value(answer).unwrap_or_default())
}

/// Gone means gone from the tab and from each of its frames.
async fn gone(page: &Page, target: &Target, deadline: Instant) -> Result<()> {
    let begun = Instant::now();
    let input = json!({"target": target, "gone": true});
    call::somewhere(page, target, "expectation", input.clone(), deadline).await?;
    for frame in call::frames(page) {
        let left = deadline.saturating_duration_since(Instant::now()).min(Duration::from_secs(8));
        let mut input = input.clone();
        if let Some(fields) = input.as_object_mut() {
            fields.insert("timeout".into(), u64::try_from(left.as_millis()).unwrap_or(0).into());
        }
        match call::run(page, &frame, "expectation", input).await {
            Ok(_) => {}
            Err(call::Miss::Failure(failure)) if failure.is_document_gone() => {}
            Err(miss) => return Err(miss.error(target, begun.elapsed())),
        }
    }
    Ok(())
}

/// What the step claims: `text «Paid» is there, the address contains «/done»`.
fn claim(page: &Page, step: &Step) -> String {
    let mut claims = Vec::new();
    let target = step.target();
    if !target.is_empty() {
        let what = target.describe();
        claims.push(match (&step.value, step.gone) {
            (_, true) => format!("{what} is not there"),
            // By now the page has said whether the field is a secret one.
            (Some(value), false) if page.secrets().has(value) => format!("{what} holds what was expected"),
            (Some(value), false) => format!("{what} holds {}", quoted(value, 80)),
            (None, false) => format!("{what} is there"),
        });
    }
    claims.extend(step.url.as_deref().map(|url| format!("the address contains {}", quoted(url, 120))));
    claims.extend(step.request.as_deref().map(|request| format!("request {} was made", quoted(request, 120))));
    claims.join(", ")
}

fn told(page: &Page, step: &Step, error: &ToolError) -> ToolError {
    let what = format!("Not so: {}. {}", claim(page, step), error.what());
    match error.hint() {
        Some(hint) => ToolError::new(what, hint),
        None => ToolError::bare(what),
    }
}
